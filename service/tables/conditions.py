"""Rows that fulfil what a question says of their values: beyond a bound, between two, both a value and a bound, the same as
those of another row, the first of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from service.tables.asking import Asked
from service.tables.linking import Link, Mention
from service.tables.roles import Bound, bounds, leading
from service.tables.sheet import Sheet
from service.tables.values import Value, is_nothing

Kind = Literal[
    "all", "row", "cell", "cells", "part", "either", "compared", "both", "group", "next", "previous", "without", "same", "top",
]  # fmt: skip
COMPARED_COLUMNS, SAME_COLUMNS, BOUND_MENTIONS, BOUND_SELECTIONS = 5, 6, 5, 8


@dataclass(frozen=True)
class Selection:
    """Rows, and why: the values of cells that hold in them, the row that is named, or bounds of a column. `words` are those of
    the question that it takes up."""

    kind: Kind
    rows: tuple[int, ...]
    words: frozenset[str] = frozenset()
    mentions: tuple[Mention, ...] = ()
    column: int | None = None
    bounds: tuple[Bound, ...] = ()


def compared(question: Asked, link: Link, sheet: Sheet) -> list[Selection]:
    """Rows whose value in a column lies within the bounds of the question: one of them, or two at once."""
    said = bounds(question.plain)
    if not said:
        return []
    order = np.argsort(-(4 * link.columns.similarity + link.columns.covered + link.columns.said), kind="stable")
    found = []
    for column in [int(one) for one in order if sheet.numeric[one]][:COMPARED_COLUMNS]:
        fitting = [bound for bound in said if not bound.of_years or sheet.years[column]]
        for some in [(bound,) for bound in fitting] + list(combinations(fitting, 2)):
            rows = tuple(row for row, values in enumerate(sheet.values) if all(_holds(bound, values[column]) for bound in some))
            if rows and len(rows) < len(sheet.values):
                found.append(Selection("compared", rows, frozenset(), (), column, some))
    return found


def _holds(bound: Bound, value: Value) -> bool:
    if value.date is not None and 1000 <= bound.number <= 2200:
        return bound.holds(value.date[0])
    return value.number is not None and bound.holds(value.number)


def both(compared_rows: Sequence[Selection], mentions: Sequence[Mention]) -> Iterator[Selection]:
    """Rows that hold a value and lie within bounds of another column."""
    for base in compared_rows[:BOUND_SELECTIONS]:
        numbers = {f"{bound.number:g}" for bound in base.bounds} | {f"{bound.last:g}" for bound in base.bounds}
        for one in mentions:
            rows = tuple(sorted(set(base.rows) & set(one.rows)))
            if (
                rows
                and one.column != base.column
                and not (one.is_number and one.text in numbers)
                and len(rows) < len(base.rows)
            ):
                yield Selection("both", rows, one.words, (one,), base.column, base.bounds)


def same(question: Asked, link: Link, sheet: Sheet, named: Sequence[Selection]) -> Iterator[Selection]:
    """The rows that hold the same as a named one in a column, without it."""
    if "same" not in question.cues:
        return
    rank = 4 * link.columns.similarity + link.columns.covered + link.columns.said
    columns = [int(one) for one in np.argsort(-rank, kind="stable") if one != sheet.key][:SAME_COLUMNS]
    for base in named:
        if len(base.rows) != 1:
            continue
        for column in columns:
            text = sheet.values[base.rows[0]][column].text
            rows = tuple(
                row for row, values in enumerate(sheet.values)
                if row not in base.rows and values[column].text == text and not is_nothing(text)
            )  # fmt: skip
            if rows:
                yield Selection("same", rows, base.words | (link.columns.words[column] & link.asked), base.mentions, column)


def top(question: Asked, rows: Sequence[int]) -> Iterator[Selection]:
    """The first rows, or the last ones, as many as a question says."""
    count = leading(question.plain)
    if count and abs(count) < len(rows):
        yield Selection("top", tuple(rows[:count] if count > 0 else rows[count:]))
