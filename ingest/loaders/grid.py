"""Tables as a reader sees them: what a merged cell says holds for every row and column that it spans, and each row is a line
with the names of its columns. Titles above the names and tables below each other are told apart.

The one place where the cells of any format become lines; which rows are names is for `ingest.loaders.header`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, groupby, takewhile

from ingest.loaders.builder import TextBuilder
from ingest.loaders.header import header_rows, is_value, names, paths
from ingest.loaders.rowlines import rows_of, tidied
from youju.structure import Cells, Column, Table
from youju.text.rowlines import NOBODY, SILENT, Line, named_line, plain_line

LONGEST_NAME = 200  # characters; what is longer is a text, and is not repeated in each row
ROOM = 1_000_000  # places that cells of a table may reach over, all together
REPEATED = 300  # characters of a merged cell; a longer one is a text, which stands once
NOTED = 200_000  # cells of a table that are noted; each costs some hundred bytes
LARGE = 2000  # rows: more take minutes to embed, and among their lines, which are all alike, text is found worse
SAMPLE = 20  # rows of a larger table that stand in the text
WIDEST = 900  # columns of a larger one: a table of SQLite has at most 2000, and numbers may take two
NOTHING = Line("")
Rows = Callable[[], Iterable[Cells]]
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


@dataclass(frozen=True)
class Tail:
    """Rows behind those of a grid that are not held: how many there are at least, how many columns they have, and the rows,
    tidy, from the first one at each call."""

    count: int
    width: int
    rows: Rows


def add_table(
    builder: TextBuilder, grid: Grid, heads: int | None = None, sure: bool = False, tail: Tail | None = None
) -> tuple[int, int]:
    """Add a table, a line for each row, and return its span. Of a large one the first rows stand for all; the others are noted.

    Args:
        heads: how many rows are marked as names of the columns; None where the format marks none, and they are looked for.
        sure: look for names that cannot be read otherwise only.
    """
    grid = replace(grid, rows=tidied(grid.rows))
    title, first = builder.title, builder.length
    if heads is not None:
        titles = sum(1 for _ in takewhile(lambda row: _is_title(grid, row), range(heads)))
        head = header_rows(grid.rows, grid.covered) if titles == heads else (titles, heads) if heads < len(grid.rows) else None
        parts: Iterable[Lined] = [_lined(grid, head, tail)]
    else:
        parts = _parts(grid, sure, tail)
    open_table: Lined | None = None
    rows: list[tuple[int, Line]] = []
    for part in parts:
        if part.goes_on and open_table is not None and open_table.rest:
            open_table.rest += [partial(iter, part.held), *part.rest]
            open_table.more += len(part.held) + part.more
            continue
        builder.rows(part.above)
        placed = builder.rows(part.below)
        if part.goes_on and open_table is not None:
            rows, open_table.rest, open_table.more = rows + placed, part.rest, part.more
            continue
        note(builder, rows, open_table, title)
        open_table, rows = part, placed
    note(builder, rows, open_table, title)
    start = first + 2 if first and builder.length > first else first  # behind the empty line
    return start, builder.length


@dataclass
class Lined:
    """The lines of a table: those above the names of the columns, and the rows. One that goes on has the columns of the one
    before. `held` are the rows as they were given; of a large table `rest` are those without a line, `more` counts them."""

    above: list[Line]
    below: list[Line]
    columns: tuple[Column, ...] = ()
    titles: int = 0  # of the lines above
    goes_on: bool = False
    held: Sequence[Cells] = ()
    rest: list[Rows] = field(default_factory=list)
    more: int = 0
    width: int = 0


def note(builder: TextBuilder, rows: Sequence[tuple[int, Line]], lined: Lined | None, title: str) -> None:
    """Note rows that were added, given with where they begin, as a table."""
    table = table_of(rows, lined, title) if lined is not None else None
    builder.note_table(table)
    if table is not None and lined is not None and lined.rest:
        sources = tuple(lined.rest)
        builder.note_rest(table, lambda: chain.from_iterable(source() for source in sources))


def table_of(rows: Sequence[tuple[int, Line]], lined: Lined, title: str) -> Table | None:
    """Rows, given with where they begin, as a table; None where no row has two cells, or all have too many."""
    counts = [len(line.cells) for _, line in rows]
    if max(counts, default=0) < 2 or sum(counts) > NOTED:
        return None
    said = [title, *(line.text for line in lined.above[: lined.titles])]
    width = max([lined.width, *[line.cells[-1][0] + 1 for _, line in rows if line.cells]])
    columns = lined.columns + (Column(),) * (width - len(lined.columns))
    end = rows[-1][0] + len(rows[-1][1].text)
    return Table(rows[0][0], end, columns, tuple(rows_of(rows)), "\n".join(filter(None, said)), lined.more)


def row_lines(grid: Grid, heads: int) -> tuple[list[Line], Lined]:
    """The lines of a table, one in the place of each row: none for the names of the columns, which `heads` rows mark. Where
    those are empty, or titles over the whole table, names are looked for below."""
    grid = replace(grid, rows=tidied(grid.rows))
    marked = any(any(grid.rows[row]) and not _is_title(grid, row) for row in range(heads))
    found = (0, heads) if marked else header_rows(grid.rows, grid.covered)
    lined = _lined(grid, None if found is None or found[1] >= len(grid.rows) else found)
    gap = [NOTHING] * (len(grid.rows) - len(lined.above) - len(lined.below))
    return [*lined.above, *gap, *lined.below], lined


def unnamed_lines(grid: Grid) -> tuple[list[Line], Lined]:
    """The same of a table without names."""
    lined = _lined(replace(grid, rows=tidied(grid.rows)), None)
    return lined.below, lined


def _parts(grid: Grid, sure: bool, tail: Tail | None) -> Iterator[Lined]:
    """The tables of a grid, whose names are to be found."""
    named: list[str] = []  # the names of the table that an empty row interrupted
    blocks = list(_blocks(grid))
    widths = [max(sum(map(bool, row)) for row in block.rows) for block in blocks]
    widest = max(widths, default=0)
    for number, (block, width) in enumerate(zip(blocks, widths, strict=True), start=1):
        behind = tail if number == len(blocks) else None
        found = header_rows(block.rows, block.covered, sure or bool(named))
        is_lead = not named and (width < min(widest, 3) or 2 * width <= widest)
        if found and is_lead and not is_value(block.rows[found[1]][0]):
            found = None  # before a table stand names with their values in few columns, which belong to none
        if found is None and named and _goes_on(block, named):
            yield _shown(block, named, 0, behind, Lined([], [], goes_on=True))
        else:
            named = _names(block, *found) if found else named
            yield _lined(block, found, behind)


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


def _lined(grid: Grid, head: tuple[int, int] | None, tail: Tail | None = None) -> Lined:
    """The lines above the names, and those of the rows below; without names all as they stand."""
    if head is None:
        return _shown(grid, [], 0, tail, Lined([], []))
    top, end = head
    above = [_line(grid, row, []) for row in range(top)]
    named = _names(grid, top, end)
    if not any(named):  # texts, which stand once
        above += [_line(grid, row, []) for row in range(top, end)]
    for row in range(top, end):
        above += [Line(f"{grid.rows[row][column]}: {text}") for column, text in sorted(grid.remarks.get(row, {}).items())]
    columns = tuple(map(Column, paths(grid.rows[top:end], grid.part(top, end).covered))) if any(named) else ()
    return _shown(grid, named, end, tail, Lined(above, [], columns, top))


def _shown(grid: Grid, named: Sequence[str], first: int, tail: Tail | None, lined: Lined) -> Lined:
    """The lines of the rows from `first` on; of a large table some, with the others noted."""
    last = len(grid.rows)
    lined.width = max([tail.width if tail else 0, *map(len, grid.rows[first:])], default=0)
    if tail is not None or (last - first > LARGE and lined.width <= WIDEST):
        last = min(first + SAMPLE, last)
        lined.rest = [partial(iter, grid.rows[last:]), *([tail.rows] if tail else [])]
        lined.more = len(grid.rows) - last + (tail.count if tail else 0)
    if grid.covered or grid.remarks or not any(named):
        lined.below = [_line(grid, row, named) for row in range(first, last)]
    else:
        names = [*named, *[""] * (lined.width - len(named))]
        lined.below = [named_line(names, row) for row in grid.rows[first:last]]
    lined.held = grid.rows[first:last]
    return lined


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
