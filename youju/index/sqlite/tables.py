"""Tables of documents: what they are, where they stand, what their cells hold. What each method promises, `protocols` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from youju.index.base.packing import card_of, unpacked_table
from youju.index.sqlite.view import DOCUMENT_IN_SCOPE, VISIBLE, View
from youju.records import Scope
from youju.structure import StoredTable, TableCard

CARD = (
    "t.document_id, t.ordinal, t.start, t.end, t.title, t.columns, t.rows, "
    "EXISTS (SELECT 1 FROM record_tables r WHERE r.document_id = t.document_id AND r.ordinal = t.ordinal)"
)
SHOWN = f"FROM tables t JOIN documents d ON d.id = t.document_id WHERE {VISIBLE}"


@dataclass(frozen=True)
class Tables:
    """The tables that a view shows."""

    view: View

    def of(self, document_id: str) -> list[TableCard]:
        rows = self.view.rows(f"SELECT {CARD} {SHOWN} AND d.id = :id ORDER BY t.ordinal", id=document_id)
        return list(map(card_of, rows))

    def at(self, document_id: str, start: int, end: int) -> list[TableCard]:
        rows = self.view.rows(
            f"SELECT {CARD} {SHOWN} AND d.id = :id AND t.start < :end AND t.end > :start ORDER BY t.ordinal",
            id=document_id,
            start=start,
            end=end,
        )
        return list(map(card_of, rows))

    def within(self, scope: Scope, only_large: bool) -> list[TableCard]:
        within = f"{DOCUMENT_IN_SCOPE} AND (:language IS NULL OR d.language = :language)"
        # `CROSS JOIN` keeps the order: of large tables there are few, of documents very many.
        large = "record_tables k CROSS JOIN tables t ON t.document_id = k.document_id AND t.ordinal = k.ordinal CROSS JOIN"
        found = (
            f"SELECT {CARD} FROM {large if only_large else 'tables t JOIN'} documents d ON d.id = t.document_id "
            f"WHERE {within} ORDER BY d.id, t.ordinal"
        )
        return list(map(card_of, self.view.rows_within(scope, found)))

    def get(self, document_id: str, ordinal: int, in_part: bool) -> StoredTable | None:
        rows = self.view.rows(f"SELECT {CARD}, t.cells {SHOWN} AND d.id = :id AND t.ordinal = :ordinal",
                              id=document_id, ordinal=ordinal)  # fmt: skip
        for *row, cells in rows:
            card = card_of(row)
            return None if card.is_large and not in_part else unpacked_table(card, cells)
        return None


def keep(connection: Any, document_id: str, rows: Sequence[tuple[Any, ...]], counts: Mapping[int, int]) -> None:
    """
    Args:
        counts: how many rows large tables have, by number.
    """
    rows = [(*row[:5], counts.get(row[0], row[5]), row[6]) for row in rows]
    connection.executemany("INSERT INTO tables VALUES (?,?,?,?,?,?,?,?)", [(document_id, *row) for row in rows])


def remove(connection: Any, document_id: str) -> None:
    connection.execute("DELETE FROM tables WHERE document_id = ?", (document_id,))
