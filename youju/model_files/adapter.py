"""A GGUF file into which what training changed of a generator is merged (see `youju.model_files.low_rank`).

The matrices that change are written in eight bits (Q8_0): in the four of the rest the rounding would take a part of the change.
All others stay byte for byte, so that what reads the file needs to know nothing of adapters, and pays nothing for one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np

from youju.model_files.gguf import BLOCK_BYTES, TensorEntry, read_head, rewrite
from youju.model_files.low_rank import Array, load


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


def _changed(tensor: TensorEntry, down: Array, up: Array) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        kind = gguf.GGMLQuantizationType(tensor.kind)
        weights = gguf.quants.dequantize(np.frombuffer(raw, np.uint8).reshape(len(up), -1), kind)
        return gguf.quants.quantize(weights + up @ down, gguf.GGMLQuantizationType.Q8_0).tobytes()

    return change
