"""The file of the vectors: one header line (JSON: sequence, mark, embedder, sizes, and SHA-256 of the rest) and, for each
language, the serialised index and the collections of its chunks with their sums.

It is written beside its place, synced and renamed. One that fails any check is not used. FAISS loads a file with a flipped bit
without complaint, so that nothing is given to it before the checksum holds; that reads all of the file, and mapping it would
save no time.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from youju.files import atomic_write
from youju.index.base.averages import VectorSums
from youju.index.sqlite.members import Places
from youju.index.vectors.shards import Flat, Lists, Shard
from youju.records import Language

KIND = b"YOUJU-VECTORS-"
MAGIC = KIND + b"4 "  # 3 had no collections
HEADER_LIMIT = 4096  # bytes
Bytes = npt.NDArray[np.uint8]


def write(path: Path, header: Mapping[str, Any], shards: Mapping[Language, Shard]) -> None:
    """
    Raises:
        OSError: it cannot be written; the one before is still there.
    """
    checksum, sizes = hashlib.sha256(), []
    for shard in shards.values():
        sizes += _written(shard, checksum.update)
    line = json.dumps({**header, "sizes": sizes, "sha256": checksum.hexdigest()}).encode()
    line += b" " + hashlib.sha256(line).hexdigest().encode() + b"\n"
    with atomic_write(path) as draft, draft.open("wb") as file:
        file.write(MAGIC + line)
        for shard in shards.values():
            _written(shard, file.write)


def read(
    path: Path, languages: tuple[Language, ...], is_right: Callable[[dict[str, Any]], bool]
) -> tuple[dict[str, Any], dict[Language, Shard]] | None:
    """The header and the vectors, or None when the file is absent, damaged, or not the right one by its header."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # what is no plain file may never end
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            found = _parts(file, is_right)
    except (OSError, MemoryError):
        return None
    if found is None or len(found[1]) != 2 * len(languages):
        return None
    header, parts = found
    shards = {}
    for language in languages:
        index, told = parts.pop(0), parts.pop(0)
        shards[language] = _shard(index, told)
    return header, shards


def is_of_another_version(path: Path) -> bool:
    """Whether it is such a file, but as another version writes it."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            begin = file.read(len(MAGIC))
    except OSError:
        return False
    return begin.startswith(KIND) and begin != MAGIC


def _parts(file: io.BufferedReader, is_right: Callable[[dict[str, Any]], bool]) -> tuple[dict[str, Any], list[Bytes]] | None:
    line = file.readline(HEADER_LIMIT)
    header = _header(line.removesuffix(b"\n"))
    length = os.fstat(file.fileno()).st_size
    if header is None or length != len(line) + sum(header["sizes"]) or not is_right(header):
        return None
    checksum, parts = hashlib.sha256(), []
    for size in header["sizes"]:
        part = np.empty(size, np.uint8)
        if file.readinto(part.data) != size:
            return None
        checksum.update(part.data)
        parts.append(part)
    return (header, parts) if checksum.hexdigest() == header["sha256"] else None


def _header(line: bytes) -> dict[str, Any] | None:
    """The header, if its own checksum holds."""
    encoded, _, checksum = line.removeprefix(MAGIC).rpartition(b" ")
    if not line.startswith(MAGIC) or hashlib.sha256(encoded).hexdigest().encode() != checksum:
        return None
    header: dict[str, Any] = json.loads(encoded)
    return header


def _written(shard: Shard, write: Callable[[bytes], object]) -> list[int]:
    """Hand over a shard piece by piece: all at once it would be in memory twice. Returns the sizes of its two parts."""
    size = 0

    def take(piece: bytes) -> None:
        nonlocal size
        size += len(piece)
        write(piece)

    faiss.write_index(shard.index, faiss.PyCallbackIOWriter(take))  # type: ignore[attr-defined]
    told = _told(shard)
    write(told)
    return [size, len(told)]


def _told(shard: Shard) -> bytes:
    """The collections of its chunks and their sums."""
    sums = shard.sums.by_collection()
    names = json.dumps([shard.places.names, list(sums)]).encode()
    file = io.BytesIO()
    np.savez(
        file, names=np.frombuffer(names, np.uint8), of=shard.places.of, counts=np.array([count for _, count in sums.values()]),
        sums=np.array([total for total, _ in sums.values()], np.float64).reshape(len(sums), -1) if sums else np.zeros((0, 0)),
    )  # fmt: skip
    return file.getvalue()


def _shard(index: Bytes, told: Bytes) -> Shard:
    with np.load(io.BytesIO(told.tobytes())) as file:
        known, named = json.loads(file["names"].tobytes())
        rows = zip(named, file["sums"], file["counts"].tolist(), strict=True)
        sums = VectorSums({name: (total, count) for name, total, count in rows})
        places = Places(0, tuple(known), file["of"])
    loaded: Any = faiss.deserialize_index(index)
    return (Lists if isinstance(loaded, faiss.IndexIVF) else Flat)(loaded, sums, places)
