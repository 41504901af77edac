"""Outlines of documents, and the chunks and vectors of parts of them, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from youju.embedding.base import Vectors
from youju.errors import UnknownDocument
from youju.index.base.packing import unpack_vectors
from youju.index.sqlite.texts import Texts
from youju.index.sqlite.view import VISIBLE, View
from youju.records import Extracted
from youju.text.listing import lists_in
from youju.text.outline import Outline, packed, unpacked

DERIVED = 2_000_000  # characters of a document without an outline up to which its lists are looked for in the text


@dataclass(frozen=True)
class Outlines:
    """The outlines that a view shows."""

    view: View

    def get(self, document_id: str) -> Outline:
        """Its headings and lists. Of documents that were ingested before outlines were kept the lists alone, found in the text.

        Raises:
            UnknownDocument: there is none of that id.
        """
        with self.view.database.snapshot():
            rows = self.view.rows(
                "SELECT d.characters, o.data FROM documents d LEFT JOIN outlines o ON o.document_id = d.id "
                f"WHERE d.id = :id AND {VISIBLE}",
                id=document_id,
            )
            if not rows:
                raise UnknownDocument(f"there is no document {document_id!r}.", "`youju documents list` shows all.")
            characters, data = rows[0]
            if data is not None:
                return unpacked(bytes(data), characters)
            if characters > DERIVED:
                return Outline(characters)
            return Outline(characters, lists=lists_in(Texts(self.view.database).whole(document_id)))

    def chunks(self, document_id: str, start: int, end: int) -> list[int]:
        """Keys of its chunks that hold some of the characters `start` to `end`, in order."""
        rows = self.view.rows(
            "SELECT c.key FROM chunks c JOIN documents d ON d.id = c.document_id "
            f"WHERE d.id = :id AND c.start < :end AND c.end > :start AND {VISIBLE} ORDER BY c.ordinal",
            id=document_id, start=start, end=end,
        )  # fmt: skip
        return [int(key) for (key,) in rows]

    def vectors(self, document_id: str, most: int) -> tuple[list[int], Vectors]:
        """Keys and vectors of its chunks, in order, of very many every second, third … so that they are at most `most`; shape
        (number of keys, dimension)."""
        rows = self.view.rows(
            "SELECT c.key, c.vector FROM chunks c JOIN documents d ON d.id = c.document_id WHERE d.id = :id "
            f"AND c.ordinal % max(1, (d.chunks + :most - 1) / :most) = 0 AND {VISIBLE} ORDER BY c.ordinal",
            id=document_id, most=most,
        )  # fmt: skip
        return [int(key) for key, _ in rows], np.array([unpack_vectors(blob) for _, blob in rows], np.float32)


def keep(connection: Any, document_id: str, extracted: Extracted) -> None:
    """Within the transaction that stores the document."""
    connection.execute("INSERT INTO outlines VALUES (?, ?)", (document_id, packed(extracted.headings, extracted.lists)))


def remove(connection: Any, document_id: str) -> None:
    """Within the transaction that deletes the document."""
    connection.execute("DELETE FROM outlines WHERE document_id = ?", (document_id,))
