"""Puts what is laid over a page where it stands: the value of a field behind its label, yes or no behind that of a check box,
a note behind the paragraph that it stands at.

Knows lines and places, not pdfium.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.loaders.layout import Line
from ingest.loaders.pdf.reading import Frame, Rect
from youju.text.language import HAN

BLANK = re.compile(r"_{3,}|\.{5,}|…{2,}")
LABEL = re.compile(r"[:：?？]\s*$")
YES_NO = re.compile(r"(?:yes|no|y|n|是|否|有|无|true|false)[.:：]?", re.IGNORECASE)
CHINESE = re.compile(f"[{HAN}]")
CLOSE = 40.0  # points between a box and the words that say what it stands for
ABOVE = 20.0  # points between a field and the label above it
TOUCHING = 3.0  # points that a field may lie over its label


@dataclass(frozen=True)
class Value:
    """What was filled into a field, or chosen; `name` is what the form calls it where no label is to be seen."""

    rect: Rect
    name: str
    text: str


@dataclass(frozen=True)
class Check:
    """A check box or a radio button."""

    rect: Rect
    name: str
    checked: bool


@dataclass(frozen=True)
class Note:
    """A text box or a note."""

    rect: Rect
    text: str


NOWHERE = Rect(*[-math.inf] * 4)  # of an empty line
Mark = Value | Check | Note


@dataclass
class Spot:
    """A line and where it is."""

    line: Line
    rect: Rect = NOWHERE


def with_fields(lines: Sequence[Line], marks: Sequence[Mark], frame: Frame) -> list[Line]:
    """The lines with the fields among them."""
    spots = [Spot(line, _rect(line, frame)) for line in lines]
    for mark in sorted(marks, key=lambda mark: (round(mark.rect.top / 5), mark.rect.left)):
        if isinstance(mark, Value):
            _fill(spots, mark, frame)
        elif isinstance(mark, Check):
            _tick(spots, mark, frame)
    return [spot.line for spot in spots]


def notes(marks: Sequence[Mark], frame: Frame, lines: Sequence[Line]) -> list[Line]:
    """Text boxes and notes as lines, but for those that only say again what they mark."""
    said = "".join("".join(line.text.split()) for line in lines)
    return [
        Line(text, 0.0, frame.place(mark.rect))
        for mark in marks
        if isinstance(mark, Note) and "".join(mark.text.split()) not in said
        for text in [mark.text.replace("\n", " ")]
    ]


def _rect(line: Line, frame: Frame) -> Rect:
    place = line.place
    if place is None or not line.text:
        return NOWHERE
    return Rect(place.left * frame.width, place.top * frame.height, place.right * frame.width, place.bottom * frame.height)


def _row(spots: Sequence[Spot], rect: Rect) -> list[int]:
    """The lines beside a field."""
    return [
        number
        for number, spot in enumerate(spots)
        if min(spot.rect.bottom, rect.bottom) - max(spot.rect.top, rect.top) > 0.5 * min(spot.rect.height, rect.height)
    ]


def _left(spots: Sequence[Spot], rect: Rect) -> int | None:
    ways = [number for number in _row(spots, rect) if spots[number].rect.right <= rect.left + TOUCHING]
    return max(ways, key=lambda number: spots[number].rect.right, default=None)


def _fill(spots: list[Spot], value: Value, frame: Frame) -> None:
    rect = value.rect
    for beside in _row(spots, rect):  # a field over a dotted line
        line, own = spots[beside].line, spots[beside].rect
        if own.left < rect.right and rect.left < own.right and BLANK.search(line.text):
            filled = BLANK.sub(lambda _: f" {value.text} ", line.text, count=1)
            spots[beside].line = replace(line, text=" ".join(filled.split()))
            return
    number = _left(spots, rect)
    if number is not None:
        gap = rect.left - spots[number].rect.right
        if LABEL.search(spots[number].line.text) or gap < CLOSE / 2:
            _append(spots, number, f" {value.text}", rect, frame, LABEL.search(spots[number].line.text) is not None)
        else:
            spots.insert(number + 1, Spot(Line(value.text, 0.0, frame.place(rect), joint=True), rect))
        return
    over = _over(spots, rect)
    if over is not None and not value.name:
        label = spots[over].line.text
        _append(spots, over, f" {value.text}" if LABEL.search(label) else f"{_colon(label)}{value.text}", rect, frame)
        return
    text = f"{value.name.rstrip(':： ')}{_colon(value.name)}{value.text}" if value.name else value.text
    spots.insert(_behind(spots, rect), Spot(Line(text, 0.0, frame.place(rect)), rect))


def _tick(spots: list[Spot], check: Check, frame: Frame) -> None:
    """Yes or no behind the words to the right of a box, or to the left where these are a label."""
    rect = check.rect
    left = _left(spots, rect)
    right = min(
        (number for number in _row(spots, rect) if spots[number].rect.left >= rect.right - TOUCHING),
        key=lambda number: spots[number].rect.left,
        default=None,
    )
    if right is not None and spots[right].rect.left - rect.right > CLOSE:
        right = None
    if left is not None and right is not None and LABEL.search(spots[left].line.text):
        gap = rect.left - spots[left].rect.right
        is_choice = YES_NO.fullmatch(spots[right].line.text) is not None
        right = right if is_choice or gap > spots[right].rect.left - rect.right else None
    number = right if right is not None else left
    if number is None:
        text = f"{check.name}{_colon(check.name)}{_yes(check.name, check.checked)}"
        if check.name:
            spots.insert(_behind(spots, rect), Spot(Line(text, 0.0, frame.place(rect)), rect))
        return
    label = spots[number].line.text
    if YES_NO.fullmatch(label):
        _append(spots, number, _chosen(label, check.checked), rect, frame)
    else:
        yes = _yes(label, check.checked)
        _append(spots, number, f" {yes}" if LABEL.search(label) else f"{_colon(label)}{yes}", rect, frame)


def _yes(label: str, checked: bool) -> str:
    if CHINESE.search(label):
        return "是" if checked else "否"
    return "yes" if checked else "no"


def _chosen(label: str, checked: bool) -> str:
    """Behind a label that is yes or no itself."""
    if CHINESE.search(label):
        return "（已选）" if checked else "（未选）"
    return " (chosen)" if checked else " (not chosen)"


def _colon(label: str) -> str:
    return "：" if CHINESE.search(label[-1:]) else ": "


def _append(spots: list[Spot], number: int, text: str, rect: Rect, frame: Frame, apart: bool = True) -> None:
    """Put a text behind that of a line, which then covers both; `apart` makes it a paragraph."""
    line, own = spots[number].line, spots[number].rect
    whole = Rect(min(own.left, rect.left), min(own.top, rect.top), max(own.right, rect.right), max(own.bottom, rect.bottom))
    spots[number].line = replace(line, text=line.text + text, place=frame.place(whole))
    if apart and (number + 1 == len(spots) or not spots[number + 1].line.joint):
        spots.insert(number + 1, Spot(Line("")))
        if not line.joint:
            spots.insert(number, Spot(Line("")))


def _over(spots: Sequence[Spot], rect: Rect) -> int | None:
    """The label right above a field."""
    ways = [
        number
        for number, spot in enumerate(spots)
        if -TOUCHING <= rect.top - spot.rect.bottom < ABOVE
        and spot.rect.left < rect.right and rect.left - TOUCHING < spot.rect.right
    ]  # fmt: skip
    return max(ways, key=lambda number: spots[number].rect.bottom, default=None)


def _behind(spots: Sequence[Spot], rect: Rect) -> int:
    """Behind the lowest line that lies above a place."""
    above = [number for number, spot in enumerate(spots) if spot.rect.bottom <= rect.top + TOUCHING]
    return max(above, key=lambda number: spots[number].rect.bottom) + 1 if above else 0
