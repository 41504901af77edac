// The parts of an answer as they are set: running text, headings, lists, steps, tables. By their structure, never by signs in them.

import { el } from "./dom.js";
import { cellsOf, isRow, namesOf, sameColumns } from "./rows.js";

export class Blocks {
  /** Sets parts into an element, one behind the other. */
  constructor(node) {
    this.node = node;
    this.clear();
  }

  clear() {
    this.node.replaceChildren();
    this.kind = "";
    this.open = null; // the list or the rows that the next part may go on with
    this.cells = null; // of the row before
    this.steps = 0;
  }

  /** Add a part: `{text, block}`, and the nodes that stand behind its text. */
  add({ text, block: said = "sentence" }, behind) {
    const block = said === "sentence" && isRow(text) && namesOf(cellsOf(text)).length ? "row" : said; // a row taken over whole
    if (block === "heading") this.steps = 0;
    if (block === "step") this.steps += 1;
    if (block === "item" || block === "step") this.#list(block).append(el("li", { class: "part", dir: "auto" }, text, " ", behind));
    else if (block === "row") this.#row(text, behind);
    else if (block === "heading") this.node.append(el("h3", { class: "part answer-heading", dir: "auto" }, text, " ", behind));
    else this.node.append(el("p", { class: "part sentence", dir: "auto" }, text, " ", behind));
    this.kind = block;
  }

  /** Add what is set in its own way. */
  append(node) {
    this.node.append(node);
    this.kind = "";
  }

  #list(block) {
    if (this.kind !== block) {
      const steps = block === "step";
      this.open = el(steps ? "ol" : "ul", { class: "answer-list", start: steps && this.steps > 1 && this.steps });
      this.node.append(this.open);
    }
    return this.open;
  }

  #row(text, behind) {
    const cells = cellsOf(text);
    const names = namesOf(cells);
    const begins = this.kind !== "row" || !sameColumns(this.cells, cells);
    this.cells = cells;
    if (begins) {
      const head = el("thead");
      this.open = el("tbody");
      this.node.append(scrolled(el("table", { class: "answer-table" }, head, this.open)));
      if (names.length) head.append(el("tr", {}, names.map((name) => el("th", { scope: "col", dir: "auto" }, name))));
      else {
        head.append(tableRow(cells, behind, "col"));
        return;
      }
    }
    this.open.append(tableRow(cells, behind, names.length ? "row" : ""));
  }
}

/** A row of a table, the marks in its last cell. `scope` says what the first cell names: `row`; or all: `col`. */
function tableRow(cells, behind, scope) {
  const last = cells.length - 1;
  return el("tr", { class: "part" }, cells.map(({ name, value }, index) => {
    const text = scope === "row" || !name ? value : `${name}: ${value}`;
    const heads = scope === "col" || (scope === "row" && index === 0);
    return el(heads ? "th" : "td", { scope: heads && scope, dir: "auto" }, text, index === last && [" ", behind]);
  }));
}

/** A table that may be wider than its place. */
export function scrolled(table, label) {
  return el("div", { class: "scroll", tabindex: "0", role: label && "region", "aria-label": label }, table);
}
