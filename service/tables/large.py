"""Questions to a large table: read in some of its rows, then executed over all of them by the store.

A reading is taken over only where it can be said as conditions that the store checks; others give nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from service.tables.conditions import Selection
from service.tables.reading import Candidate
from service.tables.sheet import Sheet, made
from youju.index.base.records import TooLong
from youju.index.protocols.reading import Records
from youju.structure import Condition, Record, TableCard
from youju.text.language import query_words

FIRST_ROWS, NAMED_ROWS = 40, 20  # among which a question is read
TOLD_ROWS = 20  # the most that are told one by one
TIES = 3
SAMPLE = 5  # rows that stand for all that entered a computation
KINDS = ("all", "row", "cell", "cells", "part", "compared", "both")


def some_rows(records: Records, card: TableCard, question: str, about: str) -> Sheet | None:
    """The first rows and those that hold words of the question; None where that takes too long."""
    try:
        named = records.named(card.document_id, card.ordinal, query_words(question), NAMED_ROWS)
        first = records.where(card.document_id, card.ordinal, limit=FIRST_ROWS)
    except TooLong:
        return None
    rows = {row.start: row for row in (*named, *first)}
    return _sheet(card, [rows[start] for start in sorted(rows)], about)


def _sheet(card: TableCard, rows: Sequence[Record], about: str) -> Sheet:
    sheet = made([column.path for column in card.columns], [list(row.values) for row in rows], title=card.title)
    return replace(sheet, spans=tuple((row.start, row.end) for row in rows), about=about)


def executed(records: Records, card: TableCard, sheet: Sheet, one: Candidate) -> tuple[Sheet, Candidate] | None:
    """The rows that answer, and the reading with what all rows give; None where it cannot be told, or no row fulfils it."""
    try:
        numeric = records.numeric(card.document_id, card.ordinal)
        conditions = _conditions(sheet, one.selection, numeric)
        if conditions is None:
            return None
        match one.operation:
            case "look_up":
                return _looked_up(records, card, sheet, one, conditions)
            case "count" | "sum" | "mean" | "maximum" | "minimum":
                return _gathered(records, card, sheet, one, conditions, numeric)
            case "most" | "least":
                return _extreme(records, card, sheet, one, conditions)
    except TooLong:
        return None
    return None


def _conditions(sheet: Sheet, selection: Selection, numeric: Sequence[bool]) -> list[Condition] | None:
    if selection.kind not in KINDS:
        return None
    found = []
    if selection.kind == "row":
        name = sheet.values[selection.rows[0]][sheet.key]
        if not name.text:
            return None
        found.append(Condition(sheet.key, "=", _value(name.text, name.number, numeric[sheet.key])))
    for mention in selection.mentions:
        value = sheet.values[mention.rows[0]][mention.column]
        if selection.kind == "part" or value.text != mention.text:
            return None
        found.append(Condition(mention.column, "=", _value(value.text, value.number, numeric[mention.column])))
    for bound in selection.bounds:
        if selection.column is None or not numeric[selection.column]:
            return None
        if bound.sign == "..":
            found += [Condition(selection.column, ">=", bound.number), Condition(selection.column, "<=", bound.last)]
        else:
            found.append(Condition(selection.column, bound.sign, bound.number))
    return found


def _value(text: str, number: float | None, is_numeric: bool) -> str | float:
    return number if is_numeric and number is not None else text


def _looked_up(
    records: Records, card: TableCard, sheet: Sheet, one: Candidate, conditions: Sequence[Condition]
) -> tuple[Sheet, Candidate] | None:
    rows = records.where(card.document_id, card.ordinal, conditions, limit=TOLD_ROWS + 1)
    if not rows or len(rows) > TOLD_ROWS or one.column is None or not conditions:
        return None
    held = _sheet(card, rows, sheet.about)
    texts = tuple(dict.fromkeys(values[one.column].text for values in held.values if values[one.column].text))
    return (held, _taken(held, one, texts, one.column)) if texts else None


def _gathered(
    records: Records, card: TableCard, sheet: Sheet, one: Candidate, conditions: Sequence[Condition], numeric: Sequence[bool]
) -> tuple[Sheet, Candidate] | None:
    if one.column is not None and not numeric[one.column]:
        return None
    (group,) = records.groups(card.document_id, card.ordinal, conditions, of=one.column)
    if not group.rows or (one.column is not None and not group.numbers):
        return None
    value = {
        "count": float(group.rows), "sum": group.total, "mean": group.total / max(group.numbers, 1),
        "maximum": group.most, "minimum": group.least,
    }[one.operation]  # fmt: skip
    if value is None or not math.isfinite(value):
        return None
    by, descending = (one.column, one.operation == "maximum") if one.operation in ("maximum", "minimum") else (None, False)
    rows = records.where(card.document_id, card.ordinal, conditions, by, descending, SAMPLE if by is None else 1)
    held = _sheet(card, rows, sheet.about)
    entered = group.rows if one.operation == "count" else group.numbers
    return held, replace(_taken(held, one, (value,), one.column), entered=entered)


def _extreme(
    records: Records, card: TableCard, sheet: Sheet, one: Candidate, conditions: Sequence[Condition]
) -> tuple[Sheet, Candidate] | None:
    if one.by is None or one.column is None:
        return None
    rows = records.where(card.document_id, card.ordinal, conditions, one.by, one.operation == "most", TIES + 1)
    held = _sheet(card, rows, sheet.about)
    orders = [values[one.by].order for values in held.values]
    ties = [at for at, order in enumerate(orders) if order is not None and order == orders[0]]
    if not ties or len(ties) > TIES:
        return None
    best = _sheet(card, [rows[at] for at in ties], sheet.about)
    texts = tuple(dict.fromkeys(values[one.column].text for values in best.values if values[one.column].text))
    return (best, _taken(best, one, texts, one.column)) if texts else None


def _taken(held: Sheet, one: Candidate, answers: tuple[str, ...] | tuple[float, ...], column: int | None) -> Candidate:
    """The reading over other rows, all of which it takes."""
    rows = tuple(range(len(held.values)))
    mentions = tuple(replace(mention, rows=rows) for mention in one.selection.mentions)
    marked = [at for at in (column, one.by) if at is not None] or [mentions[0].column if mentions else held.key]
    selection = replace(one.selection, rows=rows, mentions=mentions)
    return replace(one, selection=selection, answers=answers, cells=tuple((row, at) for row in rows for at in marked))
