"""Yes or no, from the numbers of a table: is this row's value beyond that bound, or beyond that of another row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.tables.asking import Asked
from service.tables.conditions import Selection
from service.tables.flags import flags
from service.tables.naming import spoken
from service.tables.reading import Candidate, Cell
from service.tables.roles import bounds, superlatives
from service.tables.sheet import Sheet
from service.tables.values import plain
from youju.text.denial import denies

YES, NO = "yes", "no"


def whether(question: Asked, sheet: Sheet, selection: Selection, columns: Sequence[int]) -> Iterator[Candidate]:
    """Readings of a question that asks whether; nothing where a row or a number is lacking."""
    if "whether" not in question.cues:
        return
    if len(selection.rows) == 1 and selection.kind in ("row", "cell", "cells"):
        for bound in bounds(question.plain):
            for column in columns:
                value = sheet.values[selection.rows[0]][column].number
                if value is not None and not bound.of_years:
                    yield _said(selection, bound.holds(value), ((selection.rows[0], column),), column)
        yield from _flagged(question, sheet, selection)
    if len(selection.rows) == 2 and selection.kind == "either":
        yield from _of_two(question, sheet, selection, columns)


def _flagged(question: Asked, sheet: Sheet, selection: Selection) -> Iterator[Candidate]:
    """`Does A have a lift?`: what the column of yes and no that is named says."""
    if denies(question.text):
        return
    row = selection.rows[0]
    for column, name in enumerate(sheet.names):
        if column == sheet.key or not any(some and some <= question.words for some in spoken(name)):
            continue
        if (held := flags([values[column] for values in sheet.values])) is not None:
            yield _said(selection, held[row], ((row, column),), column)


def _of_two(question: Asked, sheet: Sheet, selection: Selection, columns: Sequence[int]) -> Iterator[Candidate]:
    """`Is A higher than B?`: the one that is named first against the other."""
    ways = [one.way for one in superlatives(question.plain)]
    places = [question.plain.find(_first_word(sheet, row, question.plain)) for row in selection.rows]
    if not ways or min(places) < 0 or places[0] == places[1]:
        return
    first, second = sorted(selection.rows, key=lambda row: places[selection.rows.index(row)])
    for column in columns:
        one, other = sheet.values[first][column].number, sheet.values[second][column].number
        if one is not None and other is not None:
            yield _said(selection, ways[0] * (one - other) > 0, ((first, column), (second, column)), column)


def _first_word(sheet: Sheet, row: int, question: str) -> str:
    """The name of the row, or the longest word of it that the question has; what is found nowhere where there is none."""
    name = plain(sheet.values[row][sheet.key].text)
    if name and name in question:
        return name
    return max((word for word in name.split() if len(word) > 1 and word in question), key=len, default="\0")


def _said(selection: Selection, holds: bool, cells: tuple[Cell, ...], column: int) -> Candidate:
    return Candidate("whether", selection, (YES if holds else NO,), cells, column)
