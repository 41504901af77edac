"""Which rows of a table a question may mean: one that it names, those that hold a value, those of a group, all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from service.tables.asking import Asked
from service.tables.conditions import BOUND_MENTIONS, Selection, both, compared, same, top
from service.tables.linking import Link
from service.tables.naming import words_of
from service.tables.sheet import Sheet
from youju.text.language import query_words

BEST_ROWS, BEST_MENTIONS, BEST_PAIRS = 6, 8, 8


def selections(question: Asked, link: Link, sheet: Sheet) -> list[Selection]:
    """Each set of rows may come several times, for another reason each time."""
    found = [Selection("all", sheet.plain_rows)]
    beside = _outside(link, sheet)
    named = [Selection("row", (row,), link.rows.words[row] & link.asked) for row in best_rows(link) if row not in beside]
    mentioned = [Selection("cell", one.rows, one.words, (one,)) for one in link.mentions[:BEST_MENTIONS]]
    partly = [Selection("part", one.rows, one.words, (one,)) for one in link.parts]
    within = compared(question, link, sheet)
    found += [*named, *mentioned, *partly, *_pairs(link), *_either(link, sheet), *_groups(question, sheet), *within]
    found += [
        *both(within, [*link.mentions[:BOUND_MENTIONS], *link.parts]),
        *same(question, link, sheet, [*mentioned[:4], *named[:2]]),
    ]
    found += top(question, sheet.plain_rows)
    told = [one for one in mentioned[:4] if not one.mentions[0].is_stretch]
    if question.cues & {"next", "previous"}:
        found += [one for base in (*named[:3], *told) for one in _beside(base, len(sheet.values))]
    if question.cues & {"other", "same"} or "other" in question.words:
        found += [
            Selection("without", tuple(row for row in base.rows if row not in left.rows), base.words | left.words,
                      (*left.mentions, *base.mentions))
            for base in (found[0], *mentioned[:4], *partly[:2], *within[:3]) for left in mentioned[:4]
            if left.rows != base.rows
        ]  # fmt: skip
    return [one for one in found if one.rows]


def _outside(link: Link, sheet: Sheet) -> set[int]:
    """Rows whose stretch of numbers none of those of the question lies in, where others' do; all, if stretches are their names:
    then they are found by the number alone."""
    held: dict[int, set[int]] = {}
    for mention in link.mentions:
        if mention.is_stretch:
            held.setdefault(mention.column, set()).update(mention.rows)
    rows = range(len(sheet.values))
    return {row for column, inside in held.items() for row in rows if column == sheet.key or row not in inside}


def best_rows(link: Link) -> list[int]:
    return [int(row) for row in np.argsort(-link.rows.scores, kind="stable")[:BEST_ROWS]]


def _pairs(link: Link) -> list[Selection]:
    """Rows in which two or three values of different columns hold."""
    found = []
    for one, other in combinations([*link.mentions[:BEST_MENTIONS], *link.parts[:4]], 2):
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


def _either(link: Link, sheet: Sheet) -> list[Selection]:
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
        is_named = sheet.is_matrix or all(words_of(sheet.values[row][sheet.key].text) & link.asked for row in pair)
        if pair not in known and is_named:
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


def _beside(base: Selection, length: int) -> Iterator[Selection]:
    """The row below and the one above."""
    if len(base.rows) > 3:
        return
    after, before = max(base.rows) + 1, min(base.rows) - 1
    if after < length:
        yield Selection("next", (after,), base.words, base.mentions)
    if before >= 0:
        yield Selection("previous", (before,), base.words, base.mentions)
