"""The reader's weights as they are kept: what training changed of the bundled embedder, in four bits.

A trained matrix differs little from the one it began as, so that its difference stands four bits well (the idea of
BitDelta, Liu et al. 2024, https://arxiv.org/abs/2402.10193, there with one). Each row is cut into groups of 64 with a scale
of half precision. Vectors and heads are kept in half precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

Array = npt.NDArray[Any]
GROUP = 64  # weights that share a scale
LEVELS = 7  # differences are -7 to 7 times the scale
NIBBLES, SCALES = ".nibbles", ".scales"


def save(changed: Mapping[str, Array], base: Mapping[str, Array], path: Path, about: Mapping[str, str]) -> None:
    """Write what differs from `base`; tensors that `base` has not are written as they are.

    Args:
        changed: the trained tensors under the names of `base`.
        about: what to say of the file: how it was trained, and the fingerprint of the base.
    """
    tensors: dict[str, Array] = {}
    for name, value in changed.items():
        difference = value.astype(np.float32) - base[name].astype(np.float32) if name in base else value.astype(np.float32)
        if name in base and value.ndim == 2 and value.shape[1] % GROUP == 0:
            tensors[name + NIBBLES], tensors[name + SCALES] = pack(difference)
        else:
            tensors[name] = difference.astype(np.float16)
    save_file(tensors, path, dict(about))


def load(path: Path, base: Mapping[str, Array]) -> dict[str, Array]:
    """All tensors of the reader, in single precision: those of `base`, changed as the file says, and the heads."""
    stored, whole = load_file(path), dict(base)
    for name, value in stored.items():
        if name.endswith(SCALES):
            continue
        plain = name.removesuffix(NIBBLES)
        difference = unpack(value, stored[plain + SCALES]) if plain != name else value.astype(np.float32)
        whole[plain] = base[plain].astype(np.float32) + difference if plain in base else difference
    return whole


def pack(matrix: Array) -> tuple[Array, Array]:
    """rows × columns -> nibbles (rows × columns / 2, uint8) and scales (rows × columns / GROUP, float16)."""
    groups = matrix.reshape(matrix.shape[0], -1, GROUP)
    scales = (np.maximum(np.abs(groups).max(axis=2), 1e-7) / LEVELS).astype(np.float16)
    exact = np.maximum(scales.astype(np.float32), 1e-8)[..., None]
    levels = np.clip(np.round(groups / exact), -LEVELS, LEVELS).astype(np.int8).reshape(matrix.shape) + 8
    return (levels[:, 0::2] | (levels[:, 1::2] << 4)).astype(np.uint8), scales


def unpack(nibbles: Array, scales: Array) -> Array:
    """The inverse of `pack`, but for what rounding took."""
    levels = np.empty((nibbles.shape[0], nibbles.shape[1] * 2), np.float32)
    levels[:, 0::2], levels[:, 1::2] = (nibbles & 15).astype(np.float32) - 8, (nibbles >> 4).astype(np.float32) - 8
    groups = levels.reshape(levels.shape[0], -1, GROUP) * scales.astype(np.float32)[..., None]
    return groups.reshape(levels.shape)
