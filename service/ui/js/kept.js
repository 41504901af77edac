// The conversations that are kept in this browser: a list of them, and the turns of each under a name of its own.
// Knows neither the page nor the service.

import { store, stored } from "./stored.js";

const LIST = "conversations";
const MOST_TURNS = 200;
const WHOLE = 5; // latest turns that keep all their passages; those before keep what they cite
const NEAREST = 3; // passages that a turn keeps that cites none
const TITLE = 80; // characters

/** `[{id, title, isNamed, at, turns}]`, the latest first: `at` is when it was last asked in, `turns` how many there are. */
export function conversations() {
  const found = stored(LIST, []);
  return Array.isArray(found) ? found.filter((one) => one && one.id) : [];
}

export function turnsOf(id) {
  const found = stored(`turns.${id}`, []);
  return Array.isArray(found) ? found.filter((turn) => turn && turn.id && typeof turn.question === "string") : [];
}

/** Keep a conversation. Where there is no room for it the oldest conversations go, and at last its own oldest turns. */
export function keepTurns(id, turns) {
  const known = conversations();
  const before = known.find((one) => one.id === id);
  const title = before?.isNamed ? before.title : [...turns[0].question.trim()].slice(0, TITLE).join("");
  const entry = { id, title, isNamed: Boolean(before?.isNamed), at: new Date().toISOString(), turns: turns.length };
  const others = known.filter((one) => one.id !== id);
  let shown = turns.slice(-MOST_TURNS).map((turn, index, all) => reduced(turn, index >= all.length - WHOLE));
  while (!(store(`turns.${id}`, shown) && store(LIST, [entry, ...others]))) {
    const oldest = others.pop();
    if (oldest) store(`turns.${oldest.id}`, null);
    else if (shown.length) shown = shown.slice(1);
    else return;
  }
}

function reduced(turn, isWhole) {
  const plain = { ...turn, problem: null };
  if (isWhole || !turn.passages) return plain;
  const cited = new Set(turn.sentences.flatMap((one) => one.citations.map((citation) => citation.chunk_id)));
  const passages = cited.size ? turn.passages.filter((one) => cited.has(one.chunk_id)) : turn.passages.slice(0, NEAREST);
  return { ...plain, passages };
}

export function renameConversation(id, title) {
  store(LIST, conversations().map((one) => (one.id === id ? { ...one, title, isNamed: true } : one)));
}

export function forgetConversation(id) {
  store(`turns.${id}`, null);
  const left = conversations().filter((one) => one.id !== id);
  store(LIST, left.length ? left : null);
}

/** What an earlier version of the page kept, as the first of the list. */
function takeOver() {
  const old = stored("conversation", null);
  if (!Array.isArray(old) || !old.length) return;
  store("conversation", null);
  keepTurns("first", old);
}

takeOver();
