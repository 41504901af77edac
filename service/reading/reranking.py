"""The order of candidates once they have been read: retrieval and reader together, within each language.

Retrieval knows what a passage is about, the reader whether it answers; each alone puts some passages first that the other would
not. The sum of their scores, each with its own weight, is fitted in docs/decisions/0020. Readers that were not measured
change nothing. A cross-encoder that only ranks counts more than both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.reading.base import Reading
from service.retrieval.interleaving import interleaved
from youju.records import Language, Passage

CANDIDATES = 40  # read for a question by a gate that was fitted on as many
LEAST = -12.0  # the score of the best span where there is none

Pair = tuple[Passage, Reading]


@dataclass(frozen=True)
class Weights:
    """What a logit of the reader counts beside a score of retrieval: of the best span, and of the passage holding an answer."""

    span: float
    answerable: float

    def score(self, pair: Pair) -> float:
        passage, reading = pair
        return passage.scores.fused + self.span * max(reading.best, LEAST) + self.answerable * reading.answerable


WEIGHTS = {"e5-small-reader": Weights(span=0.001, answerable=0.01)}
RELEVANCE = 2.0  # what a cross-encoder that only ranks counts beside all that, both in standard deviations of the candidates


def reranked(pairs: Sequence[Pair], reader: str, asked: Language, limit: int) -> list[Pair]:
    """The best `limit` of the passages read, those of each language best first (see `interleaved`)."""
    weights = WEIGHTS.get(reader)
    relevance = [reading.relevance for _, reading in pairs if reading.relevance is not None]
    if len(relevance) == len(pairs):
        before = [(weights or Weights(0.0, 0.0)).score(pair) for pair in pairs]
        scores = standardised(before) + RELEVANCE * standardised(relevance)
        ordered = [pairs[place] for place in np.argsort(-scores, kind="stable")]
    elif weights is None:
        return list(pairs[:limit])
    else:
        ordered = sorted(pairs, key=weights.score, reverse=True)
    own = [pair for pair in ordered if pair[0].language == asked]
    return interleaved(own, [pair for pair in ordered if pair[0].language != asked], limit)


def standardised(scores: Sequence[float]) -> npt.NDArray[np.float64]:
    """How many standard deviations each is above the mean; shape (len(scores),)."""
    values = np.asarray(scores, np.float64)
    spread = values.std() if len(values) else 0.0
    return (values - values.mean()) / spread if spread else np.zeros(len(values))
