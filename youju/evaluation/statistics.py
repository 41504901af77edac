"""How sure a figure is: intervals, tests and curves over many questions. Knows nothing of texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

SEED = 20261123
RESAMPLES = 2000
CELLS = 4_000_000  # drawn at once, so that memory stays bounded (32 MB)


class Interval(BaseModel):
    """A mean over `n` values and the bounds of its interval."""

    model_config = ConfigDict(frozen=True)

    mean: float
    low: float
    high: float
    n: int


def bootstrap(values: Sequence[float], level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED) -> Interval | None:
    """The mean and its percentile bootstrap interval (Efron 1979); None without values. The same values give the same one."""
    sample = np.asarray(values, np.float64)
    if not sample.size:
        return None
    random, rows = np.random.default_rng(seed), max(1, CELLS // sample.size)
    means = np.concatenate(
        [
            sample[random.integers(0, sample.size, (min(rows, resamples - done), sample.size))].mean(axis=1)
            for done in range(0, resamples, rows)
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(mean=float(sample.mean()), low=float(low), high=float(high), n=int(sample.size))


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided p of the exact McNemar test: that as many questions change one way as the other.

    `only_first` and `only_second` count the pairs that differ. Under the null each of them falls either way like a coin, so
    p is twice the smaller tail of Binomial(n, 1/2), at most 1 (McNemar 1947, in its exact form).
    """
    differing, smaller = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(differing, count) for count in range(smaller + 1))
    return min(1.0, 2 * tail / (1 << differing))


@dataclass(frozen=True)
class RiskPoint:
    """What would be answered if only confidences of at least `threshold` were.

    `coverage`: share of the answerable questions answered; `false_answers`: share of the unanswerable ones answered;
    `error`: share of wrong ones among all that are answered.
    """

    threshold: float
    coverage: float
    false_answers: float
    error: float


def risk_coverage(
    confidence: Sequence[float], answerable: Sequence[bool], right: Sequence[bool], answered: Sequence[bool] | None = None
) -> list[RiskPoint]:
    """A point for each different confidence, highest first: coverage and false answers never fall.

    `answered`: which questions have an answer at all (default: each); without one, no threshold lets it out.
    """
    sure, can = np.asarray(confidence, np.float64), np.asarray(answerable, bool)
    out = np.ones(sure.size, bool) if answered is None else np.asarray(answered, bool)
    good = np.asarray(right, bool) & can & out
    points = []
    for threshold in np.unique(sure[out])[::-1]:
        taken = out & (sure >= threshold)
        points.append(
            RiskPoint(float(threshold), _share(taken, can), _share(taken, ~can), 1.0 - float(good[taken].sum() / taken.sum()))
        )
    return points


def _share(taken: npt.NDArray[np.bool_], of: npt.NDArray[np.bool_]) -> float:
    return float(taken[of].mean()) if of.any() else 0.0


def area(points: Sequence[RiskPoint]) -> float | None:
    """Mean error over the coverages reached: the area under the steps of error over coverage, by the largest coverage.

    0 is best: nothing wrong is answered. None where no answerable question is answered. (The AURC of Geifman, Uziel and
    El-Yaniv 2019, with the coverage of answerable questions.)
    """
    if not points or not points[-1].coverage:
        return None
    before = [0.0, *(point.coverage for point in points)]
    steps = sum((point.coverage - last) * point.error for point, last in zip(points, before, strict=False))
    return steps / points[-1].coverage


def roc_auc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Chance that a positive one has a higher score than a negative one, ties counting half (Mann and Whitney 1947).

    None where either kind is missing.
    """
    values, wanted = np.asarray(scores, np.float64), np.asarray(positive, bool)
    positives, negatives = int(wanted.sum()), int((~wanted).sum())
    if not positives or not negatives:
        return None
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2  # of equal values the mean of their ranks, from 1
    total = float(mean_ranks[places][wanted].sum())
    return (total - positives * (positives + 1) / 2) / (positives * negatives)
