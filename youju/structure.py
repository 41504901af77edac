"""What a document is made of beside running text: its lists and tables.

Offsets count characters in its extracted text; `end` is exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table that holds something: its column (from 0), and where its value alone stands, without the name."""

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
    such as `in millions`."""

    start: int
    end: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: str = ""
