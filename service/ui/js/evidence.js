// The document beside the answer: a panel on wide windows, a sheet over the page on narrow ones.

import { getJson, getText, Problem } from "./api.js";
import { citedTable } from "./cited_table.js";
import { pagesOf } from "./conversation.js";
import { el, foreign, iconButton, show } from "./dom.js";
import { support, t } from "./i18n.js";
import { utf16Offsets } from "./offsets.js";
import { PageView } from "./page.js";
import { problemNote } from "./problems.js";
import { nameOf } from "./sources.js";
import { TextView } from "./text.js";

const NARROW = window.matchMedia("(max-width: 999px)");
const KEPT_TEXTS = 4;
const texts = new Map(); // document id -> its text, those used last

async function textOf(id) {
  const text = texts.get(id) ?? (await getText(`documents/${encodeURIComponent(id)}/text`));
  texts.delete(id);
  texts.set(id, text);
  if (texts.size > KEPT_TEXTS) texts.delete(texts.keys().next().value);
  return text;
}

/** The page (from 1) that holds an offset; null without pages. */
function pageAt(starts, offset) {
  return starts.length ? starts.filter((start) => start <= offset).length : null;
}

/** The panel. `background` are the elements that a sheet covers; `ask(question, documents)` asks of these documents. */
export class EvidencePanel {
  constructor(background, ask) {
    this.background = background;
    this.ask = ask;
    this.opener = null;
    this.turn = 0; // counts openings, so that a slow answer does not overwrite a later one
    this.view = null;
    this.preferText = false;
    this.title = el("h2", { class: "evidence-title", id: "evidence-title", tabindex: "-1", dir: "auto" });
    this.where = el("p", { class: "evidence-where" });
    this.tabs = el("div", { class: "tabs", role: "group", "aria-label": t("evidence.view") });
    this.body = el("div", { class: "evidence-body", tabindex: "0", role: "region", "aria-labelledby": "evidence-title" });
    this.node = el(
      "aside", { class: "evidence", "aria-labelledby": "evidence-title", hidden: true, on: { keydown: (event) => this.#keys(event) } },
      el(
        "header", { class: "evidence-head" },
        el("div", { class: "evidence-names" }, this.title, this.where),
        this.tabs,
        iconButton("close", t("close"), () => this.close()),
      ),
      this.body,
    );
    NARROW.addEventListener("change", () => this.#cover());
  }

  get isOpen() {
    return !this.node.hidden;
  }

  /** Open a place: `{document_id, title, uri, page, start, end}`, with `quote` or `text`, the words that stand there, and
   *  `table`, the rows that were read. What the document itself tells (`title`, `uri`, `page`) may be missing. */
  async open(place, opener) {
    const turn = (this.turn += 1);
    this.opener = opener || document.activeElement;
    if (place.uri) this.#head(place);
    show(this.tabs);
    show(this.body, el("p", { class: "working" }, t("loading")));
    this.node.hidden = false;
    document.documentElement.classList.add("has-evidence");
    this.#cover();
    this.title.focus({ preventScroll: true });
    try {
      const document_ = await getJson(`documents/${encodeURIComponent(place.document_id)}`);
      if (turn !== this.turn) return;
      const whole = place.uri ? place : { ...document_, ...place, page: pageAt(document_.page_starts, place.start) };
      this.#head(whole);
      await this.#show(whole, document_, turn);
    } catch (error) {
      if (turn === this.turn) this.#fail(error, place);
    }
  }

  close() {
    if (!this.isOpen) return;
    this.turn += 1;
    this.#leave();
    show(this.body);
    this.node.hidden = true;
    document.documentElement.classList.remove("has-evidence");
    this.#cover();
    if (this.opener?.isConnected) this.opener.focus();
  }

  #head(place) {
    show(this.title, nameOf(place));
    const parts = [foreign(place.uri)];
    if (place.page) parts.push(el("span", {}, t("sources.page", { page: pagesOf(place) })));
    if (place.cited) parts.push(el("span", {}, support(place.score)));
    show(this.where, parts.flatMap((part, index) => (index ? [" · ", part] : [part])));
  }

  async #show(place, document_, turn) {
    const canPicture = document_.page_pictures && document_.page_starts.length > 0;
    const asText = () => this.#asText(place, document_, turn);
    const asPage = () => this.#asPage(place, document_, turn, asText, asAbout);
    const asAbout = () => this.#asAbout(document_, turn);
    this.#makeTabs({ page: canPicture && asPage, text: asText, about: asAbout });
    await (canPicture && place.page && !this.preferText ? asPage() : asText());
  }

  /** `actions`: for each view what shows it, nothing where there is none. */
  #makeTabs(actions) {
    const tab = ([name, action]) =>
      action && el("button", {
        type: "button", dataset: { view: name }, "aria-pressed": "false",
        on: { click: () => {
          if (name !== "about") this.preferText = name === "text";
          action().catch((error) => this.#fail(error));
        } },
      }, t(`evidence.${name}`));
    show(this.tabs, Object.entries(actions).map(tab));
  }

  async #asAbout(document_, turn) {
    const { AboutView } = await import("./about.js");
    if (turn !== this.turn) return;
    this.#leave();
    const open = (place) => this.open({ ...document_, document_id: document_.id, page: null, ...place }, this.opener);
    this.view = new AboutView(document_, { open, ask: (question) => this.ask(question, [{ id: document_.id, title: nameOf(document_) }]) });
    show(this.body, this.view.node);
    this.#press("about");
    this.body.scrollTop = 0;
    await this.view.load();
  }

  #press(name) {
    for (const tab of this.tabs.children) tab.setAttribute("aria-pressed", String(tab.dataset.view === name));
  }

  #leave() {
    this.view?.close?.();
    this.view = null;
  }

  async #asText(place, document_, turn, note) {
    const isRecord = place.start >= document_.characters; // a row of a large table, which follows the text
    const span = `start=${place.start}&end=${place.end}`;
    const text = await (isRecord ? getText(`documents/${encodeURIComponent(document_.id)}/text?${span}`) : textOf(document_.id));
    if (turn !== this.turn) return;
    const [start, end] = isRecord ? [0, text.length] : utf16Offsets(text, place.start, place.end);
    const said = place.quote ?? place.text;
    const changed = said !== undefined && text.slice(start, end) !== said;
    this.#leave();
    this.view = new TextView(text, start, changed ? start : end, document_.media_type === "text/markdown");
    show(
      this.body,
      place.table && citedTable(place.table),
      note && el("p", { class: "note", role: "status" }, note),
      changed && el("p", { class: "note", role: "status" }, t("evidence.changed")),
      this.view.node,
    );
    this.#press("text");
    this.view.reveal(this.body);
  }

  async #asPage(place, document_, turn, asText, asAbout) {
    const view = new PageView(document_, place);
    this.#leave();
    this.view = view;
    show(this.body, place.table && citedTable(place.table), view.node);
    this.#press("page");
    try {
      await view.load(this.body);
    } catch (error) {
      if (turn !== this.turn || this.view !== view) return;
      if (error instanceof Problem && error.status !== 404) throw error;
      this.#makeTabs({ text: asText, about: asAbout }); // no picture after all: the text says the same
      await this.#asText(place, document_, turn, t("evidence.noPicture"));
    }
  }

  #fail(error, place) {
    if (!(error instanceof Problem)) throw error;
    const isGone = error.status === 404;
    const again = place && (() => this.open(place, this.opener));
    show(this.body, isGone ? el("p", { class: "note", role: "status" }, t("evidence.gone")) : problemNote(error, again));
    if (isGone && place?.quote) this.body.append(el("blockquote", { dir: "auto" }, place.quote));
  }

  /** On a narrow window what lies beneath is out of reach. */
  #cover() {
    const covers = this.isOpen && NARROW.matches;
    for (const node of this.background) node.inert = covers;
    if (covers) {
      this.node.setAttribute("role", "dialog");
      this.node.setAttribute("aria-modal", "true");
    } else {
      this.node.removeAttribute("role");
      this.node.removeAttribute("aria-modal");
    }
  }

  #keys(event) {
    if (event.key === "Escape") this.close();
    else if (event.target === this.body && this.view instanceof PageView) this.view.key(event);
  }
}
