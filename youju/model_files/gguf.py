"""What stands in a GGUF file, and the same file with some of its tensors changed, which are then in eight bits (Q8_0).

OpenVINO GenAI's reader knows no Q5_0, which small models hold. Each such block of 32 weights (one scale, five bits a weight)
has an exact equal in Q8_0 (one scale, eight bits a weight), so the file is written anew with those. Knows nothing of OpenVINO.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

MAGIC = b"GGUF"
VERSIONS = (2, 3)
SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9
BLOCK = 32  # weights
Q5_0, Q5_0_BYTES = 6, 22  # scale (f16), the fifth bits (u32), the lower four (16 bytes)
Q8_0, Q8_0_BYTES = 8, 34  # scale (f16), 32 signed bytes
Q4_K, Q6_K = 12, 14
BLOCK_BYTES = {Q5_0: (32, Q5_0_BYTES), Q8_0: (32, Q8_0_BYTES), Q4_K: (256, 144), Q6_K: (256, 210)}
"""Kind -> weights of a block, and its bytes."""
READABLE = {0, 1, 2, 3, Q8_0, Q4_K, Q6_K}  # F32, F16, Q4_0, Q4_1, Q8_0, Q4_K, Q6_K: what GenAI's reader knows
SPECIAL = (3, 4)  # kinds of tokens: control, and defined by the user; both are parsed in a text
MOST_ITEMS = 1 << 32


@dataclass(frozen=True)
class TensorEntry:
    """One tensor as the head of the file describes it."""

    name: bytes
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def blocks(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64)) // BLOCK

    @property
    def nbytes(self) -> int:
        """Without what pads it.

        Raises:
            KeyError: of a kind that is not known here.
        """
        weights, size = BLOCK_BYTES[self.kind]
        return int(np.prod(self.shape, dtype=np.int64)) // weights * size


@dataclass(frozen=True)
class Head:
    """What stands before the weights. `pairs` are the bytes of all metadata as they are."""

    version: int
    count: int
    pairs: bytes
    values: dict[str, Any]
    tensors: tuple[TensorEntry, ...]
    data_start: int
    alignment: int

    @property
    def special_tokens(self) -> dict[str, int]:
        """Text -> id of what a tokenizer takes for one token wherever it stands."""
        kinds = self.values.get("tokenizer.ggml.token_type", [])
        named = zip(self.values.get("tokenizer.ggml.tokens", []), kinds, strict=False)
        return {token: number for number, (token, kind) in enumerate(named) if kind in SPECIAL}

    @property
    def unreadable(self) -> set[int]:
        """The kinds of tensors that stay unknown to GenAI."""
        return {tensor.kind for tensor in self.tensors} - READABLE - {Q5_0}


def read_head(path: Path) -> Head:
    """
    Raises:
        ValueError: the file is no GGUF file, or is damaged.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return _Reader(mapped).head()
    except (struct.error, IndexError, KeyError, OverflowError) as error:
        raise ValueError(f"{path.name} is damaged ({error!r})") from error


def write_readable(source: Path, target: Path, head: Head) -> None:
    """Write the file anew with every Q5_0 tensor in Q8_0; all else stays as it is."""
    rewrite(source, target, head, {tensor.name: q8_from_q5 for tensor in head.tensors if tensor.kind == Q5_0})


def rewrite(
    source: Path, target: Path, head: Head, changed: Mapping[bytes, Callable[[bytes], bytes]],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:  # fmt: skip
    """Write the file anew with some of its tensors in Q8_0; all else stays as it is.

    Args:
        changed: name of a tensor -> its bytes as they are, to those in Q8_0.
        progress: called with the number of tensors written, and of all.
    """
    ordered = sorted(head.tensors, key=lambda tensor: tensor.offset)
    total = source.stat().st_size - head.data_start
    entries, place = [], 0
    for tensor, size in _sized(ordered, total):
        is_new = tensor.name in changed
        entries.append(replace(tensor, offset=place, kind=Q8_0 if is_new else tensor.kind))
        length = tensor.blocks * Q8_0_BYTES if is_new else size
        place += -(-length // head.alignment) * head.alignment
    with source.open("rb") as old, target.open("wb") as new:
        new.write(MAGIC + struct.pack("<IQQ", head.version, len(entries), head.count) + head.pairs)
        new.writelines(_entry(entry) for entry in entries)
        start = _padded(new, head.alignment)
        for number, ((tensor, size), entry) in enumerate(zip(_sized(ordered, total), entries, strict=True), 1):
            old.seek(head.data_start + tensor.offset)
            new.seek(start + entry.offset)
            if tensor.name in changed:
                new.write(changed[tensor.name](old.read(tensor.nbytes)))
            else:
                new.write(old.read(size))
            _padded(new, head.alignment)
            progress(number, len(entries))


def q8_from_q5(blocks: bytes) -> bytes:
    """The same weights: a Q5_0 weight is (q - 16) × scale, a Q8_0 weight q × scale."""
    old = np.frombuffer(blocks, np.uint8).reshape(-1, Q5_0_BYTES)
    fifth = np.unpackbits(old[:, 2:6], axis=1, bitorder="little")
    low = np.concatenate([old[:, 6:] & 15, old[:, 6:] >> 4], axis=1)
    new: npt.NDArray[np.uint8] = np.empty((len(old), Q8_0_BYTES), np.uint8)
    new[:, :2] = old[:, :2]
    new[:, 2:] = ((low | fifth << 4) - np.uint8(16)).view(np.uint8)  # wraps: the bytes of a negative number
    return new.tobytes()


def _sized(ordered: list[TensorEntry], total: int) -> Iterator[tuple[TensorEntry, int]]:
    """Each tensor with the bytes up to the next one."""
    ends = [*(tensor.offset for tensor in ordered[1:]), total]
    yield from ((tensor, end - tensor.offset) for tensor, end in zip(ordered, ends, strict=True))


def _entry(tensor: TensorEntry) -> bytes:
    shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
    return struct.pack("<Q", len(tensor.name)) + tensor.name + shape + struct.pack("<IQ", tensor.kind, tensor.offset)


def _padded(file: BinaryIO, alignment: int) -> int:
    file.write(bytes(-file.tell() % alignment))
    return file.tell()


class _Reader:
    """Walks over the head of a file."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._place = data, 0

    def head(self) -> Head:
        if self._data[:4] != MAGIC:
            raise ValueError("it is no GGUF file")
        self._place = 4
        version, tensors, count = (self._number(form) for form in ("<I", "<Q", "<Q"))
        if version not in VERSIONS or max(tensors, count) > MOST_ITEMS:
            raise ValueError(f"it is a GGUF file of version {version}, which is not known")
        begin = self._place
        values = {}
        for _ in range(count):
            key = self._text().decode("utf-8", "replace")
            values[key] = self._value(self._number("<I"))
        pairs = self._data[begin : self._place]
        entries = tuple(self._tensor() for _ in range(tensors))
        alignment = int(values.get("general.alignment", 32))
        start = -(-self._place // alignment) * alignment
        return Head(version, count, pairs, values, entries, start, alignment)

    def _tensor(self) -> TensorEntry:
        name = self._text()
        shape = tuple(self._number("<Q") for _ in range(self._number("<I")))
        return TensorEntry(name, shape, self._number("<I"), self._number("<Q"))

    def _value(self, kind: int) -> Any:
        if kind == STRING:
            return self._text().decode("utf-8", "replace")
        if kind != ARRAY:
            return self._number(SCALARS[kind])
        inner, length = self._number("<I"), self._number("<Q")
        return [self._value(inner) for _ in range(min(length, MOST_ITEMS))]

    def _text(self) -> bytes:
        length = self._number("<Q")
        self._place += length
        if self._place > len(self._data):
            raise IndexError("a text goes beyond the end")
        return self._data[self._place - length : self._place]

    def _number(self, form: str) -> Any:
        (value,) = struct.unpack_from(form, self._data, self._place)
        self._place += struct.calcsize(form)
        return value
