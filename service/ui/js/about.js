// What a document holds: what it is about, questions to ask, its outline, its passages, the file itself.

import { getJson, getText, Problem, request } from "./api.js";
import { el, foreign, icon, show } from "./dom.js";
import { size, t } from "./i18n.js";
import { drawn } from "./passage_text.js";
import { problemNote } from "./problems.js";
import { saveAs } from "./saving.js";
import { nameOf } from "./sources.js";

const PASSAGES = 20; // shown at once

/** `actions`: open(place) opens a place of the document, ask(question) asks it. */
export class AboutView {
  constructor(document_, actions) {
    this.document = document_;
    this.path = `documents/${encodeURIComponent(document_.id)}`;
    this.actions = actions;
    this.found = el("div", { class: "about-parts" }, el("p", { class: "working" }, t("loading")));
    this.told = el("p", { class: "note", role: "status", hidden: true });
    this.passages = el("ol", { class: "about-passages" });
    this.more = el("button", { type: "button", on: { click: () => this.#morePassages() } }, t("about.passagesShow", { count: document_.chunks }));
    this.node = el(
      "div", { class: "about" },
      el("p", { class: "buttons" }, this.#askButton(), this.#saves()),
      this.told,
      this.found,
      el("section", {}, el("h3", {}, t("about.passages")), el("p", { class: "hint" }, t("about.passagesHint")), this.passages, this.more),
    );
  }

  async load() {
    try {
      this.#draw(await getJson(`${this.path}/contents`));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(this.found, problemNote(error, () => this.load()));
    }
  }

  #draw({ about, headings, questions }) {
    show(
      this.found,
      about.length > 0 && section("about.about", el("ul", { class: "about-list" }, about.map((one) => el("li", {}, this.#place(one))))),
      questions.length > 0 && section("about.questions", el("ul", { class: "examples" }, questions.map((one) => el(
        "li", {}, el("button", { type: "button", class: "example", dir: "auto", on: { click: () => this.actions.ask(one) } }, one),
      )))),
      headings.length > 0 && section("about.outline", el("ul", { class: "about-list" }, headings.map((one) => el(
        "li", { class: `level-${Math.min(4, one.level - 1)}` }, this.#place(one),
      )))),
    );
  }

  #place(one) {
    const page = one.page && el("span", { class: "hint" }, " ", t("sources.page", { page: one.page }));
    return [el("button", { type: "button", class: "link", on: { click: () => this.actions.open({ ...one, quote: undefined, text: undefined }) } }, foreign(one.text)), page];
  }

  async #morePassages() {
    const offset = this.passages.childElementCount;
    try {
      const { chunks, total } = await getJson(`${this.path}/chunks?offset=${offset}&limit=${PASSAGES}`);
      this.passages.append(...chunks.map((one) => el(
        "li", {},
        one.heading && el("p", { class: "hint" }, foreign(one.heading)),
        el("div", { class: "document-text", dir: "auto" }, drawn(one.text, 0, one.text.length, 0, 0, this.document.media_type === "text/markdown")),
        el("button", { type: "button", class: "quiet", on: { click: () => this.actions.open({ start: one.start, end: one.end, page: one.page }) } }, t("about.openPassage")),
      )));
      this.more.textContent = t("documents.more");
      this.more.hidden = this.passages.childElementCount >= total || !chunks.length;
    } catch (error) {
      this.#tell(error);
    }
  }

  #askButton() {
    return el("button", { type: "button", class: "primary", on: { click: () => this.actions.ask("") } }, t("about.ask"));
  }

  #saves() {
    const name = this.document.uri.split("/").pop() || nameOf(this.document);
    const file = this.document.original_kept && this.#save(t("about.original", { size: size(this.document.size) }), name, async () => (await request(`${this.path}/original`)).blob());
    const text = this.#save(t("about.text"), `${name.replace(/\.(txt|md)$/i, "")}.txt`, async () => new Blob([await getText(`${this.path}/text`)], { type: "text/plain" }));
    return [file, text];
  }

  #save(label, name, fetched) {
    const save = async () => {
      try {
        saveAs(await fetched(), name);
      } catch (error) {
        this.#tell(error);
      }
    };
    return el("button", { type: "button", class: "quiet", on: { click: save } }, icon("download"), label);
  }

  #tell(error) {
    if (!(error instanceof Problem)) throw error;
    this.told.hidden = false;
    show(this.told, problemNote(error));
  }
}

function section(key, ...parts) {
  return el("section", {}, el("h3", {}, t(key)), parts);
}
