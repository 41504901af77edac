"""The index in PostgreSQL, shared by all nodes: documents, places, chunks, vectors, words. Each change is one transaction.

`Store` is the door to its parts: `documents.py`, `chunks.py` (with outlines and tables), `records.py` (rows of large tables),
`words.py`, `writing.py`. What a caller may see is decided in one place, `view.py`. What each method promises,
`youju.index.protocols.Store` says.
"""

from __future__ import annotations

import contextlib
import copy
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.index.base.records import Known, Location, Source
from youju.index.postgres import graphs
from youju.index.postgres.chunks import Chunks, Outlines, Tables
from youju.index.postgres.database import LOCK_MS, Database
from youju.index.postgres.documents import Documents
from youju.index.postgres.records import Records
from youju.index.postgres.schema import EMPTIED, NAMESPACE, set_meta
from youju.index.postgres.vectors import VectorIndex
from youju.index.postgres.view import View
from youju.index.postgres.words import Words
from youju.index.postgres.writing import Writer
from youju.records import EVERYTHING, Box, Chunk, Document, Extracted, Failure, Passage, Scope, Scores
from youju.structure import StoredTable, TableCard


class Store:
    """The documents of the index. Safe to use from several threads, programs and machines."""

    def __init__(self, url: str, busy_ms: int = LOCK_MS) -> None:
        """
        Args:
            busy_ms: how long a write waits for another one.

        Raises:
            StoreUnusable: the server is away or refuses, or the tables were made by another version.
        """
        self.database = Database(url, busy_ms)
        self._look_through(View(self.database))

    def _look_through(self, view: View) -> None:
        self._view = view
        self._documents = Documents(view)
        self._chunks = Chunks(view)
        self._words = Words(view)
        self._tables = Tables(view)
        self.records = Records(view)
        self.outlines = Outlines(view)
        self._writer = Writer(view)

    def close(self) -> None:
        self.database.close()

    def vectors(self, embedder: str | None = None) -> VectorIndex:
        """
        Args:
            embedder: fingerprint of the embedder whose vectors it shall hold; else that of the index.
        """
        return VectorIndex(View(self.database), embedder)

    @property
    def allowed(self) -> tuple[str, ...] | None:
        return self._view.allowed

    def limited_to(self, allowed: tuple[str, ...] | None) -> Store:
        limited = copy.copy(self)
        limited._look_through(self._view.limited_to(allowed))
        return limited

    # The database as a whole

    @property
    def place(self) -> str:
        return self.database.place

    def bytes_used(self) -> int:
        sizes = (
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = "
        )
        return int(self.database.value(f"{sizes}%s::regnamespace", (NAMESPACE,)))

    def write_trouble(self) -> str | None:
        if not self.database.value("SELECT pg_is_in_recovery()"):
            return None
        return (
            f"{self.place} is a replica: questions are answered, but nothing can be taken in or deleted. Write to the primary."
        )

    @contextlib.contextmanager
    def replaced(self) -> Iterator[None]:
        """All that is written inside appears at once, in place of everything that was there; the index is another one then."""
        with self.database.transaction() as connection:
            connection.execute(EMPTIED)
            graphs.drop(connection)
            connection.execute("DELETE FROM meta WHERE name IN ('embedder', 'reindex', 'reindexed')")
            set_meta(connection, "identity", uuid.uuid4().hex)
            yield

    def snapshot(self) -> AbstractContextManager[None]:
        return self.database.snapshot()

    reading = snapshot

    # History, and what caches need

    def sequence(self) -> int:
        return self.database.sequence()

    def changed_at(self) -> int | None:
        known = self.database.meta("changed_at")
        return None if known is None else int(known)

    def identity(self) -> str:
        return self.database.meta("identity") or ""

    # Documents and their places

    def collections(self) -> dict[str, int]:
        return self._documents.collections()

    def require_collection(self, name: str | None) -> None:
        self._documents.require_collection(name)

    def documents(self, collection: str | None = None, offset: int = 0, limit: int | None = None) -> list[Document]:
        return self._documents.page(collection, offset, limit)

    def count_documents(self, collection: str | None = None) -> int:
        return self._documents.count(collection)

    def document(self, document_id: str) -> Document:
        return self._documents.get(document_id)

    def text(self, document_id: str) -> str:
        return self._documents.text(document_id)

    def excerpt(self, document_id: str, start: int, end: int) -> str:
        return self._documents.excerpt(document_id, start, end, self.records)

    def boxes(self, document_id: str, start: int, end: int) -> list[Box]:
        return self._documents.boxes(document_id, start, end)

    def original(self, document_id: str) -> bytes | None:
        return self._documents.original(document_id)

    def lacking_originals(self, collection: str) -> dict[str, str]:
        return self._documents.lacking_originals(collection)

    def add_original(self, document_id: str, data: bytes) -> None:
        self._writer.add_original(document_id, data)

    def locations(self, collection: str) -> list[Location]:
        return self._documents.locations(collection)

    def location(self, collection: str, path_key: str) -> Location | None:
        return self._documents.location(collection, path_key)

    # Tables

    def tables_of(self, document_id: str) -> list[TableCard]:
        return self._tables.of(document_id)

    def tables_at(self, document_id: str, start: int, end: int) -> list[TableCard]:
        return self._tables.at(document_id, start, end)

    def table_cards(self, scope: Scope = EVERYTHING, only_large: bool = False) -> list[TableCard]:
        return self._tables.within(scope, only_large)

    def table(self, document_id: str, ordinal: int, in_part: bool = False) -> StoredTable | None:
        return self._tables.get(document_id, ordinal, in_part)

    # Chunks and their vectors

    def embedder(self) -> str | None:
        return self._chunks.embedder()

    def require_embedder(self, fingerprint: str) -> None:
        self._chunks.require_embedder(fingerprint)

    def dimension(self) -> int:
        return self._chunks.dimension()

    def count_chunks(self) -> int:
        return self._chunks.count()

    def keys(self, scope: Scope) -> npt.NDArray[np.int64]:
        return self._chunks.keys(scope)

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        return self._chunks.vectors_of(hashes)

    def passages(self, scores: dict[int, Scores]) -> list[Passage]:
        return self._chunks.passages(scores)

    # Full text

    def search_words(self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> dict[int, float]:
        return self._words.search(query, limit, scope)

    def mentioning(self, query: Sequence[str], scope: Scope = EVERYTHING) -> list[tuple[int, str]]:
        return self._words.mentioning(query, scope)

    def word_counts(self, query: Sequence[str]) -> dict[str, int]:
        return self._words.counts(query)

    def holding(self, sought: Sequence[str]) -> set[str]:
        return self._words.holding(sought)

    def words_near(self, word: str) -> list[str]:
        return self._words.near(word)

    # Files that could not be read

    def failures(self, collection: str | None = None) -> list[Failure]:
        return self._documents.failures(collection)

    def count_failures(self) -> int:
        return self._documents.count_failures()

    def record_failures(self, failures: Sequence[Failure]) -> None:
        self._writer.record_failures(failures)

    def forget_failures(self, collection: str, sources: Iterable[str]) -> None:
        self._writer.forget_failures(collection, sources)

    # Writing

    def put(
        self, source: Source, extracted: Extracted, language: str, chunks: Sequence[Chunk], vectors: Vectors, embedder: str,
        original: bytes | None = None, known: Known | None = None,
    ) -> str:  # fmt: skip
        return self._writer.put(source, extracted, language, chunks, vectors, embedder, original, known)

    def link(self, source: Source, moved_from: str | None = None) -> str | None:
        return self._writer.link(source, moved_from)

    def touch(self, sources: Iterable[Source]) -> None:
        self._writer.touch(sources)

    def delete(self, document_ids: Iterable[str]) -> int:
        return self._writer.delete(document_ids)

    def forget(self, collection: str, sources: Iterable[str]) -> int:
        return self._writer.forget(collection, sources)
