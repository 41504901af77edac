"""Originals of documents, in the index: what a page picture is drawn from. They come and go with their documents.

In the database, not beside it, so that they are stored, deleted, proved to be gone and backed up in one go with the rest.
"""

from __future__ import annotations

from typing import Any

from youju.index.sqlite.database import Database

LARGEST = 200 << 20  # bytes of one original that is kept; SQLite holds up to 1 GB in a row
KEPT_TYPES = ("application/pdf",)


class Originals:
    """Reads them. Safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, document_id: str) -> bytes | None:
        """The bytes of the file that the document was read from; None where they are not kept."""
        data = self._database.value("SELECT data FROM originals WHERE document_id = ?", (document_id,))
        return None if data is None else bytes(data)


def lacking(database: Database, collection: str) -> dict[str, str]:
    """Place -> id of the documents of a collection whose original could be kept and is not."""
    types = ", ".join(f"'{one}'" for one in KEPT_TYPES)
    rows = database.rows(
        "SELECT l.source, d.id FROM locations l JOIN documents d ON d.id = l.document_id "
        f"WHERE l.collection = ? AND d.media_type IN ({types}) "
        "AND NOT EXISTS (SELECT 1 FROM originals o WHERE o.document_id = d.id)",
        (collection,),
    )
    return dict(rows)


def add(database: Database, document_id: str, data: bytes) -> None:
    """Keep the original of a document that is in the index already."""
    with database.transaction(changes_index=False) as (connection, _):
        connection.execute("INSERT OR IGNORE INTO originals SELECT id, ? FROM documents WHERE id = ?", (data, document_id))


def keep(connection: Any, document_id: str, data: bytes) -> None:
    """Within the transaction that stores the document."""
    connection.execute("INSERT INTO originals VALUES (?, ?)", (document_id, data))


def remove(connection: Any, document_id: str) -> None:
    """Within the transaction that deletes the document."""
    connection.execute("DELETE FROM originals WHERE document_id = ?", (document_id,))
