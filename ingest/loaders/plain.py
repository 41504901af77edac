"""Plain text. The first short lines are the title; lines that look like headings are headings: numbered, underlined (as in
reStructuredText, whose rules for underlines and levels these are), or all capitals alone."""

from __future__ import annotations

import re

from ingest.loaders.encoding import decode
from youju.records import Extracted, Heading

TITLE_CHARACTERS = 80
NUMBERED = re.compile(
    r"^(?:第[一二三四五六七八九十百零〇\d]+[章节節条條部篇]|[一二三四五六七八九十]+、|\d+(?:\.\d+)*[.、]?[ \u3000])(?=.)"
)
TITLE_LINES = 3
UNDERLINE = re.compile(r"([=\-~^*#+\"'`_—])\1{2,}")
OVERLINE = re.compile(r"([=*#])\1{2,}")
CAPITALS = re.compile(r"(?=(?:.*[A-Z]){4})[A-Z][A-Z \d/&,'()-]+")
HEADING_CHARACTERS = 40
SHORTER, LONGER = 3, 12  # characters that an underline may differ from its heading; more of them part the page
LOWEST = 6
FIELD = re.compile(r"[\w ()（）/-]{1,30}[:：]\s")  # `Author: ...`
ROW = re.compile(r"\S(?: {2,}|\t)\S|\|")  # columns: the line below parts names from rows
SENTENCE_MARKS = tuple("。！？；，,;.!?：:")


def load(data: bytes) -> Extracted:
    return read(decode(data), "text/plain")


def read(text: str, media_type: str) -> Extracted:
    """A text that has no marks of its own, with title and headings guessed."""
    lines = _lines(text)
    first, last = _title(lines)
    title = " ".join(line for _, line in lines[first:last])
    signs: list[str] = []  # of underlines, those of higher levels first
    headings = []
    for index, (start, line) in enumerate(lines):
        before, behind = (lines[place][1] if 0 <= place < len(lines) else "" for place in (index - 1, index + 1))
        if first <= index < last or not line:
            continue
        if sign := _underlined(line, before, behind):
            signs += [sign] * (sign not in signs)
            headings.append(Heading(start, start + len(line), min(2 + signs.index(sign), LOWEST)))
        elif _is_heading(line, before, behind):
            headings.append(Heading(start, start + len(line), 2))
    return Extracted(text=text, media_type=media_type, title=title, headings=tuple(headings))


def _lines(text: str) -> list[tuple[int, str]]:
    """Lines with the offset of their first visible character; blank ones are empty."""
    found, offset = [], 0
    for line in text.split("\n"):
        found.append((offset + len(line) - len(line.lstrip()), line.strip()))
        offset += len(line) + 1
    return found


def _title(lines: list[tuple[int, str]]) -> tuple[int, int]:
    """The lines of the title, from which up to which one: the first ones, if they are few and short, stand alone before a blank
    line or one of signs, and are no sentences."""
    first = next((index for index, (_, line) in enumerate(lines) if line and not UNDERLINE.fullmatch(line)), len(lines))
    last = first
    while last < len(lines) and (line := lines[last][1]) and not UNDERLINE.fullmatch(line):
        if last > first and FIELD.match(line):  # a date, an author
            break
        if last - first == TITLE_LINES or len(line) > TITLE_CHARACTERS or line.endswith(SENTENCE_MARKS):
            return first, first
        last += 1
    return first, last


def _underlined(line: str, before: str, behind: str) -> str:
    """The sign of the line below a heading, as long as it; "" where there is none."""
    found = UNDERLINE.fullmatch(behind)
    # Over a heading stand signs of titles only: between two lines of other ones stands a listing.
    is_heading = found and not UNDERLINE.fullmatch(line) and (not before or OVERLINE.fullmatch(before))
    fits = len(line) <= TITLE_CHARACTERS and -SHORTER <= len(behind) - len(line) <= LONGER and not ROW.search(line)
    return found[1] if found and is_heading and fits else ""


def _is_heading(line: str, before: str, behind: str) -> bool:
    if before or len(line) > HEADING_CHARACTERS or line.endswith(SENTENCE_MARKS):
        return False
    return bool(NUMBERED.match(line) or (not behind and CAPITALS.fullmatch(line)))
