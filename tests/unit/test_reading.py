from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors.numpy import load_file

from service.reading import make_reader, weights
from service.reading.base import SPANS, Reading, Span
from service.reading.cross_encoder import ANSWER_TOKENS, best_spans
from service.reading.similarity import SimilarityReader
from service.reading.weights import GROUP, LEVELS, pack, unpack
from tests.fakes import HashingEmbedder
from youju.settings import Settings

Floats = npt.NDArray[np.float32]
LEAST_STEP = 2.0**-14  # below it half precision has fewer digits


def matrices(largest: float = 100.0) -> st.SearchStrategy[Floats]:
    shapes = st.tuples(st.integers(1, 4), st.integers(1, 3).map(lambda groups: groups * GROUP))
    return shapes.flatmap(lambda shape: arrays.arrays(np.float32, shape, elements=st.floats(-largest, largest, width=32)))


@given(matrices())
def test_packing_errs_by_half_a_step_at_most(matrix: Floats) -> None:
    nibbles, scales = pack(matrix)
    rows, columns = matrix.shape
    assert (nibbles.shape, nibbles.dtype) == ((rows, columns // 2), np.dtype(np.uint8))
    assert (scales.shape, scales.dtype) == ((rows, columns // GROUP), np.dtype(np.float16))
    again = unpack(nibbles, scales)
    assert (again.shape, again.dtype) == (matrix.shape, np.dtype(np.float32))
    step = np.repeat(scales.astype(np.float32), GROUP, axis=1)
    # A step is rounded to half precision, by which the largest weight of a group may miss its level.
    assert np.all(np.abs(again - matrix) <= 0.501 * step + LEAST_STEP / 2)


@given(matrices())
def test_packing_what_was_unpacked_changes_nothing_more(matrix: Floats) -> None:
    once = unpack(*pack(matrix))
    assert np.allclose(unpack(*pack(once)), once, rtol=2e-3, atol=LEAST_STEP)


def test_known_levels() -> None:
    row = np.zeros((1, GROUP), np.float32)
    row[0, :5] = [7, -7, 3, 0.4, -0.6]
    nibbles, scales = pack(row)
    assert scales.tolist() == [[1.0]]
    assert nibbles[0, :3].tolist() == [15 | 1 << 4, 11 | 8 << 4, 7 | 8 << 4]  # levels -7 to 7 are kept as 1 to 15
    assert unpack(nibbles, scales)[0, :5].tolist() == [7, -7, 3, 0, -1]


def test_zeros_stay_zeros_and_groups_do_not_mix() -> None:
    matrix = np.zeros((2, 2 * GROUP), np.float32)
    assert not unpack(*pack(matrix)).any()
    matrix[1, GROUP:] = 700.0
    matrix[1, 0] = 0.07
    again = unpack(*pack(matrix))
    assert np.allclose(again, matrix, rtol=1e-3)
    assert not again[0].any()
    assert again[1, 0] > 0.06  # though its neighbour is ten thousand times as large


def base_tensors() -> dict[str, npt.NDArray[Any]]:
    random = np.random.default_rng(5)
    return {
        "layer.weight": random.normal(size=(3, 2 * GROUP)).astype(np.float32),
        "layer.bias": random.normal(size=3).astype(np.float32),
        "odd.weight": random.normal(size=(2, GROUP + 1)).astype(np.float32),
        "untouched": random.normal(size=(2, GROUP)).astype(np.float32),
    }


def test_a_file_holds_the_difference(tmp_path: Path) -> None:
    base, random = base_tensors(), np.random.default_rng(6)
    head = random.normal(size=(2, GROUP)).astype(np.float32)
    changed = {name: base[name] + random.normal(0, 0.01, base[name].shape).astype(np.float32) for name in list(base)[:3]}
    path = tmp_path / "reader.safetensors"
    weights.save(changed | {"span.weight": head}, base, path, {"about": "made by hand"})
    stored = load_file(path)
    assert set(stored) == {"layer.weight.nibbles", "layer.weight.scales", "layer.bias", "odd.weight", "span.weight"}
    assert stored["layer.weight.nibbles"].nbytes == changed["layer.weight"].nbytes / 8
    again = weights.load(path, base)
    assert set(again) == {*base, "span.weight"}
    assert all(value.dtype == np.float32 for value in again.values())
    assert np.array_equal(again["untouched"], base["untouched"])
    for name in ("layer.bias", "odd.weight"):
        assert np.allclose(again[name], changed[name], atol=1e-4)
    # A head differs from nothing: it is kept as it is, though its shape could be packed.
    assert np.allclose(again["span.weight"], head, rtol=1e-3)
    step = np.abs(changed["layer.weight"] - base["layer.weight"]).max() / LEVELS
    assert np.abs(again["layer.weight"] - changed["layer.weight"]).max() <= 0.501 * step
    assert not np.allclose(again["layer.weight"], base["layer.weight"], atol=1e-3)


def token_offsets(lengths: list[int]) -> list[tuple[int, int]]:
    """One for each token, with a character between any two; a token may be empty."""
    starts = np.cumsum([0, *(length + 1 for length in lengths)])
    return [(int(start), int(start) + length) for start, length in zip(starts, lengths, strict=False)]


def logits(size: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(-20, 20, width=32), min_size=size, max_size=size)


@given(st.lists(st.integers(0, 5), max_size=60).flatmap(lambda n: st.tuples(st.just(n), logits(len(n)), logits(len(n)))))
def test_spans_are_apart_in_order_and_within_the_text(case: tuple[list[int], list[float], list[float]]) -> None:
    lengths, starts, ends = case
    offsets, none = token_offsets(lengths), 1.5
    spans = best_spans(np.array(starts, np.float32), np.array(ends, np.float32), offsets, none)
    assert len(spans) <= SPANS
    assert list(spans) == sorted(spans, key=lambda span: -span.score)
    for number, span in enumerate(spans):
        assert span.start < span.end
        assert all(span.end <= other.start or other.end <= span.start for other in spans[:number])
        fitting = [
            starts[a] + ends[b] - none
            for a in range(len(offsets))
            for b in range(a, min(a + ANSWER_TOKENS, len(offsets)))
            if (offsets[a][0], offsets[b][1]) == (span.start, span.end)
        ]
        assert any(abs(span.score - one) < 1e-4 for one in fitting)


def test_the_best_span_of_known_logits() -> None:
    offsets = [(0, 3), (4, 7), (8, 11), (12, 15)]
    starts, ends = np.array([0, 5, 1, 2], np.float32), np.array([1, 0, 6, 3], np.float32)
    spans = best_spans(starts, ends, offsets, none=2.0)
    assert spans == (Span(4, 11, 9.0), Span(12, 15, 3.0), Span(0, 3, -1.0))


def test_no_span_ends_before_it_starts_or_is_too_long() -> None:
    offsets = [(place, place + 1) for place in range(ANSWER_TOKENS + 2)]
    starts, ends = np.full(len(offsets), -9, np.float32), np.full(len(offsets), -9, np.float32)
    starts[-1] = ends[0] = 9  # the best start stands behind the best end
    assert all(span.score < 10 for span in best_spans(starts, ends, offsets, 0.0))
    starts[:], ends[:] = -9, -9
    starts[0], ends[ANSWER_TOKENS - 1], ends[ANSWER_TOKENS] = 9, 8, 9
    assert best_spans(starts, ends, offsets, 0.0)[0] == Span(0, ANSWER_TOKENS, 17.0)


def test_a_passage_without_tokens_has_no_span() -> None:
    assert best_spans(np.zeros(0, np.float32), np.zeros(0, np.float32), [], 0.0) == ()
    assert best_spans(np.zeros(1, np.float32), np.zeros(1, np.float32), [(4, 4)], 0.0) == ()
    assert Reading((), 0.0).best < -10


def test_the_sentence_nearest_to_the_question_is_read_best() -> None:
    reader = SimilarityReader(HashingEmbedder())
    text = "The box is green. The battery lasts 18 months. Do not open it. Ask us."
    first, empty, other = reader.read(
        "How many months does the battery last?", [("Manual", text), ("", ""), ("", "年假有十五天。")]
    )
    assert text[first.spans[0].start : first.spans[0].end] == "The battery lasts 18 months."
    assert len(first.spans) == SPANS
    assert [span.score for span in first.spans] == sorted((span.score for span in first.spans), reverse=True)
    assert first.answerable == first.best > other.best
    assert empty.spans == ()
    assert empty.answerable < other.answerable
    assert reader.read("What?", []) == []


def test_the_setting_names_the_reader(settings: Settings, embedder: HashingEmbedder) -> None:
    assert make_reader(settings, embedder).name == settings.reader == "similarity"
