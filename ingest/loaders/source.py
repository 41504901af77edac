"""Texts that are kept line for line: source code and settings (what stands between blank lines together), logs (each line),
reStructuredText (with its headings).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.loaders.encoding import decode
from youju.records import Extracted, Heading

BLOCK = re.compile(r"[^\n]*\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")
LINE = re.compile(r"[^\n]*\S[^\n]*")
MOST_WHOLE = 100_000  # spans kept whole; of a text of more, those at its beginning
ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*$")  # one sign of punctuation again and again
WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]")
SHORTEST = 3  # signs under a heading


def load(data: bytes) -> Extracted:
    text = decode(data)
    return Extracted(text, "text/x-source", whole=_spans(BLOCK.finditer(text)))


def load_log(data: bytes) -> Extracted:
    text = decode(data)
    return Extracted(text, "text/plain", whole=_spans(LINE.finditer(text)))


def load_structured(data: bytes) -> Extracted:
    """Headings are lines with a line of signs under them, and perhaps over them; levels come in the order of their signs."""
    text = decode(data)
    headings = tuple(_headings(text))
    title = text[headings[0].start : headings[0].end] if headings and headings[0].level == 1 else ""
    return Extracted(text, "text/x-rst", title, headings)


def _spans(found: Iterable[re.Match[str]]) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for _, match in zip(range(MOST_WHOLE), found, strict=False))


def _headings(text: str) -> Iterator[Heading]:
    lines = text.split("\n")
    levels: dict[str, int] = {}
    start = 0
    for number, line in enumerate(lines[:-1]):
        below, shown = lines[number + 1], line.rstrip()
        before = lines[number - 1].rstrip() if number else ""
        over = before if ADORNMENT.match(before) and before[0] == below[:1] else ""
        if (
            shown.strip()
            and ADORNMENT.match(below)
            and not ADORNMENT.match(shown)
            and len(below.rstrip()) >= max(SHORTEST, len(shown) + len(WIDE.findall(shown)))
            and (over or (not before and not shown[0].isspace()))
        ):
            level = levels.setdefault(below[0] + over[:1], len(levels) + 1)
            yield Heading(start + len(shown) - len(shown.lstrip()), start + len(shown), min(level, 6))
        start += len(line) + 1
