"""What a document is made of beside running text: its lists and tables.

Offsets count characters in its extracted text; `end` is exclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list at `text[start:end]`, with its sign or number, without the items below it. `level` counts from 0."""

    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class ItemList:
    """A list as the document has it, items in order of `start`. `ordered` if its items are numbered: then they may be steps."""

    items: tuple[Item, ...]
    ordered: bool = False

    @property
    def start(self) -> int:
        return self.items[0].start

    @property
    def end(self) -> int:
        return self.items[-1].end


class Cell(NamedTuple):
    """A cell of a table that holds something: its column (from 0), and where its value alone stands, without the name.

    A tuple, since a table has thousands, which are made and sent between processes several times as fast.
    """

    column: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its line at `text[start:end]`, its cells in order of their columns, and the `group` it stands in: the
    lines that head a part of the rows (`Operating revenues`), the highest first."""

    start: int
    end: int
    cells: tuple[Cell, ...]
    group: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its names from the top row of the header down, the highest first; none where the table has no header."""

    path: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return " ".join(self.path)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document, its rows in order of `start`. `title` are the lines that belong to it: caption, title rows, notes
    such as `in millions`. `more` is 0 unless it is a large one, of which `Rest` has more rows, at least so many."""

    start: int
    end: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: str = ""
    more: int = 0


Cells = Sequence[str]
"""What a row holds in each column, empty where nothing."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The rows of a large table that are not in the text. `table` is the number of the table among those of its document;
    `rows` gives them in order, from the first one at each call, and reads them as they are taken."""

    table: int
    rows: Callable[[], Iterable[Cells]]


@dataclass(frozen=True, slots=True)
class TableCard:
    """A table in the store without its cells: the document that holds it, its number among that one's tables (from 0), where it
    stands, how many rows it has. `is_large` if they are kept as records, and only the first ones stand in the text."""

    document_id: str
    ordinal: int
    start: int
    end: int
    title: str
    columns: tuple[Column, ...]
    count: int
    is_large: bool = False


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table from the store. `values` are for each row what its cells hold, in the order of `row.cells`."""

    card: TableCard
    rows: tuple[Row, ...]
    values: tuple[tuple[str, ...], ...]

    def row(self, number: int) -> tuple[str, ...]:
        """What a row holds in each column, empty where nothing."""
        held = {cell.column: value for cell, value in zip(self.rows[number].cells, self.values[number], strict=True)}
        return tuple(held.get(column, "") for column in range(len(self.card.columns)))


Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains"]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a row must hold in a column: numbers are compared with numbers, texts with texts, whatever their case."""

    column: int
    operator: Operator
    value: str | float


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a large table: what it holds, and where its line stands. Behind the text of the document follow the lines of its
    records, as if they stood there: `Store.excerpt` gives them."""

    start: int
    end: int
    line: str
    values: Cells


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a large table that hold the same in a column, counted, and what those of them that hold a number in another one
    come to: `numbers` of them, their sum, the least and the greatest."""

    name: str
    rows: int
    numbers: int = 0
    total: float = 0.0
    least: float | None = None
    most: float | None = None


def shifted(table: Table, by: int) -> Table:
    """The same table in a text that stands behind `by` more characters."""
    rows = [
        replace(
            row,
            start=row.start + by,
            end=row.end + by,
            cells=tuple(Cell(column, start + by, end + by) for column, start, end in row.cells),
        )
        for row in table.rows
    ]
    return replace(table, start=table.start + by, end=table.end + by, rows=tuple(rows))
