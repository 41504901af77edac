// The passages of an answer as compact cards: those that it cites first, with their markers, the others folded.

import { el, foreign, hidden } from "./dom.js";
import { t } from "./i18n.js";
import { pagesOf, tidy } from "./conversation.js";
import { snippetOf } from "./snippets.js";

const SHOWN = 3; // cards before `more`, while nothing is cited
let lists = 0;

/** `, page 4`, or nothing. */
export function pageSuffix(place) {
  return place.page ? t("answer.and", { page: pagesOf(place) }) : "";
}

/** What a document is called: its title, or the name of its file. */
export function nameOf(place) {
  return tidy(place.title || "") || place.uri.split("/").pop() || place.uri;
}

/** The cards of the passages. `open(place, button)` is called with the passage that was chosen. */
export class Sources {
  constructor(passages, open) {
    this.passages = passages;
    this.markers = new Map(); // chunk id -> markers
    this.settled = false; // whether all is cited that will be
    this.cards = passages.map((passage) => ({ passage, badge: el("span", { class: "badges" }), text: foreign(snippetOf(passage)), node: null }));
    for (const card of this.cards) card.node = this.#card(card, open);
    const id = `sources-${(lists += 1)}`;
    this.more = el("button", { type: "button", class: "quiet", "aria-expanded": "false", "aria-controls": id, on: { click: () => this.#toggle() } });
    this.list = el("ul", { class: "sources", id }, this.cards.map((card) => card.node));
    this.node = el("section", { class: "sources-block", "aria-label": t("sources.heading") }, this.list, this.more);
    this.expanded = false;
    this.#arrange();
  }

  /** Note what a sentence cites. */
  cite(citations) {
    for (const { chunk_id: chunk, marker, quote } of citations) {
      const known = this.markers.get(chunk) || new Set();
      if (!known.size) this.#quote(chunk, quote);
      this.markers.set(chunk, known.add(marker));
    }
    for (const { passage, badge } of this.cards) {
      const markers = [...(this.markers.get(passage.chunk_id) || [])].sort((a, b) => a - b);
      badge.replaceChildren(
        ...markers.map((marker) => el("span", { class: "badge", "aria-hidden": "true" }, String(marker))),
        ...(markers.length ? [hidden(t("sources.cited", { marker: markers.join(", ") }))] : []),
      );
    }
    this.#arrange();
  }

  /** Show of the passages of these citations what they quote. */
  quote(citations) {
    for (const { chunk_id: chunk, quote } of [...citations].reverse()) this.#quote(chunk, quote); // the first of a passage stays
  }

  /** Whether these are the passages of it. */
  isOf(passages) {
    return passages.length === this.passages.length && passages.every((one, index) => one.chunk_id === this.passages[index].chunk_id);
  }

  /** Nothing more will be cited: bring the cited ones to the front, in the order of their markers, and fold the others. */
  settle() {
    this.settled = true;
    const first = ({ passage }) => Math.min(...(this.markers.get(passage.chunk_id) || [Infinity]));
    const inOrder = [...this.cards].sort((one, other) => (first(one) === first(other) ? 0 : first(one) - first(other)));
    const focused = document.activeElement;
    if (inOrder.some((card, index) => card !== this.cards[index])) this.list.append(...inOrder.map((card) => card.node));
    if (this.list.contains(focused)) focused.focus({ preventScroll: true });
    this.cards = inOrder;
    this.#arrange();
  }

  #quote(chunk, quote) {
    for (const { passage, text } of this.cards) if (passage.chunk_id === chunk) text.textContent = snippetOf(passage, quote);
  }

  #card({ passage, badge, text }, open) {
    const title = nameOf(passage);
    return el(
      "li", { class: "source" },
      el(
        "button", { type: "button", class: "source-button", on: { click: (event) => open(passage, event.currentTarget) } },
        el("span", { class: "source-title" }, foreign(title), badge),
        el(
          "span", { class: "source-text" },
          passage.page && el("span", { class: "source-page" }, t("sources.page", { page: passage.page })),
          text,
        ),
      ),
    );
  }

  #arrange() {
    const cited = this.cards.filter(({ passage }) => this.markers.has(passage.chunk_id));
    const room = this.settled && cited.length ? 0 : Math.max(0, SHOWN - cited.length);
    const first = this.cards.filter((card) => !cited.includes(card)).slice(0, room);
    for (const card of this.cards) card.node.hidden = !(this.expanded || cited.includes(card) || first.includes(card));
    const left = this.cards.length - cited.length - first.length;
    this.more.hidden = left === 0;
    const key = cited.length ? "sources.uncited" : "sources.more";
    this.more.textContent = this.expanded ? t("sources.fewer") : t(key, { count: left });
    this.more.setAttribute("aria-expanded", String(this.expanded));
  }

  #toggle() {
    this.expanded = !this.expanded;
    this.#arrange();
  }
}
