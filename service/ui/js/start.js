// What stands above the first question: what there is, questions to begin with, and how to add documents.

import { getJson, Problem } from "./api.js";
import { el, foreign, show } from "./dom.js";
import { ago, current, t } from "./i18n.js";
import { noteRights } from "./rights.js";
import { nameOf } from "./sources.js";

/** `actions`: ask(question), choose() to choose files. */
export class StartView {
  constructor(actions) {
    this.actions = actions;
    this.there = el("div", { class: "there" });
    this.node = el("div", { class: "intro" }, el("h1", {}, t("ask.heading")), el("p", {}, t("ask.lead")), this.there);
  }

  /** Show what there is. Resolves to what the service says, or null. */
  async load(collection) {
    try {
      const only = collection ? `&collection=${encodeURIComponent(collection)}` : "";
      const found = await getJson(`overview?language=${current()}${only}`);
      noteRights(found);
      show(this.there, found.documents ? this.#filled(found) : this.#empty(found));
      return found;
    } catch (error) {
      if (error instanceof Problem) return null; // asking will tell
      throw error;
    }
  }

  #filled({ documents, newest, examples }) {
    const link = el("a", { href: "#/documents" }, t("documents.count", { count: documents }));
    return [
      el("p", { class: "what" }, link, " · ", t("start.newest"), " ", foreign(nameOf(newest)), ` (${ago(newest.ingested_at)})`),
      examples.length > 0 && el("p", { class: "examples-name", id: "examples-name" }, t("start.examples")),
      examples.length > 0 && el("ul", { class: "examples", "aria-labelledby": "examples-name" }, examples.map(({ question }) => el(
        "li", {},
        el("button", { type: "button", class: "example", dir: "auto", on: { click: () => this.actions.ask(question) } }, question),
      ))),
    ];
  }

  #empty({ may_upload: may }) {
    if (!may) return el("p", { class: "note" }, t("start.emptyClosed"));
    return el(
      "div", { class: "drop" },
      el("p", { class: "drop-line" }, t("start.empty")),
      el("p", { class: "hint" }, t("documents.formats")),
      el("div", { class: "buttons" }, el("button", { type: "button", class: "primary", on: { click: this.actions.choose } }, t("documents.files"))),
    );
  }
}
