// A page of a document as a picture, rendered by the service, with the cited lines marked on it.

import { getJson, request } from "./api.js";
import { el, iconButton, show, svg } from "./dom.js";
import { t } from "./i18n.js";
import { tidy } from "./conversation.js";
import { nameOf } from "./sources.js";

const WIDTH = 1000; // pixels: sharp on a phone, and enough for a panel

export class PageView {
  constructor(document_, place) {
    this.id = encodeURIComponent(document_.id);
    this.place = place;
    this.pages = document_.page_starts.length;
    this.page = this.cited = place.page || 1;
    this.boxes = [];
    this.url = "";
    this.loading = 0;
    this.picture = el("div", { class: "picture" });
    this.label = el("span", { class: "page-label", role: "status" });
    this.previous = iconButton("previous", t("evidence.previous"), () => this.#turn(this.page - 1));
    this.next = iconButton("next", t("evidence.next"), () => this.#turn(this.page + 1));
    this.back = el("button", { type: "button", class: "quiet", on: { click: () => this.#turn(this.cited) } }, t("evidence.back"));
    const quote = tidy(place.quote ?? place.text ?? "");
    this.node = el(
      "figure", { class: "page-view" },
      el("div", { class: "page-bar" }, this.previous, this.label, this.next, this.back),
      this.picture,
      quote && el("figcaption", {}, el("span", { class: "caption-name" }, t("evidence.quote")), el("q", { dir: "auto" }, quote)),
    );
  }

  /** Draw the cited page. Raises: Problem (404 where there is no picture). */
  async load(scroller) {
    const { start, end } = this.place;
    if (end > start) this.boxes = (await getJson(`documents/${this.id}/boxes?start=${start}&end=${end}`)).boxes;
    if (this.boxes.length && !this.boxes.some((box) => box.page === this.page)) this.page = this.cited = this.boxes[0].page;
    await this.#draw();
    const mark = this.picture.querySelector("rect");
    if (!mark) return;
    const top = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    if (top > scroller.clientHeight * 0.8) scroller.scrollTop += top - scroller.clientHeight / 3;
  }

  close() {
    this.loading += 1;
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = "";
  }

  key(event) {
    const step = { ArrowLeft: -1, PageUp: -1, ArrowRight: 1, PageDown: 1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#turn(this.page + step);
  }

  async #turn(page) {
    if (page < 1 || page > this.pages || page === this.page) return;
    this.page = page;
    try {
      await this.#draw();
    } catch {
      show(this.picture, el("p", { class: "note", role: "status" }, t("evidence.noPicture")));
    }
  }

  async #draw() {
    const turn = (this.loading += 1);
    this.previous.disabled = this.page <= 1;
    this.next.disabled = this.page >= this.pages;
    this.back.hidden = this.page === this.cited;
    this.label.textContent = t("evidence.pageOf", { page: this.page, pages: this.pages });
    this.picture.setAttribute("aria-busy", "true");
    const response = await request(`documents/${this.id}/pages/${this.page}?width=${WIDTH}`);
    const url = URL.createObjectURL(await response.blob());
    if (turn !== this.loading) return URL.revokeObjectURL(url);
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = url;
    const here = this.boxes.filter((box) => box.page === this.page);
    const alt = t(here.length ? "evidence.altMarked" : "evidence.alt", { page: this.page, title: nameOf(this.place) });
    const image = el("img", { src: url, alt, width: WIDTH });
    await image.decode();
    if (turn !== this.loading) return undefined;
    show(this.picture, image, marks(here));
    this.picture.removeAttribute("aria-busy");
    return undefined;
  }
}

/** The boxes as rectangles over the whole picture. */
function marks(boxes) {
  const rects = boxes.map((box) =>
    svg("rect", { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, rx: 0.003 }),
  );
  return svg("svg", { class: "page-marks", viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" }, rects);
}
