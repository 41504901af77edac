"""Lines as they stand on a page, joined into paragraphs that know where each line of theirs went.

Knows how the ends of lines are bridged in Chinese and in English, not where lines come from (PDF, pictures).
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from ingest.loaders.builder import TextBuilder
from youju.records import Box
from youju.text.language import HAN

WIDE = re.compile(rf"[{HAN}\u3000-\u303f\uff00-\uffef‘’“”…—]")
ENDS_PARAGRAPH = re.compile(r"[。！？.!?:：;；][\"'”’」』）)]*$")
BULLET = re.compile(r"^(?:[•·▪◦‣∙*\-–—]\s|\(?\d{1,3}[.)、]\s?|[一二三四五六七八九十]+、)")
CAPTION = re.compile(
    r"(?:table|tab\.|figure|fig\.|exhibit|schedule|chart|附?[表图圖])\s*(?:[\dA-Z]+(?:[.\-]\d+)*|[一二三四五六七八九十]+)\b",
    re.IGNORECASE,
)
LEADER = re.compile(r"(?:[.．·•_]\s?){4,}\s*(?:\d{1,4}|[ivxlc]{1,7})?$|…{2,}\s*\d{0,4}$")  # an entry of a table of contents
LOCATED = re.compile(r"[^\d\s][,，]\s\d{1,4}(?:[-–]\d{1,4})?(?:[,，]\s\d{1,4}(?:[-–]\d{1,4})?)*$")  # an entry of an index
KEPT = "\x1f"  # marks a hyphen at the end of a line that belongs to the word
HYPHENS = ("\x02", "\ufffe", KEPT)  # the others are pdfium's marks of a hyphen at the end of a line

MOST_ROOM = 1.5  # of a line's height: what may be usual between two lines of a text
MORE_ROOM = 0.6  # of a line's height: so much more than the usual room between two lines keeps them apart


class Place(NamedTuple):
    """Where something stands on its page: fractions of width and height from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Line:
    """A line of a page, or a piece of one: `joint` tells that it goes on in the row of the piece before it. `size` is the font
    size of its first character in points, 0 if unknown; `bold` and `fixed` (all letters equally wide) are told of pieces only.
    """

    text: str
    size: float = 0.0
    place: Place | None = None
    joint: bool = False
    bold: bool = False
    fixed: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Lines that go on with one another, at least one; at the numbers of `turns` a new page begins."""

    lines: tuple[Line, ...]
    turns: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        return self._joined[0]

    @cached_property
    def _joined(self) -> tuple[str, list[tuple[int, int]]]:
        return joined(self.lines)

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def place(self) -> Place | None:
        """What holds its lines on its first page."""
        return whole_place([line.place for line in self.lines[: self.turns[0] if self.turns else None]])

    def write(self, builder: TextBuilder, page: int, heading_level: int | None = None) -> tuple[int, int]:
        """Add the paragraph to a text, with a box for each line of it. Returns its span."""
        lines, (text, spans) = self.lines, self._joined
        if heading_level is not None:  # the builder puts single spaces into headings; here the offsets follow
            lines = tuple(replace(line, text=" ".join(line.text.split())) for line in lines)
            text, spans = joined(lines)
        start, end = builder.block(text, heading_level)
        for number, (line, (first, last)) in enumerate(zip(lines, spans, strict=True)):
            if number in self.turns:
                page += 1
                builder.page(start + first)
            if line.place is not None and last > first:
                builder.box(Box(start + first, start + last, page, *line.place))
        return start, end


def whole_place(places: Sequence[Place | None]) -> Place | None:
    """What holds all of them."""
    known = [place for place in places if place is not None]
    if not known:
        return None
    lefts, tops, rights, bottoms = zip(*known, strict=True)
    return Place(min(lefts), min(tops), max(rights), max(bottoms))


def joined(lines: Sequence[Line]) -> tuple[str, list[tuple[int, int]]]:
    """The text of a paragraph, and where each line stands in it: Chinese without a space between, English with one."""
    text = ""
    spans: list[tuple[int, int]] = []
    for line in lines:
        if text.endswith(KEPT):
            text = f"{text[:-1]}-"
        elif text.endswith(HYPHENS):  # the word goes on: the hyphen is not part of it
            text = text[:-1]
            spans[-1] = (spans[-1][0], len(text))
        elif text and not any(WIDE.match(character) for character in (text[-1], line.text[0])):
            text += " "
        spans.append((len(text), len(text) + len(line.text)))
        text += line.text
    return (f"{text[:-1]}-" if text.endswith(HYPHENS) else text), spans


def paragraphs(lines: Sequence[Line], page: Sequence[Line] | None = None) -> list[Paragraph]:
    """The lines of a page, empty ones among them, joined into paragraphs; of a part of a page where `page` is given."""
    page = lines if page is None else page
    usual = _usual_width([line.text for line in page if line.text])
    room = _usual_room([line.place for line in page if line.place])
    found: list[list[Line]] = []
    previous = Line("")
    for line in lines:
        if found and previous.text and line.text and _continues(previous, line, usual) and not _apart(previous, line, room):
            found[-1].append(line)
        elif line.text:
            found.append([line])
        previous = line
    return [Paragraph(tuple(members)) for members in found]


def _usual_width(lines: list[str]) -> float:
    """Width of a full line: the ninth decile of the lines' widths."""
    widths = sorted(_width(line) for line in lines)
    return widths[int(len(widths) * 0.9)] if widths else 0.0


def _usual_room(places: list[Place]) -> float:
    """The height that is usually free between a line and the next one."""
    rooms = [after.top - before.bottom for before, after in itertools.pairwise(places) if after.top >= before.bottom]
    return statistics.median(rooms) if rooms else 0.0


def _apart(previous: Line, line: Line, room: float) -> bool:
    """Whether more than the usual height is free between two lines: a heading, a caption or a new paragraph follows."""
    if previous.place is None or line.place is None or previous.text.endswith(HYPHENS):
        return False
    height = line.place.bottom - line.place.top
    return line.place.top - previous.place.bottom > min(room, MOST_ROOM * height) + MORE_ROOM * height


def located(text: str) -> bool:
    """Whether a line reads as an entry of an index: a word and the pages it is on."""
    return text[-1].isdigit() and LOCATED.search(text) is not None


def is_entry(text: str) -> bool:
    """Whether a line is an entry of a table of contents, with dots before the page."""
    return text[-1] in ".…·•_0123456789ivxlcIVXLC" and LEADER.search(text) is not None


def goes_on_over(before: Paragraph, after: Paragraph) -> bool:
    """Whether the first paragraph of a page is the rest of the last one of the page before: that one breaks off."""
    last, line = before.lines[-1], after.lines[0]
    if last.text.endswith(HYPHENS):
        return True
    begins = BULLET.match(line.text) or CAPTION.match(line.text) or abs(last.size - line.size) > 0.5
    if begins or ENDS_PARAGRAPH.search(last.text) or is_entry(last.text):
        return False
    full = _width(last.text) > 0.6 * max(_width(one.text) for one in (*before.lines, *after.lines))
    return full and (len(before.lines) > 1 or len(after.lines) > 1 or line.text[0].islower())


def _width(line: str) -> float:
    """Width in Latin letters; a Chinese character is as wide as two."""
    return len(line) if line.isascii() else len(line) + len(WIDE.findall(line))


def _continues(previous: Line, line: Line, usual: float) -> bool:
    """Whether `line` goes on with the paragraph of `previous`: a full line before it that does not end a sentence."""
    if previous.text.endswith(HYPHENS):
        return True
    entries = is_entry(previous.text) or (located(previous.text) and located(line.text))
    if entries or BULLET.match(line.text) or CAPTION.match(line.text) or abs(previous.size - line.size) > 0.5:
        return False
    width = _width(previous.text)
    return width > 0.7 * usual and not (ENDS_PARAGRAPH.search(previous.text) and width < 0.9 * usual)
