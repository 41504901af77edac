// The view in which questions are asked.

import { getJson, Problem } from "./api.js";
import { TurnView } from "./answer.js";
import { findCollections } from "./collections.js";
import { addTurn, askTurn, clearConversation, conversation, isWorking, stop } from "./conversation.js";
import { confirmed } from "./dialog.js";
import { el, icon, iconButton, show } from "./dom.js";
import { takeDrops } from "./drops.js";
import { filesOfInput, named } from "./dropped.js";
import { t } from "./i18n.js";
import { problemNote } from "./problems.js";
import { Sources } from "./sources.js";
import { StartView } from "./start.js";
import { store, stored } from "./stored.js";
import { addUploads, isEnded, listeners, uploads } from "./uploads.js";

let draft = ""; // what is written and not asked yet, kept while other views are shown
let shownView = null; // a stream goes on while another view is shown, and reports to whichever is there then

/** `page`: openEvidence(place, opener), announce(text). */
export class AskView {
  constructor(page) {
    this.page = page;
    this.views = new Map();
    this.turns = el("div", { class: "turns", role: "region", "aria-label": t("ask.conversation") });
    this.start = new StartView({ ask: (question) => this.#put(question), choose: () => this.files.click() });
    this.intro = this.start.node;
    this.input = el("textarea", {
      id: "question", rows: 1, dir: "auto", placeholder: t("ask.placeholder"), "aria-describedby": "ask-hint",
      on: { keydown: (event) => this.#keys(event), input: () => this.#grow() },
    });
    this.input.value = draft;
    this.button = el("button", { type: "submit", class: "primary send" });
    this.files = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-hidden": "true", on: { change: () => this.#chosen() } });
    this.attach = iconButton("add", t("ask.addDocuments"), () => this.files.click(), { hidden: true });
    this.added = el("p", { class: "added", role: "status" });
    this.listener = (finished) => this.#told(finished);
    this.scope = el("div", { class: "scope" });
    this.fresh = el("button", { type: "button", class: "quiet", on: { click: () => this.#clear() } }, t("ask.new"));
    this.form = el(
      "form", { class: "composer", on: { submit: (event) => this.#submit(event) } },
      el("label", { class: "visually-hidden", for: "question" }, t("ask.label")),
      el("div", { class: "composer-box" }, this.attach, this.input, this.button),
      this.added,
      el("div", { class: "composer-foot" }, this.scope, el("span", { id: "ask-hint", class: "hint" }, t("ask.hint")), this.fresh),
    );
    this.node = el("div", { class: "ask" }, this.intro, this.turns, this.form, this.files);
    for (const turn of conversation()) this.#addView(turn);
    this.#update();
    this.#findScopes();
    this.#look();
  }

  shown() {
    shownView = this;
    listeners.add(this.listener);
    this.#told(false);
    this.#grow();
    if (window.matchMedia("(hover: hover)").matches) this.input.focus({ preventScroll: true }); // no keyboard pops up on phones
    this.turns.lastElementChild?.scrollIntoView({ block: "start" });
  }

  left() {
    listeners.delete(this.listener);
    takeDrops(null);
  }

  /** What there is, and whether documents may be added here. */
  async #look() {
    const found = await this.start.load(stored("scope", ""));
    this.attach.hidden = !found?.may_upload;
    if (found?.may_upload && shownView === this) {
      takeDrops({ hint: (isOver) => this.form.classList.toggle("over", isOver), take: (files) => this.#add(files) });
    }
  }

  #chosen() {
    this.#add(filesOfInput(this.files));
    this.files.value = ""; // the same file may be chosen again
  }

  #add(files) {
    const wanted = named(files);
    if (wanted.length) addUploads(wanted, stored("scope", ""));
    else show(this.added, t("documents.nothingDropped"));
  }

  /** How far what was added is. */
  #told(finished) {
    if (uploads.length) {
      const failed = uploads.filter((one) => one.state === "failed").length;
      const done = uploads.filter(isEnded).length - failed;
      const parts = [t("documents.uploadsDone", { done, count: uploads.length }), failed && t("documents.uploadsFailed", { failed })];
      show(this.added, el("a", { href: "#/documents" }, parts.filter(Boolean).join(" · ")));
    }
    if (finished) this.#look();
  }

  /** Ask an example. */
  #put(question) {
    this.input.value = question;
    if (!isWorking()) this.form.requestSubmit();
  }

  /** A key that was pressed anywhere on the page. */
  key(event) {
    if (event.key !== "/") return;
    event.preventDefault();
    this.input.focus();
  }

  #update() {
    const working = isWorking();
    const has = conversation().length > 0;
    this.node.classList.toggle("has-turns", has);
    this.intro.hidden = has;
    this.turns.hidden = this.fresh.hidden = !has;
    const name = t(working ? "ask.stop" : "ask.send");
    show(this.button, icon(working ? "stop" : "send"));
    this.button.setAttribute("aria-label", name);
    this.button.title = name;
    this.button.classList.toggle("stop", working);
  }

  #grow() {
    draft = this.input.value;
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 220)}px`;
  }

  #keys(event) {
    const composing = event.isComposing || event.keyCode === 229; // Enter then chooses characters
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    if (!isWorking()) this.form.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    if (isWorking()) {
      stop();
      return;
    }
    const question = this.input.value.trim();
    if (!question) {
      this.input.focus();
      return;
    }
    this.input.value = "";
    this.#grow();
    const turn = addTurn(question, stored("scope", ""));
    const view = this.#addView(turn);
    this.#ask(turn);
    view.node.scrollIntoView({ block: "start" });
  }

  async #ask(turn) {
    const asked = askTurn(turn, (_, what) => shownView?.changed(turn, what));
    this.#update();
    await asked;
  }

  /** A turn went on. */
  changed(turn, what) {
    const view = this.views.get(turn.id);
    if (!view) return;
    if (what === "passages") view.passages();
    else if (what === "sentence") view.sentence();
    else {
      view.finish();
      this.#update();
      if (turn.state === "done") {
        const abstained = turn.answer.verdict === "abstained";
        this.page.announce(abstained ? `${turn.answer.answer} ${turn.answer.missing || ""}` : t("answer.done"));
      }
    }
  }

  #addView(turn) {
    const view = new TurnView(turn, {
      open: this.page.openEvidence,
      announce: this.page.announce,
      retry: (one) => {
        if (isWorking()) return;
        this.views.get(one.id).restart();
        this.#ask(one);
        this.input.focus();
      },
      passages: (one) => this.#searchInstead(one),
    });
    this.views.set(turn.id, view);
    this.turns.append(view.node);
    return view;
  }

  /** Where no answer can be written, the passages can still be found. */
  async #searchInstead(turn) {
    const view = this.views.get(turn.id);
    const body = JSON.stringify({ query: turn.question, ...(turn.collection ? { collection: turn.collection } : {}) });
    const post = { method: "POST", headers: { "Content-Type": "application/json" }, body };
    try {
      const { passages } = await getJson("search", post);
      const found = el("p", { role: "status" }, t("sources.found", { count: passages.length }));
      show(view.end, found, new Sources(passages, this.page.openEvidence).node);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(view.end, problemNote(error, () => this.#searchInstead(turn)));
    }
  }

  async #clear() {
    if (!(await confirmed(t("ask.clearTitle"), el("p", {}, t("ask.clearBody")), t("ask.clear")))) return;
    clearConversation();
    this.views.clear();
    show(this.turns);
    this.#update();
    this.page.announce(t("ask.cleared"));
    this.input.focus();
  }

  async #findScopes() {
    let found;
    try {
      found = await findCollections();
    } catch (error) {
      if (error instanceof Problem) return; // asking will tell
      throw error;
    }
    if (found.collections.some(({ name }) => name === stored("scope", ""))) this.#scopes(found.collections);
    else {
      store("scope", null); // it is gone
      if (found.collections.length > 1) this.#scopes(found.collections);
    }
  }

  #narrow(collection) {
    store("scope", collection || null);
    if (!conversation().length) this.#look();
  }

  #scopes(collections) {
    const options = [["", t("ask.scopeAll")], ...collections.map(({ name }) => [name, name])];
    const choice = el(
      "select", { id: "scope", on: { change: () => this.#narrow(choice.value) } },
      options.map(([value, name]) => el("option", { value }, name)),
    );
    choice.value = stored("scope", "");
    show(this.scope, el("label", { for: "scope" }, t("ask.scope")), choice);
  }
}
