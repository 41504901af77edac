"""Where a line of plain text ends because it was full, not because something ended: hard-wrapped text, in any language.

Knows nothing of sentences. Widths are columns: a Chinese character takes two (UAX #11).
"""

from __future__ import annotations

import re

LEAST = 50  # columns; text is seldom wrapped to less, and shorter lines are lists, verses, addresses
MOST = 200  # characters of a line that are looked at; longer ones are not wrapped
AROUND = 8  # lines to either side that tell how wide the text is
SLACK = 3  # columns: no punctuation mark stands at the beginning of a Chinese line
FULL = 2 / 3  # share of the lines of a block that are full, if the block is wrapped
ENDED = re.compile(r"[。.!?！？；;：:…|][\"'”’」』）)】》\]]*\s*$")
BEGINS = re.compile(
    r"\s*(?:[-*•·–+#>|]|\(?\d{1,3}[.)、]|[（(]?[一二三四五六七八九十]{1,3}[）)、．.]|第[\d一二三四五六七八九十百]+[章节条款])"
)
WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]")
BROKEN = re.compile(rf"(?<={WIDE.pattern})[ \t]*\n\s*(?={WIDE.pattern})")  # Chinese is written without spaces
FIRST = re.compile(r"\s*([\u2e80-\u9fff\uff00-\uff60]|[^\s\u2e80-\u9fff\uff00-\uff60]+)")  # what did not fit


def is_wrapped(text: str, line_end: int) -> bool:
    """Whether the line break at `line_end` only wraps: the next line's first word did not fit into the width of the lines
    around, most of which are full as well, and neither line looks like an end or a beginning."""
    before, behind = _line_before(text, line_end), _line_behind(text, line_end + 1)
    if not (before.strip() and behind.strip()) or _width(before) < LEAST or ENDED.search(before) or BEGINS.match(behind):
        return False
    above, below = [before], [behind]
    start, end = line_end - len(before) - 1, line_end + 1 + len(behind)
    while start > 0 and len(above) < AROUND and (line := _line_before(text, start)).strip():
        above.append(line)
        start -= len(line) + 1
    while end < len(text) and len(below) < AROUND and (line := _line_behind(text, end + 1)).strip():
        below.append(line)
        end += len(line) + 1
    block = [*reversed(above), *below]
    widest = max(map(_width, block))
    full = [_is_full(*pair, widest) for pair in zip(block, block[1:], strict=False) if not ENDED.search(pair[0])]
    return _is_full(before, behind, widest) and sum(full) >= FULL * len(full)


def one_line(text: str) -> str:
    """The text on one line, with single spaces; none where a line broke between two Chinese characters."""
    return " ".join(BROKEN.sub("", text).split())


def _is_full(line: str, following: str, width: int) -> bool:
    first = FIRST.match(following)
    return first is not None and _width(line) + 1 + _width(first[1]) + SLACK > width


def _line_before(text: str, line_end: int) -> str:
    """The line that ends there; more than the last `MOST` characters of it are not taken."""
    start = text.rfind("\n", max(0, line_end - MOST), line_end) + 1
    return text[max(start, line_end - MOST) : line_end]


def _line_behind(text: str, start: int) -> str:
    end = text.find("\n", start, start + MOST)
    return text[start : end if end >= 0 else start + MOST]


def _width(line: str) -> int:
    return len(line.rstrip()) + len(WIDE.findall(line))
