// One turn of the conversation on the page: question, sources, the sentences as they come, and how it ended.

import { Blocks } from "./blocks.js";
import { el, foreign, hidden, icon, iconButton, show } from "./dom.js";
import { duration, support, t } from "./i18n.js";
import { asMarkdown, tidy } from "./conversation.js";
import { asRead, isMarkdown } from "./markdown.js";
import { problemNote } from "./problems.js";
import { drawn } from "./passage_text.js";
import { rights, rightsTold } from "./rights.js";
import { isRow } from "./rows.js";
import { nameOf, pageSuffix, Sources } from "./sources.js";

const UNSURE = 0.6; // confidence below which people are asked to look for themselves
const NARROW = window.matchMedia("(max-width: 700px)");

/** Draws a turn and follows it. `actions`: open(place, opener), retry(turn), again(turn), edit(turn, line, cancel), passages(turn), kept() when what is
 *  to be kept of a turn changed, announce(text). */
export class TurnView {
  constructor(turn, actions) {
    this.turn = turn;
    this.actions = actions;
    this.sources = null;
    this.sourcesPlace = el("div");
    this.text = el("div", { class: "answer-text" });
    this.blocks = new Blocks(this.text);
    this.end = el("div", { class: "answer-end" });
    this.question = el("div", { class: "question-line" });
    this.node = el(
      "article", { class: "turn" },
      this.question,
      NARROW.matches ? [this.text, this.end, this.sourcesPlace] : [this.sourcesPlace, this.text, this.end],
    );
    this.restart();
    this.#fill();
  }

  #fill() {
    const { turn } = this;
    if (turn.passages) this.passages();
    for (const sentence of turn.sentences) this.#add(sentence);
    if (turn.state !== "working") this.finish();
  }

  /** Show what the turn had before it was asked again. */
  restore() {
    this.restart();
    this.#fill();
  }

  #ask() {
    const { question, documents } = this.turn;
    this.node.setAttribute("aria-label", `${t("answer.question")}: ${tidy(question)}`);
    const cancel = () => {
      this.#ask();
      this.question.querySelector("button").focus();
    };
    const edit = iconButton("edit", t("answer.edit"), () => this.actions.edit(this.turn, this.question, cancel));
    show(
      this.question,
      el("h2", { class: "question", dir: "auto" }, question), edit,
      documents?.length > 0 && el("p", { class: "asked" }, t("answer.within"), documents.map((one, index) => [index > 0 && " · ", foreign(one.title)])),
    );
  }

  /** Show that the question was sent (again). */
  restart() {
    this.#ask();
    this.sources = null;
    show(this.sourcesPlace);
    this.blocks.clear();
    this.#wait("answer.searching");
  }

  passages() {
    const { sentences } = this.turn;
    this.sources = new Sources(this.turn.passages, (place, opener) => this.actions.open(place, opener));
    for (const sentence of sentences) this.sources.cite(sentence.citations);
    show(this.sourcesPlace, this.turn.passages.length ? this.sources.node : null);
    if (this.turn.state === "working") this.#wait("answer.reading");
  }

  /** Show the last sentence that came. */
  sentence() {
    const sentence = this.turn.sentences.at(-1);
    this.#add(sentence);
    this.actions.announce(sentence.text);
    this.#wait("answer.writing");
  }

  finish() {
    const { turn } = this;
    if (turn.passages && !this.sources?.isOf(turn.passages)) this.passages();
    this.sources?.settle();
    if (turn.state === "done" && turn.answer.verdict === "abstained" && !turn.sentences.length) this.#abstain();
    else if (turn.state === "done") show(this.end, turn.problem && problemNote(turn.problem), this.#foot());
    else if (turn.state === "failed") show(this.end, this.#failure());
    else {
      const text = t(`answer.${turn.state}${turn.sentences.length ? "" : "Empty"}`);
      const again = el("button", { type: "button", on: { click: () => this.actions.retry(turn) } }, t("retry"));
      show(this.end, el("div", { class: "note", role: "status" }, el("p", {}, text), again));
    }
  }

  #wait(key) {
    show(this.end, el("p", { class: "working" }, el("span", { class: "pulse", "aria-hidden": "true" }), t(key)));
  }

  #add(sentence) {
    if (!this.text.childNodes.length && this.turn.answer?.language) this.text.lang = this.turn.answer.language;
    this.sources?.cite(sentence.citations);
    const quote = quoteOf(sentence);
    const markers = el("span", { class: "markers" }, sentence.citations.map((one) => this.#marker(one, sentence)));
    if (quote !== null) {
      this.blocks.append(
        el("blockquote", { class: "verbatim", dir: "auto" }, hidden(`${t("answer.quotation")}: `), quote, " ", markers),
      );
    } else this.blocks.add(sentence, markers);
  }

  #marker(citation, sentence) {
    const place = { marker: citation.marker, title: nameOf(citation), page: pageSuffix(citation) };
    const label = t("answer.marker", { ...place, support: support(citation.score) });
    const bar = el("span", { class: "support", "aria-hidden": "true" });
    bar.style.setProperty("--share", citation.score);
    return el(
      "button",
      {
        type: "button", class: "marker", "aria-label": label, title: label,
        on: { click: (event) => this.actions.open({ ...citation, sentence: sentence.text, cited: true }, event.currentTarget) },
      },
      String(citation.marker), bar,
    );
  }

  #foot() {
    const { answer, sentences } = this.turn;
    const told = [
      answer.verdict === "partial" && !answer.missing && el("p", { class: "left-out" }, t("answer.partial")),
      answer.missing && sentences.length > 0 && el("p", { class: "left-out", lang: answer.language, dir: "auto" }, answer.missing),
      answer.standalone_question && el("p", { class: "asked" }, t("answer.asked"), foreign(answer.standalone_question)),
      answer.translated_question && el("p", { class: "asked" }, t("answer.translated"), foreign(answer.translated_question)),
    ];
    const isUnsure = answer.confidence < UNSURE && sentences.some((one) => one.citations.length);
    if (isUnsure) told.push(el("p", { class: "left-out" }, t("answer.unsure")));
    const time = answer.cached ? t("answer.cached") : t("answer.took", { time: duration(answer.timings_ms.total) });
    const again = el("button", { type: "button", class: "quiet", on: { click: () => this.actions.again(this.turn) } }, icon("again"), t("answer.again"));
    const judge = el("div", {});
    this.#judge(judge);
    return [...told, el("div", { class: "foot" }, this.#copyButton(), again, judge, el("span", { class: "took" }, time))];
  }

  async #judge(node) {
    await rightsTold;
    if (!rights().takes_feedback) return;
    const { judging } = await import("./judging.js");
    node.append(judging(this.turn, this.actions.kept));
  }

  #copyButton() {
    const copy = async () => {
      const labels = { sources: t("answer.sources"), page: (page) => t("sources.page", { page }) };
      const done = await copyText(asMarkdown(this.turn, labels));
      this.actions.announce(t(done ? "answer.copied" : "answer.copyFailed"));
      label.textContent = t(done ? "answer.copied" : "answer.copyFailed");
    };
    const label = el("span", {}, t(this.turn.sentences.some((one) => one.citations.length) ? "answer.copy" : "answer.copyPlain"));
    return el("button", { type: "button", class: "quiet copy", on: { click: copy } }, icon("copy"), label);
  }

  #abstain() {
    const { answer, passages } = this.turn;
    show(this.sourcesPlace); // the nearest stand below, opened out
    const quoted = answer.nearest || []; // what may answer stands first and opens at its sentences
    const place = ({ chunk_id: chunk }) => quoted.find((one) => one.chunk_id === chunk);
    const inOrder = [...passages.filter(place), ...passages.filter((one) => !place(one))];
    const nearest = new Sources(inOrder, (passage, opener) => this.actions.open({ ...passage, ...place(passage) }, opener));
    nearest.quote(quoted);
    show(
      this.text,
      el(
        "section", { class: "abstained" },
        el("h3", {}, t(quoted.length ? "abstained.unsure" : "abstained.heading")),
        answer.missing && [el("h4", {}, t("abstained.missing")), el("p", { lang: answer.language, dir: "auto" }, answer.missing)],
        passages.length > 0 && [el("h4", {}, t("abstained.nearest")), nearest.node],
        el("h4", {}, t("abstained.todo")),
        el(
          "ul", { class: "advice" },
          passages.length > 0 && el("li", {}, t("abstained.open")),
          el("li", {}, t("abstained.words")),
          rights().may_upload && el("li", {}, el("a", { href: "#/documents" }, t("abstained.add"))),
        ),
      ),
    );
    show(this.end, this.#foot());
  }

  #failure() {
    const { problem } = this.turn;
    const more = [];
    if (problem.type === "empty-index" && rights().may_upload) more.push(el("a", { class: "button", href: "#/documents" }, t("ask.addDocuments")));
    if (["generator-unavailable", "deadline-exceeded"].includes(problem.type)) {
      const look = () => this.actions.passages(this.turn);
      more.push(el("button", { type: "button", on: { click: look } }, t("problem.passages")));
    }
    return problemNote(problem, () => this.actions.retry(this.turn), ...more);
  }
}

/** The words of the document as they are set, where a sentence is a quotation and nothing else; else null. */
function quoteOf(sentence) {
  const isText = (sentence.block || "sentence") === "sentence"; // what is kept from before blocks has none
  if (!sentence.verbatim || !isText || sentence.citations.length !== 1) return null;
  const { quote, uri } = sentence.citations[0];
  const words = tidy(isMarkdown(uri) ? asRead(quote) : quote);
  if (!sentence.text.includes(words)) return null;
  return isRow(quote) ? drawn(quote, 0, quote.length, 0, 0, false) : words;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // no permission, or no HTTPS
  }
}

function copyBySelection(text) {
  const area = el("textarea", { class: "visually-hidden", "aria-hidden": "true", tabindex: "-1" });
  const before = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
