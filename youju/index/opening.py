"""Which engine holds an index. The one place that chooses, for the service and for every command."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from youju.embedding.base import Embedder
from youju.errors import EmptyIndex
from youju.index.base.keys import Keys
from youju.index.protocols import Integrity, Jobs, NewVectors, Store, UnansweredQuestions, VectorIndex
from youju.index.sqlite import database, integrity, jobs, keys, new_vectors, store, unanswered
from youju.index.vectors import VectorIndex as FaissIndex
from youju.settings import Settings

BUSY_MS = database.BUSY_MS


@dataclass(frozen=True)
class Index:
    """All parts of one index."""

    settings: Settings
    store: Store
    jobs: Jobs
    keys: Keys
    unanswered: UnansweredQuestions
    integrity: Integrity
    new_vectors: NewVectors

    def vectors(self, embedder: Embedder | None = None) -> VectorIndex:
        """The vectors, ready to search. `embedder` is what made them, where it is known."""
        return open_vectors(self.store, self.settings, embedder)

    def close(self) -> None:
        self.store.close()


def open_index(settings: Settings, busy_ms: int = BUSY_MS) -> Index:
    """
    Args:
        busy_ms: how long a write waits for another one.

    Raises:
        StoreUnusable: it is no index, cannot be opened, or was written by another version.
    """
    return index_of(store.Store(settings.database, busy_ms), settings)


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Index]:
    """An index that is closed at the end."""
    index = open_index(settings)
    try:
        yield index
    finally:
        index.close()


def index_of(opened: Store, settings: Settings) -> Index:
    """The other parts of the index whose store is open."""
    held = embedded(opened)
    return Index(
        settings, held, jobs.Jobs(held.database, settings.spool_dir), keys.Keys(held.database),
        unanswered.UnansweredQuestions(held.database), integrity.Integrity(held), new_vectors.NewVectors(held),
    )  # fmt: skip


def require_index(settings: Settings) -> None:
    """
    Raises:
        EmptyIndex: there is none where the settings say.
    """
    if not settings.database.exists():
        raise EmptyIndex(f"there is no index in {settings.data_dir}.", "Check YOUJU_DATA_DIR.")


def embedded(opened: Store) -> store.Store:
    """The store as a file of SQLite."""
    assert isinstance(opened, store.Store)
    return opened


def faiss_index(vectors: VectorIndex) -> FaissIndex:
    assert isinstance(vectors, FaissIndex)
    return vectors


def open_vectors(opened: Store, settings: Settings, embedder: Embedder | None = None) -> VectorIndex:
    """The vectors of the store, ready to search.

    Args:
        embedder: what made them, where it is known; else the store tells, which has none before the first document.
    """
    held = embedded(opened)
    if embedder is None:
        return FaissIndex(held, settings.vector_file, max(1, held.dimension()))
    return FaissIndex(held, settings.vector_file, embedder.dimension, embedder.fingerprint)
