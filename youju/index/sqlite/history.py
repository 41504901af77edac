"""Which index this is, how far it has come, and what a cache needs to catch up with it. What each method promises, `Store`
says. All of it is of the whole index, whatever a caller may see.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.index.base.packing import unpack_vectors
from youju.index.sqlite.view import View

PART = 5_000  # chunks, whose vectors are held at once
ADDED = """SELECT c.sequence, c.key, c.language, d.collection, c.vector FROM chunks c CROSS JOIN documents d
    ON d.id = c.document_id WHERE (c.sequence, c.key) > (?, ?) ORDER BY c.sequence, c.key LIMIT ?"""
AT = "SELECT c.key, c.vector FROM json_each(?) asked CROSS JOIN chunks c ON c.key = asked.value"


@dataclass(frozen=True)
class Changes:
    """What happened to chunks behind a sequence. `vectors` has shape (len(added), dimension), `languages` and `collections`
    (len(added),); `embedder` is the fingerprint of what made them.
    """

    sequence: int
    embedder: str | None
    added: npt.NDArray[np.int64]
    languages: npt.NDArray[np.str_]
    collections: npt.NDArray[np.object_]
    vectors: Vectors
    removed: npt.NDArray[np.int64]


@dataclass(frozen=True)
class StoredVectors:
    """Vectors of some chunks: `vectors` has shape (len(keys), dimension); `embedder` is the fingerprint of what made them."""

    embedder: str | None
    keys: npt.NDArray[np.int64]
    vectors: Vectors


@dataclass(frozen=True)
class History:
    view: View

    def identity(self) -> str:
        return self.view.database.meta("identity") or ""

    def cache_marks(self) -> list[str]:
        return (self.view.database.meta("cache_marks") or "").split()

    def mark_cache(self, mark: str, before: str) -> None:
        with self.view.database.transaction(changes_index=False) as (connection, _):
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('cache_marks', ?)", (f"{mark} {before}",))

    @contextlib.contextmanager
    def changes_since(self, sequence: int, most: int = PART) -> Iterator[Iterator[Changes]]:
        """What happened behind `sequence`, in parts of at most `most` added chunks, from one consistent view. The first part
        has all that was removed, and there is always one."""
        with self.view.database.snapshot():
            yield self._parts(sequence, most)

    def _parts(self, sequence: int, most: int) -> Iterator[Changes]:
        database = self.view.database
        now, embedder = database.sequence(), database.meta("embedder")
        removed = database.rows("SELECT key FROM tombstones WHERE sequence > ?", (sequence,))
        place, is_first = (sequence, 2**62), True
        while (rows := database.rows(ADDED, (*place, most))) or is_first:
            yield Changes(
                sequence=now,
                embedder=embedder,
                added=np.array([row[1] for row in rows], np.int64),
                languages=np.array([row[2] for row in rows], np.str_),
                collections=np.array([row[3] for row in rows], np.object_),
                vectors=self._vectors([row[4] for row in rows]),
                removed=np.array([key for (key,) in removed], np.int64),
            )
            if len(rows) < most:
                return
            place, removed, is_first = (rows[-1][0], rows[-1][1]), [], False

    def vectors_at(self, keys: npt.NDArray[np.int64]) -> StoredVectors:
        """The vectors of these chunks; those that are not there any more are left out."""
        database = self.view.database
        with database.snapshot():
            rows = database.rows(AT, (json.dumps(keys.tolist()),))
            embedder = database.meta("embedder")
        found = np.array([key for key, _ in rows], np.int64)
        return StoredVectors(embedder, found, self._vectors([blob for _, blob in rows]))

    def _vectors(self, blobs: Sequence[bytes]) -> Vectors:
        if len({len(blob) for blob in blobs}) > 1:
            raise self.view.damaged("vectors of different lengths")
        vectors = unpack_vectors(b"".join(blobs))
        if not np.isfinite(vectors).all():  # one such number would spoil every search
            raise self.view.damaged("vectors that hold no numbers")
        return vectors.reshape(len(blobs), -1) if blobs else vectors.reshape(0, 0)
