"""Which of its readings a question means: a log-linear model over their features, and how sure it is.

Fitted by `python -m training.fit_tables`; the weights are in `weights.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from service.tables.asking import Asked, asked
from service.tables.completeness import is_complete
from service.tables.contents import is_of_contents
from service.tables.features import Seen, features, taken
from service.tables.gaps import gaps_of, said_of_name
from service.tables.linking import Link, Linker
from service.tables.operations import candidates, is_echo
from service.tables.options import Option, options
from service.tables.reading import TARGETS, Candidate, answer_key
from service.tables.role_features import Features
from service.tables.sheet import Sheet

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
    "way=against kind.any mention.exact mention.number count.all answer.said column.head column.best row.best "
    "complete complete@read complete@counted complete@chosen complete@computed row.better row.said.behind column.said.behind "
    "years.used years.other told.itself mention.share mention.target bounds.used mention.left mention.left.number cell.best "
    "cell.row.behind cell.column.behind told.behind".split()
)
PLAIN = ("share_of_all", *TARGETS)  # made only where a question asks for them in so many words
# What is left or named counts otherwise for each kind of operation and of rows.
CROSSED = ("covered", "left.known", "left.many", "mention.left", "mention.left.number", "column.said", "column.behind")
STATIC = "sure."  # before the names of `static_signs`
COMPUTED = "computed"
READINGS = 30  # the best ones, among which another that says the same is looked for
WEIGHTS = Path(__file__).with_name("weights.json")


@dataclass(frozen=True)
class Choice:
    """The best reading of a question in a table.

    `share` is the weight of all readings that give its answer, `signs` what its confidence is made of, `options` the readings
    with the likeliest answers, `gaps` what the question names and it does not take up (see `gaps_of`); `held` the telling words
    of the question that the table has anywhere, `titled` those of its title or document; `is_complete` if a comparison leaves
    none of them.
    """

    sheet: Sheet
    question: Asked
    best: Candidate
    share: float
    signs: Features
    confidence: float
    options: tuple[Option, ...] = ()
    gaps: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    titled: frozenset[str] = frozenset()
    is_complete: bool = False


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
    found = possible(what, link, sheet)
    if not found:
        return None
    return chosen(seen, found, scores_of(seen, found, weights()["readings"]))


def possible(question: Asked, link: Link, sheet: Sheet) -> list[Candidate]:
    """The readings among which one is chosen."""
    found = candidates(question, link, sheet)
    plainly = [one for one in found if one.operation in PLAIN or is_of_contents(question, sheet, one)]
    return plainly or [one for one in found if not is_echo(question, one)] or found


def scores_of(seen: Seen, found: Sequence[Candidate], of: Mapping[str, float]) -> np.ndarray:
    return np.array([sum(of.get(name, 0.0) * value for name, value in described(seen, one).items()) for one in found])


def described(seen: Seen, one: Candidate) -> Features:
    """All that speaks for a reading, and what it leaves open."""
    found, group = features(seen, one), GROUPS.get(one.operation, COMPUTED)
    for gap in gaps_of(seen, one) - {"absent"}:
        found[f"gap={gap}"] = found[f"gap={gap}@{group}"] = 1.0
    if is_complete(seen, one):
        found["complete"] = found[f"complete@{group}"] = 1.0
    kind = one.selection.kind
    for name in CROSSED:
        if value := found.get(name, 0.0):
            found[f"{name}@{group}"] = found[f"{name}@{kind}"] = value
    return found


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
    if found[of_best].operation == "distinct":  # said more plainly as a number of rows, where that is the same
        rows = found[of_best].selection.rows
        of_best = next(
            (
                at
                for at, one in enumerate(found)
                if one.operation == "count" and one.selection.rows == rows and keys[at] == best
            ),
            of_best,
        )
    of_best = _said_better(seen, found, [of_best, *(int(at) for at in order[:READINGS] if keys[int(at)] == best)])
    signs = confidence_signs(seen, found[of_best], mass, best)
    telling = frozenset(seen.question.telling)
    return Choice(
        seen.sheet, seen.question, found[of_best], mass[best], signs, confidence(signs), tuple(options(seen, found, scores)),
        gaps_of(seen, found[of_best]), telling & (seen.link.known | seen.title_words | taken(seen, found[of_best])),
        telling & (seen.title_words | seen.link.columns.words[seen.sheet.key]),
        is_complete(seen, found[of_best]),
    )  # fmt: skip


def _said_better(seen: Seen, found: Sequence[Candidate], same: Sequence[int]) -> int:
    """Of readings that say the same the first; where that is a row without a name, a total, the sum of the rows instead."""
    first = found[same[0]].selection
    if first.kind != "row" or seen.sheet.values[first.rows[0]][seen.sheet.key].text:
        return same[0]
    return next((at for at in same[1:] if found[at].operation == "sum" and not gaps_of(seen, found[at])), same[0])


def static_signs(seen: Seen, one: Candidate) -> Features:
    """What tells whether a reading is right, in this table or in any, beside its weight."""
    telling = frozenset(seen.question.telling)
    words = taken(seen, one)
    about = telling & (words | seen.title_words)
    elsewhere = telling - about
    unknown = min(len(elsewhere - seen.link.known), 5) / 5
    key = float(np.mean([seen.key_said[row] for row in one.selection.rows]))
    group = GROUPS.get(one.operation, COMPUTED)
    return {
        "covered": seen.link.weight(about) / seen.telling,
        "left": min(len(elsewhere), 5) / 5,
        "left.known": min(len(elsewhere & seen.link.known), 3) / 3,
        "left.unknown": unknown,
        "left.unknown&key": unknown * key,
        "unkeyed": 1 - key,
        f"op={group}": 1.0,
        "years": float(bool(seen.years - words - seen.title_words)),
        "matrix": float(seen.sheet.is_matrix),
        "column.said": 0.0 if one.column is None else float(seen.link.columns.said[one.column]),
        "column.likeness": 0.0 if one.column is None else 10 * float(seen.link.columns.similarity[one.column]),
        "column.none": float(one.column is None),
        "row.said": said_of_name(seen, one),
        "row.none": float(one.selection.kind == "all"),
        "row.likeness": 10 * float(seen.link.rows.similarity[list(one.selection.rows)].max()),
        "cells": math.log(1 + len(seen.sheet.values) * len(seen.sheet.columns)),
    }


def share_signs(share: float, second: float, group: str) -> Features:
    """What the weight of an answer tells, and that of the second best."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    odds = math.log(share / (1 - share))
    return {"bias": 1.0, "share": odds, "margin": math.log(share / max(second, 1e-6)), f"share@{group}": odds}


def is_telling(name: str) -> bool:
    """Whether what speaks for a reading also tells whether the best one is right."""
    return name in TELLING or name.startswith("gap=")


def confidence_signs(seen: Seen, one: Candidate, mass: dict[tuple[object, ...], float], best: tuple[object, ...]) -> Features:
    """What tells whether the best reading is right."""
    second = max((share for key, share in mass.items() if key != best), default=0.0)
    of_share = share_signs(mass[best], second, GROUPS.get(one.operation, COMPUTED))
    telling = {name: value for name, value in described(seen, one).items() if is_telling(name)}
    return of_share | {STATIC + name: value for name, value in static_signs(seen, one).items()} | telling


def confidence(signs: Features) -> float:
    """How likely the best reading is right."""
    of = weights()["confidence"]
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(of.get(name, 0.0) * value for name, value in signs.items())))))
