"""Fit which sentence of the passages answers: `python -m training.fit_sentence_selection ROWS.jsonl`.

ROWS are what `training.fit_self_evaluation` keeps of questions asked: of each sentence of the passages what speaks for it
(`service.grounding.selection.signals`) and whether it gives an accepted answer. The weights are those of a softmax over the
sentences of one question, the likelihood being that of all right ones together (a listwise loss: Cao et al. 2007,
https://doi.org/10.1145/1273496.1273513). Printed are they, for `service/grounding/selection.json`, and how often a right
sentence is among the first, by weights that were fitted to the other questions.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.grounding.selection import SIGNALS

FOLDS = 5
PENALTY = 1.0  # of the squared weights, signals standardised, against the sum of the losses
FIRST = (1, 2, 3, 4)

Floats = npt.NDArray[np.float64]
Question = tuple[Floats, npt.NDArray[np.bool_]]
"""Of the sentences of one question the signals, shape (sentences, signals), and which of them are right."""


def fit(questions: Sequence[Question]) -> Floats:
    """The weights of the signals as they are; shape (signals,)."""
    from scipy.optimize import minimize

    scale = np.concatenate([values for values, _ in questions]).std(axis=0) + 1e-9

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = PENALTY * float(weights @ weights) / 2, PENALTY * weights
        for values, right in questions:
            scores = values / scale @ weights
            likely = np.exp(scores - scores.max())
            likely /= likely.sum()
            share = float(likely[right].sum())
            total -= np.log(share)
            slope = slope + (likely - np.where(right, likely / share, 0.0)) @ (values / scale)
        return total, slope

    found = minimize(loss, np.zeros(len(SIGNALS)), jac=True, method="L-BFGS-B").x
    return np.asarray(found / scale, np.float64)


def held_out(questions: Sequence[Question]) -> dict[int, float]:
    """How often a right sentence is among the first n, by a fit to the other questions."""
    places = []
    for fold in range(FOLDS):
        weights = fit([one for place, one in enumerate(questions) if place % FOLDS != fold])
        for values, right in questions[fold::FOLDS]:
            places.append(int(np.flatnonzero(right[np.argsort(-(values @ weights), kind="stable")])[0]))
    return {first: round(float(np.mean(np.array(places) < first)), 3) for first in FIRST}


def load(path: Path) -> list[Question]:
    """The questions of a file of rows that have a right sentence among others."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    tables = (np.array(row["sentences"], np.float64) for row in rows if len(row["sentences"]) > 1)
    questions = ((table[:, :-1], table[:, -1] > 0) for table in tables)
    return [(values, right) for values, right in questions if right.any()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=Path, help="what `training.fit_self_evaluation` kept")
    questions = load(parser.parse_args().rows)
    print(f"{len(questions)} questions; a right sentence is among the first {held_out(questions)}")
    print(json.dumps({"weights": dict(zip(SIGNALS, fit(questions).round(3).tolist(), strict=True))}, indent=1))


if __name__ == "__main__":
    main()
