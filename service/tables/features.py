"""What speaks for a reading of a question, as numbers that a log-linear model weighs.

None of them names a language, a table or a word of a question: words enter as cues only (`service.tables.asking`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from service.tables.asking import CUES, Asked
from service.tables.linking import Link
from service.tables.reading import TARGETS, Candidate
from service.tables.role_features import Features, of_roles, role_features
from service.tables.sheet import Sheet
from service.tables.standing import standing
from service.tables.values import plain, read
from youju.text.denial import denies
from youju.text.language import query_words

MAY_BE_NAMED = ("total", "average", "percent", "change", "ratio", "most", "least", "first", "last", "difference", "per")
MOSTLY = 0.5  # share of the name of a row, by weight, with which it is named
LIKE_TIMES = ("share_of_all", *TARGETS)  # asked for in so many words, as `times` is: weighed as that
TWO_CELLS = ("difference", "change", "ratio", "share")
KINDS = {"who": "text", "where": "text", "when": "date", "how_many": "number", "how_much": "number", "long": "number"}


@dataclass(frozen=True)
class Seen:
    """What all readings of one question share."""

    question: Asked
    link: Link
    sheet: Sheet
    best_row: int
    best_column: int
    years: frozenset[str]
    known_years: frozenset[str]
    telling: float
    title_words: frozenset[str]
    key_said: tuple[float, ...]
    all_years: frozenset[str]
    changes: tuple[int, ...]
    totals: frozenset[int]
    words_taken: dict[Hashable, frozenset[str]] = field(default_factory=dict)
    _known: dict[Hashable, Features] = field(default_factory=dict)

    def once(self, key: Hashable, find: Callable[[], Features]) -> Features:
        """What readings share, found for the first of them."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = find()
        return found

    @classmethod
    def of(cls, question: Asked, link: Link, sheet: Sheet) -> Seen:
        years = frozenset(word for word in question.words if word.isdigit() and len(word) == 4)
        held = frozenset().union(*link.columns.words, *link.rows.words)
        columns = 4 * link.columns.similarity + link.columns.covered
        return cls(
            question, link, sheet, int(np.argmax(link.rows.scores)) if sheet.values else 0, int(np.argmax(columns)), years,
            years & held, link.weight(frozenset(question.telling)) or 1.0,
            frozenset(query_words(f"{sheet.title} {sheet.about}")),
            tuple(link.share(row[sheet.key].text) for row in sheet.values),
            frozenset(word for words in link.columns.words for word in words if word.isdigit() and len(word) == 4),
            tuple(at for at, name in enumerate(sheet.names) if CUES["change"].search(name) or CUES["percent"].search(name)),
            frozenset(range(len(sheet.values))) - frozenset(sheet.plain_rows),
        )  # fmt: skip

    def rest(self, names: frozenset[str]) -> str:
        """The question without names that stand in it."""
        text = self.question.text.lower()
        for name in sorted(names, key=len, reverse=True):
            if len(name) > 1:
                text = text.replace(name.lower(), " ", 1)
        return text

    @cached_property
    def denies(self) -> bool:
        return denies(self.question.text)

    @property
    def cues(self) -> frozenset[str]:
        return self.question.cues


def features(seen: Seen, one: Candidate) -> Features:
    operation = "times" if one.operation in LIKE_TIMES else one.operation
    found: Features = {f"op={operation}": 1.0, f"sel={one.selection.kind}": 1.0}
    kind = "matrix" if seen.sheet.is_matrix else "records"
    found[f"op={operation}@{kind}"] = found[f"opsel={operation}/{one.selection.kind}"] = 1.0
    for cue in seen.cues:
        found[f"op={operation}&{cue}"] = 1.0
        found[f"sel={one.selection.kind}&{cue}"] = 1.0
    for bound in one.selection.bounds:
        found[f"bound={bound.sign}"] = 1.0
        for cue in seen.cues & {"more_than", "less_than", "since", "until", "between"}:
            found[f"bound={bound.sign}&{cue}"] = 1.0
    found |= _of_names(seen, one)
    found |= seen.once(("rows", id(one.selection), one.column), lambda: _of_rows(seen, one))
    told = one.columns or (() if one.column is None else (one.column,))
    found |= seen.once(("column", told), lambda: _of_names_of_columns(seen, "column", told))
    if one.by is not None:
        by = (one.by,)
        found |= seen.once(("by", by), lambda: _of_names_of_columns(seen, "by", by))
    found |= _of_columns(seen, one)
    found |= _of_coverage(seen, one)
    found |= _of_answer(seen, one)
    found |= seen.once(("parts", id(one.selection)), lambda: of_roles(seen.question, seen.link, seen.sheet, one))
    found |= role_features(seen.question, seen.link, seen.sheet, one)
    found |= standing(seen.link, seen.question.plain, one, taken(seen, one))
    return found


def _of_names(seen: Seen, one: Candidate) -> Features:
    """Whether what sounds like a computation is the name of a row or column: `total revenue`, `average price`."""
    sheet, told = seen.sheet, {*one.columns, *(column for column in (one.column, one.by) if column is not None)}
    rows = one.selection.rows if one.selection.kind in ("row", "either") and len(one.selection.rows) < 3 else ()
    names = " ".join([*(sheet.names[column] for column in told), *(sheet.path(row) for row in rows)])
    keys = [sheet.values[row][sheet.key].text for row in rows]
    rest = seen.rest(frozenset([*(sheet.names[column] for column in told), *keys]))
    found = {}
    for cue in MAY_BE_NAMED:
        if cue in seen.cues:
            state = "unnamed" if not CUES[cue].search(names) else "again" if CUES[cue].search(rest) else "named"
            found[f"{state}={cue}&{one.operation}"] = 1.0
    return found


def _of_rows(seen: Seen, one: Candidate) -> Features:
    selection, named = one.selection, seen.link.rows
    found: Features = {}
    kind = "matrix" if seen.sheet.is_matrix else "records"
    if selection.kind == "row" or (selection.kind == "either" and not selection.mentions):
        rows = list(selection.rows)
        found["row.similarity"] = 10 * float(named.similarity[rows].min())
        found[f"row.similarity@{kind}"] = 10 * float(named.similarity[rows].min())
        found["row.said"] = float(named.said[rows].min())
        found["row.covered"] = float(named.covered[rows].min())
        found[f"row.covered@{kind}"] = float(named.covered[rows].min())
        found["row.exact"] = float(named.exact[rows].min())
        found["row.key"] = min(float(seen.key_said[row]) for row in rows)
        found["row.best"] = float(seen.best_row in rows)
        found["row.behind"] = 10 * float(named.similarity.max() - named.similarity[rows].min())
        found["row.said.behind"] = float(named.said.max() - named.said[rows].min())
        found["row.covered.behind"] = float(named.covered.max() - named.covered[rows].min())
        found["row.better"] = min(5, int((named.scores > named.scores[rows].min()).sum())) / 5
        found["row.position"] = rows[0] / len(seen.sheet.values)
        is_total = float(any(row in seen.totals for row in rows))
        found["row.total"], found["row.total&total"] = is_total, is_total * ("total" in seen.cues)
    if selection.mentions:
        shares = [mention.share for mention in selection.mentions]
        found["mention.share"] = min(shares)
        found["mention.exact"] = float(all(mention.is_exact for mention in selection.mentions))
        found["mention.number"] = float(any(mention.is_number and not mention.words for mention in selection.mentions))
        found["mention.words"] = min(4, sum(len(mention.words) for mention in selection.mentions)) / 4
        found["mention.head"] = max(float(seen.link.columns.said[mention.column]) for mention in selection.mentions)
        found["mention.key"] = float(any(mention.column == seen.sheet.key for mention in selection.mentions))
        found["mention.target"] = float(any(mention.column == one.column for mention in selection.mentions))
        found["mention.likeness"] = 10 * max(float(seen.link.columns.similarity[m.column]) for m in selection.mentions)
    if selection.column is not None:
        found["bound.similarity"] = 10 * float(seen.link.columns.similarity[selection.column])
        found["bound.said"] = float(seen.link.columns.said[selection.column])
        found["bound.target"] = float(selection.column == one.column)
        found["bound.year"] = float(seen.sheet.years[selection.column] == bool(seen.years))
    found["rows.one"] = float(len(selection.rows) == 1)
    found["rows.share"] = len(selection.rows) / len(seen.sheet.values)
    return found


def _of_names_of_columns(seen: Seen, prefix: str, columns: tuple[int, ...]) -> Features:
    """How well the question names what is told, or what rows are compared by."""
    if not columns:
        return {}
    named, sheet, some = seen.link.columns, seen.sheet, list(columns)
    kind = "matrix" if sheet.is_matrix else "records"
    similarity, rest = 10 * float(named.similarity[some].min()), 10 * float(seen.link.by_rest[some].min())
    covered = float(named.covered[some].min())
    heads = frozenset().union(*(named.words[column] for column in some))
    return {
        f"{prefix}.similarity": similarity, f"{prefix}.similarity@{kind}": similarity,
        f"{prefix}.rest": rest, f"{prefix}.rest@{kind}": rest,
        f"{prefix}.behind": 10 * float(named.similarity.max()) - similarity,
        f"{prefix}.said.behind": float(named.said.max() - named.said[some].min()),
        f"{prefix}.covered.behind": float(named.covered.max()) - covered,
        f"{prefix}.said": float(named.said[some].min()),
        f"{prefix}.covered": covered, f"{prefix}.covered@{kind}": covered,
        f"{prefix}.exact": float(named.exact[some].min()),
        f"{prefix}.best": float(seen.best_column in some),
        f"{prefix}.key": float(sheet.key in some),
        f"{prefix}.position": min(some) / len(sheet.columns),
        f"{prefix}.head": float(bool(heads & seen.question.head)),
    }  # fmt: skip


def _of_columns(seen: Seen, one: Candidate) -> Features:
    sheet, found = seen.sheet, Features()
    told = one.columns or (() if one.column is None else (one.column,))
    if len(told) == 1 and one.operation in ("look_up", "most", "least", "first", "last", "commonest", "rarest"):
        kind = "date" if sheet.years[told[0]] else "number" if sheet.numeric[told[0]] else "text"
        for cue in seen.cues & KINDS.keys():
            found[f"type={kind}&{cue}"] = 1.0
        if not seen.cues & KINDS.keys():
            found[f"type={kind}&none"] = 1.0
    found["told.itself"] = float(is_itself(seen, one))
    if one.operation in TWO_CELLS and len(told) == 2:
        found["two.columns"] = 1.0
    return found | _of_stretch(seen, one)


def _of_stretch(seen: Seen, one: Candidate) -> Features:
    """Whether columns are all that the row has, or those of the years that are named; whether a change stands in the row."""
    found: Features = {}
    if len(one.columns) > 1:
        filled = [
            column for column in range(len(seen.sheet.columns)) if column != seen.sheet.key and seen.sheet.numeric[column]
        ]
        years = [{word for word in seen.link.columns.words[column] if word in seen.all_years} for column in one.columns]
        if all(years):
            same = frozenset().union(*years) == seen.question.period
            found[f"period={same if seen.question.period else 'none'}&{one.operation}"] = 1.0
        whole = len(one.columns) == len(filled)
        found[f"whole={whole}&{bool(seen.years)}&{one.operation}"] = 1.0
    rows = {row for row, _ in one.cells}
    if "change" in seen.cues and len(rows) == 1 and seen.changes:
        row = seen.sheet.values[next(iter(rows))]
        told = any(row[column].number is not None for column in seen.changes)
        found[f"change.told={told}&{one.operation}"] = 1.0
        if one.operation == "look_up":
            found["change.column"] = float(one.column in seen.changes)
    return found


def is_itself(seen: Seen, one: Candidate) -> bool:
    """Whether what is told is but the name or value by which the question names the row."""
    if one.operation != "look_up" or one.column is None:
        return False
    if one.selection.mentions:
        named = max(one.selection.mentions, key=lambda mention: mention.share)
        return one.selection.kind in ("cell", "cells") and named.column == one.column
    return one.selection.kind == "row" and one.column == seen.sheet.key and seen.key_said[one.selection.rows[0]] >= MOSTLY


def taken(seen: Seen, one: Candidate) -> frozenset[str]:
    """The words of the table that a reading takes up."""
    key = (id(one.selection), one.column, one.by, one.columns, one.operation in ("times", "day"))
    found = seen.words_taken.get(key)
    if found is None:
        found = seen.words_taken[key] = _taken(seen, one)
    return found


def _taken(seen: Seen, one: Candidate) -> frozenset[str]:
    columns = {*one.columns, *(column for column in (one.column, one.by, one.selection.column) if column is not None)}
    words = frozenset().union(*(seen.link.columns.words[column] for column in columns), one.selection.words)
    words |= frozenset().union(*(seen.link.columns.words[mention.column] for mention in one.selection.mentions))
    if one.selection.kind == "row" or (one.selection.kind == "either" and not one.selection.mentions):
        words |= frozenset().union(*(seen.link.rows.words[row] for row in one.selection.rows))
    if one.operation in ("times", "day"):
        words |= frozenset(f"{number:g}" for number in seen.question.numbers)
    return words


def _of_coverage(seen: Seen, one: Candidate) -> Features:
    words = taken(seen, one)
    telling = frozenset(seen.question.telling) | (seen.link.asked - seen.question.words)
    used = telling & words
    left = telling - words
    found = {
        "covered": seen.link.weight(used) / seen.telling,
        "left.known": seen.link.weight(left & seen.link.known) / seen.telling,
        "left.many": float(len(left & seen.link.known) > 1),
    }
    if seen.known_years:
        found["years.used"] = len(seen.known_years & words) / len(seen.known_years)
        years = {word for word in words if word.isdigit() and len(word) == 4 and word[:2] in ("19", "20")}
        found["years.other"] = float(bool(years - seen.years))
        if one.operation in TWO_CELLS:
            found[f"years.both&{one.operation}"] = float(len(seen.known_years & words) > 1)
    return found | _of_order(seen, one)


def _of_order(seen: Seen, one: Candidate) -> Features:
    """Of two cells, whether the first one is of the later year, or named first; and the sign of what comes out."""
    if one.operation not in TWO_CELLS or not isinstance(one.answers[0], float):
        return {}
    first, second = (_name(seen, one, cell) for cell in one.cells)
    found = {f"sign&{one.operation}": float(np.sign(one.answers[0]))}
    years = [
        max((int(word) for word in name.split() if word.isdigit() and len(word) == 4), default=0) for name in (first, second)
    ]
    if all(years) and years[0] != years[1]:
        found[f"later&{one.operation}"] = 1.0 if years[0] > years[1] else -1.0
    places = [_place(seen.question.plain, name) for name in (first, second)]
    if places[0] >= 0 <= places[1]:
        found[f"order&{one.operation}"] = 1.0 if places[0] < places[1] else -1.0
    if one.operation in ("ratio", "share"):
        found[f"part&{one.operation}"] = float(abs(one.answers[0]) < (1 if one.operation == "ratio" else 100))
        found[f"total&{one.operation}"] = float("total" in second or "合计" in second or "总计" in second)
    return found


def _name(seen: Seen, one: Candidate, cell: tuple[int, int]) -> str:
    same_row = len({row for row, _ in one.cells}) == 1
    return plain(seen.sheet.names[cell[1]] if same_row else seen.sheet.values[cell[0]][seen.sheet.key].text)


def _place(question: str, name: str) -> int:
    """Where the first telling word of a name stands in the question; -1 where none does."""
    places = [place for word in name.split() if len(word) > 2 and (place := question.find(word)) >= 0]
    return min(places, default=-1)


def _of_answer(seen: Seen, one: Candidate) -> Features:
    count = len(one.answers)
    size = "one" if count == 1 else "two" if count == 2 else "few" if count <= 5 else "many"
    found = {f"answers={size}": 1.0}
    for cue in seen.cues & {"list", "and", "or", "which", "who"}:
        found[f"answers={size}&{cue}"] = 1.0
    first = one.answers[0]
    if isinstance(first, str):
        flat = plain(first)
        is_said = bool(flat) and f" {flat} " in f" {seen.question.plain} "
        found["answer.said"] = float(is_said)
        found["answer.words"] = seen.link.share(first)
        value = read(first)
        kind = "date" if value.date else "percent" if value.unit == "%" else "number" if value.is_plain else "text"
        for cue in seen.cues & (KINDS.keys() | {"percent", "which"}):
            found[f"answer={kind}&{cue}"] = 1.0
        if "or" in seen.cues and is_said:
            found["answer.said&or"] = 1.0
    elif one.operation == "count":
        found["count.all"] = float(len(one.selection.rows) == len(seen.sheet.values))
    return found
