"""What similarities of an embedder mean, and thresholds that move with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from service.reading.similarity import SimilarityReader
from tests.fakes import HashingEmbedder
from youju.embedding.base import Embedder, Vectors
from youju.embedding.scale import E5_SMALL, PAIRS, SimilarityScale, measure_scale, scale_of


class Crowded(HashingEmbedder):
    """An embedder for which all texts are alike: the same directions, pushed together by a common one."""

    name = "crowded"

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        rows = super().embed_queries(texts)
        rows[:, 0] += 2.0
        crowded: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return crowded


class Named(HashingEmbedder):
    name = "multilingual-e5-small"


def test_no_sentence_of_the_sample_stands_in_two_pairs() -> None:
    assert len({sentence for pair in PAIRS for sentence in pair}) == 2 * len(PAIRS)


def test_the_scale_is_measured_for_all_but_the_bundled_embedder() -> None:
    plain, crowded = scale_of(HashingEmbedder()), scale_of(Crowded())
    assert 0 <= plain.unrelated < plain.paraphrase <= 1
    assert crowded.unrelated > plain.unrelated + 0.3
    assert scale_of(Named()) == E5_SMALL
    assert measure_scale(Named()) == plain


def test_shares_lie_between_the_ends() -> None:
    scale = SimilarityScale(0.2, 0.6)
    assert [scale.share(value) for value in (0.1, 0.2, 0.4, 0.6, 0.9)] == pytest.approx([0, 0, 0.5, 1, 1])


@pytest.mark.parametrize("embedder", [HashingEmbedder(), Crowded()], ids=lambda one: one.name)
def test_reading_by_similarity_tells_the_answer_from_the_rest_on_any_scale(embedder: Embedder) -> None:
    texts = ["The battery lasts 24 months.", "It is made of steel."]
    same, other = SimilarityReader(embedder).read("The battery lasts 24 months", [("", text) for text in texts])
    assert same.best > 0 > other.best
