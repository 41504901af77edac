"""Fit how questions about tables are read: `python -m training.fit_tables ../shared/data/tables --rows FOLDER`.

From questions whose answers are known but not how they come about: of all readings of a question in its table
(`service.tables.operations`) those that give the answer share the likelihood (Pasupat and Liang 2015,
https://arxiv.org/abs/1508.00305). Fitted on WikiTableQuestions' training part, every second table of TAT-QA's development part,
look-ups made by rule in those tables, made Chinese tables and made tables of offices; AIT-QA and the other halves are left for
measuring.

Confidence is fitted on the answers of all of them, each as weighed by readings that were fitted without its table; questions
asked of a table that does not answer them too: there nothing is right. Writes `service/tables/weights.json`. `--left-out` fits
without a kind of tables and tells how well it is read then.
"""

from __future__ import annotations

import argparse
import json
import math
import time
import zlib
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from service.tables.choosing import COMPUTED, GROUPS, STATIC, WEIGHTS, is_telling, share_signs
from service.tables.role_features import Features
from training.table_rows import Rows, gathered
from youju.embedding.factory import make_embedder
from youju.settings import load_settings

PENALTY, CONFIDENCE_PENALTY = 2e-4, 1e-3
STEPS = 160
FEWEST = 20  # readings that have a feature, below which it is left out
ABSENT_WEIGHT = 0.25  # of a question asked of a table that does not answer it, in the fit of confidence
THRESHOLDS = (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)
FOLDS = 3
TABLES = 800  # of WikiTableQuestions' 1,679
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sign:
    """What the confidence in the best answer of a question is made of, and whether it is right."""

    found: Features
    right: bool
    is_own: bool
    source: str


def fit_readings(rows: Rows, used: Sequence[int]) -> Features:
    """
    Args:
        used: the questions that are fitted on.
    """
    whole, names, starts = rows.matrix(), list(rows.names), rows.starts()
    right = np.array(rows.right, float)
    asked = [at for at in used if right[starts[at] : starts[at + 1]].any()]
    places = np.concatenate([np.arange(starts[at], starts[at + 1]) for at in asked])
    matrix = whole[places]
    kept = np.asarray(matrix.getnnz(axis=0)) >= FEWEST
    kept &= np.array([not name.startswith(STATIC) for name in names])
    names = [name for name, is_kept in zip(names, kept, strict=True) if is_kept]
    matrix, right = matrix[:, kept], right[places]
    counts = [rows.questions[at].count for at in asked]
    firsts, case_of = np.concatenate([[0], np.cumsum(counts)[:-1]]), np.repeat(np.arange(len(asked)), counts)
    across, share = matrix.T.tocsr(), shares([rows.questions[at].source for at in asked])

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = (matrix @ weights.astype(np.float32)).astype(float)
        parts = np.exp(scores - np.maximum.reduceat(scores, firsts)[case_of])
        whole, held = np.add.reduceat(parts, firsts), np.add.reduceat(parts * right, firsts) + 1e-30
        slope = share[case_of] * (parts / whole[case_of] - parts * right / held[case_of])
        value = float(share @ (np.log(whole) - np.log(held)) + PENALTY * weights @ weights)
        return value, np.asarray(across @ slope.astype(np.float32)) + 2 * PENALTY * weights

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    print(f"{len(asked)} questions, {len(names)} features, loss {fitted.fun:.4f}", flush=True)
    return {name: round(float(weight), 4) for name, weight in zip(names, fitted.x, strict=True) if abs(weight) > 1e-3}


def shares(sources: Sequence[Hashable]) -> Floats:
    """How much each question counts: those of a source that has four times as many half as much each."""
    counts = Counter(sources)
    found = np.array([1 / math.sqrt(counts[source]) for source in sources])
    whole: Floats = found / found.sum()
    return whole


def fold_of(table: str) -> int:
    return zlib.crc32(table.encode()) % FOLDS


def signs(rows: Rows, weights: Features, asked: Sequence[int]) -> Iterator[Sign]:
    """Of each of some questions."""
    matrix, names, starts = rows.matrix(), list(rows.names), rows.starts()
    scores = matrix @ np.array([weights.get(name, 0.0) for name in names], np.float32)
    answers = np.array(rows.answer)
    for at in asked:
        first, last = int(starts[at]), int(starts[at + 1])
        if first == last:
            continue
        some = scores[first:last].astype(float)
        shares = np.exp(some - some.max())
        mass = np.bincount(answers[first:last], shares / shares.sum())
        best = int(mass.argmax())
        row = first + int(np.where(answers[first:last] == best, some, -np.inf).argmax())
        found = {names[place]: float(value) for place, value in zip(*_held(matrix, row), strict=True)}
        group = next((name for name in {*GROUPS.values(), COMPUTED} if f"{STATIC}op={name}" in found), COMPUTED)
        telling = {name: value for name, value in found.items() if name.startswith(STATIC) or is_telling(name)}
        second = max((float(one) for answer, one in enumerate(mass) if answer != best), default=0.0)
        one = rows.questions[at]
        yield Sign(share_signs(float(mass[best]), second, group) | telling, rows.right[row], one.is_own, one.source)


def _held(matrix: object, row: int) -> tuple[Sequence[int], Sequence[float]]:
    """Places and values of a row of a sparse matrix."""
    first, last = matrix.indptr[row : row + 2]  # type: ignore[attr-defined]
    return matrix.indices[first:last], matrix.data[first:last]  # type: ignore[attr-defined]


def fit_confidence(rows: Sequence[Sign]) -> Features:
    names = sorted({name for one in rows for name in one.found})
    values = np.array([[one.found.get(name, 0.0) for name in names] for one in rows])
    right = np.array([one.right for one in rows], float)
    share = shares([(one.source, one.is_own) for one in rows]) * [1.0 if one.is_own else ABSENT_WEIGHT for one in rows]
    share /= share.sum()

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = values @ weights
        likely = 1 / (1 + np.exp(-scores))
        value = float(share @ (np.logaddexp(0, scores) - right * scores) + CONFIDENCE_PENALTY * weights @ weights)
        return value, values.T @ (share * (likely - right)) + 2 * CONFIDENCE_PENALTY * weights

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    print(f"confidence: {len(rows)} answers, loss {fitted.fun:.4f}")
    return {name: round(float(weight), 4) for name, weight in zip(names, fitted.x, strict=True)}


def tell(rows: Sequence[Sign], weights: Features) -> None:
    """Of held-out questions of each source the share that is right first; from each confidence on the share right, wrong, and
    of those asked of a table that does not answer them the share that is answered. Gaps keep more from being said."""
    for source in dict.fromkeys(one.source for one in rows):
        some = [one for one in rows if one.source == source]
        likely = [1 / (1 + math.exp(-sum(weights.get(n, 0.0) * v for n, v in one.found.items()))) for one in some]
        own = sum(one.is_own for one in some)
        print(f"{source}: {own} questions, first {sum(one.right for one in some) / own:.3f}")
        for least in THRESHOLDS:
            said = [one for one, sure in zip(some, likely, strict=True) if sure >= least]
            right, wrong = (sum(one.is_own and one.right == kind for one in said) for kind in (True, False))
            absent = sum(not one.is_own for one in said) / max(1, len(some) - own)
            print(f"  from {least:.2f}: right {right / own:.3f}, wrong {wrong / own:.3f}; of others {absent:.3f}")


def fit(rows: Rows, left_out: str = "") -> dict[str, Features]:
    """The weights of readings and of the signs of confidence.

    Args:
        left_out: a source that is not fitted on.
    """
    every = [at for at, one in enumerate(rows.questions) if one.source != left_out]
    fold = [fold_of(one.table) for one in rows.questions]
    held: list[Sign] = []
    for part in range(FOLDS):
        weights = fit_readings(rows, [at for at in every if fold[at] != part])
        held += signs(rows, weights, [at for at in every if fold[at] == part])
    found = {"readings": fit_readings(rows, every), "confidence": fit_confidence(held)}
    tell(held, found["confidence"])
    if left_out:
        others = [at for at, one in enumerate(rows.questions) if one.source == left_out]
        tell(list(signs(rows, found["readings"], others)), found["confidence"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--wikitables", type=int, default=TABLES, help="tables of WikiTableQuestions")
    parser.add_argument("--rows", type=Path, help="where what questions are made of is kept and taken from")
    parser.add_argument("--only", default="", help="gather the parts whose names begin so, and fit nothing")
    parser.add_argument("--left-out", default="", help="a source to fit without: wikitables, reports, chinese or office")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    told = parser.parse_args()
    started, rows = time.time(), Rows()
    for some in gathered(told.data, told.wikitables, make_embedder(load_settings()), told.rows, told.only):
        rows.join(some)
    if not told.only:
        told.out.write_text(json.dumps(fit(rows, told.left_out), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{time.time() - started:.0f} s")


if __name__ == "__main__":
    main()
