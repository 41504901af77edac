"""Originals of documents, in the index: what a page picture is drawn from. They come and go with their documents.

In the database, not beside it, so that they are stored, deleted, proved to be gone and backed up in one go with the rest.
"""

from __future__ import annotations

from typing import Any

from youju.database import Database

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


def keep(connection: Any, document_id: str, data: bytes) -> None:
    """Within the transaction that stores the document."""
    connection.execute("INSERT INTO originals VALUES (?, ?)", (document_id, data))


def remove(connection: Any, document_id: str) -> None:
    """Within the transaction that deletes the document."""
    connection.execute("DELETE FROM originals WHERE document_id = ?", (document_id,))
