"""Nearest chunks of an index: follows the store, searches, keeps a file for the next start.

One part for each language, because similarities of different languages are not on one scale: multilingual embedders rank any
passage in the language of the question above a relevant one in another. `search` tells how similar an average passage of each
language is to a query, so that the caller can correct for it.

The file carries a mark, a random word that the store commits before the file appears. A store that lost its last changes, as
with its journal or by a restored backup, does not know the mark of a file that holds them, though its sequence may be as high
again. What a file lacks, or all of it, comes from the store again.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import faiss
import numpy as np

from youju.embedding.base import Vectors
from youju.errors import EmbedderMismatch, YoujuError
from youju.files import disk_errors, process_lock
from youju.index.base.averages import averages_within
from youju.index.base.records import UNMOVED, Neighbour
from youju.index.sqlite.history import Changes, StoredVectors
from youju.index.sqlite.members import KeySet
from youju.index.sqlite.store import Store
from youju.index.vectors import file
from youju.index.vectors.building import built, settle
from youju.index.vectors.shards import Flat, Keys, Shard, empty
from youju.records import EVERYTHING, Language, Scope

LANGUAGES: tuple[Language, ...] = get_args(Language)
LARGE = 50_000  # vectors of a language, beyond which they are kept in lists
COMPARED = 2  # times as many as are wanted are compared again by their vectors, where codes were compared


class VectorIndex:
    """Nearest chunks by cosine similarity. Safe to call from several threads.

    It follows the store: every search first takes over what was committed since the last one. Up to `large` vectors of a
    language are compared one by one. More are kept in lists (`shards.py`), which are made beside what serves; `save` makes them
    at once.
    """

    def __init__(
        self, store: Store, path: Path, dimension: int, embedder: str | None = None, large: int = LARGE
    ) -> None:  # fmt: skip
        """
        Args:
            embedder: fingerprint of the embedder whose vectors it shall hold; else that of the store.
            large: vectors of a language beyond which they are kept in lists.
        """
        self._store = store
        self._embedder = embedder or store.embedder()
        self.path = path
        self._dimension = dimension
        self._large = large
        self._lock = threading.Lock()
        self._building = threading.Lock()
        self._tried = -1  # the sequence at which lists or the file were made beside, or could not be
        self._mark = ""  # of the file that was read or written last
        self._sequence, self._saved = 0, -1
        self._averages: dict[Language, Vectors] = {}
        self._shards: dict[Language, Shard] = {}
        self._forget()
        self._load()

    @property
    def sequence(self) -> int:
        """The store's change up to which this index is complete."""
        return self._sequence

    @property
    def is_usable(self) -> bool:
        return self._is_read or self._is_of_another_version or not self.path.exists()

    @property
    def is_exact(self) -> bool:
        """Whether every search compares all vectors."""
        return all(shard.is_exact for shard in self._shards.values())

    def __len__(self) -> int:
        return sum(len(shard) for shard in self._shards.values())

    def keys(self) -> Keys:
        """Keys of the chunks it holds, ascending."""
        self.refresh()
        with self._lock:
            return np.sort(np.concatenate([shard.keys() for shard in self._shards.values()]))

    def refresh(self) -> None:
        """Take over what was committed to the store since the last time."""
        if self._store.sequence() != self._sequence:
            with self._lock:
                if self._store.sequence() < self._sequence:  # an older state was put in its place
                    self._forget()
                with self._store.changes_since(self._sequence) as parts:
                    for number, changes in enumerate(parts):
                        try:
                            self._apply(changes)
                        except BaseException:
                            if number:  # else nothing was changed
                                self._forget()
                            raise
                self._sequence = changes.sequence
                self._averages = self._averages_within(None)

    def search(
        self, query: Vectors, limit: int, scope: Scope = EVERYTHING, also: Sequence[int] = (),
        moved: Mapping[Language, Vectors] = UNMOVED,
    ) -> tuple[list[Neighbour], dict[Language, float]]:  # fmt: skip
        """What is near `query`, shape (dimension,), and what is usual.

        Args:
            moved: what stands in for the query among the chunks of a language.
            also: keys of further chunks to look at, wherever they rank; those it does not hold are left out.

        Returns:
            The nearest `limit` chunks of each language, with `also` behind them; and for each language the similarity of
            its average passage to `query`, of those that the caller may see at all.
        """
        self.refresh()
        with self._lock:
            averages = self._averages if scope.allowed is None else self._averages_within(scope.allowed)
            members = None if scope.is_everything else self._store.members(scope)
            asked = {language: moved.get(language, query) for language in self._shards}
            near = self._near(asked, limit, members, np.array(also, np.int64))
        is_wanted = self._tried != self._sequence and (self._is_of_another_version or self._due())
        if is_wanted and self._building.acquire(blocking=False):
            threading.Thread(target=self._build_beside, name="vectors").start()
        return near, {language: float(asked[language] @ average) for language, average in averages.items()}

    def save(self) -> None:
        """Write the file, if something changed since it was read or written.

        Raises:
            StorageFull, StoreUnusable: it cannot be written; the one before is still there, and nothing is lost.
        """
        self.refresh()
        with self._building:
            self._build(lambda: True)
        self._save()

    def _save(self) -> None:
        if self._saved == self._sequence:
            return
        # What another process wrote meanwhile is taken over first, so that an older state never comes last.
        with disk_errors(self.path), process_lock(self.path):
            self.refresh()
            with self._lock:
                mark = uuid.uuid4().hex
                # The embedder is not the store's, whose vectors may have been replaced meanwhile.
                header = {"sequence": self._sequence, "mark": mark, "embedder": self._embedder}
                self._store.mark_cache(mark, self._mark)
                file.write(self.path, header, self._shards)
                self._saved, self._mark = self._sequence, mark
                self._is_of_another_version = False

    def _near(self, asked: Mapping[Language, Vectors], limit: int, members: KeySet | None, also: Keys) -> list[Neighbour]:
        found = {
            language: shard.search(asked[language], limit * (1 if shard.is_exact else COMPARED), members)
            for language, shard in self._shards.items()
            if len(shard)
        }
        lists = [language for language in found if not self._shards[language].is_exact]
        wanted = [*(found[language][0] for language in lists), also]
        compared = self._compared({language: asked[language] for language in lists}, np.concatenate(wanted)) if lists else {}
        near: list[Neighbour] = []
        for language, (keys, similarities) in found.items():
            if self._shards[language].is_exact:
                near += _neighbours(language, keys, similarities)
            else:
                near += _best(language, keys, compared[language])[:limit]
        held = {neighbour.key for neighbour in near}
        beside = np.array([key for key in also.tolist() if key not in held], np.int64)
        for language, shard in self._shards.items():
            if isinstance(shard, Flat):
                near += _neighbours(language, *shard.among(asked[language], beside)) if len(beside) and len(shard) else []
            else:
                near += _best(language, beside[shard.holds(beside)], compared.get(language, {}))
        return near

    def _compared(self, asked: Mapping[Language, Vectors], keys: Keys) -> dict[Language, dict[int, float]]:
        """Key -> similarity to what is asked in each language, by the vectors in the store; without those that were deleted
        meanwhile."""
        stored = self._stored(np.unique(keys))
        if not len(stored.keys):
            return {language: {} for language in asked}
        names = stored.keys.tolist()
        return {language: dict(zip(names, (stored.vectors @ query).tolist(), strict=True)) for language, query in asked.items()}

    def _stored(self, keys: Keys) -> StoredVectors:
        found = self._store.vectors_at(keys)
        self._require(found.embedder)
        return found

    def _forget(self) -> None:
        self._shards = {language: empty(self._dimension) for language in LANGUAGES}
        self._averages = {}
        self._sequence, self._saved = 0, -1

    def _load(self) -> None:
        loaded = self._read_file()
        self._is_read = loaded is not None
        # One that an upgrade left, or a step back: it is made anew, beside what serves.
        self._is_of_another_version = loaded is None and file.is_of_another_version(self.path)
        if loaded is not None:
            header, self._shards = loaded
            self._sequence = self._saved = header["sequence"]
            self._mark = header["mark"]
            self._averages = self._averages_within(None)

    def _read_file(self) -> tuple[dict[str, Any], dict[Language, Shard]] | None:
        """The header and the vectors in the file, or None when it is absent, damaged, or not of this store."""

        def is_right(header: dict[str, Any]) -> bool:
            belongs = header["mark"] in self._store.cache_marks() and header["embedder"] == self._embedder
            return belongs and header["sequence"] <= self._store.sequence()

        found = file.read(self.path, LANGUAGES, is_right)
        return found if found and all(shard.dimension == self._dimension for shard in found[1].values()) else None

    def _apply(self, changes: Changes) -> None:
        if len(changes.added):
            self._require(changes.embedder)
        self._embedder = self._embedder or changes.embedder
        for language, shard in self._shards.items():
            shard.remove(changes.removed)
            chosen = changes.languages == language
            if chosen.all() and len(chosen):
                shard.add(changes.added, changes.collections, changes.vectors)
            elif chosen.any():
                shard.add(changes.added[chosen], changes.collections[chosen], changes.vectors[chosen])

    def _require(self, embedder: str | None) -> None:
        if embedder != (self._embedder or embedder):
            # Vectors were all replaced (`youju reindex`). What it holds by now is what those asking can ask.
            raise EmbedderMismatch(
                f"the index in {self._store.path.parent} was embedded again with another model.",
                "Restart with that model as YOUJU_EMBEDDING_MODEL.",
            )

    def _averages_within(self, allowed: Sequence[str] | None) -> dict[Language, Vectors]:
        return averages_within({language: shard.sums for language, shard in self._shards.items()}, allowed)

    # Lists of very many vectors

    def _due(self) -> list[Language]:
        """The languages whose vectors should be kept in another way, as many as there are by now."""
        return [language for language, shard in self._shards.items() if shard.is_due(self._large)]

    def _build(self, is_wanted: Callable[[], bool]) -> None:
        for language in self._due():
            with self._lock:
                before = self._shards[language]
                keys, places = np.sort(before.keys()), before.places
            shard = built(keys, places, self._dimension, self._stored, self._large, is_wanted)
            if shard is None:
                return
            with self._lock:
                if self._shards[language] is before:  # else all of it was read anew
                    settle(shard, before, self._stored)
                    self._shards[language] = shard
                    self._saved = -1
                    self._averages = self._averages_within(None)

    def _build_beside(self) -> None:
        """In a thread of its own, on one core; given up when the program ends or the store cannot be read."""
        try:
            faiss.omp_set_num_threads(1)
            self._tried = self._sequence
            with contextlib.suppress(YoujuError):
                self._build(threading.main_thread().is_alive)
                self._save()
        finally:
            self._building.release()


def _neighbours(language: Language, keys: Keys, similarities: Vectors) -> list[Neighbour]:
    return [Neighbour(key, one, language) for key, one in zip(keys.tolist(), similarities.tolist(), strict=True)]


def _best(language: Language, keys: Keys, similarities: dict[int, float]) -> list[Neighbour]:
    """Best first, of those whose similarity is known."""
    known = [Neighbour(key, similarities[key], language) for key in keys.tolist() if key in similarities]
    return sorted(known, key=lambda neighbour: -neighbour.similarity)
