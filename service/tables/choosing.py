"""Which of its readings a question means: a log-linear model over their features, and how sure it is.

Fitted by `python -m training.fit_tables`; the weights are in `weights.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from service.tables.asking import Asked, asked
from service.tables.features import Seen, features, taken
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.reading import Answer, Candidate
from service.tables.role_features import Features
from service.tables.roles import bounds
from service.tables.sheet import Sheet
from service.tables.values import plain

IN_CELLS = ("look_up", "along_most", "along_least", "along_over", "along_under", "along_list", "along_names")
LEAST_SAID = 0.5  # share of the name of a row, by weight, that a question must have
FEWEST_NUMBER = 10  # smaller ones are ranks, and parts of names
GROUPS = {
    operation: group
    for group, operations in {
        "read": "look_up along_list along_names",
        "counted": "count distinct items count_difference along_count",
        "chosen": "most least first last commonest rarest along_most along_least along_over along_under whether",
    }.items()
    for operation in operations.split()
}
# Of what speaks for a reading that which also tells whether the best one is right.
TELLING = frozenset(
    "bounds.unused=numbers bounds.unused=years unused=next unused=previous unused=except superlative.near superlative.hint "
    "way=against kind.any mention.exact mention.number count.all answer.said column.head column.best row.best".split()
)
WEIGHTS = Path(__file__).with_name("weights.json")


@dataclass(frozen=True)
class Choice:
    """The best reading of a question in a table. `share` is the weight of all readings that give its answer, `signs` what its
    confidence is made of, `gaps` what the question names and it does not take up (see `gaps_of`); `held` the telling words of
    the question that the table has anywhere, `titled` those of its title or document."""

    sheet: Sheet
    question: Asked
    best: Candidate
    share: float
    signs: Features
    confidence: float
    others: tuple[Candidate, ...] = ()
    gaps: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    titled: frozenset[str] = frozenset()


@cache
def weights() -> dict[str, dict[str, float]]:
    """`readings`: feature -> weight; `confidence`: sign -> weight."""
    found: dict[str, dict[str, float]] = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return found


def choose(linker: Linker, question: str, sheet: Sheet) -> Choice | None:
    """None where the table gives nothing at all."""
    if not sheet.is_table:
        return None
    what = asked(question)
    link = linker.link(what, sheet)
    seen = Seen.of(what, link, sheet)
    found = candidates(what, link, sheet)
    if not found:
        return None
    of = weights()["readings"]
    scores = np.array([sum(of.get(name, 0.0) * value for name, value in features(seen, one).items()) for one in found])
    return chosen(seen, found, scores)


def chosen(seen: Seen, found: Sequence[Candidate], scores: np.ndarray) -> Choice:
    """The answer that most weight falls on, in its best reading."""
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    mass: dict[tuple[object, ...], float] = {}
    keys = [answer_key(one.answers) for one in found]
    for key, share in zip(keys, shares, strict=True):
        mass[key] = mass.get(key, 0.0) + float(share)
    best = max(mass, key=lambda key: mass[key])
    order = np.argsort(-scores, kind="stable")
    of_best = next(int(at) for at in order if keys[int(at)] == best)
    signs = confidence_signs(seen, found[of_best], mass, best)
    others = [found[int(at)] for at in order[:30] if keys[int(at)] != best]
    telling = frozenset(seen.question.telling)
    return Choice(
        seen.sheet, seen.question, found[of_best], mass[best], signs, confidence(signs), tuple(others[:5]),
        gaps_of(seen, found[of_best]), telling & (seen.link.known | seen.title_words), telling & seen.title_words,
    )  # fmt: skip


def answer_key(answers: Sequence[Answer]) -> tuple[object, ...]:
    """Equal for answers that say the same, in whatever order."""
    return tuple(sorted(f"{answer:.6g}" if isinstance(answer, float) else plain(answer) or answer for answer in answers))


def gaps_of(seen: Seen, one: Candidate) -> frozenset[str]:
    """What a question names and a reading does not take up: a `year`, where the table tells years; a `number`; the `row`, of
    whose name too little is said; the `column`, of whose name nothing is said."""
    words = taken(seen, one) | seen.title_words
    found = set()
    tells_years = bool(seen.all_years) or any(seen.sheet.years) or bool(seen.known_years)
    if tells_years and seen.years - words - {str(number)[:4] for number in _bounds(seen, one)}:
        found.add("year")
    used = {mention.text for mention in one.selection.mentions}
    numbers = {f"{number:g}" for number in seen.question.numbers if number >= FEWEST_NUMBER and f"{number:g}" not in seen.years}
    if numbers - words - used - {f"{number:g}" for number in _bounds(seen, one)} and not one.selection.bounds:
        found.add("number")
    if one.operation in IN_CELLS:
        if _said(seen, one) < LEAST_SAID:
            found.add("row")
        if one.column is not None and not seen.link.columns.said[one.column]:
            found.add("column")
    return frozenset(found)


def _bounds(seen: Seen, one: Candidate) -> tuple[float, ...]:
    """The numbers that a reading takes as bounds."""
    is_beyond = one.operation in ("along_over", "along_under", "along_count", "whether")
    taken_up = bounds(seen.question.plain) if is_beyond else one.selection.bounds
    return tuple(number for bound in taken_up for number in (bound.number, bound.last))


def confidence_signs(seen: Seen, one: Candidate, mass: dict[tuple[object, ...], float], best: tuple[object, ...]) -> Features:
    """What tells whether the best reading is right, in this table or in any."""
    second = max((share for key, share in mass.items() if key != best), default=0.0)
    telling = frozenset(seen.question.telling)
    words = taken(seen, one)
    about = telling & (words | seen.title_words)
    elsewhere = telling - about
    unknown = min(len(elsewhere - seen.link.known), 5) / 5
    key = float(np.mean([seen.key_said[row] for row in one.selection.rows]))
    group = GROUPS.get(one.operation, "computed")
    share = min(max(mass[best], 1e-6), 1 - 1e-6)
    return {
        "bias": 1.0,
        "share": math.log(share / (1 - share)),
        "margin": math.log(share / max(second, 1e-6)),
        "covered": seen.link.weight(about) / seen.telling,
        "left": min(len(elsewhere), 5) / 5,
        "left.known": min(len(elsewhere & seen.link.known), 3) / 3,
        "left.unknown": unknown,
        "left.unknown&key": unknown * key,
        "unkeyed": 1 - key,
        f"op={group}": 1.0,
        f"share@{group}": math.log(share / (1 - share)),
        "years": float(bool(seen.years - words - seen.title_words)),
        "matrix": float(seen.sheet.is_matrix),
        "column.said": 0.0 if one.column is None else float(seen.link.columns.said[one.column]),
        "column.likeness": 0.0 if one.column is None else 10 * float(seen.link.columns.similarity[one.column]),
        "column.none": float(one.column is None),
        "row.said": _said(seen, one),
        "row.none": float(one.selection.kind == "all"),
        "row.likeness": 10 * float(seen.link.rows.similarity[list(one.selection.rows)].max()),
        "cells": math.log(1 + len(seen.sheet.values) * len(seen.sheet.columns)),
    } | {name: value for name, value in features(seen, one).items() if name in TELLING}  # fmt: skip


def _said(seen: Seen, one: Candidate) -> float:
    """How much of the name of the row, or of the value that tells the rows, the question says."""
    if one.selection.mentions:
        return min(mention.share for mention in one.selection.mentions)
    if one.selection.kind in ("row", "either"):
        return min(seen.key_said[row] for row in one.selection.rows)
    return 1.0


def confidence(signs: Features) -> float:
    of = weights()["confidence"]
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(of.get(name, 0.0) * value for name, value in signs.items())))))
