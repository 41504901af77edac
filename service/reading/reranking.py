"""The order of candidates once they have been read: retrieval and reader together, within each language.

Retrieval knows what a passage is about, the reader whether it answers; each alone puts some passages first that the other would
not. The sum of their scores, each with its own weight, is fitted in docs/decisions/0020. Readers that were not measured
change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


WEIGHTS = {"e5-small-reader": Weights(span=0.001, answerable=0.004)}


def reranked(pairs: Sequence[Pair], reader: str, asked: Language, limit: int) -> list[Pair]:
    """The best `limit` of the passages read, those of each language best first (see `interleaved`)."""
    weights = WEIGHTS.get(reader)
    if weights is None:
        return list(pairs[:limit])
    ordered = sorted(pairs, key=weights.score, reverse=True)
    own = [pair for pair in ordered if pair[0].language == asked]
    return interleaved(own, [pair for pair in ordered if pair[0].language != asked], limit)
