"""Plain text. The first short lines are the title; lines that look like headings are headings: numbered, underlined (as in
reStructuredText, whose rules for underlines and levels these are), between equals signs (as in wikis), or all capitals alone.
"""

from __future__ import annotations

import re

from ingest.loaders import wiki
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
FIELD = re.compile(r"[\w ()（）/-]{1,30}(?::\s|：)")  # `Author: ...`
FIELDS = 2  # lines of a block of them, at least
SUBJECT = re.compile(r"(?:subject|title|re|betreff|主题|主題|标题|標題|题名|事由)\s*[:：]", re.IGNORECASE)
ROW = re.compile(r"\S(?: {2,}|\t)\S|\|")  # columns: the line below parts names from rows
SENTENCE_MARKS = tuple("。！？；，,;.!?：:")


def load(data: bytes) -> Extracted:
    return read(decode(data), "text/plain")


def read(text: str, media_type: str) -> Extracted:
    """A text that has no marks of its own, with title and headings guessed."""
    text, marked = wiki.without_signs(text)
    lines = _lines(text)
    title, first, last = _titled(lines)
    signs: list[str] = []  # of underlines or around a heading, those of higher levels first
    headings = []
    for index, (start, line) in enumerate(lines):
        before, behind = (lines[place][1] if 0 <= place < len(lines) else "" for place in (index - 1, index + 1))
        if first <= index < last or not line:
            continue
        if sign := marked.get(index) or _underlined(line, before, behind):
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


def _titled(lines: list[tuple[int, str]]) -> tuple[str, int, int]:
    """The title and the lines that it stands in. Where a text begins with a block of fields, as messages and pages of wikis do,
    that is the subject it names, or what stands below it."""
    begin = next((number for number, (_, line) in enumerate(lines) if not FIELD.match(line)), len(lines))
    if begin < FIELDS or (begin < len(lines) and lines[begin][1]):
        begin = 0
    subject = next((line.split(":", 1)[-1].split("：", 1)[-1] for _, line in lines[:begin] if SUBJECT.match(line)), "")
    if subject.strip():
        return subject.strip(), 0, begin
    first, last = (begin + place for place in _title(lines[begin:]))
    if first == last and begin:
        first, last = _title(lines)
    return " ".join(line for _, line in lines[first:last]), first, last


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
