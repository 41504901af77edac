"""The index in SQLite, the only truth: documents, their places, chunks, vectors, full text. Each change is one transaction.

Knows nothing of FAISS, files other than its own, models or HTTP. A chunk carries the sequence that added it and a tombstone
the one that removed it, so that a cache can catch up (`changes_since`). Keys of chunks are never used twice.

`Store` is the door to its parts: `documents.py`, `tables.py`, `records.py` (rows of large tables), `chunks.py`, `words.py` (the
full text), `failures.py`, `originals.py`, `outlines.py`, `history.py` (what caches need), `writing.py`. What a
caller may see is decided in one place, `view.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.index.sqlite.chunks import Chunks, content_hash
from youju.index.sqlite.database import BUSY_MS, Database
from youju.index.sqlite.documents import Documents, Location
from youju.index.sqlite.failures import Failures
from youju.index.sqlite.history import Changes, History
from youju.index.sqlite.members import KeySet, KnownMembers, Members
from youju.index.sqlite.originals import Originals
from youju.index.sqlite.outlines import Outlines
from youju.index.sqlite.records import Records
from youju.index.sqlite.tables import Tables
from youju.index.sqlite.view import View
from youju.index.sqlite.words import Words, word_weight
from youju.index.sqlite.writing import Source, Writer
from youju.records import EVERYTHING, Box, Chunk, Document, Extracted, Failure, Passage, Scope, Scores
from youju.structure import StoredTable, TableCard

__all__ = ["Changes", "Location", "Source", "Store", "content_hash", "word_weight"]


class Store:
    """The documents of the index. Safe to use from several threads and processes.

    One that is limited to some collections (`limited_to`) reads and deletes there as if the rest did not exist.
    """

    def __init__(self, path: Path, busy_ms: int = BUSY_MS) -> None:
        """
        Args:
            busy_ms: how long a write waits for another one.

        Raises:
            StoreUnusable: the file is no index, cannot be opened, or was written by another version.
        """
        self.path = path
        self.database = Database(path, busy_ms)
        self._known_members = KnownMembers()
        self._look_through(View(self.database))

    def _look_through(self, view: View) -> None:
        self._view = view
        self._documents = Documents(view)
        self._chunks = Chunks(view)
        self._members = Members(view, self._known_members)
        self._words = Words(view, self._members)
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
        """The collections that it is limited to; None for all."""
        return self._view.allowed

    def limited_to(self, allowed: tuple[str, ...] | None) -> Store:
        """The same store for a caller who may see these collections only; None for all that this one sees."""
        limited = copy.copy(self)
        limited._look_through(self._view.limited_to(allowed))
        return limited

    # The file as a whole

    def snapshot(self) -> AbstractContextManager[None]:
        """All that is read inside comes from one consistent view."""
        return self.database.snapshot()

    def rewrite(self) -> None:
        """Write the file anew, so that nothing deleted is left in it."""
        self.database.rewrite()

    # History, and what caches need

    def sequence(self) -> int:
        """Number of the last committed change."""
        return self.database.sequence()

    def changed_at(self) -> int | None:
        """When that was, in seconds since 1970; None where it was never noted."""
        return self.database.changed_at()

    def identity(self) -> str:
        """Names this very index, so that answers from another one are not taken for its own."""
        return self._history.identity()

    def cache_marks(self) -> list[str]:
        """Marks of the caches that may be used; one with another mark may be of another history."""
        return self._history.cache_marks()

    def mark_cache(self, mark: str, before: str) -> None:
        """Note the mark of a cache that is about to be written, and of the one in whose place it comes. All that it holds was
        committed before, so that whoever knows the mark knows that too.
        """
        self._history.mark_cache(mark, before)

    def changes_since(self, sequence: int) -> Changes:
        """Chunks added and removed behind `sequence`, from one consistent view.

        Raises:
            StoreUnusable: what was added are no vectors of one length.
        """
        return self._history.changes_since(sequence)

    # Documents and their places

    def collections(self) -> dict[str, int]:
        """Name -> number of documents."""
        return self._documents.collections()

    def require_collection(self, name: str | None) -> None:
        """
        Raises:
            UnknownCollection: no document is in it.
        """
        self._documents.require_collection(name)

    def documents(self, collection: str | None = None, offset: int = 0, limit: int | None = None) -> list[Document]:
        """In the order of collection and uri, at most `limit` from the one at `offset` on."""
        return self._documents.page(collection, offset, limit)

    def count_documents(self, collection: str | None = None) -> int:
        return self._documents.count(collection)

    def document(self, document_id: str) -> Document:
        """
        Raises:
            UnknownDocument: there is none of that id.
        """
        return self._documents.get(document_id)

    def text(self, document_id: str) -> str:
        """The extracted text that offsets refer to.

        Raises:
            UnknownDocument: there is none of that id.
        """
        return self._documents.text(document_id)

    def excerpt(self, document_id: str, start: int, end: int) -> str:
        """The text from `start` to `end`, with the lines of the records of large tables as if they followed it.

        Raises:
            UnknownDocument: there is none of that id.
        """
        return self._documents.excerpt(document_id, start, end, self.records)

    def boxes(self, document_id: str, start: int, end: int) -> list[Box]:
        """Where the text from `start` to `end` stands on its pages; empty where that is not known."""
        return self._documents.boxes(document_id, start, end)

    def original(self, document_id: str) -> bytes | None:
        """The bytes of the file that the document was read from; None where they are not kept."""
        return self._originals.get(document_id)

    def lacking_originals(self, collection: str) -> dict[str, str]:
        """Place -> id of the documents of a collection whose original could be kept and is not."""
        return self._originals.lacking(collection)

    def add_original(self, document_id: str, data: bytes) -> None:
        """Keep the original of a document that is in the index already."""
        self._originals.add(document_id, data)

    def locations(self, collection: str) -> list[Location]:
        """All places of a collection's documents."""
        return self._documents.locations(collection)

    def location(self, collection: str, path_key: str) -> Location | None:
        """The place with this key, if a document is there."""
        return self._documents.location(collection, path_key)

    # Tables

    def tables_of(self, document_id: str) -> list[TableCard]:
        """The tables of a document in order; none of an unknown one."""
        return self._tables.of(document_id)

    def tables_at(self, document_id: str, start: int, end: int) -> list[TableCard]:
        """Those that the text from `start` to `end` has a part of."""
        return self._tables.at(document_id, start, end)

    def table_cards(self, scope: Scope = EVERYTHING) -> list[TableCard]:
        """The tables of all documents within a scope."""
        return self._tables.within(scope)

    def table(self, document_id: str, ordinal: int) -> StoredTable | None:
        """A table with its cells and what they hold; None where it is there no more, and of a large one, whose rows `records`
        has: what is computed from some of them would be wrong."""
        return self._tables.get(document_id, ordinal)

    # Chunks and their vectors

    def embedder(self) -> str | None:
        """Fingerprint of the embedder whose vectors the index holds."""
        return self._chunks.embedder()

    def require_embedder(self, fingerprint: str) -> None:
        """
        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """
        self._chunks.require_embedder(fingerprint)

    def dimension(self) -> int:
        """Length of the vectors; 0 while there are none."""
        return self._chunks.dimension()

    def count_chunks(self) -> int:
        return self._chunks.count()

    def keys(self, scope: Scope) -> npt.NDArray[np.int64]:
        """Keys of the live chunks within a scope, ascending."""
        return self._chunks.keys(scope)

    def members(self, scope: Scope) -> KeySet:
        """The same as a set that tells of a key whether it is among them; kept until the index changes."""
        return self._members.of(scope)

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Content hash -> vector, for those that the index already holds."""
        return self._chunks.vectors_of(hashes)

    def passages(self, scores: dict[int, Scores]) -> list[Passage]:
        """The live chunks of these keys as passages, best fused score first. Chunks deleted meanwhile are left out.

        Raises:
            StoreUnusable: one of them is not what was stored.
        """
        return self._chunks.passages(scores)

    # Full text

    def search_words(self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> dict[int, float]:
        """Chunk key -> BM25 score (higher is better) of the best `limit` chunks that hold any word of `query`.

        What a word weighs is counted over the whole index; for a limited store, over what it sees.
        """
        return self._words.search(query, limit, scope)

    def mentioning(self, query: Sequence[str], scope: Scope = EVERYTHING) -> list[tuple[int, str]]:
        """Key and document id of every chunk that holds all of these words, those that hold them best first."""
        return self._words.mentioning(query, scope)

    def word_counts(self, query: Sequence[str]) -> dict[str, int]:
        """Word -> number of chunks that hold it."""
        return self._words.counts(query)

    def holding(self, sought: Sequence[str]) -> set[str]:
        """Those of the words that any chunk holds. Words with a space between them are held if they stand side by side."""
        return self._words.holding(sought)

    def words_near(self, word: str) -> list[str]:
        """Words that chunks hold, as the full text has them, and that differ from this one by a slip of the pen; the least slip
        first. They begin with the same letter."""
        return self._words.near(word)

    # Files that could not be read

    def failures(self, collection: str | None = None) -> list[Failure]:
        """Files that could not be read when last tried."""
        return self._failures.all(collection)

    def count_failures(self) -> int:
        return self._failures.count()

    def record_failures(self, failures: Sequence[Failure]) -> None:
        """Note files that could not be read."""
        self._failures.record(failures)

    def forget_failures(self, collection: str, sources: Iterable[str]) -> None:
        """Forget the failures of files that are gone."""
        self._failures.forget(collection, sources)

    # Writing

    def put(
        self, source: Source, extracted: Extracted, language: str, chunks: Sequence[Chunk], vectors: Vectors, embedder: str,
        original: bytes | None = None,
    ) -> str:  # fmt: skip
        """Store a document with its chunks and vectors, in place of what was at its place, in one transaction; returns its id.

        A document that stays at its place keeps its id, so that links survive a change of its content.

        Args:
            vectors: shape (len(chunks), dimension), float32.
            embedder: fingerprint of the embedder that made them.
            original: the bytes of the file, if they are to be kept.

        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """
        return self._writer.put(source, extracted, language, chunks, vectors, embedder, original)

    def link(self, source: Source, moved_from: str | None = None) -> str | None:
        """Note that the content of `source` is found at its place too; returns the document's id.

        Args:
            moved_from: the place that it left.

        Returns:
            None, and nothing is changed, when the collection holds no such content.
        """
        return self._writer.link(source, moved_from)

    def touch(self, sources: Iterable[Source]) -> None:
        """Note the time and the given path of files whose content is as stored."""
        self._writer.touch(sources)

    def delete(self, document_ids: Iterable[str]) -> int:
        """Delete documents with all their chunks and places in one transaction; returns how many there were."""
        return self._writer.delete(document_ids)

    def forget(self, collection: str, sources: Iterable[str]) -> int:
        """Forget places, and delete the documents that are left without one; returns how many of these there were."""
        return self._writer.forget(collection, sources)
