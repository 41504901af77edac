"""Which rows of a table a question may mean: one that it names, those that hold a value, those of a group, all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from service.tables.asking import Asked
from service.tables.linking import Link, Mention
from service.tables.sheet import Sheet
from youju.text.language import query_words

Kind = Literal["all", "row", "cell", "cells", "either", "compared", "group", "next", "previous", "without"]
BEST_ROWS, BEST_MENTIONS, BEST_PAIRS, COMPARED_COLUMNS = 6, 8, 8, 4


@dataclass(frozen=True)
class Selection:
    """Rows, and why: the values of cells that hold in them, the row that is named, or a comparison. `words` are those of the
    question that it takes up."""

    kind: Kind
    rows: tuple[int, ...]
    words: frozenset[str] = frozenset()
    mentions: tuple[Mention, ...] = ()
    column: int | None = None
    bound: tuple[str, float] | None = None


def selections(question: Asked, link: Link, sheet: Sheet) -> list[Selection]:
    """Each set of rows may come several times, for another reason each time."""
    found = [Selection("all", sheet.plain_rows)]
    named = [Selection("row", (row,), link.rows.words[row] & link.asked) for row in best_rows(link)]
    mentioned = [Selection("cell", one.rows, one.words, (one,)) for one in link.mentions[:BEST_MENTIONS]]
    found += [*named, *mentioned, *_pairs(link), *_either(link), *_groups(question, sheet), *_compared(question, link, sheet)]
    if question.cues & {"next", "previous"}:
        found += [one for base in (*named[:3], *mentioned[:4]) for one in _beside(base, len(sheet.values))]
    if "other" in question.cues:
        found += [
            Selection("without", tuple(row for row in found[0].rows if row not in base.rows), base.words, base.mentions)
            for base in mentioned[:4]
        ]
    return [one for one in found if one.rows]


def row_scores(link: Link) -> np.ndarray:
    named = link.rows
    return 6.0 * named.similarity + 0.5 * named.said + named.covered + 0.5 * named.exact


def best_rows(link: Link) -> list[int]:
    return [int(row) for row in np.argsort(-row_scores(link), kind="stable")[:BEST_ROWS]]


def _pairs(link: Link) -> list[Selection]:
    """Rows in which two or three values of different columns hold."""
    found = []
    for one, other in combinations(link.mentions[:BEST_MENTIONS], 2):
        if one.column == other.column or not (other.words - one.words or other.is_number):
            continue
        rows = set(one.rows) & set(other.rows)
        if rows:
            found.append(Selection("cells", tuple(sorted(rows)), one.words | other.words, (one, other)))
    found.sort(key=lambda one: -sum(mention.share for mention in one.mentions))
    for pair in found[:4]:
        for one in link.mentions[:BEST_MENTIONS]:
            columns, rows = {mention.column for mention in pair.mentions}, set(pair.rows) & set(one.rows)
            if one.column not in columns and one.column > max(columns) and rows and len(rows) < len(pair.rows):
                found.append(Selection("cells", tuple(sorted(rows)), pair.words | one.words, (*pair.mentions, one)))
    return found[: 2 * BEST_PAIRS]


def _either(link: Link) -> list[Selection]:
    """Rows in which one or the other of two values of a column holds."""
    found = [
        Selection("either", tuple(sorted({*one.rows, *other.rows})), one.words | other.words, (one, other))
        for one, other in combinations(link.mentions[:BEST_MENTIONS], 2)
        if one.column == other.column and not set(one.rows) & set(other.rows)
    ]
    rows = best_rows(link)[:4]
    known = {one.rows for one in found}
    for first, second in combinations(rows, 2):
        pair = (min(first, second), max(first, second))
        if pair not in known:
            words = link.rows.words[first] | link.rows.words[second]
            found.append(Selection("either", pair, words & link.known))
    return found[: 2 * BEST_PAIRS]


def _groups(question: Asked, sheet: Sheet) -> Iterator[Selection]:
    holders: dict[str, list[int]] = {}
    for row in sheet.plain_rows:
        for group in sheet.groups[row]:
            holders.setdefault(group, []).append(row)
    for group, rows in holders.items():
        if common := frozenset(query_words(group)) & question.words:
            yield Selection("group", tuple(rows), common)


def _compared(question: Asked, link: Link, sheet: Sheet) -> Iterator[Selection]:
    """Rows whose value in a column lies beyond a number of the question, or between two."""
    cues = question.cues & {"more_than", "less_than", "since", "until", "between"}
    if not cues or not question.numbers:
        return
    order = np.argsort(-(4 * link.columns.similarity + link.columns.covered), kind="stable")
    for column in [int(one) for one in order if sheet.numeric[one]][:COMPARED_COLUMNS]:
        orders = [(row, value.order) for row, values in enumerate(sheet.values) if (value := values[column]).order is not None]
        for sign, low, high in _bounds(question, sheet.years[column]):
            rows = tuple(row for row, order in orders if order is not None and low <= order <= high)
            if 0 < len(rows) < len(sheet.values):
                bound = low if sign in (">", ">=", "..") else high
                yield Selection("compared", rows, frozenset(), (), column, (sign, bound))


def _bounds(question: Asked, years: bool) -> Iterator[tuple[str, float, float]]:
    """Signs and the least and largest values that they let through."""
    infinite, tiny = float("inf"), 1e-9
    for number in question.numbers[:3]:
        whole = (number * 10000, number * 10000 + 9999) if years and 1000 <= number <= 2200 else (number, number)
        for low, high in {(number, number), whole}:
            if question.cues & {"more_than", "since"}:
                yield ">", high + tiny, infinite
                yield ">=", low, infinite
            if question.cues & {"less_than", "until"}:
                yield "<", -infinite, low - tiny
                yield "<=", -infinite, high
    if "between" in question.cues and len(question.numbers) > 1:
        low, high = sorted(question.numbers[:2])
        yield "..", low, high
        if years and low >= 1000:
            yield "..", low * 10000, high * 10000 + 9999


def _beside(base: Selection, length: int) -> Iterator[Selection]:
    """The row below and the one above."""
    if len(base.rows) > 3:
        return
    after, before = max(base.rows) + 1, min(base.rows) - 1
    if after < length:
        yield Selection("next", (after,), base.words, base.mentions)
    if before >= 0:
        yield Selection("previous", (before,), base.words, base.mentions)
