"""FAISS: a cache of the vectors in the store, checksummed and always rebuildable. The only place that knows FAISS.

One flat index for each language, because similarities of different languages are not on one scale: multilingual embedders
rank any passage in the language of the question above a relevant one in another. `expected` tells how similar an
average passage of each language is to a query, so that the caller can correct for it.

The file is one header line (JSON: sequence, mark, embedder, sizes, and SHA-256 of the rest) and the serialised indexes
behind it. It is written beside its place, synced and renamed. A file that fails any check is not used: what it
lacks, or all of it, comes from the store again.

The mark is a random word that the store commits before the file appears. A store that lost its last changes, as with its
journal or by a restored backup, does not know the mark of a file that holds them, though its sequence may be as high again.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import faiss
import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.errors import EmbedderMismatch
from youju.files import atomic_write, disk_errors, process_lock
from youju.index.base.averages import VectorSums
from youju.index.base.records import Neighbour
from youju.index.sqlite.history import Changes
from youju.index.sqlite.members import KeySet
from youju.index.sqlite.store import Store
from youju.records import EVERYTHING, Language, Scope

MAGIC = b"YOUJU-VECTORS-3 "  # 2 had chunks in languages of their own, not of their documents
HEADER_LIMIT = 4096  # bytes
LANGUAGES: tuple[Language, ...] = get_args(Language)
SCOPES_KEPT = 32  # whose averages stay known: 8 bytes a chunk each

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Averages:
    """The averages of what a scope held at a sequence: `held` are the keys that were averaged, by language."""

    sequence: int
    held: dict[Language, Keys]
    vectors: dict[Language, Vectors]


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
        self._mark = ""  # of the file that was read or written last
        self._averages_of: OrderedDict[Scope, _Averages] = OrderedDict()
        self._shards = {language: _empty(dimension) for language in LANGUAGES}
        self._sums = VectorSums()
        self._averages: dict[Language, Vectors] = {}
        self._load()

    @property
    def sequence(self) -> int:
        """The store's change up to which this index is complete."""
        return self._sequence

    @property
    def is_usable(self) -> bool:
        return self._is_read or not self.path.exists()

    def __len__(self) -> int:
        return sum(shard.ntotal for shard in self._shards.values())

    def keys(self) -> Keys:
        """Keys of the chunks it holds, ascending."""
        self.refresh()
        with self._lock:
            return np.sort(np.concatenate([faiss.vector_to_array(shard.id_map) for shard in self._shards.values()]))

    def refresh(self) -> None:
        """Take over what was committed to the store since the last time."""
        if self._store.sequence() != self._sequence:
            with self._lock:
                if self._store.sequence() < self._sequence:  # an older state was put in its place
                    self._shards = {language: _empty(self._dimension) for language in LANGUAGES}
                    self._sums = VectorSums()
                    self._averages_of.clear()  # there, a key may stand for another chunk
                    self._sequence = 0
                self._apply(self._store.changes_since(self._sequence))

    def search(
        self, query: Vectors, limit: int, scope: Scope = EVERYTHING, also: Sequence[int] = ()
    ) -> tuple[list[Neighbour], dict[Language, float]]:
        """What is near `query`, shape (dimension,), and what is usual.

        Args:
            also: keys of further chunks to look at, wherever they rank; those it does not hold are left out.

        Returns:
            The nearest `limit` chunks of each language, with `also` behind them; and for each language the similarity of
            its average passage to `query`, of those that the caller may see at all.
        """
        self.refresh()
        with self._lock:
            averages = self._averages if scope.allowed is None else self._averages_within(Scope(allowed=scope.allowed))
            members = None if scope.is_everything else self._store.members(scope)
            near = self._search(query, limit, None if members is None else _among(members))
            known = {neighbour.key for neighbour in near}
            further = np.array([key for key in also if key not in known], np.int64)
            near += self._search(query, len(further), faiss.IDSelectorBatch(further)) if len(further) else []
            return near, {language: float(query @ average) for language, average in averages.items()}

    def save(self) -> None:
        """Write the file, if something changed since it was read or written.

        Raises:
            StorageFull, StoreUnusable: it cannot be written; the one before is still there, and nothing is lost.
        """
        self.refresh()
        if self._saved == self._sequence:
            return
        # What another process wrote meanwhile is taken over first, so that an older state never comes last.
        with disk_errors(self.path), process_lock(self.path):
            self.refresh()
            self._write()

    def _write(self) -> None:
        with self._lock:
            digest = hashlib.sha256()
            sizes = [_written(shard, digest.update) for shard in self._shards.values()]
            header = {
                "sequence": self._sequence,
                "mark": (mark := uuid.uuid4().hex),
                "embedder": self._embedder,  # not the store's, whose vectors may have been replaced meanwhile
                "sizes": sizes,
                "sha256": digest.hexdigest(),
            }
            line = json.dumps(header).encode()
            line += b" " + hashlib.sha256(line).hexdigest().encode() + b"\n"
            self._store.mark_cache(mark, self._mark)
            with atomic_write(self.path) as draft, draft.open("wb") as file:
                file.write(MAGIC + line)
                for shard in self._shards.values():
                    _written(shard, file.write)
            self._saved, self._mark = self._sequence, mark

    def _search(self, query: Vectors, limit: int, chosen: faiss.IDSelector | None) -> list[Neighbour]:
        parameters = None if chosen is None else faiss.SearchParameters(sel=chosen)  # type: ignore[call-arg]
        found = []
        for language, shard in self._shards.items():
            similarities, near = shard.search(query.reshape(1, -1), max(1, limit), params=parameters)
            pairs = zip(near[0].tolist(), similarities[0].tolist(), strict=True)
            found += [Neighbour(key, similarity, language) for key, similarity in pairs if key >= 0]
        return found

    def _load(self) -> None:
        loaded = self._read_file()
        self._is_read = loaded is not None
        if loaded is not None:
            self._shards, self._sequence, self._mark = loaded
            self._saved = self._sequence
            self._sums = VectorSums((language, self._rows(language)) for language in LANGUAGES)
            self._averages = self._sums.averages()

    def _read_file(self) -> tuple[dict[Language, Any], int, str] | None:
        """The indexes in the file, their sequence and mark, or None when it is absent, damaged, or not of this store."""
        try:
            data = self._read_bytes()
        except (OSError, MemoryError):
            return None
        line, _, _ = data[:HEADER_LIMIT].partition(b"\n")
        header = _header(line)
        if header is None or len(data) != len(line) + 1 + sum(header["sizes"]):
            return None
        payload = memoryview(data)[len(line) + 1 :]
        if hashlib.sha256(payload).hexdigest() != header["sha256"]:
            return None
        belongs = header["mark"] in self._store.cache_marks() and header["embedder"] == self._embedder
        if not belongs or header["sequence"] > self._store.sequence():
            return None
        parts = np.split(np.frombuffer(payload, np.uint8), np.cumsum(header["sizes"])[:-1])
        shards = [faiss.deserialize_index(part) for part in parts]
        if any(shard.d != self._dimension for shard in shards):
            return None
        return dict(zip(LANGUAGES, shards, strict=True)), header["sequence"], header["mark"]

    def _read_bytes(self) -> bytes:
        """All of the file, if it is as long as its header says; else the header. What is no plain file may never end.

        Raises:
            OSError: it cannot be read.
        """
        with open(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return b""
            start = file.read(HEADER_LIMIT)
            line, _, _ = start.partition(b"\n")
            header = _header(line)
            fits = header is not None and status.st_size == len(line) + 1 + sum(header["sizes"])
            return start + file.read(status.st_size - len(start)) if fits else start

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
                gone = np.isin(self._held(language), changes.removed)
                if gone.any():
                    self._sums.remove(language, self._rows(language)[gone])
                    shard.remove_ids(faiss.IDSelectorBatch(changes.removed))
            chosen = changes.languages == language
            if chosen.any():
                added = changes.vectors if chosen.all() else np.ascontiguousarray(changes.vectors[chosen])
                shard.add_with_ids(added, changes.added[chosen])
                self._sums.add(language, added)
        self._sequence = changes.sequence
        self._averages = self._sums.averages()

    def _held(self, language: Language) -> Keys:
        """Keys of the chunks of a language, in the order of `_rows`."""
        keys: Keys = faiss.vector_to_array(self._shards[language].id_map)
        return keys

    def _rows(self, language: Language) -> Vectors:
        """The vectors of a language where they lie, not copied: gone with the next change."""
        shard = self._shards[language]
        if not shard.ntotal:
            return np.zeros((0, self._dimension), np.float32)
        flat: Any = faiss.downcast_index(shard.index)
        rows: Vectors = faiss.rev_swig_ptr(flat.get_xb(), shard.ntotal * self._dimension).reshape(-1, self._dimension)
        return rows

    def _averages_within(self, scope: Scope) -> dict[Language, Vectors]:
        """Made anew only when a change has added or removed something that the scope holds."""
        known = self._averages_of.get(scope)
        if known is None or known.sequence != self._sequence:
            members = self._store.members(scope)
            inside = {language: members.holds(self._held(language)) for language in LANGUAGES}
            held = {language: self._held(language)[chosen] for language, chosen in inside.items()}
            if known is not None and all(np.array_equal(held[language], known.held[language]) for language in LANGUAGES):
                vectors = known.vectors
            else:
                vectors = VectorSums((language, self._rows(language)[inside[language]]) for language in LANGUAGES).averages()
            self._averages_of[scope] = known = _Averages(self._sequence, held, vectors)
        self._averages_of.move_to_end(scope)
        while len(self._averages_of) > SCOPES_KEPT:
            self._averages_of.popitem(last=False)
        return known.vectors


def _among(members: KeySet) -> faiss.IDSelector:
    return faiss.IDSelectorBitmap(members.bits)  # type: ignore[arg-type, call-arg]


def _header(line: bytes) -> dict[str, Any] | None:
    """The header, if its own checksum holds."""
    encoded, _, checksum = line.removeprefix(MAGIC).rpartition(b" ")
    if not line.startswith(MAGIC) or hashlib.sha256(encoded).hexdigest().encode() != checksum:
        return None
    header: dict[str, Any] = json.loads(encoded)
    return header


def _written(shard: Any, write: Callable[[bytes], object]) -> int:
    """Hand over a serialised index part by part: all at once it would be in memory three times. Returns its bytes."""
    size = 0

    def take(part: bytes) -> None:
        nonlocal size
        size += len(part)
        write(part)

    faiss.write_index(shard, faiss.PyCallbackIOWriter(take))  # type: ignore[attr-defined]
    return size


def _empty(dimension: int) -> Any:
    return faiss.IndexIDMap(faiss.IndexFlatIP(dimension))
