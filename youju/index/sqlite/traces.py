"""Traces of documents in the store: what there is of them before they are deleted, and what is left of them behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from youju.index.sqlite.store import Store


@dataclass(frozen=True)
class RowsLeft:
    """How many rows of a store name certain documents: by their ids in whatever table, by the keys of their chunks, and in the
    full text.
    """

    documents: int
    chunks: int
    words: int


class Traces:
    """Looks for documents in the whole store, whoever may see them."""

    def __init__(self, store: Store) -> None:
        self._database = store.database

    def rows_left(self, document_ids: Sequence[str], keys: Sequence[int]) -> RowsLeft:
        """
        Args:
            keys: of the chunks that the documents had.
        """
        ids, gone = json.dumps(list(document_ids)), json.dumps(list(keys))
        naming = ("locations", "texts", "originals", "job_files", "tables", "record_tables")
        return RowsLeft(
            documents=self._count("documents", "id", ids) + sum(self._count(table, "document_id", ids) for table in naming),
            chunks=self._count("chunks", "key", gone) + self._count("new_vectors", "key", gone),
            words=self._count("words", "rowid", gone),
        )

    def contents(self, document_ids: Sequence[str]) -> list[bytes]:
        """The text of these documents and the vectors of their chunks, in pieces as they are stored."""
        rows = self._database.rows(
            "SELECT data FROM texts WHERE document_id IN (SELECT value FROM json_each(?1)) "
            "UNION ALL SELECT vector FROM chunks WHERE document_id IN (SELECT value FROM json_each(?1))",
            (json.dumps(list(document_ids)),),
        )
        return [data for (data,) in rows]

    def packed_original(self, document_id: str) -> bytes:
        """The bytes that stand for its file; empty where that was not kept."""
        return bytes(self._database.value("SELECT data FROM originals WHERE document_id = ?", (document_id,)) or b"")

    def shares_its_file(self, document_id: str) -> bool:
        """Whether another document was read from the same bytes."""
        copies = "SELECT count(*) FROM documents WHERE digest = (SELECT digest FROM documents WHERE id = ?)"
        return int(self._database.value(copies, (document_id,))) > 1

    def is_held(self, piece: bytes) -> bool:
        """Whether the text or the vector of a live document holds these bytes."""
        return bool(
            self._database.value(
                "SELECT EXISTS (SELECT 1 FROM texts WHERE instr(data, ?1)) "
                "OR EXISTS (SELECT 1 FROM chunks WHERE instr(vector, ?1))",
                (piece,),
            )
        )

    def _count(self, table: str, column: str, values: str) -> int:
        among = f"SELECT count(*) FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
        return int(self._database.value(among, (values,)))
