// The service counts characters as Unicode code points, JavaScript as UTF-16 units: these convert, and cut out windows.

const HIGH = /[\uD800-\uDBFF]/;

/** The UTF-16 offsets of ascending code point offsets in a text. */
export function utf16Offsets(text, ...points) {
  if (!HIGH.test(text)) return points;
  const found = [];
  let unit = 0;
  let point = 0;
  for (const wanted of points) {
    while (point < wanted && unit < text.length) {
      unit += text.codePointAt(unit) > 0xffff ? 2 : 1;
      point += 1;
    }
    found.push(unit);
  }
  return found;
}

/** The start of a window: `reach` units before `from`, moved to the start of a line where one is near. */
export function windowStart(text, from, reach) {
  const start = from - reach;
  if (start <= 0) return 0;
  const line = text.lastIndexOf("\n", start);
  return whole(text, line >= 0 && start - line < reach ? line + 1 : start);
}

/** The end of a window, in the same way. */
export function windowEnd(text, from, reach) {
  const end = from + reach;
  if (end >= text.length) return text.length;
  const line = text.indexOf("\n", end);
  return whole(text, line >= 0 && line - end < reach ? line + 1 : end);
}

/** Not in the middle of a surrogate pair. */
function whole(text, offset) {
  const code = text.charCodeAt(offset);
  return code >= 0xdc00 && code <= 0xdfff ? offset - 1 : offset;
}
