"""The numbers of lists and headings in an OpenDocument, which stand nowhere in its text and are counted here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from ingest.loaders.odf.names import LO, STYLE, TEXT, XML
from ingest.loaders.ordinals import shown

LEVELS = 10
BULLET = "- "
OUTLINE = "\0outline"  # the list of the headings
PLACE = re.compile(r"%(\d{1,2})%")
# What the first number looks like -> the format.
FORMS = {
    "1": "decimal", "01": "decimalZero", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "一": "chineseCounting", "壹": "chineseLegalSimplified", "壱": "ideographLegalTraditional", "甲": "ideographTraditional",
    "子": "ideographZodiac", "①": "decimalEnclosedCircle", "１": "decimalFullWidth", "1st": "ordinal", "One": "cardinalText",
    "First": "ordinalText",
}  # fmt: skip
Counts = list[int | None]


@dataclass(frozen=True, slots=True)
class Level:
    form: str  # "" for none
    before: str
    behind: str
    start: int
    shows: int  # so many levels, this the last
    pattern: str


class Lists:
    """Counts the items of lists; to be asked for each once, in order."""

    def __init__(self, styles: Iterable[etree._Element]) -> None:
        self._nodes = {OUTLINE if one.tag == f"{TEXT}outline-style" else one.get(f"{STYLE}name", ""): one for one in styles}
        self._styles: dict[str, dict[int, Level | None]] = {}
        self._last: dict[str, Counts] = {}  # by style, and by the name of a list
        self._headings: Counts = [None] * LEVELS

    def _level(self, style: str, level: int) -> Level | None:
        if style not in self._styles:
            nodes = self._nodes.get(style, ())
            self._styles[style] = {_integer(node.get(f"{TEXT}level"), 1): _level(node) for node in nodes}
        return self._styles[style].get(level)

    def begin(self, node: etree._Element, style: str) -> Counts:
        """The counts of a list that begins: new ones, or those of the list that it goes on with."""
        named = node.get(f"{TEXT}continue-list", "")
        goes_on = node.get(f"{TEXT}continue-numbering") == "true"
        counts = self._last.get(f"#{named}") or (self._last.get(style) if goes_on else None) or [None] * LEVELS
        self._last[style] = counts
        if key := node.get(f"{XML}id"):
            self._last[f"#{key}"] = counts
        return counts

    def label(self, style: str, counts: Counts, depth: int, start: str | None) -> str:
        """What stands before an item at this depth (from 0); `start` is the number that it says it has."""
        level = self._level(style, depth + 1) if depth < LEVELS else None
        if level is None:
            return BULLET
        before = counts[depth]
        counts[depth] = _integer(start, 1) if start else level.start if before is None else before + 1
        counts[depth + 1 :] = [None] * (LEVELS - depth - 1)
        return self._shown(style, level, counts, depth)

    def heading(self, level: int) -> str:
        """The number of a heading (level from 1); "" where headings have none."""
        found = self._level(OUTLINE, level)
        if found is None or level > LEVELS:
            return ""
        before = self._headings[level - 1]
        self._headings[level - 1] = found.start if before is None else before + 1
        self._headings[level:] = [None] * (LEVELS - level)
        return self._shown(OUTLINE, found, self._headings, level - 1) if found.form else ""

    def _shown(self, style: str, level: Level, counts: Counts, depth: int) -> str:
        if not level.form:
            return ""

        def number(place: int) -> str:
            of = self._level(style, place + 1)
            if of is None or not of.form or place > depth:
                return ""
            count = counts[place]
            return shown(of.start if count is None else count, of.form)

        if level.pattern:
            text = PLACE.sub(lambda match: number(int(match[1]) - 1), level.pattern)
        else:
            places = range(max(depth - level.shows + 1, 0), depth + 1)
            text = level.before + ".".join(filter(None, map(number, places))) + level.behind
        return f"{text.strip()} " if text.strip() else ""


def _level(node: etree._Element) -> Level | None:
    """How a level is numbered; None for dots and pictures."""
    if node.tag not in (f"{TEXT}list-level-style-number", f"{TEXT}outline-level-style"):
        return None
    form = node.get(f"{STYLE}num-format", "").partition(",")[0].strip()
    return Level(
        FORMS.get(form, "decimal") if form else "",
        node.get(f"{STYLE}num-prefix", ""),
        node.get(f"{STYLE}num-suffix", ""),
        _integer(node.get(f"{TEXT}start-value"), 1),
        _integer(node.get(f"{TEXT}display-levels"), 1),
        node.get(f"{LO}num-list-format") or node.get(f"{STYLE}num-list-format") or "",
    )


def _integer(digits: str | None, default: int) -> int:
    return int(digits) if digits is not None and digits.isdecimal() and len(digits) < 10 else default
