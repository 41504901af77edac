// Rows of tables as lines of text: cells parted by ` | `, each behind the name of its column where it has one.

const PARTED = " | ";
const NAMED = /^([^:：]{1,60})[:：]\s+(?=\S)/;

/** `[{name, value, start, end}]` of a line; `start` and `end` say where in it the value stands. */
export function cellsOf(line) {
  const found = [];
  let at = 0;
  for (const part of line.split(PARTED)) {
    const begin = at + part.length - part.trimStart().length;
    const text = part.trim();
    const named = NAMED.exec(text);
    const start = begin + (named ? named[0].length : 0);
    found.push({ name: named ? named[1].trim() : "", value: line.slice(start, begin + text.length), start, end: begin + text.length });
    at += part.length + PARTED.length;
  }
  return found;
}

export function isRow(line) {
  return line.includes(PARTED);
}

/** The names of the columns where every cell has one, else none. */
export function namesOf(cells) {
  return cells.every((cell) => cell.name) ? cells.map((cell) => cell.name) : [];
}

/** Whether two rows have the same columns. */
export function sameColumns(one, other) {
  const [names, others] = [namesOf(one), namesOf(other)];
  return names.length || others.length
    ? names.length === others.length && names.every((name, index) => name === others[index])
    : one.length === other.length;
}

/** A row as it is read aloud or shown on one line. */
export function asLine(text) {
  return text.split(PARTED).join(" · ");
}
