// Bars drawn as SVG, each with the same numbers as a table.

import { el, svg } from "./dom.js";
import { t } from "./i18n.js";

const WIDTH = 600; // units, drawn as wide as there is room
const BAR = 18;

/** Rows of stacked bars, `[{label, parts: [{name, value}]}]`, with a legend and a table.
 *  `names`: every name a part may have, with the number of its colour; `format` writes a value. */
export function stackedBars(title, rows, names, format) {
  const longest = Math.max(...rows.map(total), 1e-9);
  const bars = rows.map((row) => el(
    "div", { class: "bar" },
    el("span", { class: "bar-label", dir: "auto" }, row.label),
    el("span", { class: "bar-value" }, format(total(row))),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${BAR}`, preserveAspectRatio: "none" }, segments(row, longest, names, format)),
  ));
  const drawing = el("div", { class: "bars", "aria-hidden": "true" }, bars);
  const used = names.filter((name) => rows.some((row) => row.parts.some((part) => part.name === name.key && part.value > 0)));
  const legend = el("ul", { class: "legend" }, used.map(({ key, colour, label }) => el("li", { dataset: { key } }, swatch(colour), label)));
  return el("figure", { class: "chart" }, el("figcaption", {}, title), legend, drawing, tableOf(title, rows, used, format));
}

function total(row) {
  return row.parts.reduce((sum, part) => sum + part.value, 0);
}

function segments(row, longest, names, format) {
  let x = 0;
  return row.parts.filter((part) => part.value > 0).map((part) => {
    const width = (part.value / longest) * WIDTH;
    const { colour, label } = names.find((name) => name.key === part.name);
    const shape = svg("rect", { x, y: 0, width: Math.max(1, width - 1), height: BAR, class: `series-${colour}` }, svg("title", {}, `${label}: ${format(part.value)}`));
    x += width;
    return shape;
  });
}

function swatch(colour) {
  return svg("svg", { class: "swatch", viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("rect", { width: 10, height: 10, rx: 2, class: `series-${colour}` }));
}

function tableOf(title, rows, used, format) {
  const head = el("tr", {}, el("td"), used.map((name) => el("th", { scope: "col" }, name.label)), el("th", { scope: "col" }, t("health.total")));
  const line = (row) =>
    el(
      "tr", {}, el("th", { scope: "row", dir: "auto" }, row.label),
      used.map(({ key }) => el("td", {}, format(row.parts.find((part) => part.name === key)?.value || 0))),
      el("td", {}, format(total(row))),
    );
  const table = el("table", {}, el("caption", { class: "visually-hidden" }, title), el("thead", {}, head), el("tbody", {}, rows.map(line)));
  return el("details", {}, el("summary", {}, t("health.table")), el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, table));
}
