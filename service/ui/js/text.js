// The text of a document with one span marked. Of a very long one only a window is drawn, which grows on request.

import { el, show } from "./dom.js";
import { t } from "./i18n.js";
import { windowEnd, windowStart } from "./offsets.js";

const REACH = 6000; // UTF-16 units drawn on either side of the span, and added by each `more`

/** `start`, `end`: the span, in UTF-16 units; empty for no span. */
export class TextView {
  constructor(text, start, end) {
    this.text = text;
    this.from = windowStart(text, start, REACH);
    this.to = windowEnd(text, end, REACH);
    this.mark = end > start ? el("mark", { id: "cited" }, text.slice(start, end)) : null;
    this.before = el("span", {}, text.slice(this.from, start));
    this.after = el("span", {}, text.slice(end, this.to));
    this.above = el("button", { type: "button", class: "more", on: { click: () => this.#above() } }, t("evidence.above"));
    this.below = el("button", { type: "button", class: "more", on: { click: () => this.#below() } }, t("evidence.below"));
    const body = el("div", { class: "document-text", dir: "auto" });
    show(body, this.before, this.mark, this.after);
    this.node = el("div", {}, this.above, body, this.below);
    this.#buttons();
  }

  /** Scroll the span to the upper third of the scrolled element. */
  reveal(scroller) {
    scroller.scrollTop = 0;
    if (!this.mark) return;
    const top = this.mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop = top - scroller.clientHeight / 3;
  }

  #above() {
    const scroller = this.node.parentElement;
    const height = scroller.scrollHeight;
    const from = windowStart(this.text, this.from, REACH);
    this.before.prepend(this.text.slice(from, this.from));
    this.from = from;
    this.#buttons();
    scroller.scrollTop += scroller.scrollHeight - height; // what was read stays where it is
  }

  #below() {
    const to = windowEnd(this.text, this.to, REACH);
    this.after.append(this.text.slice(this.to, to));
    this.to = to;
    this.#buttons();
  }

  #buttons() {
    this.above.hidden = this.from === 0;
    this.below.hidden = this.to === this.text.length;
  }
}
