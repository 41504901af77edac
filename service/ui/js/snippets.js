// A line or two of a passage for its card: what it says, not its title, its dots or its page numbers.

import { tidy } from "./conversation.js";
import { asRead, isMarkdown } from "./markdown.js";
import { asLine } from "./rows.js";

const LENGTH = 160; // characters
const LEADERS = /(?:[.．·•_…‥-]\s?){4,}\s*\d*/g; // between a heading and its page in a table of contents
const SAYS = /[.!?。！？；;]["”’)）]?\s*$|[。！？；]/;
const LONG = { han: 12, other: 40 }; // characters of a line that says something even without an end mark
const HAN = /[\u4e00-\u9fff]/;

/** `quote`: what the answer cites of the passage, if anything. */
export function snippetOf(passage, quote) {
  const read = isMarkdown(passage.uri) ? asRead : (text) => text;
  const quoted = quote && plain(read(quote));
  if (quoted && says(quoted)) return cut(quoted);
  const lines = read(passage.text).split("\n").map(plain).filter((line) => line && line !== tidy(passage.title || ""));
  const first = lines.findIndex(says);
  return cut(lines.slice(Math.max(first, 0)).join(" "));
}

function plain(text) {
  return tidy(asLine(text).replace(LEADERS, " ").replace(/^[#>*\s-]+/, "").replace(/[`*|]+/g, ""));
}

function says(line) {
  return SAYS.test(line) || line.includes(" · ") || line.length >= (HAN.test(line) ? LONG.han : LONG.other);
}

function cut(text) {
  const points = [...text];
  return points.length > LENGTH ? `${points.slice(0, LENGTH).join("")}…` : text;
}
