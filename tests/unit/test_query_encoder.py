"""The change of the encoder of questions, and graphs that are made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
import pytest
from openvino import opset15 as op

from tests.fakes import HashingEmbedder
from youju.embedding.openvino.graphs import kept
from youju.embedding.query_encoder import TwoEncoders, changed, changes_file, is_fitted_for
from youju.embedding.scale import BUNDLED
from youju.model_files import low_rank


def test_the_change_is_for_the_bundled_embedder_and_for_its_linear_layers() -> None:
    assert is_fitted_for(BUNDLED)
    assert not is_fitted_for("another")
    changes = low_rank.load(changes_file())
    assert len(changes) == 12 * 6
    assert all(down.shape[0] == up.shape[1] for down, up in changes.values())


def test_a_change_is_added_to_its_matrix_alone(tmp_path: Path) -> None:
    drawn = np.random.default_rng(7)
    weights = {f"{name}.weight": drawn.standard_normal((4, 6)).astype(np.float32) for name in ("one", "two")}
    down, up = drawn.standard_normal((2, 6)), drawn.standard_normal((4, 2))
    low_rank.save({"one": (down, up)}, tmp_path / "a.safetensors", {})
    found = changed(weights, tmp_path / "a.safetensors")
    np.testing.assert_allclose(found["one.weight"], weights["one.weight"] + up @ down, atol=0.1)
    assert not np.allclose(found["one.weight"], weights["one.weight"], atol=0.1)
    np.testing.assert_array_equal(found["two.weight"], weights["two.weight"])


def test_a_change_of_another_model_is_an_error(tmp_path: Path) -> None:
    low_rank.save({"nine": (np.ones((1, 2)), np.ones((2, 1)))}, tmp_path / "a.safetensors", {})
    with pytest.raises(KeyError, match=r"nine\.weight"):
        changed({}, tmp_path / "a.safetensors")


def test_only_questions_that_search_take_the_other_encoder() -> None:
    one, other = HashingEmbedder(), HashingEmbedder("another", 12)
    both = TwoEncoders(one, other)
    assert (both.fingerprint, both.dimension) == (one.fingerprint, one.dimension)
    np.testing.assert_array_equal(both.embed_queries(["battery"]), one.embed_queries(["battery"]))
    np.testing.assert_array_equal(both.embed_documents(["battery"]), one.embed_documents(["battery"]))
    np.testing.assert_array_equal(both.embed_retrieval_queries(["battery"]), other.embed_queries(["battery"]))
    assert both.count_tokens(["battery lid"]) == [2]


def test_a_graph_is_made_once_and_not_at_all_where_that_fails(tmp_path: Path) -> None:
    made: list[int] = []

    def build() -> ov.Model:
        made.append(1)
        value = op.parameter([1], ov.Type.f32, name="value")
        return ov.Model([op.result(op.add(value, value))], [value], "twice")

    def fail() -> ov.Model:
        raise ValueError("no such model")

    target = tmp_path / "graphs" / "twice"
    with pytest.raises(ValueError, match="no such model"):
        kept(target, "a test", fail)
    assert not target.exists()
    for _ in range(2):
        assert ov.Core().compile_model(kept(target, "a test", build), "CPU")(np.ones(1, np.float32))[0].tolist() == [2.0]
    assert made == [1]
