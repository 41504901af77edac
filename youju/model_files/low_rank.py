"""What training changed of matrices, kept as pairs of thin ones.

LoRA (Hu et al. 2021, https://arxiv.org/abs/2106.09685): a matrix W of out × in weights becomes W + up · down, with `down` of
rank × in and `up` of out × rank. Both are kept in eight bits with a scale for each row.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

Array = npt.NDArray[Any]
DOWN, UP, SCALES = ".down", ".up", ".scales"
MOST = 127  # of eight bits with a sign


def save(changes: Mapping[str, tuple[Array, Array]], path: Path, about: Mapping[str, str]) -> None:
    """Write the pairs.

    Args:
        changes: name of a matrix -> `down` and `up`.
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
    """Name of a matrix -> `down` and `up`, in single precision."""
    stored = load_file(path)
    names = [name.removesuffix(DOWN) for name in stored if name.endswith(DOWN)]
    return {name: (_matrix(stored, name + DOWN), _matrix(stored, name + UP)) for name in names}


def _matrix(stored: Mapping[str, Array], name: str) -> Array:
    return stored[name].astype(np.float32) * stored[name + SCALES]
