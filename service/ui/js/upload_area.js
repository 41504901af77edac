// Where files are dropped or chosen, and how far each of them is.

import { el, foreign, show } from "./dom.js";
import { takeDrops } from "./drops.js";
import { filesOfInput, named } from "./dropped.js";
import { percent, size, t, told } from "./i18n.js";
import { addUploads, clearUploads, isEnded, listeners, uploads } from "./uploads.js";

const SENT = 0.5; // share of the bar that sending takes; reading takes the rest
const STATE_SHARE = { waiting: 0, queued: SENT, embedding: 0.75, done: 1, failed: 1 };

export class UploadArea {
  constructor() {
    this.files = this.#input({ multiple: true });
    this.folder = this.#input({ webkitdirectory: true });
    this.names = el("datalist", { id: "collections" });
    this.collection = el("input", { id: "into", list: "collections", maxlength: 200, placeholder: t("documents.intoHint"), autocomplete: "off" });
    this.zone = el(
      "section", { class: "drop", "aria-label": t("documents.uploads") },
      el("p", { class: "drop-line" }, t("documents.drop")),
      el(
        "div", { class: "buttons" },
        el("button", { type: "button", class: "primary", on: { click: () => this.files.click() } }, t("documents.files")),
        el("button", { type: "button", on: { click: () => this.folder.click() } }, t("documents.folder")),
        el("span", { class: "into" }, el("label", { for: "into" }, t("documents.into")), this.collection),
      ),
      el("p", { class: "hint" }, t("documents.formats")),
      this.files, this.folder, this.names,
    );
    this.told = el("div", { class: "told", role: "status" });
    this.list = el("ul", { class: "uploads" });
    this.sum = el("p", { class: "uploads-sum", role: "status" });
    this.clear = el("button", { type: "button", class: "quiet", on: { click: clearUploads } }, t("documents.clearUploads"));
    this.progress = el("section", { class: "progress", "aria-label": t("documents.uploads"), hidden: true }, el("div", { class: "uploads-head" }, this.sum, this.clear), this.list);
    this.node = el("div", {}, this.zone, this.told, this.progress);
    this.drawn = new Map(); // upload -> its line
    this.listener = () => this.#draw();
  }

  shown() {
    listeners.add(this.listener);
    takeDrops({ hint: (isOver) => this.zone.classList.toggle("over", isOver), take: (files) => this.allowed && this.#add(files) });
    this.#draw();
  }

  /** Whether files may be added at all. */
  allow(may) {
    this.allowed = may;
    this.zone.hidden = !may;
  }

  left() {
    listeners.delete(this.listener);
    takeDrops(null);
  }

  /** Names of collections that exist. */
  suggest(names) {
    show(this.names, names.map((name) => el("option", { value: name })));
  }

  /** A line of text, or a node, about what was done. */
  tell(what) {
    show(this.told, what instanceof Node ? what : el("p", { class: "note" }, what));
  }

  #input(props) {
    const input = el("input", { type: "file", hidden: true, tabindex: "-1", "aria-hidden": "true", ...props });
    input.addEventListener("change", () => {
      this.#add(filesOfInput(input));
      input.value = ""; // the same file may be chosen again
    });
    return input;
  }

  #add(files) {
    const wanted = named(files);
    show(this.told, wanted.length ? null : el("p", { class: "note" }, t("documents.nothingDropped")));
    if (wanted.length) addUploads(wanted, this.collection.value.trim());
  }

  #draw() {
    this.progress.hidden = uploads.length === 0;
    for (const [one, line] of this.drawn) {
      if (uploads.includes(one)) continue;
      line.node.remove();
      this.drawn.delete(one);
    }
    for (const one of uploads) {
      if (!this.drawn.has(one)) {
        this.drawn.set(one, new Line(one));
        this.list.append(this.drawn.get(one).node);
      }
      this.drawn.get(one).draw();
    }
    const failed = uploads.filter((one) => one.state === "failed").length;
    const done = uploads.filter(isEnded).length - failed;
    const sum = [t("documents.uploadsDone", { done, count: uploads.length }), failed && t("documents.uploadsFailed", { failed })];
    const text = sum.filter(Boolean).join(" · ");
    if (this.sum.textContent !== text) this.sum.textContent = text;
    this.clear.hidden = !uploads.some(isEnded);
  }
}

/** One file on its way. */
class Line {
  constructor(one) {
    this.one = one;
    this.bar = el("progress", { max: 1, "aria-label": t("documents.progress", { name: one.name }) });
    this.state = el("span", { class: "upload-state" });
    this.reason = el("p", { class: "reason", hidden: true });
    this.node = el(
      "li", { class: "upload" },
      el("span", { class: "upload-name" }, foreign(one.name), " ", el("span", { class: "upload-size" }, size(one.size))),
      this.bar, this.state, this.reason,
    );
  }

  draw() {
    const { state, sent, chunks, reason } = this.one;
    const name = state === "waiting" ? "queued" : state;
    this.node.dataset.state = name;
    this.bar.value = state === "sending" ? SENT * sent : STATE_SHARE[state];
    const far = state === "sending" ? percent(sent) : state === "embedding" && chunks ? t("documents.passages", { count: chunks }) : "";
    this.state.textContent = [t(`documents.state.${name}`), far].filter(Boolean).join(" ");
    this.reason.hidden = !reason;
    if (reason && !this.reason.firstChild) {
      const { text, lang } = told(reason);
      this.reason.append(foreign(text, { lang }));
    }
  }
}
