// The list of the conversations that this browser keeps: search, open, rename, export, delete.

import { asMarkdown, conversationId, deleteConversation, tidy } from "./conversation.js";
import { confirmed } from "./dialog.js";
import { el, foreign, iconButton, show } from "./dom.js";
import { ago, t } from "./i18n.js";
import { conversations, renameConversation, turnsOf } from "./kept.js";
import { saveAs } from "./saving.js";

/** Show the list. `open(id)` is called with the one that was chosen, `changed()` when the one that is shown was deleted. */
export function showConversations({ open, changed }) {
  const list = new List(open, changed);
  document.body.append(list.dialog);
  list.dialog.showModal(); // gives the focus back when it closes
}

class List {
  constructor(open, changed) {
    Object.assign(this, { open, changed, words: new Map() });
    this.search = el("input", { type: "search", placeholder: t("talks.search"), "aria-label": t("talks.search"), on: { input: () => this.draw() } });
    this.items = el("ul", { class: "talks-list" });
    this.status = el("p", { class: "visually-hidden", role: "status" });
    this.all = el(
      "div", { class: "dialog-buttons" },
      el("button", { type: "button", class: "quiet", on: { click: () => this.#deleteAll() } }, t("talks.deleteAll")),
      el("button", { type: "button", class: "quiet", on: { click: () => save(conversations(), "youju") } }, t("talks.exportAll")),
    );
    this.dialog = el(
      "dialog", { class: "dialog talks", "aria-labelledby": "talks-title" },
      el("div", { class: "talks-head" }, el("h2", { id: "talks-title" }, t("talks.heading")), iconButton("close", t("close"), () => this.dialog.close())),
      this.search, this.status, this.items,
      el("p", { class: "hint" }, t("talks.kept")),
      this.all,
    );
    this.dialog.addEventListener("close", () => this.dialog.remove());
    this.draw();
  }

  draw() {
    const wanted = this.search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const all = conversations();
    const found = all.filter((one) => wanted.every((word) => this.#textOf(one).includes(word)));
    show(this.items, found.map((one) => this.#item(one)));
    if (!found.length) show(this.items, el("li", { class: "none" }, t(all.length ? "talks.noMatch" : "talks.none")));
    this.search.hidden = this.all.hidden = all.length < 2;
    this.status.textContent = t("talks.count", { count: found.length });
  }

  /** The words of a conversation in lower case: its title, its questions, its answers. */
  #textOf(one) {
    if (!this.words.has(one.id)) {
      const said = turnsOf(one.id).flatMap((turn) => [turn.question, ...turn.sentences.map((sentence) => sentence.text)]);
      this.words.set(one.id, said.join("\n").toLocaleLowerCase());
    }
    return `${one.title.toLocaleLowerCase()}\n${this.words.get(one.id)}`;
  }

  #item(one) {
    const choose = () => {
      this.dialog.close();
      this.open(one.id);
    };
    const title = tidy(one.title);
    const current = one.id === conversationId() && "true";
    const node = el(
      "li", { class: "talk" },
      el(
        "div", { class: "talk-names" },
        el("button", { type: "button", class: "link", "aria-current": current, on: { click: choose } }, foreign(title)),
        el("span", { class: "hint" }, `${ago(one.at)} · ${t("talks.questions", { count: one.turns })}`),
      ),
      iconButton("edit", t("talks.rename", { title }), () => this.#rename(one, node)),
      iconButton("download", t("talks.export", { title }), () => save([one], title)),
      iconButton("remove", t("talks.delete", { title }), () => this.#delete(one, title)),
    );
    return node;
  }

  #rename(one, node) {
    const input = el("input", { value: one.title, maxlength: 200, "aria-label": t("talks.name") });
    const done = (event) => {
      event.preventDefault();
      if (tidy(input.value)) renameConversation(one.id, tidy(input.value));
      this.draw();
      this.search.focus();
    };
    const cancel = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // the dialog stays
      event.stopPropagation();
      this.draw();
    };
    show(node, el("form", { class: "talk-name", on: { submit: done, keydown: cancel } }, input, el("button", { type: "submit" }, t("talks.save"))));
    input.select();
  }

  async #delete(one, title) {
    const parts = [el("p", {}, el("strong", {}, foreign(title))), el("p", {}, t("talks.deleteBody"))];
    if (!(await confirmed(t("talks.deleteTitle"), parts, t("talks.deleteButton")))) return;
    this.#forget([one]);
  }

  async #deleteAll() {
    const all = conversations();
    const parts = el("p", {}, t("talks.count", { count: all.length }), " · ", t("talks.deleteBody"));
    if (await confirmed(t("talks.deleteAllTitle"), parts, t("talks.deleteButton"))) this.#forget(all);
  }

  #forget(some) {
    const isShown = some.some((one) => one.id === conversationId());
    for (const one of some) deleteConversation(one.id);
    if (isShown) this.changed();
    this.draw();
    this.dialog.querySelector("button").focus();
  }
}

/** Save conversations as one file of Markdown. */
function save(some, name) {
  const labels = { sources: t("answer.sources"), page: (page) => t("sources.page", { page }) };
  const parts = some.map((one) => {
    const turns = turnsOf(one.id).map((turn) => asMarkdown(turn, labels));
    return `# ${tidy(one.title)}\n\n${one.at}\n\n${turns.join("\n\n---\n\n")}\n`;
  });
  saveAs(new Blob([parts.join("\n\n")], { type: "text/markdown" }), `${name.replace(/[\\/:*?"<>|\s]+/g, " ").trim().slice(0, 60)}.md`);
}
