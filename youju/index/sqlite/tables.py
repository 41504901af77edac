"""Tables of documents: what they are, where they stand, what their cells hold. What each method promises, `Store` says."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from youju.index.sqlite.view import DOCUMENT_IN_SCOPE, VISIBLE, View
from youju.records import Scope
from youju.structure import Cell, Column, Row, StoredTable, Table, TableCard

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
        return list(map(_card, rows))

    def at(self, document_id: str, start: int, end: int) -> list[TableCard]:
        rows = self.view.rows(
            f"SELECT {CARD} {SHOWN} AND d.id = :id AND t.start < :end AND t.end > :start ORDER BY t.ordinal",
            id=document_id,
            start=start,
            end=end,
        )
        return list(map(_card, rows))

    def within(self, scope: Scope) -> list[TableCard]:
        within = f"{DOCUMENT_IN_SCOPE} AND (:language IS NULL OR d.language = :language)"
        found = f"SELECT {CARD} FROM tables t JOIN documents d ON d.id = t.document_id WHERE {within} ORDER BY d.id, t.ordinal"
        return list(map(_card, self.view.rows_within(scope, found)))

    def get(self, document_id: str, ordinal: int) -> StoredTable | None:
        rows = self.view.rows(f"SELECT {CARD}, t.cells {SHOWN} AND d.id = :id AND t.ordinal = :ordinal",
                              id=document_id, ordinal=ordinal)  # fmt: skip
        for *row, cells in rows:
            card = _card(row)
            return None if card.is_large else _unpacked(card, cells)
        return None


def table_rows(tables: Sequence[Table], text: str) -> list[tuple[Any, ...]]:
    """All columns of the tables of a document but its id."""
    return [
        (
            ordinal, table.start, table.end, table.title, json.dumps([column.path for column in table.columns]),
            len(table.rows), _packed(table, text),
        )
        for ordinal, table in enumerate(tables)
    ]  # fmt: skip


def keep(connection: Any, document_id: str, rows: Sequence[tuple[Any, ...]], counts: Mapping[int, int]) -> None:
    """
    Args:
        counts: how many rows large tables have, by number.
    """
    rows = [(*row[:5], counts.get(row[0], row[5]), row[6]) for row in rows]
    connection.executemany("INSERT INTO tables VALUES (?,?,?,?,?,?,?,?)", [(document_id, *row) for row in rows])


def remove(connection: Any, document_id: str) -> None:
    connection.execute("DELETE FROM tables WHERE document_id = ?", (document_id,))


def _packed(table: Table, text: str) -> bytes:
    groups: dict[tuple[str, ...], int] = {}
    rows = [
        (
            row.start,
            row.end,
            groups.setdefault(row.group, len(groups)),
            [(column, start, end, text[start:end]) for column, start, end in row.cells],
        )
        for row in table.rows
    ]
    return zlib.compress(json.dumps((list(groups), rows)).encode(), 1)


def are_in_place(packed: bytes, text: str) -> bool:
    """Whether the cells of a table as stored hold what stands at their places in the text of its document."""
    try:
        _, rows = json.loads(zlib.decompress(packed))
        return all(text[start:end] == value for *_, cells in rows for _, start, end, value in cells)
    except (ValueError, TypeError, zlib.error):
        return False


def _unpacked(card: TableCard, packed: bytes) -> StoredTable:
    groups, packed_rows = json.loads(zlib.decompress(packed))
    known = [tuple(group) for group in groups]
    rows, values = [], []
    for start, end, group, cells in packed_rows:
        rows.append(Row(start, end, tuple(Cell(*cell[:3]) for cell in cells), known[group]))
        values.append(tuple(cell[3] for cell in cells))
    return StoredTable(card, tuple(rows), tuple(values))


def _card(row: Sequence[Any]) -> TableCard:
    document_id, ordinal, start, end, title, columns, count, is_large = row
    paths = tuple(Column(tuple(path)) for path in json.loads(columns))
    return TableCard(document_id, ordinal, start, end, title, paths, count, bool(is_large))
