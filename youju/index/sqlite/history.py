"""Which index this is, how far it has come, and what a cache needs to catch up with it. What each method promises, `Store`
says. All of it is of the whole index, whatever a caller may see.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.index.base.packing import unpack_vectors
from youju.index.sqlite.view import View


@dataclass(frozen=True)
class Changes:
    """What happened to chunks behind a sequence. `vectors` has shape (len(added), dimension), `languages` (len(added),);
    `embedder` is the fingerprint of what made them.
    """

    sequence: int
    embedder: str | None
    added: npt.NDArray[np.int64]
    languages: npt.NDArray[np.str_]
    vectors: Vectors
    removed: npt.NDArray[np.int64]


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

    def changes_since(self, sequence: int) -> Changes:
        database = self.view.database
        with database.snapshot():
            now, embedder = database.sequence(), database.meta("embedder")
            keys, languages, lengths, data = [], [], set(), bytearray()  # one copy of the vectors, which may be most of memory
            asked = "SELECT key, language, vector FROM chunks WHERE sequence > ? ORDER BY key"
            for key, language, blob in database.each(asked, (sequence,)):
                keys.append(key)
                languages.append(language)
                lengths.add(len(blob))
                data += blob
            removed = database.rows("SELECT key FROM tombstones WHERE sequence > ?", (sequence,))
        if len(lengths) > 1:
            raise self.view.damaged("vectors of different lengths")
        vectors = unpack_vectors(data)
        if not np.isfinite(vectors).all():  # one such number would spoil every search
            raise self.view.damaged("vectors that hold no numbers")
        return Changes(
            sequence=now,
            embedder=embedder,
            added=np.array(keys, np.int64),
            languages=np.array(languages, np.str_),
            vectors=vectors.reshape(len(keys), -1) if keys else vectors.reshape(0, 0),
            removed=np.array([key for (key,) in removed], np.int64),
        )
