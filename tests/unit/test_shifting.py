"""A question moved to where passages of another language are searched."""

from __future__ import annotations

import numpy as np
import pytest

from service.retrieval.shifting import lift_scale, moved
from youju.embedding.scale import BUNDLED
from youju.records import Language

QUERY = np.full(384, 384**-0.5, np.float32)


@pytest.mark.parametrize(("asked", "other"), [("zh", "en"), ("en", "zh")])
def test_only_in_the_other_language_and_of_length_one(asked: Language, other: Language) -> None:
    found = moved(BUNDLED, QUERY, asked)
    assert set(found) == {other}
    assert np.linalg.norm(found[other]) == pytest.approx(1.0, abs=1e-5)
    assert 0.2 < float(found[other] @ QUERY) < 0.999  # still the same question, elsewhere


def test_the_two_ways_differ() -> None:
    assert not np.allclose(moved(BUNDLED, QUERY, "zh")["en"], moved(BUNDLED, QUERY, "en")["zh"], atol=0.01)


def test_nothing_for_an_embedder_that_it_was_not_fitted_for() -> None:
    assert moved("another", QUERY, "zh") == {}
    assert moved(BUNDLED, QUERY[:12], "zh") == {}


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("zh", "zh"), ("zh", "en"), ("en", "zh")])
def test_what_widens_lifts_is_taken_back_in_order(asked: Language, language: Language) -> None:
    scale = lift_scale(BUNDLED, asked, language)
    assert scale.usual(0.1) < 0.1
    assert scale.usual(0.2) > scale.usual(0.1)


def test_lifts_of_another_embedder_stay() -> None:
    assert lift_scale("another", "zh", "en").usual(0.1) == 0.1
