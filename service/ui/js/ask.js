// The view in which questions are asked.

import { getJson, Problem } from "./api.js";
import { TurnView } from "./answer.js";
import { addTurn, askTurn, conversation, isWorking, keepShown, openConversation, replaceQuestion, stop, turnsAfter, within } from "./conversation.js";
import { el, icon, iconButton, show, whileShown } from "./dom.js";
import { takeDrops } from "./drops.js";
import { filesOfInput, named } from "./dropped.js";
import { t } from "./i18n.js";
import { conversations } from "./kept.js";
import { problemNote } from "./problems.js";
import { scope, ScopeChoice } from "./scope.js";
import { Sources } from "./sources.js";
import { StartView } from "./start.js";
import { addUploads, isEnded, listeners, uploads } from "./uploads.js";

let draft = ""; // what is written and not asked yet, kept while other views are shown
let waiting = ""; // a question to be asked as soon as the view is shown
let shownView = null; // a stream goes on while another view is shown, and reports to whichever is there then

/** Ask a question when the view is shown the next time. */
export function askNext(question) {
  waiting = question;
}

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
    this.scope = new ScopeChoice(() => !conversation().length && this.#look());
    this.list = el("button", { type: "button", class: "quiet", "aria-haspopup": "dialog", on: { click: () => this.#list() } }, t("talks.heading"));
    this.fresh = el("button", { type: "button", class: "quiet", on: { click: () => this.#open() } }, t("ask.new"));
    this.form = el(
      "form", { class: "composer", on: { submit: (event) => this.#submit(event) } },
      el("label", { class: "visually-hidden", for: "question" }, t("ask.label")),
      el("div", { class: "composer-box" }, this.attach, this.input, this.button),
      this.added,
      el("div", { class: "composer-foot" }, this.scope.node, el("span", { id: "ask-hint", class: "hint" }, t("ask.hint")), this.list, this.fresh),
    );
    this.node = el("div", { class: "ask" }, this.intro, this.turns, this.form, this.files);
    this.#drawTurns();
    this.scope.load();
    this.#look();
  }

  shown() {
    shownView = this;
    listeners.add(this.listener);
    this.#told(false);
    this.#grow();
    if (window.matchMedia("(hover: hover)").matches) this.input.focus({ preventScroll: true }); // no keyboard pops up on phones
    this.turns.lastElementChild?.scrollIntoView({ block: "start" });
    const next = waiting;
    waiting = "";
    if (next) this.#put(next);
  }

  left() {
    listeners.delete(this.listener);
    takeDrops(null);
  }

  /** What there is, and whether documents may be added here. */
  async #look() {
    const found = await this.start.load(scope().collection);
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
    if (wanted.length) addUploads(wanted, scope().collection);
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
    this.list.hidden = !conversations().length;
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
    const turn = addTurn(question, scope());
    const view = this.#addView(turn);
    this.#ask(turn);
    view.node.scrollIntoView({ block: "start" });
  }

  async #ask(turn, isAgain) {
    const asked = askTurn(turn, (_, what) => shownView?.changed(turn, what), isAgain);
    this.#update();
    await asked;
  }

  /** A turn went on. */
  changed(turn, what) {
    const view = this.views.get(turn.id);
    if (!view) return; // of another conversation
    if (what === "passages") view.passages();
    else if (what === "sentence") view.sentence();
    else {
      if (what === "restored") view.restore();
      else view.finish();
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
      retry: (one) => this.#again(one),
      again: (one) => this.#again(one, true),
      kept: () => keepShown(),
      edit: (one, line, cancel) => this.#edit(one, line, cancel),
      passages: (one) => this.#searchInstead(one),
    });
    this.views.set(turn.id, view);
    this.turns.append(view.node);
    return view;
  }

  /** Where no answer can be written, the passages can still be found. */
  async #searchInstead(turn) {
    const view = this.views.get(turn.id);
    const body = JSON.stringify({ query: turn.question, ...within(turn) });
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

  /** Change a question that was asked; those behind it go. */
  async #edit(turn, line, cancel) {
    if (isWorking()) return;
    const editing = await whileShown(line, () => import("./edit_question.js"));
    const ask = (question) => {
      if (isWorking()) return;
      replaceQuestion(turn, question);
      this.#drawTurns();
      this.#again(turn);
    };
    editing?.editQuestion(line, turn.question, turnsAfter(turn), { ask, cancel });
  }

  /** Ask a turn's question once more. `isAgain`: see `askTurn`. */
  #again(turn, isAgain = false) {
    if (isWorking()) return;
    this.views.get(turn.id).restart();
    this.#ask(turn, isAgain);
    this.input.focus();
  }

  /** Show another conversation, a new one where no id is given. */
  #open(id) {
    openConversation(id);
    this.#drawTurns();
    this.turns.lastElementChild?.scrollIntoView({ block: "start" });
    this.page.announce(t(id ? "talks.opened" : "talks.fresh"));
    this.input.focus();
  }

  #drawTurns() {
    this.views.clear();
    show(this.turns);
    for (const turn of conversation()) this.#addView(turn);
    this.#update();
  }

  async #list() {
    const list = await whileShown(this.node, () => import("./conversation_list.js"));
    list?.showConversations({ open: (id) => this.#open(id), changed: () => this.#drawTurns() });
  }
}
