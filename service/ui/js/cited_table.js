// The rows of a table that a citation stands on, with the cells marked that were read.

import { scrolled } from "./blocks.js";
import { el, hidden } from "./dom.js";
import { t } from "./i18n.js";

/** `table`: `{title, columns, rows, marked}` as a citation has it; `marked` are pairs of row and column. */
export function citedTable(table) {
  const marked = new Set((table.marked || []).map(([row, column]) => `${row} ${column}`));
  const columns = table.columns || [];
  const head = columns.some(Boolean) && el("thead", {}, el("tr", {}, columns.map((name) => el("th", { scope: "col", dir: "auto" }, name))));
  const body = table.rows.map((row, at) => el("tr", {}, row.map((value, column) => cell(value, column, marked.has(`${at} ${column}`)))));
  const name = table.title || t("evidence.table");
  return el(
    "figure", { class: "cited-table" },
    el("figcaption", { dir: "auto" }, name),
    scrolled(el("table", { class: "text-table" }, head, el("tbody", {}, body)), name),
  );
}

function cell(value, column, isMarked) {
  const tag = column === 0 ? "th" : "td";
  const text = isMarked ? [el("strong", {}, value), hidden(` (${t("evidence.cell")})`)] : value;
  return el(tag, { scope: tag === "th" && "row", class: isMarked && "marked", dir: "auto" }, text);
}
