"""The index in SQLite, the only truth: documents, their places, chunks, vectors, full text. Each change is one transaction.

Knows nothing of FAISS, files other than its own, models or HTTP. A chunk carries the sequence that added it and a tombstone
the one that removed it, so that a cache can catch up (`changes_since`). Keys of chunks are never used twice.

`Store` is the door to its parts: `documents.py`, `tables.py`, `records.py` (rows of large tables), `chunks.py`, `words.py` (the
full text), `failures.py`, `originals.py`, `outlines.py`, `history.py` (what caches need), `writing.py`. What a
caller may see is decided in one place, `view.py`. What each method promises, `youju.index.protocols.Store` says.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.errors import StoreUnusable
from youju.index.base.records import Known, Location, Source
from youju.index.sqlite.chunks import Chunks
from youju.index.sqlite.database import BUSY_MS, Database
from youju.index.sqlite.documents import Documents
from youju.index.sqlite.failures import Failures
from youju.index.sqlite.history import Changes, History, StoredVectors
from youju.index.sqlite.members import KeySet, KnownMembers, Members
from youju.index.sqlite.originals import Originals
from youju.index.sqlite.outlines import Outlines
from youju.index.sqlite.postings import MANY, KnownPostings
from youju.index.sqlite.records import Records
from youju.index.sqlite.tables import Tables
from youju.index.sqlite.view import View
from youju.index.sqlite.words import Words
from youju.index.sqlite.writing import Writer
from youju.records import EVERYTHING, Box, Chunk, Document, Extracted, Failure, Passage, Scope, Scores
from youju.structure import StoredTable, TableCard


class Store:
    """The documents of the index. Safe to use from several threads and processes.

    One that is limited to some collections (`limited_to`) reads and deletes there as if the rest did not exist.
    """

    def __init__(self, path: Path, busy_ms: int = BUSY_MS, many: int = MANY) -> None:
        """
        Args:
            busy_ms: how long a write waits for another one.
            many: chunks from which on the words asked for are kept in memory.

        Raises:
            StoreUnusable: the file is no index, cannot be opened, or was written by another version.
        """
        self.path = path
        self.database = Database(path, busy_ms)
        self._known_members = KnownMembers()
        self._postings, self._many = KnownPostings(), many
        self._look_through(View(self.database))

    def _look_through(self, view: View) -> None:
        self._view = view
        self._documents = Documents(view)
        self._chunks = Chunks(view)
        self._members = Members(view, self._known_members)
        self._words = Words(view, self._members, self._postings, self._many)
        self._failures = Failures(view)
        self._originals = Originals(view)
        self._tables = Tables(view)
        self.records = Records(view)
        self.outlines = Outlines(view)
        self._history = History(view)
        self._writer = Writer(view)

    def close(self) -> None:
        self.database.close()

    @property
    def allowed(self) -> tuple[str, ...] | None:
        return self._view.allowed

    def limited_to(self, allowed: tuple[str, ...] | None) -> Store:
        limited = copy.copy(self)
        limited._look_through(self._view.limited_to(allowed))
        return limited

    # The file as a whole

    @property
    def place(self) -> str:
        return str(self.path.parent)

    def bytes_used(self) -> int:
        journal = self.path.with_name(self.path.name + "-wal")
        try:
            return sum(path.stat().st_size for path in (self.path, journal) if path.exists())
        except OSError as error:
            raise StoreUnusable(f"the index cannot be read ({error.strerror}).", "Check the disk.") from error

    def write_trouble(self) -> str | None:
        path = self.path
        if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
            return None
        return f"{path} cannot be written: questions are answered, but nothing can be taken in or deleted. Make it writable."

    def snapshot(self) -> AbstractContextManager[None]:
        return self.database.snapshot()

    def reading(self) -> AbstractContextManager[None]:
        return nullcontext()

    def rewrite(self) -> None:
        """Write the file anew, so that nothing deleted is left in it."""
        self.database.rewrite()

    # History, and what caches need

    def sequence(self) -> int:
        return self.database.sequence()

    def changed_at(self) -> int | None:
        return self.database.changed_at()

    def identity(self) -> str:
        return self._history.identity()

    def cache_marks(self) -> list[str]:
        """Marks of the caches that may be used; one with another mark may be of another history."""
        return self._history.cache_marks()

    def mark_cache(self, mark: str, before: str) -> None:
        """Note the mark of a cache that is about to be written, and of the one in whose place it comes. All that it holds was
        committed before, so that whoever knows the mark knows that too.
        """
        self._history.mark_cache(mark, before)

    def changes_since(self, sequence: int) -> AbstractContextManager[Iterator[Changes]]:
        """Chunks added and removed behind `sequence`, in parts, from one consistent view.

        Raises:
            StoreUnusable: what was added are no vectors of one length.
        """
        return self._history.changes_since(sequence)

    def vectors_at(self, keys: npt.NDArray[np.int64]) -> StoredVectors:
        """The vectors of these chunks; those that are not there any more are left out."""
        return self._history.vectors_at(keys)

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
        return self._originals.get(document_id)

    def lacking_originals(self, collection: str) -> dict[str, str]:
        return self._originals.lacking(collection)

    def add_original(self, document_id: str, data: bytes) -> None:
        self._originals.add(document_id, data)

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

    def members(self, scope: Scope) -> KeySet:
        """The same as a set that tells of a key whether it is among them; kept until the index changes."""
        return self._members.of(scope)

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
        return self._failures.all(collection)

    def count_failures(self) -> int:
        return self._failures.count()

    def record_failures(self, failures: Sequence[Failure]) -> None:
        self._failures.record(failures)

    def forget_failures(self, collection: str, sources: Iterable[str]) -> None:
        self._failures.forget(collection, sources)

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
