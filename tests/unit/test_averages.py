"""Average vectors: kept up with changes, they are what a fresh sum would give."""

from __future__ import annotations

from typing import get_args

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from youju.embedding.base import Vectors
from youju.index.base.averages import PRIOR_PASSAGES, VectorSums, averages_within
from youju.records import Language

DIMENSION = 8
LANGUAGES: tuple[Language, ...] = get_args(Language)
NEAR_ENOUGH = 1e-6


def unit_vectors(seed: int, count: int) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def plain_averages(held: list[tuple[Language, Vectors]]) -> dict[Language, Vectors]:
    """As `averages_within` says, from all vectors at once."""
    by_language = {
        language: np.concatenate([rows for other, rows in held if other == language])
        for language in {language for language, rows in held if len(rows)}
    }
    if not by_language:
        return {}
    overall = np.concatenate(list(by_language.values())).mean(axis=0, dtype=np.float64)
    return {
        language: (rows.sum(axis=0, dtype=np.float64) + PRIOR_PASSAGES * overall) / (len(rows) + PRIOR_PASSAGES)
        for language, rows in by_language.items()
    }


def assert_same(found: dict[Language, Vectors], expected: dict[Language, Vectors]) -> None:
    assert set(found) == set(expected)
    for language, average in found.items():
        assert np.abs(average - expected[language]).max() <= NEAR_ENOUGH


Held = list[tuple[Language, str, Vectors]]
CHANGES = st.tuples(st.sampled_from(LANGUAGES), st.sampled_from("ab"), st.integers(0, 2**32 - 1), st.integers(0, 5))


def assert_as_if_summed_anew(sums: dict[Language, VectorSums], held: Held) -> None:
    for allowed in (None, ("a",), ("b", "b"), ("a", "b", "c"), ()):
        seen = [(language, rows) for language, name, rows in held if allowed is None or name in allowed]
        assert_same(averages_within(sums, allowed), plain_averages(seen))


@given(st.lists(CHANGES, max_size=30), st.data())
@hypothesis_settings(max_examples=200, deadline=None)
def test_any_coming_and_going_ends_as_if_summed_anew(
    additions: list[tuple[Language, str, int, int]], data: st.DataObject
) -> None:
    sums: dict[Language, VectorSums] = {language: VectorSums() for language in LANGUAGES}
    held: Held = []
    for language, name, seed, count in additions:
        vectors = unit_vectors(seed, count)
        sums[language].add(name, vectors)
        held.append((language, name, vectors))
        if data.draw(st.booleans()):
            where, what, gone = held.pop(data.draw(st.integers(0, len(held) - 1)))
            sums[where].remove(what, gone)
        assert_as_if_summed_anew(sums, held)
    read_again = {language: VectorSums(one.by_collection()) for language, one in sums.items()}
    assert_as_if_summed_anew(read_again, held)


def test_rounding_does_not_pile_up() -> None:
    """A busy index: a hundred thousand changes, and in the end few vectors are there."""
    sums, kept = VectorSums(), unit_vectors(0, 3)
    sums.add("a", kept)
    for seed in range(50):
        vectors = unit_vectors(seed, 1000)
        for batch in np.split(vectors, 20):
            sums.add("a", batch)
        for one in vectors[::-1]:
            sums.remove("a", one[np.newaxis])
    assert_as_if_summed_anew({"en": sums}, [("en", "a", kept)])


def test_a_language_that_is_gone_has_no_average() -> None:
    sums: dict[Language, VectorSums] = {"zh": VectorSums(), "en": VectorSums()}
    vectors = unit_vectors(1, 4)
    sums["zh"].add("a", vectors)
    sums["en"].add("a", vectors[:2])
    sums["zh"].remove("a", vectors)
    assert_as_if_summed_anew(sums, [("en", "a", vectors[:2])])
    sums["en"].remove("a", vectors[:2])
    assert averages_within(sums, None) == {}
