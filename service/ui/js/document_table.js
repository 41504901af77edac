// The table of the documents: rows in the order that was chosen, some of them selected.

import { el, foreign, iconButton } from "./dom.js";
import { date, t, told } from "./i18n.js";
import { nameOf } from "./sources.js";

const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const pagesOf = (one) => one.page_starts.length;
// How two documents are compared by a column; documents with pages stand before those without.
const ORDERS = {
  title: (one, other) => COLLATOR.compare(nameOf(one), nameOf(other)),
  collection: (one, other) => COLLATOR.compare(one.collection, other.collection) || COLLATOR.compare(one.uri, other.uri),
  size: (one, other) => pagesOf(one) - pagesOf(other) || one.characters - other.characters,
  added: (one, other) => one.ingested_at.localeCompare(other.ingested_at),
};

/** `actions`: open(document, button), remove(document), hide(failure), changed() when it is to be drawn anew, selected() when
 *  others are selected. `mayChange` says whether documents may be deleted. */
export class DocumentTable {
  constructor(actions) {
    this.actions = actions;
    this.order = { column: "", isDown: false }; // as the service lists them: by collection and address
    this.selected = new Set(); // ids
    this.mayChange = false;
    this.boxes = new Map();
  }

  sorted(documents) {
    const { column, isDown } = this.order;
    if (!column) return documents;
    const found = [...documents].sort(ORDERS[column]);
    return isDown ? found.reverse() : found;
  }

  /** Forget what is selected and not among these any more. */
  keep(documents) {
    const known = new Set(documents.map((one) => one.id));
    this.selected = new Set([...this.selected].filter((id) => known.has(id)));
  }

  /** The table of failures and of the first `most` of the documents. */
  draw(failures, documents, most) {
    this.boxes.clear();
    const shown = this.sorted(documents).slice(0, most);
    const rows = [...failures.map((one) => this.#failure(one)), ...shown.map((one) => this.#row(one))];
    this.all = el("input", { type: "checkbox", "aria-label": t("documents.selectAll"), on: { change: () => this.#selectAll(documents) } });
    this.#showAll(documents);
    this.documents = documents;
    const head = ["title", "collection", "size", "added", "state", "actions"].map((name) => this.#head(name));
    return el("table", {}, el("thead", {}, el("tr", {}, el("td", { class: "select" }, documents.length > 0 && this.all), head)), el("tbody", {}, rows));
  }

  #head(name) {
    const label = t(`documents.column.${name}`);
    if (!(name in ORDERS)) return el("th", { scope: "col", class: name }, label);
    const { column, isDown } = this.order;
    const sort = column === name ? (isDown ? "descending" : "ascending") : "none";
    const choose = () => {
      this.order = { column: name, isDown: column === name ? !isDown : name === "added" }; // the newest first
      this.actions.changed();
      document.querySelector(`.document-list th.${name} button`)?.focus();
    };
    return el("th", { scope: "col", class: name, "aria-sort": sort }, el("button", { type: "button", class: "sort", on: { click: choose } }, label));
  }

  #row(one) {
    const title = nameOf(one);
    const pages = pagesOf(one);
    const box = el("input", { type: "checkbox", "aria-label": t("documents.select", { title }), on: { change: () => this.#select(one, box.checked) } });
    box.checked = this.selected.has(one.id);
    this.boxes.set(one.id, box);
    return el(
      "tr", {},
      el("td", { class: "select" }, box),
      el(
        "th", { scope: "row", class: "title" },
        el("button", { type: "button", class: "link", "aria-label": t("documents.open", { title }), on: { click: (event) => this.actions.open(one, event.currentTarget) } }, foreign(title)),
        el("span", { class: "uri" }, pathOf(one.uri)),
      ),
      el("td", { class: "collection" }, foreign(one.collection)),
      el("td", { class: "size" }, pages ? t("documents.pages", { count: pages }) : t("documents.characters", { count: one.characters })),
      el("td", { class: "added" }, date(one.ingested_at)),
      el("td", { class: "state" }, el("span", { class: "state-mark ready" }, t("documents.state.ready"))),
      el("td", { class: "actions" }, this.mayChange && iconButton("remove", t("documents.delete", { title }), () => this.actions.remove(one))),
    );
  }

  #failure(one) {
    const { text, lang } = told(one.reason);
    return el(
      "tr", { class: "failure" },
      el("td", { class: "select" }),
      el("th", { scope: "row", class: "title" }, pathOf(one.uri), el("span", { class: "reason" }, foreign(text, { lang }))),
      el("td", { class: "collection" }, foreign(one.collection)),
      el("td", { class: "size" }),
      el("td", { class: "added" }, date(one.at)),
      el("td", { class: "state" }, el("span", { class: "state-mark failed" }, t("documents.state.failed"))),
      el("td", { class: "actions" }, iconButton("close", t("documents.hide", { title: one.uri }), () => this.actions.hide(one))),
    );
  }

  #select(one, isChosen) {
    if (isChosen) this.selected.add(one.id);
    else this.selected.delete(one.id);
    this.#showAll(this.documents);
    this.actions.selected();
  }

  #selectAll(documents) {
    for (const one of documents) {
      if (this.all.checked) this.selected.add(one.id);
      else this.selected.delete(one.id);
      const box = this.boxes.get(one.id);
      if (box) box.checked = this.all.checked;
    }
    this.actions.selected();
  }

  #showAll(documents) {
    const count = documents.filter((one) => this.selected.has(one.id)).length;
    this.all.checked = count > 0 && count === documents.length;
    this.all.indeterminate = count > 0 && count < documents.length;
  }
}

/** An address with its folders, which may break behind each of them. */
function pathOf(uri) {
  const parts = uri.split(/(?<=\/)/);
  return el("bdi", {}, parts.map((part, index) => [index > 0 && el("wbr"), part]));
}
