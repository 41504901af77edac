"""Tables among the lines of a page, told from where their pieces stand and from ruling lines; and text in columns that was
drawn row by row.

Knows places only, not where lines come from (PDF, pictures). What names the columns is `headers`' matter.
"""

from __future__ import annotations

import bisect
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from ingest.loaders.layout import CAPTION, WIDE, Line, located
from ingest.loaders.pages.ruling import NEAR, Rules, Span, bands_of, grids

GAP = 1.0  # ems between two pieces of a row that make it one of a table
RIVER = 0.4  # ems free from top to bottom between two columns
CROSSED = 8  # rows of which one may lie over such a gap
HEIGHT = 0.85  # of an em: the letters of a line
APART = 3.5  # ems between two rows that end a table
BETWEEN = 3  # cells of one piece between two rows of several: names of groups, wrapped cells
WRAPPED = 0.8  # ems between two lines of one cell
LONG = 60  # letters of a line that is a text, not a cell
PROSE = 24  # letters of a line in a column of text
FULL = 0.7  # of a column's width, which most lines of a text fill
SEVERAL = 8  # rows of which two tell that a cell does not make a column
HEADS, TAIL = 3.0, 0.9  # ems between a table and the names above it, and between it and the rest of its last row
SIGNS = re.compile(r"[$€£¥%()\-–—\s]*|US\$|HK\$|RMB")


@dataclass(frozen=True, eq=False)
class Piece:
    """A line of the page or a part of one, with its number among them and its place in points."""

    number: int
    line: Line
    left: float
    top: float
    right: float
    bottom: float

    @property
    def em(self) -> float:
        """The font's size; where that is unknown, or in other units, by the height of the letters."""
        height, size = self.bottom - self.top, self.line.size
        return size if size and 0.4 < height / size < 1.6 else height / HEIGHT

    @property
    def letters(self) -> int:
        text = self.line.text
        return len(text) if text.isascii() else len(text) + len(WIDE.findall(text))


Row = list[Piece]


@dataclass(frozen=True)
class Region:
    """Rows that lie one below the other, and the columns their pieces stand in; `bands` are the heights of lines that part
    rows, `sides` the vertical lines between columns where there is a grid."""

    rows: list[Row]
    columns: list[Span]
    bands: list[float] = field(default_factory=list)
    sides: tuple[tuple[float, float, float], ...] = ()

    @property
    def ruled(self) -> bool:
        return bool(self.sides)

    @cached_property
    def em(self) -> float:
        return statistics.median(piece.em for row in self.rows for piece in row)

    def column(self, piece: Piece) -> int:
        """The column that a piece begins in."""
        return self.covered(piece)[0]

    def covered(self, piece: Piece) -> range:
        """The columns that a piece stands in: those of its cell in a grid, those it covers to a good part elsewhere."""
        if piece not in self._known:
            self._known[piece] = self._cell(piece) if self.sides else self._overlapped(piece)
        return self._known[piece]

    @cached_property
    def _known(self) -> dict[Piece, range]:
        return {}

    @cached_property
    def _sides(self) -> tuple[list[float], list[float]]:
        lefts, rights = zip(*self.columns, strict=True)
        return list(lefts), list(rights)

    def _overlapped(self, piece: Piece) -> range:
        lefts, rights = self._sides
        first = min(bisect.bisect_right(rights, piece.left), len(lefts) - 1)
        last = max(bisect.bisect_left(lefts, piece.right) - 1, 0)
        if first == last:
            return range(first, first + 1)
        if first > last:  # it stands between two
            nearer = last if piece.left - rights[last] < lefts[first] - piece.right else first
            return range(nearer, nearer + 1)
        least = min(0.5 * self.em, 0.25 * (piece.right - piece.left))
        shares = [min(rights[at], piece.right) - max(lefts[at], piece.left) for at in range(first, last + 1)]
        hit = [first + at for at, share in enumerate(shares) if share > least]
        return range(hit[0], hit[-1] + 1) if hit else range(first, first + 1)

    def _cell(self, piece: Piece) -> range:
        x, y = piece.left + 1, (piece.top + piece.bottom) / 2
        first = next((number for number, (_, right) in enumerate(self.columns) if x < right), len(self.columns) - 1)
        last = first
        while last + 1 < len(self.columns) and not any(
            abs(side - self.columns[last][1]) < NEAR and top <= y <= bottom for side, top, bottom in self.sides
        ):
            last += 1
        return range(first, last + 1)


def pieces_of(lines: Sequence[Line], width: float, height: float) -> list[Piece]:
    """Those lines whose place is known."""
    return [
        Piece(
            number, line, line.place.left * width, line.place.top * height, line.place.right * width, line.place.bottom * height
        )
        for number, line in enumerate(lines)
        if line.place is not None and line.text
    ]


def rows_of(pieces: Sequence[Piece]) -> list[Row]:
    """Pieces side by side, from the top of the page to its foot."""
    rows: list[Row] = []
    for piece in sorted(pieces, key=lambda piece: piece.top + piece.bottom):
        first = rows[-1][0] if rows else None
        shared = min(first.bottom, piece.bottom) - max(first.top, piece.top) if first else 0.0
        if first and shared > 0.5 * min(first.bottom - first.top, piece.bottom - piece.top):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def regions(pieces: Sequence[Piece], rules: Rules) -> Iterator[Region]:
    """Where tables and columns may be: what stands in a grid of ruling lines first, then rows with wide gaps."""
    left = list(pieces)
    for grid in grids(rules):
        inside = [piece for piece in left if grid.holds((piece.left + piece.right) / 2, (piece.top + piece.bottom) / 2)]
        region = Region(rows_of(inside), grid.columns, grid.bands, grid.sides) if inside else None
        if region and len(region.rows) > 1 and len({region.column(piece) for piece in inside}) > 1:
            yield region
            taken = {piece.number for piece in inside}
            left = [piece for piece in left if piece.number not in taken]
    rows = rows_of(left)
    for first, last in _runs(rows):
        columns = _columns(rows[first:last])
        if len(columns) > 1:
            own = _with_ends(rows, first, last, columns)
            yield Region(own, columns, _bands(own, rules))


def _bands(rows: Sequence[Row], rules: Rules) -> list[float]:
    left, right = min(row[0].left for row in rows), max(piece.right for row in rows for piece in row)
    return bands_of(rules, left, rows[0][0].top, right, max(piece.bottom for piece in rows[-1]))


def _has_gap(row: Row) -> bool:
    return any(after.left - before.right > GAP * min(before.em, after.em) for before, after in pairwise(row))


def _runs(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) of rows with wide gaps that follow one another, with the few rows of one piece between
    them."""
    first, last, cells = 0, 0, 0  # the run so far ends with a row that has a gap; then so many cells
    for number, row in enumerate(rows):
        if last > first:
            apart = _distance(rows[number - 1], row)
            cells += number == last or apart > WRAPPED * row[0].em
            if apart > APART * row[0].em or cells > BETWEEN or _is_text(row):
                if _is_run(rows[first:last]):
                    yield first, last
                first = last = number
        if _has_gap(row):
            first, last, cells = (first, number + 1, 0) if last > first else (number, number + 1, 0)
    if _is_run(rows[first:last]):
        yield first, last


def _is_text(row: Row) -> bool:
    """Whether a row is a line of a text or a caption, not a cell."""
    return len(row) == 1 and (row[0].letters >= LONG or CAPTION.match(row[0].line.text) is not None)


def _distance(above: Row, row: Row) -> float:
    return row[0].top - max(piece.bottom for piece in above)


def _with_ends(rows: Sequence[Row], first: int, last: int, columns: list[Span]) -> list[Row]:
    """The rows of a table with the names above it that stand over its columns, not over the first, and the rest of its last
    row."""
    left, right = columns[0][1], columns[-1][1]
    start, end = first, last
    while (
        start
        and _distance(rows[start - 1], rows[start]) < HEADS * rows[start][0].em
        and all(piece.left > left and piece.right < right + piece.em for piece in rows[start - 1])
    ):
        start -= 1
    while (
        end < len(rows)
        and _distance(rows[end - 1], rows[end]) < TAIL * rows[end][0].em
        and not _is_text(rows[end])
        and all(
            any(first - piece.em < piece.left and piece.right < second + piece.em for first, second in columns)
            for piece in rows[end]
        )
    ):
        end += 1
    return list(rows[start:end])


def _is_run(run: Sequence[Row]) -> bool:
    return sum(len(row) > 1 for row in run) > 1


def _columns(rows: Sequence[Row]) -> list[Span]:
    """What the pieces of the fullest rows stand in, between the gaps that go through all of them (or nearly)."""
    counts = sorted(len(row) for row in rows)
    least = max(2, round(0.6 * counts[int(0.9 * (len(counts) - 1))]))
    full = [row for row in rows if len(row) >= least]
    em = statistics.median(piece.em for row in full for piece in row)
    ends = sorted([(piece.left, 1) for row in full for piece in row] + [(piece.right, -1) for row in full for piece in row])
    allowed, covered = len(full) // CROSSED, 0
    found: list[list[float]] = []
    free: float | None = None
    for place, step in ends:
        was, covered = covered, covered + step
        if was <= allowed < covered and (free is None or place - free >= RIVER * em):
            found.append([place, place])
        if was > allowed >= covered:
            free = found[-1][1] = place
    return _settled([(left, right) for left, right in found], full) if len(found) > 1 else []


def _settled(columns: list[Span], rows: Sequence[Row]) -> list[Span]:
    """The columns without those that hold signs only, which belong to the numbers beside them, or next to nothing."""
    region = Region(list(rows), columns)
    held: list[list[Piece]] = [[] for _ in columns]
    for row in rows:
        for piece in row:
            held[region.column(piece)].append(piece)
    while len(columns) > 1 and (merged := _merged(columns, held, len(rows))):
        first, second = merged
        columns = [*columns[:first], (columns[first][0], columns[second][1]), *columns[second + 1 :]]
        held = [*held[:first], held[first] + held[second], *held[second + 1 :]]
    return columns


def _merged(columns: list[Span], held: list[list[Piece]], rows: int) -> tuple[int, int] | None:
    """Two columns that are one: signs and the numbers they belong to; the few cells of a column that stand off it."""
    fewest, several = max(2, rows // 6), rows >= SEVERAL
    for number, pieces in enumerate(held):
        texts = [piece.line.text for piece in pieces]
        signs = bool(texts) and all(SIGNS.fullmatch(text) for text in texts)
        if signs and number and all(sign in ")%" for text in texts for sign in text):
            return number - 1, number
        if signs and number + 1 < len(held) and any(sign in text for text in texts for sign in "$€£¥RM("):
            return number, number + 1
        if len(pieces) < fewest:
            ways = [
                (_clashes(held[one], held[one + 1]), one == 0, columns[one + 1][0] - columns[one][1], one)
                for one in (number - 1, number)
                if 0 <= one < len(held) - 1 and (one or several)
            ]
            clashes, _, _, one = min(ways, default=(1, False, 0.0, 0))
            if not clashes or several:
                return one, one + 1
    return None


def _clashes(first: Sequence[Piece], second: Sequence[Piece]) -> int:
    """How many pieces of two columns stand side by side."""
    return sum(_shares_row(one, other) for one in first for other in second)


def _shares_row(one: Piece, other: Piece) -> bool:
    return min(one.bottom, other.bottom) - max(one.top, other.top) > 0.5 * min(one.bottom - one.top, other.bottom - other.top)


def is_prose(region: Region) -> bool:
    """Whether two columns or more hold running text, or the entries of an index."""
    if region.ruled:
        return False
    pieces = Counter[int]()
    long = Counter[int]()
    for piece in (piece for row in region.rows for piece in row):
        covered = region.covered(piece)
        if len(covered) == 1:
            left, right = region.columns[covered[0]]
            pieces[covered[0]] += 1
            is_long = piece.letters >= PROSE and piece.right - piece.left > FULL * (right - left)
            long[covered[0]] += is_long or located(piece.line.text)
    return sum(count > 1 and long[column] >= 0.6 * count for column, count in pieces.items()) > 1


def by_columns(region: Region) -> list[list[int]] | None:
    """The numbers of the lines of running text in columns in the order in which they are read, those of one line together; None
    where they are in it already, as no row was drawn at once."""
    together = sum(any(piece.line.joint for piece in row[1:]) for row in region.rows)
    if 2 * together < sum(len(row) > 1 for row in region.rows):
        return None
    order: list[list[int]] = []
    below: list[list[list[int]]] = [[] for _ in region.columns]
    for row in region.rows:
        if any(len(region.covered(piece)) > 1 for piece in row):  # what goes over several columns parts them
            order += [line for column in below for line in column] + [[piece.number for piece in row]]
            below = [[] for _ in region.columns]
            continue
        lines: dict[int, list[int]] = {}
        for piece in row:
            lines.setdefault(region.column(piece), []).append(piece.number)
        for column, line in lines.items():
            below[column].append(line)
    return order + [line for column in below for line in column]
