"""A table of a page, and how it is written: a line for each row, each cell with the name of its column and its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import clean
from ingest.loaders.grid import Lined, table_of
from ingest.loaders.layout import Place, whole_place
from youju import structure
from youju.records import Box
from youju.text.rowlines import Line

KEY = re.compile(r".{1,60}[:：]")  # the name of the value beside it

Span = tuple[float, float]


@dataclass(frozen=True)
class Cell:
    text: str
    place: Place | None


@dataclass(frozen=True)
class Table:
    """Names of the columns ("" where one has none), where these stand, in fractions of the page's width, and rows of as many
    cells. `plain` rows are lines of a list."""

    header: tuple[str, ...]
    columns: tuple[Span, ...]
    rows: tuple[tuple[Cell, ...], ...]
    plain: bool = False

    def goes_on(self, columns: Sequence[Span]) -> bool:
        """Whether columns on the next page are those of this table."""
        return len(columns) == len(self.columns) and all(
            min(right, last) > max(left, first) for (left, right), (first, last) in zip(columns, self.columns, strict=True)
        )

    def write(self, builder: TextBuilder, page: int, caption: int | None = None) -> tuple[int, int] | None:
        """Add each row as a line with a box for what each cell says; the first is kept with the caption that begins at
        `caption`. Returns the span of the last one."""
        last: tuple[int, int] | None = None
        title, before, placed = builder.title, builder.length, list[tuple[int, Line]]()
        for row in self.rows:
            parts = self._parts(row)
            if not parts:
                continue
            line = "".join(text for text, _ in parts)
            start, end = builder.block(line, joint="\n" if last else "\n\n")
            at, cells = start, list[tuple[int, int, int]]()
            for text, column in parts:
                if column is not None and text:
                    cells.append((column, at - start, at - start + len(text)))
                    if (place := row[column].place) is not None:
                        builder.box(Box(at, at + len(text), page, *place))
                at += len(text)
            placed.append((start, Line(line, cells)))
            builder.keep_whole(start if last or caption is None else caption, end)
            last = (start, end)
        if not self.plain:
            columns = tuple(structure.Column((name,) if name else ()) for name in self.header)
            builder.note_table(table_of(placed, Lined([], [], columns), title), goes_on_from=before)
        return last

    @property
    def place(self) -> Place | None:
        return whole_place([cell.place for row in self.rows for cell in row])

    def _parts(self, row: Sequence[Cell]) -> list[tuple[str, int | None]]:
        """The line of a row in parts: what each cell says, with its column, and what stands before it: the name of its column,
        what parts cells."""
        found: list[tuple[str, int | None]] = []
        filled = [(column, cell) for column, cell in enumerate(row) if cell.text]
        for number, (column, cell) in enumerate(filled):
            name = self.header[column]
            if number:
                before = filled[number - 1][1].text
                apart = "\t" if self.plain else " " if KEY.fullmatch(before) and not name else " | "
                found.append((apart, None))
            text = " ".join(clean(cell.text).split())
            if len(filled) > 1 and name and name != text:
                found.append((f"{name}: ", None))
            found.append((text, column))
        return found
