// Markdown as it is read: the words without the signs that only set them. Signs are taken where they surely are signs; the
// service reads the same (`youju/text/markdown.py`), and one table of examples holds both.

export const HEADING = /^(#{1,6}\s+)(?=\S)/;
export const FENCE = /^\s*(```+|~~~+)/;
export const QUOTED = /^\s*(?:>[^\S\n]?)+/;
export const TASK = /^\[([ xX])\]\s+(?=\S)/;

const LONGEST = 1000; // characters between two signs that belong together
const SIGN = /[\\`!\[<*_~&]/g;
const CODE = /(`+)(?!`)((?:(?!\n\s*\n)[^]){0,1000}?[^`])\1(?!`)/y;
const INSIDE = String.raw`((?:[^\[\]\\]|\\[^\n]|\[[^\[\]]{0,200}\]){0,500})`;
const LINK = new RegExp(String.raw`!?\[${INSIDE}\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)`, "y");
const REFERENCE = new RegExp(String.raw`!?\[${INSIDE}\]\[[^\[\]\n]{0,100}\]`, "y");
const NOTE = /\[\^([\w-]{1,40})\]:?/y;
const COMMENT = /<!--[^]{0,1000}?-->/y;
const AUTOLINK = /<((?:https?|ftp|mailto):[^\s<>]{1,2000}|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>/iy;
const TAG = new RegExp(
  "</?(?:a|b|blockquote|br|center|cite|code|details|div|em|font|h[1-6]|hr|i|img|kbd|li|mark|ol|p|picture|pre|ref|s|small|" +
    "source|span|strong|sub|summary|sup|table|tbody|td|th|thead|tr|u|ul)\\b[^<>]*>", "iy",
);
const ENTITY = /&(amp|lt|gt|quot|nbsp|#39);/y;
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#39": "'" };
const RUN = /\*{1,3}|_{1,3}|~~/y;
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const KINDS = { 1: "em", 2: "strong", 3: "strong" };

/** Whether a document is Markdown, by its name. */
export function isMarkdown(uri) {
  return /\.(?:md|markdown)$/i.test(uri || "");
}

/** `text[from:to]` as pieces in order: `{from, to}` is a slice of the text, `{words}` stands for signs, `{kind, inside}` are
 *  pieces set as `code`, `em`, `strong`, `del` or `sup`, and `{address}` is where a link leads. */
export function pieces(text, from = 0, to = text.length) {
  const found = [];
  const slice = (begin, end) => begin < end && found.push({ from: begin, to: end });
  const part = text.slice(0, to);
  let at = from;
  for (;;) {
    SIGN.lastIndex = at;
    const sign = SIGN.exec(part);
    slice(at, sign ? sign.index : to);
    if (!sign) return found;
    at = read(part, sign.index, from, found);
  }
}

/** A part of a document as it is read: without the signs before its lines, too. */
export function asRead(text) {
  return plain(text.split("\n").map((line) => line.replace(QUOTED, "").replace(/^\s*#{1,6}\s+/, "").replace(/^(\s*[-*+]\s+)\[[ xX]\]\s+/, "$1")).join("\n").replace(/^\s*[-*+]\s+/, ""));
}

/** Running text in words alone. */
export function plain(text) {
  return told(text, pieces(text));
}

function told(text, found) {
  return found.map((one) => one.words ?? (one.inside ? (one.kind === "sup" ? "" : told(text, one.inside)) : one.address ? ` (${one.address})` : text.slice(one.from, one.to))).join("");
}

/** Add the pieces of the sign at a place. Returns where the text goes on. */
function read(text, at, from, found) {
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  let seen;
  if ((seen = match(CODE))) {
    const begin = at + seen[1].length;
    const isPadded = seen[2].length > 1 && seen[2].startsWith(" ") && seen[2].endsWith(" ") && seen[2].trim();
    found.push({ kind: "code", inside: [{ from: begin + (isPadded ? 1 : 0), to: begin + seen[2].length - (isPadded ? 1 : 0) }] });
  } else if ((seen = match(LINK))) link(text, at, seen, found);
  else if ((seen = match(NOTE))) found.push({ kind: "sup", inside: [{ from: at + 2, to: at + 2 + seen[1].length }] });
  else if ((seen = match(COMMENT))) found.push({ words: "" });
  else if ((seen = match(AUTOLINK))) found.push({ from: at + 1 + (seen[1].startsWith("mailto:") ? 7 : 0), to: at + 1 + seen[1].length });
  else if ((seen = match(TAG))) found.push({ words: /^<br/i.test(seen[0]) ? " " : "" });
  else if ((seen = match(ENTITY))) found.push({ words: ENTITIES[seen[1]] });
  else if (text[at] === "\\" && text[at + 1] === "\n") return at + 1;
  else if (text[at] === "\\" && PUNCTUATION.test(text[at + 1] || "")) {
    found.push({ from: at + 1, to: at + 2 });
    return at + 2;
  } else if ((seen = match(REFERENCE)) && !(at > from && isLatin(text[at - 1]))) found.push(...within(text, at, seen));
  else return emphasised(text, at, from, found);
  return at + seen[0].length;
}

function within(text, at, seen) {
  const begin = at + seen[0].indexOf("[") + 1;
  return pieces(text, begin, begin + seen[1].length);
}

function link(text, at, seen, found) {
  const inside = within(text, at, seen);
  found.push(...inside);
  const address = seen[2].replace(/^mailto:/, "");
  const words = told(text, inside);
  if (!seen[0].startsWith("!") && ABSOLUTE.test(seen[2]) && words && !words.includes(address)) found.push({ address });
}

function emphasised(text, at, from, found) {
  RUN.lastIndex = at;
  const run = RUN.exec(text)?.[0];
  if (!run) {
    found.push({ from: at, to: at + 1 });
    return at + 1;
  }
  const sign = run[0];
  const joins = sign === "_" ? isWord : isLatin;
  let begin = at + run.length;
  const opens = begin < text.length && text[begin].trim() && text[begin] !== sign;
  if (opens && !(at > from && (joins(text[at - 1]) || text[at - 1] === sign))) {
    for (let end = text.indexOf(run, begin + 1); end >= 0 && end + run.length <= begin + LONGEST; end = text.indexOf(run, end + 1)) {
      const [before, behind] = [text[end - 1], text[end + run.length] || ""];
      if (!before.trim() || before === sign || before === "\\" || behind === sign || joins(behind)) continue;
      const words = text.slice(begin, end);
      if (words.includes("\n\n") || (run === "__" && /^[\p{L}\p{N}_]+$/u.test(words))) break;
      found.push({ kind: sign === "~" ? "del" : KINDS[run.length], inside: pieces(text, begin, end) });
      return end + run.length;
    }
  }
  while (text[begin] === sign) begin += 1;
  found.push({ from: at, to: begin });
  return begin;
}

function isLatin(sign) {
  return /[a-z0-9]/i.test(sign);
}

function isWord(sign) {
  return /[\p{L}\p{N}]/u.test(sign);
}
