// The conversation: turns kept in this browser only, and how a question is asked. Knows nothing of the page.
//
// A turn: {id, question, collection, state, passages, sentences, answer, problem}. `state` is `working`, `done`, `stopped`,
// `interrupted` or `failed`; `sentences` are those of the answer, each with the citations sent with it, which are closer
// than those of the answer, where all citations of a marker are one. `problem` is not kept.

import { events, Problem } from "./api.js";
import { store, stored } from "./stored.js";

const MOST_TURNS = 40;
const HISTORY = 4; // turns sent with a follow-up question; the service looks at fewer

let turns = load();
let aborting = null;

export function conversation() {
  return turns;
}

export function isWorking() {
  return aborting !== null;
}

export function stop() {
  aborting?.abort();
}

export function clearConversation() {
  stop();
  turns = [];
  store("conversation", null);
}

function load() {
  const kept = stored("conversation", []);
  const sound = Array.isArray(kept) ? kept.filter((turn) => turn && turn.id && typeof turn.question === "string") : [];
  return sound.map((turn) => (turn.state === "working" ? { ...turn, state: "interrupted" } : turn));
}

function keep() {
  let shown = turns.filter((turn) => turn.state !== "failed").slice(-MOST_TURNS).map((turn) => ({ ...turn, problem: null }));
  while (!store("conversation", shown) && shown.length) shown = shown.slice(1); // the oldest go where there is no room
}

function history(before) {
  return turns
    .slice(0, before)
    .filter((turn) => turn.answer)
    .slice(-HISTORY)
    .map((turn) => ({ question: turn.question, answer: turn.answer.answer }));
}

/** A new turn at the end of the conversation. */
export function addTurn(question, collection) {
  const turn = {
    id: crypto.getRandomValues(new Uint32Array(2)).join("-"),
    question, collection, state: "working", passages: null, sentences: [], answer: null, problem: null,
  };
  turns.push(turn);
  return turn;
}

/** Ask a turn's question; `changed(turn, what)` is told of `passages`, each `sentence`, and the `end`. */
export async function askTurn(turn, changed) {
  Object.assign(turn, { state: "working", passages: null, sentences: [], answer: null, problem: null });
  aborting = new AbortController();
  const body = { question: turn.question, history: history(turns.indexOf(turn)) };
  if (turn.collection) body.collection = turn.collection;
  try {
    await read(turn, body, changed);
  } catch (error) {
    if (error.name === "AbortError") turn.state = "stopped";
    else if (error.type === "offline" && turn.passages) turn.state = "interrupted";
    else Object.assign(turn, { state: "failed", problem: error instanceof Problem ? error : new Problem({ title: String(error) }) });
  } finally {
    aborting = null;
    if (turns.includes(turn)) keep();
    changed(turn, "end");
  }
}

async function read(turn, body, changed) {
  const post = {
    method: "POST", signal: aborting.signal, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
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
