"""Plain text. The first short line is the title; lines that look like headings are headings."""

from __future__ import annotations

import re

from ingest.loaders.encoding import decode
from youju.records import Extracted, Heading

TITLE_CHARACTERS = 80
NUMBERED = re.compile(
    r"^(?:第[一二三四五六七八九十百零〇\d]+[章节節条條部篇]|[一二三四五六七八九十]+、|\d+(?:\.\d+)*[.、]?[ \u3000])(?=.)"
)
SENTENCE_MARKS = tuple("。！？；，,;.!?：:")


def load(data: bytes) -> Extracted:
    return read(decode(data), "text/plain")


def read(text: str, media_type: str) -> Extracted:
    """A text that has no marks of its own, with title and headings guessed."""
    lines = _lines(text)
    title = _title(lines)
    headings = tuple(
        Heading(start, start + len(line), 2)
        for index, (start, line) in enumerate(lines)
        if line != title and _is_heading(line, lines[index - 1][1] if index else "")
    )
    return Extracted(text=text, media_type=media_type, title=title, headings=headings)


def _lines(text: str) -> list[tuple[int, str]]:
    """Lines with the offset of their first visible character; blank ones are empty."""
    found, offset = [], 0
    for line in text.split("\n"):
        found.append((offset + len(line) - len(line.lstrip()), line.strip()))
        offset += len(line) + 1
    return found


def _title(lines: list[tuple[int, str]]) -> str:
    """The first line, if it is short, stands alone before a blank line, and is no sentence."""
    filled = [index for index, (_, line) in enumerate(lines) if line]
    if not filled:
        return ""
    first = lines[filled[0]][1]
    alone = filled[0] + 1 >= len(lines) or not lines[filled[0] + 1][1] or set(lines[filled[0] + 1][1]) <= set("=-—*")
    return first if alone and len(first) <= TITLE_CHARACTERS and not first.endswith(SENTENCE_MARKS) else ""


def _is_heading(line: str, before: str) -> bool:
    return not before and len(line) <= 40 and bool(NUMBERED.match(line)) and not line.endswith(SENTENCE_MARKS)
