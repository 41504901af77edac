"""The lines of a table as its rows: those that go on with the row before put into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.loaders.layout import HYPHENS, joined
from ingest.loaders.pages.tables import Piece, Region, Row
from ingest.loaders.pages.values import is_value

TIGHTER = 1.2  # lines of one cell are nearer together than rows, by so much
LOWER = re.compile(r"[a-zà-ÿ(（&]")


@dataclass(frozen=True)
class Band:
    """A row of a table: what lies in each column, in order of reading."""

    cells: tuple[tuple[Piece, ...], ...]
    top: float
    bottom: float

    @cached_property
    def filled(self) -> frozenset[int]:
        return frozenset(number for number, pieces in enumerate(self.cells) if pieces)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(map(text_of, self.cells))

    def text(self, column: int) -> str:
        return self.texts[column]

    def has_value(self, columns: range | frozenset[int]) -> bool:
        return any(is_value(self.text(column)) for column in columns if self.cells[column])


def band_of(row: Row, region: Region) -> Band:
    cells: list[list[Piece]] = [[] for _ in region.columns]
    for piece in row:
        cells[region.column(piece)].append(piece)
    return Band(tuple(map(tuple, cells)), min(piece.top for piece in row), max(piece.bottom for piece in row))


def text_of(pieces: Sequence[Piece]) -> str:
    """The text of a cell: what stands side by side, then what stands below."""
    if len(pieces) < 2:
        return (
            joined([piece.line for piece in pieces])[0]
            if pieces and pieces[0].line.text.endswith(HYPHENS)
            else pieces[0].line.text
            if pieces
            else ""
        )
    return joined([piece.line for piece in pieces])[0]


def rows_in(lines: Sequence[Band], region: Region) -> list[Band]:
    """The lines of a table as its rows: those that go on with the row before put into it."""
    parted = len(region.bands) > max(2, len(lines) // 6)
    groups = between(lines, region.bands) if parted else [list(lines)]
    return [row for group in groups for row in (_one(group) if _is_one(group, region) else _grown(group, lines))]


def between(lines: Sequence[Band], bands: Sequence[float]) -> list[list[Band]]:
    """Lines by the ruling lines between them."""
    groups: dict[int, list[Band]] = {}
    for line in lines:
        middle = (line.top + line.bottom) / 2
        groups.setdefault(sum(band < middle for band in bands), []).append(line)
    return list(groups.values())


def _is_one(group: Sequence[Band], region: Region) -> bool:
    """Whether what lies between two ruling lines is one row: no column has a number in several lines, and in a grid of lines
    not every column has all of them filled."""
    if len(group) < 2:
        return True
    if not region.bands or len(region.bands) < 3:
        return False
    counts = [sum(bool(line.cells[column]) for line in group) for column in range(len(region.columns))]
    values = [sum(is_value(line.text(column)) for line in group) for column in range(1, len(region.columns))]
    return max(values, default=0) < 2 and (min(count for count in counts if count) < len(group) or len(group) < 3)


def _one(group: Sequence[Band]) -> list[Band]:
    made = group[0]
    for line in group[1:]:
        made = _with(made, line)
    return [made]


def _with(row: Band, line: Band) -> Band:
    cells = tuple((*first, *second) for first, second in zip(row.cells, line.cells, strict=True))
    return Band(cells, row.top, line.bottom)


def _grown(lines: Sequence[Band], all_lines: Sequence[Band]) -> list[Band]:
    """Rows, where no ruling lines part them."""
    tight = tight_of(all_lines)
    rows: list[Band] = []
    last: Band | None = None
    for line in lines:
        if rows and last and _goes_on(rows[-1], last, line, tight):
            rows[-1] = _with(rows[-1], line)
        else:
            rows.append(line)
        last = line
    return rows


def tight_of(lines: Sequence[Band]) -> float:
    """How far apart the tops of two lines of one cell are at most; 0 where all lines are as far apart."""
    steps = sorted(after.top - before.top for before, after in zip(lines, lines[1:], strict=False))
    if len(steps) < 2 or steps[-1] < TIGHTER * steps[0]:
        return 0.0
    return steps[0] * 1.1


def _goes_on(row: Band, last: Band, line: Band, tight: float) -> bool:
    """Whether a line belongs to the row above it: nearer than rows are, or saying so by its words, and with fewer cells."""
    near = bool(tight) and line.top - last.top <= tight
    text = line.text(min(line.filled))
    lower = LOWER.match(text) is not None
    values = line.has_value(line.filled - {0})
    if row.filled == {0} and 0 in line.filled:  # a long name of a row, whose numbers stand in its last line
        return values and (near or lower) and not row.text(0).endswith((":", "："))
    if values or not line.filled < row.filled:
        return False
    if near or lower:
        return True
    if line.filled == {0}:
        deeper = line.cells[0][0].left > row.cells[0][0].left + 0.4 * line.cells[0][0].em
        return deeper and not text.endswith((":", "："))
    return 0 not in line.filled
