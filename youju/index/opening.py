"""Which engine holds an index. The one place that chooses, for the service and for every command."""

from __future__ import annotations

import importlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from youju.embedding.base import Embedder
from youju.errors import EmptyIndex, InvalidRequest, to_install
from youju.files import disk_errors
from youju.index.base.keys import Keys
from youju.index.protocols import Feedback, Integrity, Jobs, NewVectors, Store, UnansweredQuestions, VectorIndex
from youju.index.sqlite import database, feedback, integrity, jobs, keys, new_vectors, store, unanswered
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
    feedback: Feedback

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
        InvalidRequest: it is in PostgreSQL, and what that needs is not installed.
    """
    if address := settings.database_url.get_secret_value():
        with disk_errors(settings.data_dir):  # the calibration and uploads on their way lie there
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        return index_of(_postgres().Store(address, busy_ms), settings)
    return index_of(store.Store(settings.database, busy_ms), settings)


def index_of(opened: Store, settings: Settings) -> Index:
    """The other parts of the index whose store is open."""
    if isinstance(opened, store.Store):
        return Index(
            settings, opened, jobs.Jobs(opened.database, settings.spool_dir), keys.Keys(opened.database),
            unanswered.UnansweredQuestions(opened.database), integrity.Integrity(opened), new_vectors.NewVectors(opened),
            feedback.Feedback(opened.database),
        )  # fmt: skip
    parts = _postgres()
    assert isinstance(opened, parts.Store)
    return Index(
        settings, opened, parts.Jobs(opened.database, settings.spool_dir), parts.Keys(opened.database),
        parts.UnansweredQuestions(opened.database), parts.Integrity(opened.database), parts.NewVectors(opened.database),
        parts.Feedback(opened.database),
    )  # fmt: skip


def open_vectors(opened: Store, settings: Settings, embedder: Embedder | None = None) -> VectorIndex:
    """The vectors of the store, ready to search.

    Args:
        embedder: what made them, where it is known; else the store tells, which has none before the first document.
    """
    if isinstance(opened, store.Store):
        if embedder is None:
            return FaissIndex(opened, settings.vector_file, max(1, opened.dimension()))
        return FaissIndex(opened, settings.vector_file, embedder.dimension, embedder.fingerprint)
    parts = _postgres()
    assert isinstance(opened, parts.Store)
    found: VectorIndex = opened.vectors(None if embedder is None else embedder.fingerprint)
    return found


def require_index(settings: Settings) -> None:
    """
    Raises:
        EmptyIndex: there is none where the settings say.
    """
    if not (settings.database_url.get_secret_value() or settings.database.exists()):
        raise EmptyIndex(f"there is no index in {settings.data_dir}.", "Check YOUJU_DATA_DIR.")


def embedded(opened: Store, what: str, instead: str) -> store.Store:
    """The store as a file of SQLite.

    Args:
        what: that only files can have, for who asks it of another engine.
        instead: what to do then.

    Raises:
        InvalidRequest: the index is in PostgreSQL.
    """
    if not isinstance(opened, store.Store):
        raise InvalidRequest(f"{what} is for an index in SQLite; this one is {opened.place}.", instead)
    return opened


def replaced(opened: Store) -> AbstractContextManager[None]:
    """Of an index in PostgreSQL: all that is written inside appears at once, in place of everything that was there."""
    assert isinstance(opened, _postgres().Store)
    inside: AbstractContextManager[None] = opened.replaced()
    return inside


def faiss_index(vectors: VectorIndex) -> FaissIndex:
    """The vectors of an index in SQLite."""
    assert isinstance(vectors, FaissIndex)
    return vectors


def _postgres() -> Any:
    """Loaded only where it is asked for: not everybody has installed what it needs."""
    try:
        return importlib.import_module("youju.index.postgres")
    except ModuleNotFoundError as error:
        what = f"YOUJU_DATABASE_URL needs a package that is not installed ({error.name})."
        raise InvalidRequest(what, f"Install it: {to_install('postgres')}.") from None
