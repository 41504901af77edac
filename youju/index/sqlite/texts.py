"""Texts of documents, the only copy of their words: deflated blocks, of which a passage takes one or two.

A chunk holds no text of its own: it stands in its document from `start` to `end`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from youju.errors import StoreUnusable
from youju.index.base.packing import BLOCK, unpack
from youju.index.sqlite.database import DAMAGED, Database

Span = tuple[str, int, int]  # a document's id, start, end


@dataclass(frozen=True)
class Texts:
    """Reads texts, whoever may see them: callers ask for what their view shows."""

    database: Database

    def whole(self, document_id: str) -> str:
        rows = self.database.rows("SELECT data FROM texts WHERE document_id = ? ORDER BY ordinal", (document_id,))
        return "".join(self._unpacked(document_id, data) for (data,) in rows)

    def part(self, document_id: str, start: int, end: int) -> str:
        """The characters from `start` to `end`, both counted from 0; those that are not there are left out."""
        return self.parts([(document_id, max(start, 0), end)])[0]

    def parts(self, spans: Sequence[Span]) -> list[str]:
        """The text of each span."""
        wanted = {(one, number) for one, start, end in spans for number in _blocks(start, end)}
        # `CROSS JOIN` keeps the order: each block asked for is looked up by its key.
        rows = self.database.rows(
            "SELECT t.document_id, t.ordinal, t.data FROM json_each(?) asked CROSS JOIN texts t "
            "ON t.document_id = asked.value ->> 0 AND t.ordinal = asked.value ->> 1",
            (json.dumps(sorted(wanted)),),
        )
        blocks = {(one, number): self._unpacked(one, data) for one, number, data in rows}
        found = []
        for one, start, end in spans:
            text = "".join(blocks.get((one, number), "") for number in _blocks(start, end))
            first = start // BLOCK * BLOCK
            found.append(text[start - first : max(end, start) - first])
        return found

    def _unpacked(self, document_id: str, data: bytes) -> str:
        try:
            return unpack(data).decode()
        except (zlib.error, UnicodeDecodeError) as error:
            raise StoreUnusable(f"{self.database.path} is damaged (the text of {document_id}).", DAMAGED) from error


def keep(connection: Any, document_id: str, blocks: Sequence[bytes]) -> None:
    """Within the transaction that stores the document."""
    rows = [(document_id, ordinal, data) for ordinal, data in enumerate(blocks)]
    connection.executemany("INSERT INTO texts VALUES (?, ?, ?)", rows)


def remove(connection: Any, document_id: str) -> None:
    """Within the transaction that deletes the document."""
    connection.execute("DELETE FROM texts WHERE document_id = ?", (document_id,))


def _blocks(start: int, end: int) -> range:
    return range(start // BLOCK, -(-end // BLOCK)) if end > start else range(0)
