"""What training changed of a generator, kept as low-rank matrices, and a GGUF file into which they were merged.

LoRA (Hu et al. 2021, https://arxiv.org/abs/2106.09685): a matrix W of out × in weights becomes W + up · down, with `down` of
rank × in and `up` of out × rank. Both are kept in eight bits with a scale for each row. The matrices that change are written in
eight bits too (Q8_0): in the four of the rest the rounding would take a part of the change. All others stay byte for byte, so
that what reads the file needs to know nothing of adapters, and pays nothing for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

from youju.model_files.gguf import BLOCK_BYTES, TensorEntry, read_head, rewrite

Array = npt.NDArray[Any]
DOWN, UP, SCALES = ".down", ".up", ".scales"
MOST = 127  # of eight bits with a sign


def save(changes: Mapping[str, tuple[Array, Array]], path: Path, about: Mapping[str, str]) -> None:
    """Write an adapter.

    Args:
        changes: name of a tensor of the GGUF file -> `down` and `up`.
        about: what to say of the file: what it was trained from and on.
    """
    tensors: dict[str, Array] = {}
    for name, parts in changes.items():
        for part, matrix in zip((DOWN, UP), parts, strict=True):
            scales = np.maximum(np.abs(matrix).max(axis=1, keepdims=True) / MOST, 1e-12).astype(np.float32)
            tensors[name + part] = np.round(matrix / scales).astype(np.int8)
            tensors[name + part + SCALES] = scales
    save_file(tensors, path, dict(about))


def load(path: Path) -> dict[str, tuple[Array, Array]]:
    """Name of a tensor -> `down` and `up`, in single precision."""
    stored = load_file(path)
    names = [name.removesuffix(DOWN) for name in stored if name.endswith(DOWN)]
    return {name: (_matrix(stored, name + DOWN), _matrix(stored, name + UP)) for name in names}


def merge(source: Path, adapter: Path, target: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
    """Write the GGUF file `source` with the adapter merged into it.

    Args:
        progress: called with the number of tensors written, and of all.

    Raises:
        ValueError: the source is no GGUF file, or not of the model that the adapter was trained from.
    """
    head, changes = read_head(source), load(adapter)
    there = {tensor.name.decode("utf-8", "replace"): tensor for tensor in head.tensors}
    for name, (down, up) in changes.items():
        if name not in there or there[name].shape != (down.shape[1], up.shape[0]) or there[name].kind not in BLOCK_BYTES:
            raise ValueError(f"{source.name} is not the model that {adapter.name} was trained from ({name})")
    rewrite(
        source, target, head, {there[name].name: _changed(there[name], *parts) for name, parts in changes.items()}, progress
    )


def _matrix(stored: Mapping[str, Array], name: str) -> Array:
    return stored[name].astype(np.float32) * stored[name + SCALES]


def _changed(tensor: TensorEntry, down: Array, up: Array) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        kind = gguf.GGMLQuantizationType(tensor.kind)
        weights = gguf.quants.dequantize(np.frombuffer(raw, np.uint8).reshape(len(up), -1), kind)
        return gguf.quants.quantize(weights + up @ down, gguf.GGMLQuantizationType.Q8_0).tobytes()

    return change
