"""What documents are asked for, and how they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.index.base.records import (
    Known,
    Location,
    Source,
)
from youju.index.protocols.reading import Outlines, Records
from youju.records import EVERYTHING, Box, Chunk, Document, Extracted, Failure, Passage, Scope, Scores
from youju.structure import StoredTable, TableCard


class Store(Protocol):
    """The documents of the index. Safe to use from several threads and processes.

    One that is limited to some collections (`limited_to`) reads and deletes there as if the rest did not exist.
    """

    @property
    def place(self) -> str:
        """Where the index is, for messages: a folder, or a server and its database, without what nobody may see."""

    @property
    def records(self) -> Records:
        """The rows of large tables."""

    @property
    def outlines(self) -> Outlines:
        """Headings and lists of documents."""

    def close(self) -> None: ...

    @property
    def allowed(self) -> tuple[str, ...] | None:
        """The collections that it is limited to; None for all."""

    def limited_to(self, allowed: tuple[str, ...] | None) -> Store:
        """The same store for a caller who may see these collections only; None for all that this one sees."""

    # The index as a whole

    def bytes_used(self) -> int:
        """What it takes on the disk, its journal included.

        Raises:
            StoreUnusable: it cannot be asked.
        """

    def write_trouble(self) -> str | None:
        """Why nothing can be written to it, if so, and what mends that."""

    def snapshot(self) -> AbstractContextManager[None]:
        """All that is read inside comes from one consistent view."""

    def reading(self) -> AbstractContextManager[None]:
        """What is read inside for one question may come from one view, where that spares ways to a server."""

    # History, and what caches need

    def sequence(self) -> int:
        """Number of the last committed change."""

    def changed_at(self) -> int | None:
        """When that was, in seconds since 1970; None where it was never noted."""

    def identity(self) -> str:
        """Names this very index, so that answers from another one are not taken for its own."""

    # Documents and their places

    def collections(self) -> dict[str, int]:
        """Name -> number of documents."""

    def require_collection(self, name: str | None) -> None:
        """
        Raises:
            UnknownCollection: no document is in it.
        """

    def documents(self, collection: str | None = None, offset: int = 0, limit: int | None = None) -> list[Document]:
        """In the order of collection and uri, at most `limit` from the one at `offset` on."""

    def count_documents(self, collection: str | None = None) -> int: ...

    def document(self, document_id: str) -> Document:
        """
        Raises:
            UnknownDocument: there is none of that id.
        """

    def text(self, document_id: str) -> str:
        """The extracted text that offsets refer to.

        Raises:
            UnknownDocument: there is none of that id.
        """

    def excerpt(self, document_id: str, start: int, end: int) -> str:
        """The text from `start` to `end`, with the lines of the records of large tables as if they followed it.

        Raises:
            UnknownDocument: there is none of that id.
        """

    def boxes(self, document_id: str, start: int, end: int) -> list[Box]:
        """Where the text from `start` to `end` stands on its pages; empty where that is not known."""

    def original(self, document_id: str) -> bytes | None:
        """The bytes of the file that the document was read from; None where they are not kept."""

    def lacking_originals(self, collection: str) -> dict[str, str]:
        """Place -> id of the documents of a collection whose original could be kept and is not."""

    def add_original(self, document_id: str, data: bytes) -> None:
        """Keep the original of a document that is in the index already."""

    def locations(self, collection: str) -> list[Location]:
        """All places of a collection's documents."""

    def location(self, collection: str, path_key: str) -> Location | None:
        """The place with this key, if a document is there."""

    # Tables

    def tables_of(self, document_id: str) -> list[TableCard]:
        """The tables of a document in order; none of an unknown one."""

    def tables_at(self, document_id: str, start: int, end: int) -> list[TableCard]:
        """Those that the text from `start` to `end` has a part of."""

    def table_cards(self, scope: Scope = EVERYTHING, only_large: bool = False) -> list[TableCard]:
        """The tables of all documents within a scope; if asked, those alone whose rows `records` has."""

    def table(self, document_id: str, ordinal: int, in_part: bool = False) -> StoredTable | None:
        """A table with its cells and what they hold; None where it is there no more, and of a large one, whose rows `records`
        has: what is computed from some of them would be wrong. With `in_part` those of a large one that stand in the text."""

    # Chunks and their vectors

    def embedder(self) -> str | None:
        """Fingerprint of the embedder whose vectors the index holds."""

    def require_embedder(self, fingerprint: str) -> None:
        """
        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """

    def dimension(self) -> int:
        """Length of the vectors; 0 while there are none."""

    def count_chunks(self) -> int: ...

    def keys(self, scope: Scope) -> npt.NDArray[np.int64]:
        """Keys of the live chunks within a scope, ascending."""

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Content hash -> vector, for those that the index already holds."""

    def passages(self, scores: dict[int, Scores]) -> list[Passage]:
        """The live chunks of these keys as passages, best fused score first. Chunks deleted meanwhile are left out.

        Raises:
            StoreUnusable: one of them is not what was stored.
        """

    # Full text

    def search_words(self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> dict[int, float]:
        """Chunk key -> BM25 score (higher is better) of the best `limit` chunks that hold any word of `query`.

        What a word weighs is counted over the whole index; for a limited store, over what it sees.
        """

    def mentioning(self, query: Sequence[str], scope: Scope = EVERYTHING) -> list[tuple[int, str]]:
        """Key and document id of every chunk that holds all of these words, those that hold them best first."""

    def word_counts(self, query: Sequence[str]) -> dict[str, int]:
        """Word -> number of chunks that hold it."""

    def holding(self, sought: Sequence[str]) -> set[str]:
        """Those of the words that any chunk holds. Words with a space between them are held if they stand side by side."""

    def words_near(self, word: str) -> list[str]:
        """Words that chunks hold, as the full text has them, and that differ from this one by a slip of the pen; the least slip
        first. They begin with the same letter."""

    # Files that could not be read

    def failures(self, collection: str | None = None) -> list[Failure]:
        """Files that could not be read when last tried."""

    def count_failures(self) -> int: ...

    def record_failures(self, failures: Sequence[Failure]) -> None:
        """Note files that could not be read."""

    def forget_failures(self, collection: str, sources: Iterable[str]) -> None:
        """Forget the failures of files that are gone."""

    # Writing

    def put(
        self, source: Source, extracted: Extracted, language: str, chunks: Sequence[Chunk], vectors: Vectors, embedder: str,
        original: bytes | None = None, known: Known | None = None,
    ) -> str:  # fmt: skip
        """Store a document with its chunks and vectors, in place of what was at its place, in one transaction; returns its id.

        A document that stays at its place keeps its id, so that links survive a change of its content.

        Args:
            vectors: shape (len(chunks), dimension), float32.
            embedder: fingerprint of the embedder that made them.
            original: the bytes of the file, if they are to be kept.
            known: what it keeps of the index that it comes from; this one holds no such document.

        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """

    def link(self, source: Source, moved_from: str | None = None) -> str | None:
        """Note that the content of `source` is found at its place too; returns the document's id.

        Args:
            moved_from: the place that it left.

        Returns:
            None, and nothing is changed, when the collection holds no such content.
        """

    def touch(self, sources: Iterable[Source]) -> None:
        """Note the time and the given path of files whose content is as stored."""

    def delete(self, document_ids: Iterable[str]) -> int:
        """Delete documents with all their chunks and places in one transaction; returns how many there were."""

    def forget(self, collection: str, sources: Iterable[str]) -> int:
        """Forget places, and delete the documents that are left without one; returns how many of these there were."""
