"""Tables as a reader sees them: what a merged cell says holds for every row and column that it spans, and each row is a line
with the names of its columns. Titles above the names and tables below each other are told apart.

The one place where the cells of any format become lines; which rows are names is for `ingest.loaders.header`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, takewhile

from ingest.loaders.builder import TextBuilder
from ingest.loaders.header import header_rows, is_value, names, paths
from ingest.loaders.rowlines import NOBODY, SILENT, Line, named_line, plain_line, rows_of, tidied
from youju.structure import Column, Table

LONGEST_NAME = 200  # characters; what is longer is a text, and is not repeated in each row
ROOM = 1_000_000  # places that cells of a table may reach over, all together
REPEATED = 300  # characters of a merged cell; a longer one is a text, which stands once
NOTED = 200_000  # cells of a table that are noted; each costs some hundred bytes
NOTHING = Line("")
Span = tuple[int, int, int, int]
"""First row, first column, rows, columns."""


@dataclass
class Grid:
    """The texts of a table by row and column. `covered` are for a row the columns that a cell to their left reaches over;
    `remarks` what is noted at a cell, by row and then by column. A row of empty cells parts tables.
    """

    rows: list[list[str]]
    covered: dict[int, set[int]] = field(default_factory=dict)
    remarks: dict[int, dict[int, str]] = field(default_factory=dict)

    def part(self, start: int, end: int) -> Grid:
        covered = {row - start: self.covered[row] for row in range(start, end) if row in self.covered}
        remarks = {row - start: self.remarks[row] for row in range(start, end) if row in self.remarks}
        return Grid(self.rows[start:end], covered, remarks)


def merged(rows: Sequence[Sequence[str]], spans: Iterable[Span]) -> Grid:
    """A table whose cells are given for every row and column, the first of merged ones with the text of all.

    Rows that hold nothing themselves stay empty. Lists are taken over, and changed.
    """
    grid, spans = Grid([row if isinstance(row, list) else list(row) for row in rows]), list(spans)
    own = [any(row) for row in grid.rows]
    room = sum(map(len, grid.rows))  # merged cells lie apart; only made-up ones fill more
    for top, left, height, width in spans:
        if top >= len(grid.rows) or left >= len(grid.rows[top]) or room < 0:
            continue
        text = grid.rows[top][left]
        if not text or len(text) > REPEATED:
            continue
        room -= 1
        for number in range(top, min(top + height, len(grid.rows), top + max(room, 0) + 1)):
            row = grid.rows[number]
            room -= not own[number]
            if own[number]:
                reached = range(left, min(left + width, len(row)))
                row[left : left + len(reached)] = [text] * len(reached)
                room -= len(reached)
                if len(reached) > 1:
                    grid.covered.setdefault(number, set()).update(reached[1:])
    return grid


def spread(rows: Iterable[Iterable[tuple[str, int, int]]]) -> Grid:
    """A table of cells with the rows and columns that each spans (text, rows, columns), as HTML gives them: a cell takes the
    first place that none from above reaches."""
    places: list[list[str]] = []
    spans: list[Span] = []
    above: dict[int, int] = {}  # column -> for how many rows more a cell from above stands there
    room = ROOM
    for number, cells in enumerate(rows):
        line: list[str] = []
        taken, above = above, {column: left - 1 for column, left in above.items() if left > 1}
        for text, height, width in cells:
            room -= height * width - 1
            if room < 0:
                height = width = 1
            while len(line) in taken:
                line.append("")
            if height > 1:
                above |= dict.fromkeys(range(len(line), len(line) + width), height - 1)
            if height > 1 or width > 1:
                spans.append((number, len(line), height, width))
            line += [text, *[""] * (width - 1)]
        line += [""] * (max(taken, default=-1) + 1 - len(line))
        places.append(line)
    return merged(places, spans)


def add_table(builder: TextBuilder, grid: Grid, heads: int | None = None, sure: bool = False) -> tuple[int, int]:
    """Add a table, a line for each row, and return its span.

    Args:
        heads: how many rows are marked as names of the columns; None where the format marks none, and they are looked for.
        sure: look for names that cannot be read otherwise only.
    """
    grid = replace(grid, rows=tidied(grid.rows))
    title, first = builder.title, builder.length
    if heads is not None:
        titles = sum(1 for _ in takewhile(lambda row: _is_title(grid, row), range(heads)))
        parts: Iterable[Lined] = [_lined(grid, (titles, heads) if titles < heads < len(grid.rows) else None)]
    else:
        parts = _parts(grid, sure)
    open_table: Lined | None = None
    rows: list[tuple[int, Line]] = []
    for part in parts:
        builder.rows(part.above)
        placed = builder.rows(part.below)
        if open_table is not None and not part.goes_on:
            builder.note_table(table_of(rows, open_table, title))
        rows = rows + placed if part.goes_on else placed
        open_table = open_table if part.goes_on else part
    if open_table is not None:
        builder.note_table(table_of(rows, open_table, title))
    start = first + 2 if first and builder.length > first else first  # behind the empty line
    return start, builder.length


@dataclass
class Lined:
    """The lines of a table: those above the names of the columns, and the rows. One that goes on has the columns of the one
    before."""

    above: list[Line]
    below: list[Line]
    columns: tuple[Column, ...] = ()
    titles: int = 0  # of the lines above
    goes_on: bool = False


def table_of(rows: Sequence[tuple[int, Line]], table: Lined, title: str) -> Table | None:
    """Rows, given with where they begin, as a table; None where there are none, or too many cells."""
    if not rows or sum(len(line.cells) for _, line in rows) > NOTED:
        return None
    said = [title, *(line.text for line in table.above[: table.titles])]
    width = max((line.cells[-1].column + 1 for _, line in rows if line.cells), default=0)
    columns = table.columns + (Column(),) * (width - len(table.columns))
    end = rows[-1][0] + len(rows[-1][1].text)
    return Table(rows[0][0], end, columns, tuple(rows_of(rows)), "\n".join(filter(None, said)))


def row_lines(grid: Grid, heads: int) -> tuple[list[Line], Lined]:
    """The lines of a table, one in the place of each row: none for the names of the columns, which `heads` rows mark. Where
    those are empty, names are looked for below."""
    grid = replace(grid, rows=tidied(grid.rows))
    found = header_rows(grid.rows, grid.covered) if not any(map(any, grid.rows[:heads])) else (0, heads)
    lined = _lined(grid, None if found is None or found[1] >= len(grid.rows) else found)
    gap = [NOTHING] * (len(grid.rows) - len(lined.above) - len(lined.below))
    return [*lined.above, *gap, *lined.below], lined


def unnamed_lines(grid: Grid) -> tuple[list[Line], Lined]:
    """The same of a table without names."""
    lined = _lined(replace(grid, rows=tidied(grid.rows)), None)
    return lined.below, lined


def _parts(grid: Grid, sure: bool) -> Iterator[Lined]:
    """The tables of a grid, whose names are to be found."""
    named: list[str] = []  # the names of the table that an empty row interrupted
    blocks = list(_blocks(grid))
    widths = [max(sum(map(bool, row)) for row in block.rows) for block in blocks]
    widest = max(widths, default=0)
    for block, width in zip(blocks, widths, strict=True):
        found = header_rows(block.rows, block.covered, sure or bool(named))
        is_lead = not named and (width < min(widest, 3) or 2 * width <= widest)
        if found and is_lead and not is_value(block.rows[found[1]][0]):
            found = None  # before a table stand names with their values in few columns, which belong to none
        if found is None and named and _goes_on(block, named):
            yield Lined([], [_line(block, row, named) for row in range(len(block.rows))], goes_on=True)
        else:
            named = _names(block, *found) if found else named
            yield _lined(block, found)


def _blocks(grid: Grid) -> Iterator[Grid]:
    """The parts of a grid between empty rows."""
    for filled, numbers in groupby(range(len(grid.rows)), lambda number: any(grid.rows[number])):
        if filled:
            places = list(numbers)
            yield grid.part(places[0], places[-1] + 1)


def _is_title(grid: Grid, number: int) -> bool:
    """Whether one cell reaches over the whole row."""
    return len(grid.rows[number]) > 1 and len(grid.covered.get(number, ())) == len(grid.rows[number]) - 1


def _goes_on(block: Grid, named: Sequence[str]) -> bool:
    """Whether rows behind an empty one have the columns of the table above it."""
    columns = {column for row in block.rows for column, cell in enumerate(row) if cell}
    return len(columns) > 1 and all((column < len(named) and named[column]) or not column for column in columns)


def _lined(grid: Grid, head: tuple[int, int] | None) -> Lined:
    """The lines above the names, and those of the rows below; without names all as they stand."""
    if head is None:
        return Lined([], [_line(grid, row, []) for row in range(len(grid.rows))])
    top, end = head
    above = [_line(grid, row, []) for row in range(top)]
    named = _names(grid, top, end)
    if not any(named):  # texts, which stand once
        above += [_line(grid, row, []) for row in range(top, end)]
    for row in range(top, end):
        above += [Line(f"{grid.rows[row][column]}: {text}") for column, text in sorted(grid.remarks.get(row, {}).items())]
    columns = tuple(map(Column, paths(grid.rows[top:end], grid.part(top, end).covered))) if any(named) else ()
    return Lined(above, [_line(grid, row, named) for row in range(end, len(grid.rows))], columns, top)


def _names(grid: Grid, top: int, end: int) -> list[str]:
    found = names(grid.rows[top:end], grid.part(top, end).covered)
    return found if max(map(len, found), default=0) <= LONGEST_NAME else []


def _line(grid: Grid, number: int, named: Sequence[str]) -> Line:
    """A row as a line. What a cell says of several columns stands once for each name; a cell over all the row stands alone."""
    row, covered, remarks = grid.rows[number], grid.covered.get(number), grid.remarks.get(number, SILENT)
    if covered and len(covered) == len(row) - 1:
        named = []
    if not any(named):
        return plain_line(row, covered or NOBODY, remarks)
    if not covered:
        return named_line(named, row, remarks)
    shown, before = list(row), ""  # the name of the column to the left
    for column in range(len(row)):
        name = named[column] if column < len(named) else ""
        if column in covered and name in ("", before):
            shown[column] = ""
            remarks = {other: text for other, text in remarks.items() if other != column}
        before = name
    return named_line(named, shown, remarks)
