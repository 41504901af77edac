// Choosing the documents that a question is asked of, in a dialog.

import { getJson, Problem } from "./api.js";
import { el, foreign, show } from "./dom.js";
import { t } from "./i18n.js";
import { problemNote } from "./problems.js";
import { nameOf } from "./sources.js";

const MOST = 1000; // documents that a question may name, and that are listed
const DRAWN = 100;

/** Resolves to the documents chosen, `[{id, title}]`, or null. `collection`: whose are shown; `documents`: those chosen before. */
export function pickDocuments({ collection, documents }) {
  return new Promise((resolve) => new Picker(collection, documents, resolve));
}

class Picker {
  constructor(collection, documents, resolve) {
    this.chosen = new Map(documents.map((one) => [one.id, one]));
    this.all = [];
    this.result = null;
    this.search = el("input", { type: "search", placeholder: t("documents.filter"), "aria-label": t("documents.filter"), on: { input: () => this.#draw() } });
    this.list = el("ul", { class: "picks" }, el("li", { class: "working" }, t("loading")));
    this.use = el("button", { type: "submit", class: "primary" });
    const accept = (event) => {
      event.preventDefault();
      this.result = [...this.chosen.values()];
      this.dialog.close();
    };
    this.dialog = el(
      "dialog", { class: "dialog", "aria-labelledby": "pick-title" },
      el("h2", { id: "pick-title" }, t("ask.choose")),
      el(
        "form", { on: { submit: accept } },
        this.search, this.list,
        el("div", { class: "dialog-buttons" }, el("button", { type: "button", on: { click: () => this.dialog.close() } }, t("cancel")), this.use),
      ),
    );
    this.dialog.addEventListener("close", () => {
      this.dialog.remove();
      resolve(this.result);
    });
    this.#count();
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.#load(collection);
  }

  async #load(collection) {
    try {
      const only = collection ? `&collection=${encodeURIComponent(collection)}` : "";
      this.all = (await getJson(`documents?limit=${MOST}${only}`)).documents;
      this.#draw();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(this.list, el("li", {}, problemNote(error, () => this.#load(collection))));
    }
  }

  #draw() {
    const words = this.search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const found = this.all.filter((one) => words.every((word) => `${one.title} ${one.uri}`.toLocaleLowerCase().includes(word)));
    const first = [...found].sort((one, other) => this.chosen.has(other.id) - this.chosen.has(one.id)).slice(0, DRAWN);
    show(this.list, first.map((one) => this.#item(one)));
    if (!found.length) show(this.list, el("li", { class: "none" }, t("documents.noMatch")));
    if (found.length > first.length) this.list.append(el("li", { class: "hint" }, t("pick.more", { count: found.length - first.length })));
  }

  #item(one) {
    const title = nameOf(one);
    const box = el("input", { type: "checkbox", on: { change: () => {
      if (box.checked && this.chosen.size < MOST) this.chosen.set(one.id, { id: one.id, title });
      else this.chosen.delete(one.id);
      box.checked = this.chosen.has(one.id);
      this.#count();
    } } });
    box.checked = this.chosen.has(one.id);
    return el("li", {}, el("label", { class: "check" }, box, el("span", {}, foreign(title), " ", el("span", { class: "hint" }, foreign(one.uri)))));
  }

  #count() {
    this.use.textContent = this.chosen.size ? t("pick.use", { count: this.chosen.size }) : t("ask.everywhere");
  }
}
