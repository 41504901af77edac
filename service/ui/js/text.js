// The text of a document with one span marked. Of a very long one only a window is drawn, which grows on request.

import { el, show } from "./dom.js";
import { t } from "./i18n.js";
import { windowEnd, windowStart } from "./offsets.js";
import { drawn } from "./passage_text.js";

const REACH = 6000; // UTF-16 units drawn on either side of the span, and added by each `more`

/** `start`, `end`: the span, in UTF-16 units; empty for no span. `markdown`: whether the text is Markdown. */
export class TextView {
  constructor(text, start, end, markdown) {
    Object.assign(this, { text, start, end, markdown });
    this.from = windowStart(text, start, REACH);
    this.to = windowEnd(text, end, REACH);
    this.above = el("button", { type: "button", class: "more", on: { click: () => this.#above() } }, t("evidence.above"));
    this.below = el("button", { type: "button", class: "more", on: { click: () => this.#below() } }, t("evidence.below"));
    this.body = el("div", { class: "document-text", dir: "auto" });
    this.node = el("div", {}, this.above, this.body, this.below);
    this.#draw();
  }

  /** Scroll the span to the upper third of the scrolled element. */
  reveal(scroller) {
    scroller.scrollTop = 0;
    const mark = this.body.querySelector("mark");
    if (!mark) return;
    const top = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop = top - scroller.clientHeight / 3;
  }

  #above() {
    const scroller = this.node.parentElement;
    const height = scroller.scrollHeight;
    this.from = windowStart(this.text, this.from, REACH);
    this.#draw();
    scroller.scrollTop += scroller.scrollHeight - height; // what was read stays where it is
  }

  #below() {
    this.to = windowEnd(this.text, this.to, REACH);
    this.#draw();
  }

  #draw() {
    show(this.body, drawn(this.text, this.from, this.to, this.start, this.end, this.markdown));
    this.above.hidden = this.from === 0;
    this.below.hidden = this.to === this.text.length;
  }
}
