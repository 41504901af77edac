"""Tables as a reader sees them: what a merged cell says holds for every row and column that it spans, and each row is a line
with the names of its columns. Titles above the names and tables below each other are told apart.

The one place where the cells of any format become lines; which rows are names is for `ingest.loaders.header`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, takewhile

from ingest.loaders.builder import TextBuilder, joined, rows_with_header
from ingest.loaders.header import header_rows, is_value, names

LONGEST_NAME = 200  # characters; what is longer is a text, and is not repeated in each row
ROOM = 1_000_000  # places that cells of a table may reach over, all together
REPEATED = 300  # characters of a merged cell; a longer one is a text, which stands once
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
    if heads is not None:
        titles = sum(1 for _ in takewhile(lambda row: _is_title(grid, row), range(heads)))
        return _added(builder, _lines(grid, (titles, heads) if titles < heads < len(grid.rows) else None))
    first = end = builder.length
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
            groups = [[_line(block, row, named) for row in range(len(block.rows))]]
        else:
            groups = _lines(block, found)
            named = _names(block, *found) if found else named
        start, stop = _added(builder, groups)
        first, end = (start if first == end else first), max(end, stop)
    return first, end


def row_lines(grid: Grid, heads: int) -> list[str]:
    """The lines of a table, one in the place of each row: none for the names of the columns, which `heads` rows mark. Where
    those are empty, names are looked for below."""
    found = header_rows(grid.rows, grid.covered) if not any(map(any, grid.rows[:heads])) else (0, heads)
    if found is None or found[1] >= len(grid.rows):
        return [_line(grid, row, []) for row in range(len(grid.rows))]
    above, below = _lines(grid, found)
    return [*above, *[""] * (len(grid.rows) - len(above) - len(below)), *below]


def _added(builder: TextBuilder, groups: Sequence[Sequence[str]]) -> tuple[int, int]:
    spans = [span for lines in groups if (span := builder.rows(lines)) and span[1] > span[0]]
    return (spans[0][0], spans[-1][1]) if spans else (builder.length, builder.length)


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


def _lines(grid: Grid, head: tuple[int, int] | None) -> list[list[str]]:
    """The lines above the names, and those of the rows below; without names all as they stand."""
    top, end = head or (len(grid.rows), len(grid.rows))
    above = list(map(joined, grid.rows[:top]))
    for row in (grid.covered.keys() | grid.remarks.keys()) & set(range(top)):
        above[row] = _line(grid, row, [])
    if head is None:
        return [above]
    named = _names(grid, top, end)
    if not any(named):  # texts, which stand once
        above += [_line(grid, row, []) for row in range(top, end)]
    for row in range(top, end):
        above += [f"{grid.rows[row][column]}: {text}" for column, text in sorted(grid.remarks.get(row, {}).items())]
    below = rows_with_header(named, grid.rows[end:]) if any(named) else list(map(joined, grid.rows[end:]))
    for row in (grid.covered.keys() | grid.remarks.keys()) & set(range(end, len(grid.rows))):
        below[row - end] = _line(grid, row, named)
    return [above, below]


def _names(grid: Grid, top: int, end: int) -> list[str]:
    found = names(grid.rows[top:end], grid.part(top, end).covered)
    return found if max(map(len, found), default=0) <= LONGEST_NAME else []


def _line(grid: Grid, number: int, named: Sequence[str]) -> str:
    """A row as a line. What a cell says of several columns stands once for each name; a cell over all the row stands alone."""
    row, covered, remarks = list(grid.rows[number]), grid.covered.get(number, set()), grid.remarks.get(number, {})
    if _is_title(grid, number):
        named = []
    before = ""  # the name of the column to the left
    for column, cell in enumerate(row):
        name = named[column] if column < len(named) else ""
        if column in covered and name in ("", before):
            row[column] = ""
        elif text := remarks.get(column):
            row[column] = f"{cell} ({text})".lstrip()
        before = name
    if any(named):
        return rows_with_header(named, [row])[0]
    return joined([cell for column, cell in enumerate(row) if column not in covered])
