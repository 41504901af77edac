"""A sheet of a spreadsheet, whatever wrote it: its cells as they are shown, and how they become text.

Rows and columns that hold nothing are left out; an empty row still parts tables.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ingest.loaders.builder import TextBuilder
from ingest.loaders.grid import Span, Tail, add_table, merged
from youju.errors import UnreadableFile

MAX_CELLS = 5_000_000  # of the rows and columns that hold something
SHEET_LEVEL = 2
NAMED = 5  # cells that a note names


@dataclass
class Sheet:
    """Cells by row and then by column, in order of rows; `spans` of merged cells and `remarks` at cells likewise. `unsaved` are
    the places of formulas without a result; `hidden` are rows that were left out, `lost` counts those with cells, and columns.
    `behind` gives the rows of a large sheet that are not held, from the first one at each call.
    """

    name: str
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    remarks: dict[int, dict[int, str]] = field(default_factory=dict)
    unsaved: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    lost: int = 0
    behind: Callable[[], Iterator[dict[int, str]]] | None = None

    def notes(self) -> Iterator[str]:
        """What a reader of the text would not know."""
        if self.unsaved:
            more = f" and {len(self.unsaved) - NAMED} more" if len(self.unsaved) > NAMED else ""
            yield (
                f"sheet {self.name!r}: formulas saved without a result ({', '.join(self.unsaved[:NAMED])}{more}); open it in a "
                "spreadsheet program and save it"
            )
        if self.lost:
            yield f"sheet {self.name!r}: {self.lost} hidden rows and columns left out"


def add_sheet(sheet: Sheet, builder: TextBuilder) -> None:
    """Add a sheet as a page with its name as heading.

    Raises:
        UnreadableFile: it has too many cells to hold.
    """
    for row, remarks in sheet.remarks.items():
        cells = sheet.rows.setdefault(row, {})
        cells.update({column: f"({text})" for column, text in remarks.items() if column not in cells})
    numbers = sorted(row for row, cells in sheet.rows.items() if cells)
    columns = sorted({column for cells in sheet.rows.values() for column in cells})
    if not numbers:
        return
    if len(numbers) * len(columns) > MAX_CELLS:
        raise UnreadableFile(f"a sheet of {len(numbers)} rows by {len(columns)} columns is larger than {MAX_CELLS} cells.")
    places = {column: place for place, column in enumerate(columns)}
    rows, at, kept = list[list[str]](), list[int](), list[int]()
    for row in numbers:
        if kept and any(between not in sheet.hidden for between in range(kept[-1] + 1, row)):
            rows.append([""] * len(columns))
        at.append(len(rows))
        kept.append(row)
        cells = sheet.rows[row]
        rows.append([cells.get(column, "") for column in columns])
    grid = merged(rows, _moved(sheet.spans, kept, at, columns))
    for row, number in zip(kept, at, strict=True):
        remarks = sheet.remarks.get(row, {})
        if found := {places[column]: text for column, text in remarks.items() if sheet.rows[row][column] != f"({text})"}:
            grid.remarks[number] = found
    builder.page()
    builder.block(sheet.name, heading_level=SHEET_LEVEL)
    add_table(builder, grid, tail=_tail(sheet, columns))


def _tail(sheet: Sheet, columns: Sequence[int]) -> Tail | None:
    behind = sheet.behind
    if behind is None:
        return None
    return Tail(1, len(columns), lambda: ([cells.get(column, "") for column in columns] for cells in behind()))


def _moved(spans: list[Span], rows: list[int], at: list[int], columns: list[int]) -> Iterator[Span]:
    """The merged cells by the rows and columns that are kept."""
    for top, left, height, width in spans:
        first, behind = bisect.bisect_left(rows, top), bisect.bisect_left(rows, top + height)
        start, end = bisect.bisect_left(columns, left), bisect.bisect_left(columns, left + width)
        if first < behind and start < end and rows[first] == top and columns[start] == left:
            yield at[first], start, at[behind - 1] - at[first] + 1, end - start


def letters(column: int) -> str:
    """The name of a column: `A` for 1, `AA` for 27."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
