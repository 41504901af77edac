"""FAISS: a cache of the vectors in the store, checksummed and always rebuildable. The only place that knows FAISS.

One flat index for each language, because similarities of different languages are not on one scale: multilingual embedders
rank any passage in the language of the question above a relevant one in another. `expected` tells how similar an
average passage of each language is to a query, so that the caller can correct for it.

The file is one header line (JSON: sequence, store, embedder, sizes, and SHA-256 of the rest) and the serialised indexes
behind it. It is written beside its place, synced and renamed. A file that fails any check is not used: what it
lacks, or all of it, comes from the store again.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import faiss
import numpy as np
import numpy.typing as npt

from youju.embedding import Vectors
from youju.errors import EmbedderMismatch
from youju.files import appears_whole
from youju.records import EVERYTHING, Language, Scope
from youju.store import Changes, Store

MAGIC = b"YOUJU-VECTORS-1 "
HEADER_LIMIT = 4096  # bytes
LANGUAGES: tuple[Language, ...] = get_args(Language)
# The average of few passages tells more of their subject than of their language: as many passages as this are added
# to each language's average from the average of all.
PRIOR_PASSAGES = 5

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A chunk near a query; `similarity` is the cosine."""

    key: int
    similarity: float
    language: Language


class VectorIndex:
    """Nearest chunks by cosine similarity, exact (flat scans). Safe to call from several threads.

    It follows the store: every search first takes over what was committed since the last one.
    """

    def __init__(self, store: Store, path: Path, dimension: int, embedder: str | None = None) -> None:
        """
        Args:
            embedder: fingerprint of the embedder whose vectors it shall hold; else that of the store.
        """
        self._store = store
        self._embedder = embedder or store.embedder()
        self.path = path
        self._dimension = dimension
        self._lock = threading.Lock()
        self._sequence = 0
        self._saved = -1
        self._members: tuple[int, Scope, Keys] | None = None  # of the scope asked last
        self._shards = {language: _empty(dimension) for language in LANGUAGES}
        self._averages: dict[Language, Vectors] = {}
        self._load()

    @property
    def sequence(self) -> int:
        """The store's change up to which this index is complete."""
        return self._sequence

    def __len__(self) -> int:
        return sum(shard.ntotal for shard in self._shards.values())

    def keys(self) -> Keys:
        """Keys of the chunks it holds, ascending."""
        with self._lock:
            return np.sort(np.concatenate([faiss.vector_to_array(shard.id_map) for shard in self._shards.values()]))

    def refresh(self) -> None:
        """Take over what was committed to the store since the last time."""
        if self._store.sequence() != self._sequence:
            with self._lock:
                self._apply(self._store.changes_since(self._sequence))

    def search(
        self, query: Vectors, limit: int, scope: Scope = EVERYTHING, also: Sequence[int] = ()
    ) -> tuple[list[Neighbour], dict[Language, float]]:
        """What is near `query`, shape (dimension,), and what is usual.

        Args:
            also: keys of further chunks to look at, wherever they rank; those it does not hold are left out.

        Returns:
            The nearest `limit` chunks of each language, with `also` behind them; and for each language the similarity of
            its average passage to `query`.
        """
        self.refresh()
        with self._lock:
            near = self._search(query, limit, None if scope.is_everything else self._keys_of(scope))
            known = {neighbour.key for neighbour in near}
            further = np.array([key for key in also if key not in known], np.int64)
            near += self._search(query, len(further), further) if len(further) else []
            return near, {language: float(query @ average) for language, average in self._averages.items()}

    def save(self) -> None:
        """Write the file, if something changed since it was read or written."""
        self.refresh()
        with self._lock:
            if self._saved == self._sequence:
                return
            payloads = [faiss.serialize_index(shard).tobytes() for shard in self._shards.values()]
            header = {
                "sequence": self._sequence,
                "store": self._store.identity(),
                "embedder": self._embedder,  # not the store's, whose vectors may have been replaced meanwhile
                "sizes": [len(payload) for payload in payloads],
                "sha256": hashlib.sha256(b"".join(payloads)).hexdigest(),
            }
            line = json.dumps(header).encode()
            line += b" " + hashlib.sha256(line).hexdigest().encode() + b"\n"
            with appears_whole(self.path) as draft:
                draft.write_bytes(b"".join([MAGIC, line, *payloads]))
            self._saved = self._sequence

    def _search(self, query: Vectors, limit: int, keys: Keys | None) -> list[Neighbour]:
        parameters = None if keys is None else faiss.SearchParameters(sel=faiss.IDSelectorBatch(keys))  # type: ignore[call-arg]
        found = []
        for language, shard in self._shards.items():
            similarities, near = shard.search(query.reshape(1, -1), max(1, limit), params=parameters)
            pairs = zip(near[0].tolist(), similarities[0].tolist(), strict=True)
            found += [Neighbour(key, similarity, language) for key, similarity in pairs if key >= 0]
        return found

    def _load(self) -> None:
        loaded = self._read_file()
        if loaded is not None:
            self._shards, self._sequence = loaded
            self._saved = self._sequence
            self._average()

    def _read_file(self) -> tuple[dict[Language, Any], int] | None:
        """The indexes in the file and their sequence, or None when it is absent, damaged, or not of this store."""
        try:
            data = self.path.read_bytes()
        except OSError:
            return None
        line, newline, _ = data[: len(MAGIC) + HEADER_LIMIT].partition(b"\n")
        if not newline or not line.startswith(MAGIC):
            return None
        encoded, _, checksum = line[len(MAGIC) :].rpartition(b" ")
        if hashlib.sha256(encoded).hexdigest().encode() != checksum:
            return None
        header = json.loads(encoded)
        payload = data[len(line) + 1 :]
        if hashlib.sha256(payload).hexdigest() != header["sha256"]:
            return None
        belongs = header["store"] == self._store.identity() and header["embedder"] == self._embedder
        if not belongs or header["sequence"] > self._store.sequence():
            return None
        parts = np.split(np.frombuffer(payload, np.uint8), np.cumsum(header["sizes"])[:-1])
        shards = [faiss.deserialize_index(part) for part in parts]
        if any(shard.d != self._dimension for shard in shards):
            return None
        return dict(zip(LANGUAGES, shards, strict=True)), header["sequence"]

    def _apply(self, changes: Changes) -> None:
        if len(changes.added) and changes.embedder != (self._embedder or changes.embedder):
            # Vectors were all replaced (`youju reindex`). What it holds by now is what those asking can ask.
            raise EmbedderMismatch(
                f"the index in {self._store.path.parent} was embedded again with another model.",
                "Restart with that model as YOUJU_EMBEDDING_MODEL.",
            )
        self._embedder = self._embedder or changes.embedder
        for language, shard in self._shards.items():
            if len(changes.removed):
                shard.remove_ids(faiss.IDSelectorBatch(changes.removed))
            chosen = changes.languages == language
            if chosen.any():
                shard.add_with_ids(np.ascontiguousarray(changes.vectors[chosen]), changes.added[chosen])
        self._sequence = changes.sequence
        self._average()

    def _average(self) -> None:
        sums, counts = {}, {}
        for language, shard in self._shards.items():
            if shard.ntotal:
                flat: Any = faiss.downcast_index(shard.index)
                rows = faiss.rev_swig_ptr(flat.get_xb(), shard.ntotal * self._dimension)
                sums[language] = rows.reshape(-1, self._dimension).sum(axis=0, dtype=np.float64)
                counts[language] = shard.ntotal
        if not counts:
            self._averages = {}
            return
        overall = sum(sums.values()) / sum(counts.values())
        self._averages = {
            language: ((sums[language] + PRIOR_PASSAGES * overall) / (counts[language] + PRIOR_PASSAGES)).astype(np.float32)
            for language in sums
        }

    def _keys_of(self, scope: Scope) -> Keys:
        if self._members is None or self._members[:2] != (self._sequence, scope):
            self._members = (self._sequence, scope, self._store.keys(scope))
        return self._members[2]


def _empty(dimension: int) -> Any:
    return faiss.IndexIDMap(faiss.IndexFlatIP(dimension))
