"""GGUF files as OpenVINO GenAI can read them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import gguf as reference
import numpy as np
import pytest

from youju.model_files.gguf import Q5_0, Q8_0, q8_from_q5, read_head, write_readable

Q5_0_KIND, Q8_0_KIND = reference.GGMLQuantizationType.Q5_0, reference.GGMLQuantizationType.Q8_0


@pytest.fixture
def weights(seed: int) -> Any:
    return np.random.default_rng(seed).normal(size=(6, 64)).astype(np.float32)


@pytest.fixture
def file(tmp_path: Path, weights: Any) -> Path:
    """A file with a tensor in Q5_0 between others, and a tokenizer."""
    path = tmp_path / "small.gguf"
    writer = reference.GGUFWriter(path, "llama")
    writer.add_token_list(["a", "<|end|>", "b", "<tool>"])
    writer.add_token_types([1, 3, 1, 4])
    writer.add_float32("some.number", 0.5)
    writer.add_tensor("first", weights[:1])
    writer.add_tensor("middle", reference.quants.quantize(weights, Q5_0_KIND), raw_dtype=Q5_0_KIND)
    writer.add_tensor("last", weights[2:3])
    for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
        step()
    return path


def test_special_tokens_are_those_that_are_parsed_in_texts(file: Path) -> None:
    assert read_head(file).special_tokens == {"<|end|>": 1, "<tool>": 3}


def test_every_weight_stays_as_it_is(file: Path, weights: Any) -> None:
    blocks = reference.quants.quantize(weights, Q5_0_KIND)
    wider = np.frombuffer(q8_from_q5(blocks.tobytes()), np.uint8).reshape(6, -1)
    np.testing.assert_array_equal(reference.quants.dequantize(wider, Q8_0_KIND), reference.quants.dequantize(blocks, Q5_0_KIND))


def test_the_file_differs_only_in_the_kind_of_those_tensors(file: Path, tmp_path: Path) -> None:
    target = tmp_path / "readable.gguf"
    write_readable(file, target, read_head(file))
    old, new = (reference.GGUFReader(path) for path in (file, target))
    assert [tensor.name for tensor in new.tensors] == ["first", "middle", "last"]
    for one, other in zip(old.tensors, new.tensors, strict=True):
        same = one.name != "middle"
        assert (one.tensor_type == other.tensor_type) is same
        before, after = (reference.quants.dequantize(tensor.data, tensor.tensor_type) for tensor in (one, other))
        np.testing.assert_array_equal(before, after)
    assert {name: field.contents() for name, field in old.fields.items() if not name.startswith("GGUF.")} == {
        name: field.contents() for name, field in new.fields.items() if not name.startswith("GGUF.")
    }
    assert not read_head(target).unreadable
    assert {tensor.kind for tensor in read_head(target).tensors} == {0, Q8_0}
    assert Q5_0 in {tensor.kind for tensor in read_head(file).tensors}


@pytest.mark.parametrize("cut", [0, 3, 8, 40, 200])
def test_a_cut_file_is_damaged(file: Path, tmp_path: Path, cut: int) -> None:
    damaged = tmp_path / "cut.gguf"
    damaged.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"damaged|no GGUF|empty"):
        read_head(damaged)


def test_sizes_that_lie_are_refused(file: Path, tmp_path: Path) -> None:
    lying = tmp_path / "lying.gguf"
    content = bytearray(file.read_bytes())
    content[8:24] = struct.pack("<QQ", 3, 1 << 40)
    lying.write_bytes(content)
    with pytest.raises(ValueError, match=r"version|damaged"):
        read_head(lying)
