"""Originals of documents, in the index: what a page picture is drawn from. They come and go with their documents.

In the database, not beside it, so that they are stored, deleted, proved to be gone and backed up in one go with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from youju.index.base.packing import pack, unpack
from youju.index.base.records import KEPT_TYPES
from youju.index.sqlite.view import VISIBLE, View


@dataclass(frozen=True)
class Originals:
    """The originals that a view shows. What each method promises, `protocols` says."""

    view: View

    def get(self, document_id: str) -> bytes | None:
        data = self.view.value(
            f"SELECT o.data FROM originals o JOIN documents d ON d.id = o.document_id WHERE d.id = :id AND {VISIBLE}",
            id=document_id,
        )
        return None if data is None else unpack(data)

    def lacking(self, collection: str) -> dict[str, str]:
        types = ", ".join(f"'{one}'" for one in KEPT_TYPES)
        rows = self.view.rows(
            "SELECT l.source, d.id FROM locations l JOIN documents d ON d.id = l.document_id "
            f"WHERE l.collection = :collection AND {VISIBLE} AND d.media_type IN ({types}) "
            "AND NOT EXISTS (SELECT 1 FROM originals o WHERE o.document_id = d.id)",
            collection=collection,
        )
        return dict(rows)

    def add(self, document_id: str, data: bytes) -> None:
        with self.view.database.transaction(changes_index=False) as (connection, _):
            kept = "INSERT OR IGNORE INTO originals SELECT id, ? FROM documents WHERE id = ?"
            connection.execute(kept, (pack(data), document_id))


def keep(connection: Any, document_id: str, data: bytes) -> None:
    """Within the transaction that stores the document."""
    connection.execute("INSERT INTO originals VALUES (?, ?)", (document_id, pack(data)))


def remove(connection: Any, document_id: str) -> None:
    """Within the transaction that deletes the document."""
    connection.execute("DELETE FROM originals WHERE document_id = ?", (document_id,))
