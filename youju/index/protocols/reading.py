"""Rows of large tables, outlines, vectors: what is looked up beside the documents themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.index.base.records import UNMOVED, Neighbour
from youju.records import EVERYTHING, Language, Scope
from youju.structure import Condition, Group, Record
from youju.text.outline import Outline


class Records(Protocol):
    """The rows of the large tables. Each method gives nothing of a table that is not there or not large.

    Raises:
        TooLong: each of them, if it takes more than some seconds.
    """

    def numeric(self, document_id: str, ordinal: int) -> tuple[bool, ...]:
        """Which columns hold numbers."""

    def named(self, document_id: str, ordinal: int, words: Sequence[str], limit: int = 10) -> list[Record]:
        """The rows that hold most of the words (`youju.text.language.query_words`), the rarest weigh most; best first.

        A word that very many rows hold only tells among those that hold a rarer one.
        """

    def where(
        self, document_id: str, ordinal: int, conditions: Sequence[Condition] = (), by: int | None = None,
        descending: bool = False, limit: int = 10,
    ) -> list[Record]:  # fmt: skip
        """The first rows for which all conditions hold, in the order of a column (`by`), or as they stand."""

    def at(self, document_id: str, start: int, end: int) -> list[Record]:
        """The rows whose lines have a part between two places behind the text, of whatever table."""

    def groups(
        self, document_id: str, ordinal: int, conditions: Sequence[Condition] = (), by: int | None = None,
        of: int | None = None,
    ) -> list[Group]:  # fmt: skip
        """The rows for which all conditions hold, gathered by what they hold in a column (`by`; without one all together), with
        what the numbers in another (`of`) come to. In the order of the names; one group of no rows where none fits."""


class Outlines(Protocol):
    """Headings and lists of documents, and the chunks and vectors of parts of them."""

    def get(self, document_id: str) -> Outline:
        """Its headings and lists. Of documents that were ingested before outlines were kept the lists alone, found in the text.

        Raises:
            UnknownDocument: there is none of that id.
        """

    def chunks(self, document_id: str, start: int, end: int) -> list[int]:
        """Keys of its chunks that hold some of the characters `start` to `end`, in order."""

    def vectors(self, document_id: str, most: int) -> tuple[list[int], Vectors]:
        """Keys and vectors of its chunks, in order, of very many every second, third … so that they are at most `most`; shape
        (number of keys, dimension)."""


class VectorIndex(Protocol):
    """Nearest chunks by cosine similarity. It follows the store: what is committed is found, what is deleted is not."""

    @property
    def is_usable(self) -> bool:
        """Whether what it keeps for the next start, if it keeps anything, is whole and of this index."""

    def __len__(self) -> int:
        """How many vectors it holds."""

    def keys(self) -> npt.NDArray[np.int64]:
        """Keys of the chunks it holds, ascending."""

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

        Raises:
            EmbedderMismatch: the index was embedded again with another model.
        """

    def save(self) -> None:
        """Keep what makes the next start quick, if the engine needs such a thing."""
