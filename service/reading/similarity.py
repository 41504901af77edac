"""A reader without weights of its own: the sentences of a passage that the embedder finds nearest to the question.

For machines without the bundled embedder, and for tests. It knows what is near, not what answers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from service.reading.base import SPANS, Reading, Span
from youju.embedding.base import Embedder
from youju.embedding.scale import SimilarityScale, scale_of
from youju.text.language import sentences

NEAR, STEP = 1 / 2, 1 / 7  # of the way from unrelated to the same: what counts as zero, and what is worth one logit


class SimilarityReader:
    """A `Reader` over an embedder."""

    name = "similarity"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        spans = [sentences(text) for _, text in passages]
        texts = [text[start:end] for (_, text), found in zip(passages, spans, strict=True) for start, end in found]
        vectors = self._embedder.embed_queries([question, *texts])
        zero, logit = self._scale.unrelated + NEAR * self._scale.spread, STEP * self._scale.spread
        scores = iter(((vectors[1:] @ vectors[0] - zero) / logit).tolist())
        readings = []
        for found in spans:
            scored = sorted((Span(start, end, next(scores)) for start, end in found), key=lambda span: -span.score)
            readings.append(Reading(tuple(scored[:SPANS]), scored[0].score if scored else -zero / logit))
        return readings

    @functools.cached_property
    def _scale(self) -> SimilarityScale:
        return scale_of(self._embedder)
