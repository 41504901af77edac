"""Looking an index over, and embedding it anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from youju.embedding.base import Vectors
from youju.index.base.records import (
    Embed,
    Goal,
    Waiting,
)


class Integrity(Protocol):
    """Whether the layers of the index are whole and agree. All of it is of the whole index."""

    @property
    def engine(self) -> str:
        """Its name."""

    @property
    def advice(self) -> str:
        """What mends damage that the engine finds."""

    def damage(self, most: int = 5) -> list[str]:
        """What the engine itself finds damaged, in its words."""

    def count_dangling(self) -> int:
        """How many rows point to a row that is not there."""

    def documents_without_place(self) -> list[str]:
        """Ids of documents that are found nowhere, so that no file stands for them."""

    def incomplete_documents(self) -> list[str]:
        """Ids of documents whose text or number of chunks is not what they say."""

    def misplaced_chunks(self) -> list[int]:
        """Keys of chunks whose text does not stand at their place in the document."""

    def altered_chunks(self) -> list[int]:
        """Keys of chunks that are not what was stored, by their hash."""

    def misplaced_tables(self) -> list[str]:
        """Ids of documents with tables whose cells do not hold what stands at their places."""

    def has_vectors_of_other_length(self, dimension: int) -> bool: ...

    def holds_unit_vectors(self) -> bool:
        """Whether every vector has the length 1; not so of what is no number."""

    def full_text_gaps(self) -> tuple[int, int]:
        """How many chunks the full text lacks, and how many it holds that are there no more."""

    def write_full_text(self) -> None:
        """Make the full text anew from the chunks."""


class NewVectors(Protocol):
    """Vectors of another embedder, made beside those in use and put in their place in one transaction."""

    def alone(self) -> AbstractContextManager[None]:
        """
        Raises:
            IndexInUse: another reindex is at work.
        """

    def goal(self) -> Goal | None:
        """Of the reindex that was begun and is not finished."""

    def count(self) -> int: ...

    def text_bytes(self) -> int:
        """Of all chunks: what the swap writes to the journal beside the vectors."""

    def begin(self, goal: Goal) -> None:
        """Go on with the reindex to this embedder, or begin it; new vectors of any other one are dropped."""

    def waiting(self, after: int, limit: int) -> list[Waiting]:
        """Chunks with keys above `after` that have no new vector, ascending."""

    def of_contents(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Content hash -> new vector, for contents that were embedded already."""

    def add(self, goal: Goal, vectors: Mapping[int, Vectors]) -> None:
        """Keep new vectors by the keys of their chunks; chunks that were deleted meanwhile are left out.

        Raises:
            Superseded: the store is not on its way to this goal any more.
        """

    def put_in_place(self, goal: Goal, embed: Embed) -> bool:
        """Replace all vectors in one transaction, after a few late chunks were embedded in it.

        Returns:
            False, and nothing is changed, when more than a few still wait.

        Raises:
            Superseded: the store is not on its way to this goal any more.
        """

    def drop(self) -> int:
        """Give an unfinished reindex up; returns how many new vectors there were."""
