// The text of a document as it is read: rows of tables as tables, lists, code and headings as such, and one span marked.
//
// Every piece that is drawn is a slice of the text, so that the mark stands exactly where the citation does.

import { el } from "./dom.js";
import { FENCE, HEADING, pieces as signsOf, QUOTED, TASK } from "./markdown.js";
import { cellsOf, isRow, namesOf } from "./rows.js";

const ITEM = /^(\s*(?:[-*+•·▪◦‣–—]|\d{1,3}[.)、）]|[a-zA-Z][.)]|[（(]?[一二三四五六七八九十\d]{1,3}[)）、])\s*)(?=\S)/;
const INDENTED = /^(?: {4}|\t)/;
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const BULLET = /^[-*+]\s+/;
const BREAKS = /(\n\s*\n)|(?: {2,}|\\)(\n)|\n[^\S\n]*/g; // between paragraphs, where a line ends, and where it was only wrapped

/** The nodes of `text[from:to]`, with `text[start:end]` marked. `markdown`: signs of Markdown are drawn, not shown. */
export function drawn(text, from, to, start, end, markdown) {
  const pieces = new Pieces(text, start, end, markdown);
  const lines = linesOf(text, from, to);
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    const kind = kindOf(lines, at, markdown);
    let next = at + 1;
    if (kind === "code" && FENCE.test(lines[at].text)) {
      while (next < lines.length && !FENCE.test(lines[next].text)) next += 1;
      next = Math.min(next + 1, lines.length);
    } else while (next < lines.length && kind !== "heading" && (kindOf(lines, next, markdown) === kind || (markdown && kind === "item" && goesOn(lines[next])))) next += 1;
    nodes.push(DRAW[kind](lines.slice(at, next), pieces));
    at = next;
  }
  return nodes;
}

function linesOf(text, from, to) {
  const found = [];
  for (let at = from; at < to; ) {
    const stop = text.indexOf("\n", at);
    const end = stop < 0 || stop >= to ? to : stop;
    found.push({ start: at, end, next: Math.min(end + 1, to), text: text.slice(at, end) });
    at = end + 1;
  }
  return found;
}

/** Whether a line behind an item belongs to it. */
function goesOn({ text }) {
  return /^\s+\S/.test(text) && !FENCE.test(text);
}

/** What a line is: `row`, `item`, `code`, `heading`, `quote`, `rule` or `plain`. */
function kindOf(lines, at, markdown) {
  const { text } = lines[at];
  if (isRow(text) && isTable(lines, at)) return "row";
  if (markdown && (FENCE.test(text) || (INDENTED.test(text) && !ITEM.test(text)))) return "code";
  if (markdown && HEADING.test(text)) return "heading";
  if (markdown && QUOTED.test(text)) return "quote";
  if (markdown && RULE.test(text)) return "rule";
  return ITEM.test(text) ? "item" : "plain";
}

/** Whether a line with parted cells is a row: its cells have names, or the line beside it has as many. */
function isTable(lines, at) {
  const cells = cellsOf(lines[at].text);
  if (cells.filter((cell) => cell.name).length * 2 >= cells.length) return true;
  const beside = [lines[at - 1], lines[at + 1]].filter((line) => line && isRow(line.text));
  return beside.some((line) => cellsOf(line.text).length === cells.length);
}

const DRAW = {
  plain: (lines, pieces) => linesOfText(lines, pieces),
  heading: ([line], pieces) => el("p", { class: "lines text-heading" }, pieces.of(line.start + HEADING.exec(line.text)[0].length, line.end)),
  quote: (lines, pieces) => el("blockquote", { class: "lines" }, lines.map((line, at) => [at > 0 && "\n", pieces.of(line.start + QUOTED.exec(line.text)[0].length, line.end)])),
  rule: () => el("hr"),
  item: (lines, pieces) => el("ul", { class: "text-list" }, itemsOf(lines).map((item) => itemOf(item, pieces))),
  code: (lines, pieces) => el("pre", { class: "text-code", tabindex: "0" }, el("code", {}, lines.filter((line) => !FENCE.test(line.text)).map((line) => pieces.plain(line.start, line.next)))),
  row: (lines, pieces) => tableOf(lines, pieces),
};

/** Running text without the empty lines around it. */
function linesOfText(lines, pieces) {
  const filled = lines.filter((line) => line.text.trim());
  return filled.length ? el("div", { class: "lines" }, pieces.of(filled[0].start, filled.at(-1).end)) : null;
}

/** The lines of each item. */
function itemsOf(lines) {
  const items = [];
  for (const line of lines) {
    if (ITEM.test(line.text)) items.push([line]);
    else items.at(-1).push(line);
  }
  return items;
}

function itemOf([line, ...more], pieces) {
  const sign = ITEM.exec(line.text)[0];
  const level = Math.min(4, Math.floor((sign.length - sign.trimStart().length) / 2));
  const [from, to] = [line.start + sign.length - sign.trimStart().length, (more.at(-1) || line).end];
  return el("li", { class: `lines level-${level}` }, pieces.markdown && BULLET.test(sign.trim() + " ") ? bulletOf(line, sign, to, pieces) : pieces.of(from, to));
}

/** An item of Markdown behind a point, or behind a box that is ticked or not. */
function bulletOf(line, sign, to, pieces) {
  const box = TASK.exec(line.text.slice(sign.length));
  const point = box ? (box[1] === " " ? "☐" : "☑") : "•";
  return [`${point} `, pieces.of(line.start + sign.length + (box ? box[0].length : 0), to)];
}

/** Consecutive rows as a table: columns by their names in order of appearance, where rows have names. */
function tableOf(lines, pieces) {
  const rows = lines.map((line) => cellsOf(line.text).map((cell) => ({ ...cell, start: line.start + cell.start, end: line.start + cell.end })));
  const named = rows.some((row) => namesOf(row).length);
  const columns = named ? [...new Set(rows.flatMap((row) => row.map((cell) => cell.name)))] : rows[0].map((_, index) => index);
  const head = named && el("thead", {}, el("tr", {}, columns.map((name) => el("th", { scope: "col" }, name))));
  const body = rows.map((row) => el("tr", {}, placed(row, columns, named).map((cells, index) => {
    const tag = named && index === 0 ? "th" : "td";
    return el(tag, { scope: tag === "th" && "row" }, cells.map((cell, place) => [place > 0 && " · ", pieces.of(cell.start, cell.end)]));
  })));
  return el("div", { class: "scroll", tabindex: "0" }, el("table", { class: "text-table" }, head, el("tbody", {}, body)));
}

/** For each column the cells of a row that stand in it. */
function placed(row, columns, named) {
  return columns.map((column, index) => {
    if (named) return row.filter((cell) => cell.name === column);
    return index === columns.length - 1 ? row.slice(index) : row.slice(index, index + 1);
  });
}

/** Slices of a text as nodes, the span in them marked. */
class Pieces {
  constructor(text, start, end, markdown) {
    Object.assign(this, { text, start, end, markdown, isMarked: false });
  }

  /** `text[from:to]`; in Markdown as its signs set it. */
  of(from, to) {
    return this.markdown ? this.#set(signsOf(this.text, from, to)) : this.plain(from, to);
  }

  #set(found) {
    return found.map((one) => {
      if (one.words !== undefined) return one.words;
      if (one.address) return el("span", { class: "address" }, ` (${one.address})`);
      return one.kind ? el(one.kind, {}, this.#set(one.inside)) : this.plain(one.from, one.to, (text) => text.replace(BREAKS, (_, gap, end) => (gap ? "\n\n" : end ? "\n" : " ")));
    });
  }

  /** `text[from:to]` as it is, or as `set` sets each slice of it. */
  plain(from, to, set = (text) => text) {
    let [first, last] = [Math.max(from, this.start), Math.min(to, this.end)];
    while (first < last && this.#isEdge(first, first - 1)) first += 1;
    while (first < last && this.#isEdge(last - 1, last)) last -= 1;
    if (first >= last) return from < to ? set(this.text.slice(from, to)) : null;
    const mark = el("mark", { id: !this.isMarked && "cited" }, set(this.text.slice(first, last)));
    this.isMarked = true;
    return [set(this.text.slice(from, first)), mark, set(this.text.slice(last, to))];
  }

  /** Whether what stands at a place is white space at the edge of a line or of the span, which is not marked. */
  #isEdge(at, beside) {
    const ends = beside < this.start || beside >= this.end || this.text[beside] === "\n" || this.text[at] === "\n";
    return ends && !this.text[at].trim();
  }
}
