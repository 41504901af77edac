"""An adapter, kept and merged into a GGUF file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf as reference
import numpy as np
import pytest

from tests.unit.test_models import package
from youju.model_files import adapter, low_rank
from youju.model_files.locate import prepare

Q8_0, Q5_0 = reference.GGMLQuantizationType.Q8_0, reference.GGMLQuantizationType.Q5_0
WIDTH, HEIGHT, RANK = 64, 32, 4


@pytest.fixture
def drawn(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def model(tmp_path: Path, drawn: np.random.Generator) -> Path:
    """A file with a matrix in five bits, one in eight, and one in full."""
    path = tmp_path / "small.gguf"
    writer = reference.GGUFWriter(path, "llama")
    for name, kind in (("five.weight", Q5_0), ("eight.weight", Q8_0)):
        matrix = drawn.normal(size=(HEIGHT, WIDTH)).astype(np.float32)
        writer.add_tensor(name, reference.quants.quantize(matrix, kind), raw_dtype=kind)
    writer.add_tensor("full.weight", drawn.normal(size=(2, WIDTH)).astype(np.float32))
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    return path


def change(drawn: np.random.Generator) -> tuple[Any, Any]:
    return drawn.normal(size=(RANK, WIDTH)).astype(np.float32), drawn.normal(size=(HEIGHT, RANK)).astype(np.float32) / RANK


def weights(path: Path) -> dict[str, Any]:
    return {one.name: reference.quants.dequantize(one.data, one.tensor_type) for one in reference.GGUFReader(path).tensors}


def test_it_is_kept_in_eight_bits(tmp_path: Path, drawn: np.random.Generator) -> None:
    down, up = change(drawn)
    low_rank.save({"five.weight": (down, up)}, tmp_path / "a.safetensors", {"about": "a test"})
    again = low_rank.load(tmp_path / "a.safetensors")
    assert set(again) == {"five.weight"}
    for matrix, kept in zip((down, up), again["five.weight"], strict=True):
        assert np.abs(matrix - kept).max() <= np.abs(matrix).max() / low_rank.MOST
    assert (tmp_path / "a.safetensors").stat().st_size < 1.5 * (down.size + up.size) + 1000


def test_only_what_it_changes_is_written_anew(model: Path, tmp_path: Path, drawn: np.random.Generator) -> None:
    changes = {name: change(drawn) for name in ("five.weight", "eight.weight")}
    low_rank.save(changes, tmp_path / "a.safetensors", {})
    steps: list[tuple[int, int]] = []
    adapter.merge(model, tmp_path / "a.safetensors", tmp_path / "merged.gguf", lambda *step: steps.append(step))
    before, after = weights(model), weights(tmp_path / "merged.gguf")
    assert steps == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_array_equal(before["full.weight"], after["full.weight"])
    for name, (down, up) in changes.items():
        wanted = before[name] + up @ down
        assert np.abs(after[name] - wanted).max() < 0.03 * np.abs(wanted).max()
        assert np.abs(after[name] - before[name]).max() > 0.1
    kinds = {one.name: one.tensor_type for one in reference.GGUFReader(tmp_path / "merged.gguf").tensors}
    assert kinds["five.weight"] == kinds["eight.weight"] == Q8_0


@pytest.mark.parametrize("name", ["absent.weight", "full.weight"])
def test_it_fits_only_the_model_that_it_was_trained_from(
    name: str, model: Path, tmp_path: Path, drawn: np.random.Generator
) -> None:
    low_rank.save({name: change(drawn)}, tmp_path / "a.safetensors", {})
    with pytest.raises(ValueError, match=rf"small\.gguf is not the model that a\.safetensors was trained from \({name}\)"):
        adapter.merge(model, tmp_path / "a.safetensors", tmp_path / "merged.gguf")
    assert not (tmp_path / "merged.gguf").exists()


def test_a_bundled_model_with_one_is_prepared_once_and_leaves_nothing_beside_it(
    model: Path, tmp_path: Path, drawn: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    low_rank.save({"five.weight": change(drawn)}, tmp_path / "a.safetensors", {})
    whole = model.read_bytes()
    bundled = package(tmp_path, monkeypatch, (whole[:100], whole[100:200], whole[200:]))
    bundled = replace(bundled, sha256=hashlib.sha256(whole).hexdigest(), adapter=str(tmp_path / "a.safetensors"))
    steps: list[object] = []
    path = prepare(bundled, tmp_path / "cache", lambda *step: steps.append(step))
    assert set(weights(path)) == set(weights(model))
    assert {one.name for one in path.parent.iterdir() if not one.name.startswith(".")} == {"fake.gguf", "fake.gguf.verified"}
    steps.clear()
    assert prepare(bundled, tmp_path / "cache", lambda *step: steps.append(step)) == path
    assert not steps
    path.write_bytes(b"damaged")
    assert set(weights(prepare(bundled, tmp_path / "cache"))) == set(weights(model))
    low_rank.save({"eight.weight": change(drawn)}, tmp_path / "a.safetensors", {})  # a newer one
    before = path.read_bytes()
    assert prepare(bundled, tmp_path / "cache").read_bytes() != before
