"""The order of candidates once they are read."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from service.reading.base import Reading, Span
from service.reading.cross_encoder import batches
from service.reading.gate import STRICTNESS, AnswerabilityGate, Gate
from service.reading.reranking import WEIGHTS, Pair, reranked
from tests.fakes import FindingReader, a_passage
from youju.records import Scores

(BUNDLED, *_) = WEIGHTS


def pair(key: int, language: str, fused: float, logit: float) -> Pair:
    text = "The battery lasts eight hours." if language == "en" else "电池可以用八个小时。"
    passage = replace(a_passage(text), key=key, scores=Scores(fused, 0.0, fused))
    return passage, Reading((Span(0, 3, logit),), logit)


def test_a_cross_encoder_that_only_ranks_counts_more_than_retrieval_and_reader() -> None:
    read = [pair(1, "en", 0.9, 2.0), pair(2, "en", 0.7, 1.0), pair(3, "en", 0.8, -4.0), pair(4, "zh", 0.5, 0.0)]
    ranked = [
        (one, replace(reading, relevance=logit)) for (one, reading), logit in zip(read, (-9.0, 6.5, -8.0, 4.0), strict=True)
    ]
    for reader in (BUNDLED, "another"):
        assert [one.key for one, _ in reranked(ranked, reader, "en", 4)] == [2, 1, 4, 3]
    assert [one.key for one, _ in reranked(read, BUNDLED, "en", 4)] == [1, 3, 4, 2]
    alike = [(one, replace(reading, relevance=1.0)) for one, reading in read]
    assert reranked(alike, BUNDLED, "en", 4) == [
        (one, replace(r, relevance=1.0)) for one, r in reranked(read, BUNDLED, "en", 4)
    ]
    assert reranked(ranked[:1], BUNDLED, "en", 4) == ranked[:1]


pairs = st.lists(
    st.tuples(st.sampled_from(["en", "zh"]), st.floats(0.5, 1.0), st.floats(-9, 9)), max_size=30
).map(lambda rows: [pair(key, *row) for key, row in enumerate(rows)])  # fmt: skip


@given(pairs, st.integers(1, 40))
def test_it_only_changes_the_order_within_languages(read: list[Pair], limit: int) -> None:
    found = reranked(read, BUNDLED, "en", limit)
    assert len(found) == min(limit, len(read))
    assert len({passage.key for passage, _ in found}) == len(found)
    whole = reranked(read, BUNDLED, "en", len(read))
    assert found == whole[:limit]
    weights = WEIGHTS[BUNDLED]
    for language in ("en", "zh"):
        scores = [weights.score(one) for one in whole if one[0].language == language]
        assert scores == sorted(scores, reverse=True)


def test_what_is_read_best_comes_first_among_equals_and_a_little_less_similar_passages() -> None:
    near, answers = pair(1, "en", 0.80, -6.0), pair(2, "en", 0.79, 6.0)
    assert [passage.key for passage, _ in reranked([near, answers], BUNDLED, "en", 8)] == [2, 1]
    far = pair(3, "en", 0.30, 7.0)
    assert next(passage.key for passage, _ in reranked([near, answers, far], BUNDLED, "en", 8)) == 2


def test_a_reader_that_was_not_measured_changes_nothing() -> None:
    read = [pair(1, "zh", 0.8, -6.0), pair(2, "en", 0.7, 6.0)]
    assert reranked(read, "similarity", "en", 8) == read


class Bundled(FindingReader):
    name = BUNDLED


def test_a_gate_reads_as_many_as_it_was_fitted_on() -> None:
    near = replace(a_passage("The box is blue."), key=1, scores=Scores(0.80, 0.0, 0.80))
    answers = replace(a_passage("The battery lasts."), key=2, scores=Scores(0.79, 0.0, 0.79))
    fitted = Gate({}, 0.0, dict.fromkeys(STRICTNESS, 0.1), {"candidates": 40})
    for gate, read, first in ((fitted, 40, 2), (replace(fitted, about={}), 1, 1)):
        keeper = AnswerabilityGate(Bundled("battery"), gate, "balanced")
        assert (keeper.candidates(1), keeper.candidates(50)) == (read, 50)
        assert [passage.key for passage in keeper.decide("battery?", [near, answers], 1).ranked] == [first]


@given(st.lists(st.integers(1, 400), max_size=60))
def test_batches_hold_each_text_once_and_no_more_than_fits(lengths: list[int]) -> None:
    found = batches(lengths, 1000)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[place] for place in batch) <= 1000 for batch in found)
