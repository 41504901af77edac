// The conversation that is shown: its turns, and how a question is asked. Kept in this browser only. Knows nothing of the page.
//
// A turn: {id, question, collection, documents, state, passages, sentences, answer, problem}. `documents`, `[{id, title}]`, are
// those it is asked of, none for all; `state` is `working`, `done`, `stopped`, `interrupted` or `failed`; `sentences` are those
// of the answer, each with the citations sent with it, which are closer than those of the answer, where all citations of a
// marker are one. `problem` is not kept.

import { events, Problem } from "./api.js";
import { forgetConversation, keepTurns, turnsOf } from "./kept.js";
import { store, stored } from "./stored.js";

const HISTORY = 4; // turns sent with a follow-up question; the service looks at fewer
const ANEW = 0.6; // temperature of an answer that is written again

let shownId = stored("shown", null, "sessionStorage") || newId(); // of this tab: another one begins another conversation
let turns = load(shownId);
let aborting = null;

function newId() {
  return crypto.getRandomValues(new Uint32Array(2)).join("-");
}

function load(id) {
  return turnsOf(id).map((turn) => (turn.state === "working" ? { ...turn, state: "interrupted" } : turn));
}

export function conversation() {
  return turns;
}

export function conversationId() {
  return shownId;
}

export function isWorking() {
  return aborting !== null;
}

export function stop() {
  aborting?.abort();
}

/** Show another conversation, or begin a new one. */
export function openConversation(id = newId()) {
  stop();
  aborting = null;
  shownId = id;
  turns = load(id);
  store("shown", id, "sessionStorage");
}

/** Delete a conversation; where it is the one that is shown, a new one begins. */
export function deleteConversation(id) {
  if (id === shownId) {
    turns.length = 0; // so that an answer on its way does not bring it back
    openConversation();
  }
  forgetConversation(id);
}

/** Keep the conversation that is shown, as it is now. */
export function keepShown() {
  keep(shownId, turns);
}

function keep(id, of) {
  const asked = of.filter((turn) => turn.state !== "failed");
  if (asked.length) keepTurns(id, asked);
  else forgetConversation(id);
}

function history(before) {
  return turns
    .slice(0, before)
    .filter((turn) => turn.answer)
    .slice(-HISTORY)
    .map((turn) => ({ question: turn.question, answer: turn.answer.answer }));
}

/** A new turn at the end of the conversation. */
export function addTurn(question, { collection, documents }) {
  const turn = { id: newId(), question, collection, documents, state: "working", passages: null, sentences: [], answer: null, problem: null };
  turns.push(turn);
  store("shown", shownId, "sessionStorage");
  return turn;
}

/** Where a turn's question is looked for, as the service takes it. */
export function within({ collection, documents }) {
  const filters = documents?.length ? { filters: { document_ids: documents.map((one) => one.id) } } : {};
  return { ...(collection ? { collection } : {}), ...filters };
}

/** How many turns stand behind one. */
export function turnsAfter(turn) {
  return turns.length - 1 - turns.indexOf(turn);
}

/** Put another question in place of a turn's; the turns behind it go. */
export function replaceQuestion(turn, question) {
  turns.splice(turns.indexOf(turn) + 1);
  turn.question = question;
}

/** Ask a turn's question; `changed(turn, what)` is told of `passages`, each `sentence`, and the `end`. `isAgain`: it has an
 *  answer, and another one is wanted; where none comes, the one that it has is `restored`. */
export async function askTurn(turn, changed, isAgain = false) {
  const before = isAgain && { ...turn };
  Object.assign(turn, { state: "working", passages: null, sentences: [], answer: null, problem: null });
  aborting = new AbortController();
  const [id, of, { signal }] = [shownId, turns, aborting];
  const body = { question: turn.question, history: history(turns.indexOf(turn)), ...within(turn) };
  if (isAgain) body.generation = { temperature: ANEW, seed: crypto.getRandomValues(new Uint16Array(1))[0] };
  keep(id, of);
  try {
    await read(turn, body, changed, signal);
  } catch (error) {
    if (error.name === "AbortError") turn.state = "stopped";
    else if (error.type === "offline" && turn.passages) turn.state = "interrupted";
    else Object.assign(turn, { state: "failed", problem: error instanceof Problem ? error : new Problem({ title: String(error) }) });
  } finally {
    const isBack = before && turn.state !== "done";
    if (isBack) Object.assign(turn, before, { problem: turn.problem });
    if (aborting?.signal === signal) aborting = null;
    if (of.includes(turn)) keep(id, of);
    changed(turn, isBack ? "restored" : "end");
  }
}

async function read(turn, body, changed, signal) {
  const post = {
    method: "POST", signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  for await (const { name, data } of events("ask", post)) {
    if (name === "passages") {
      turn.passages = data.passages;
      changed(turn, "passages");
    } else if (name === "sentence") {
      turn.sentences.push({ ...data.sentence, citations: data.citations });
      changed(turn, "sentence");
    } else if (name === "answer") {
      finish(turn, data);
      return;
    } else if (name === "error") throw new Problem(data);
  }
  throw new Problem({ type: "offline" }); // it ended before its answer
}

function finish(turn, answer) {
  const { sentences, citations, passages, ...rest } = answer;
  turn.passages = passages;
  if (sentences.length !== turn.sentences.length) // should one have been lost on the way
    turn.sentences = sentences.map((one) => ({ ...one, citations: citations.filter((c) => one.markers.includes(c.marker)) }));
  turn.answer = rest;
  turn.state = "done";
}

/** The answer and its numbered sources as Markdown. */
export function asMarkdown(turn, labels) {
  const answer = turn.answer?.answer || unfinished(turn.sentences);
  const lines = citationsOf(turn).map((one) => {
    const page = one.page ? labels.page(pagesOf(one)) : "";
    const name = [one.title || one.uri, page].filter(Boolean).join(", ");
    return `- [${one.marker}] ${name} — ${one.uri}\n  > ${tidy(one.quote)}`;
  });
  return [`**${tidy(turn.question)}**`, "", answer, ...(lines.length ? ["", `${labels.sources}:`, "", ...lines] : [])].join("\n");
}

/** What came of an answer that was stopped: a line for each part. */
function unfinished(sentences) {
  const signs = { heading: "### ", item: "- ", step: "1. " };
  return sentences.map((one) => `${signs[one.block] || ""}${one.text} ${one.markers.map((marker) => `[${marker}]`).join("")}`.trim()).join("\n\n");
}

/** The page of a place, or the first and the last of those that it goes over. */
export function pagesOf(place) {
  return place.last_page ? `${place.page}–${place.last_page}` : place.page;
}

/** One citation for each marker and place, in the order of the markers. */
export function citationsOf(turn) {
  const found = new Map();
  for (const citation of turn.sentences.flatMap((one) => one.citations)) {
    found.set(`${citation.marker} ${citation.start} ${citation.end}`, citation);
  }
  return [...found.values()].sort((a, b) => a.marker - b.marker || a.start - b.start);
}

/** Text without its line breaks and double spaces. */
export function tidy(text) {
  return text.trim().split(/\s+/).join(" ");
}
