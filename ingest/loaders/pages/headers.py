"""Which lines of a table name its columns, and how each column is called.

A number stands in a row of the table's body, a year may name a column; where there are no numbers, bold letters, a ruling
line or short names tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.loaders.layout import Line, joined
from ingest.loaders.pages.rows import Band, between, tight_of
from ingest.loaders.pages.ruling import Span
from ingest.loaders.pages.table import KEY
from ingest.loaders.pages.tables import Piece, Region, Row
from ingest.loaders.pages.values import PERIOD, is_period, is_value

HEADER_CHARACTERS = 60  # the name of a column is short; a cell with more is a text laid out in columns
NAME = re.compile(r"[^\W\d_]")  # a letter of any script
SENTENCE = re.compile(r"[。！？]$|(?:\S+\s+){2}\S+[.!?]$")  # names no column
HEADER_ROWS = 16  # lines that name columns, at most
HEADS = 3  # rows of names, at most


def body_of(lines: Sequence[Band], region: Region) -> int:
    """The number of the first line below the names of the columns, 0 where numbers do not tell."""
    numeric = _numeric(lines)
    first = next((number for number, line in enumerate(lines) if _is_data(line, numeric)), 0)
    strong = next((number for number, line in enumerate(lines) if not _is_bold(line)), 0)
    if 0 < strong < first and any(len(line.filled) > 1 for line in lines[strong:first]):
        return strong
    if not first:
        return 0
    groups = between(lines[: first + 1], region.bands)
    if len(groups) > 1 and lines[first] in groups[-1]:  # the last line above the body parts it from the names
        heads = groups[:-1]
        while heads and all(line.filled == {0} for line in heads[-1]):  # the name of a group of rows
            heads.pop()
        rows = sum(any(0 in line.filled and len(line.filled) > 1 for line in head) for head in heads)
        return sum(map(len, heads)) if rows <= HEADS and len(heads) <= 2 * HEADS else 0
    if 2 * sum(KEY.fullmatch(line.text(0)) is not None for line in lines) > len(lines):  # names of values, not of columns
        return 0
    tight = tight_of(lines)
    while first and lines[first - 1].filled == {0}:  # the name of a group of rows, or the beginning of a row's name
        if first > 1 and 0 in lines[first - 2].filled and lines[first - 1].top - lines[first - 2].top <= tight:
            break
        first -= 1
    rows = sum(0 in line.filled and len(line.filled) > 1 for line in lines[:first])
    return first if first <= HEADER_ROWS and rows <= HEADS else 0


def _is_data(line: Band, numeric: frozenset[int]) -> bool:
    """Whether a line holds numbers for most columns that have any, or for some behind the name of a row."""
    values = sum(is_value(line.text(column)) for column in numeric & line.filled)
    return bool(values) and (0 in line.filled or 2 * values >= len(numeric))


def _is_bold(line: Band) -> bool:
    return all(pieces[0].line.bold for pieces in line.cells if pieces and not pieces[0].line.joint)


def _numeric(lines: Sequence[Band]) -> frozenset[int]:
    """The columns behind the first that hold numbers for the most part."""
    found = set()
    for column in range(1, len(lines[0].cells)):
        values = [is_value(line.text(column)) for line in lines if line.cells[column]]
        if any(values) and 2 * sum(values) >= len(values) - values.index(True):
            found.add(column)
    return frozenset(found)


def names_of(region: Region, first: int) -> list[str]:
    """The names of the columns from the lines above the body: one above the other, a wide one over all that it spans."""
    names: list[list[Line]] = [[] for _ in region.columns]
    for number, row in enumerate(region.rows[:first]):
        below = region.rows[number + 1] if number + 1 < first else []
        for column, piece in _over(row, below, region, {column for column, lines in enumerate(names) if lines}):
            names[column].append(piece.line)
    return [joined(lines)[0] if lines else "" for lines in names]


def _over(row: Row, below: Row, region: Region, known: set[int]) -> list[tuple[int, Piece]]:
    """Which name of a row stands over which column."""
    own: dict[int, list[Piece]] = {}
    for piece in row:
        for column in region.covered(piece):
            own.setdefault(column, []).append(piece)
    heads = [piece for piece in row if region.column(piece) or len(region.covered(piece)) > 1]
    behind = range(1, len(region.columns))
    if len(row) == len(behind) and all(is_period(piece.line.text) for piece in row):  # wherever they stand over the numbers
        return list(zip(behind, row, strict=True))
    named = {column for piece in below for column in region.covered(piece)} - {0} if below else set(behind)
    again = len({piece.line.text for piece in below if region.column(piece)}) < len(named)
    periods = bool(below) and all(is_period(piece.line.text) for piece in below if region.column(piece))
    spanning = [piece for piece in heads if len(region.covered(piece)) > 1 or _is_between(piece, region)]
    alone = len(heads) == 1 and bool(below) and PERIOD.search(heads[0].line.text) is not None
    if not heads or len(heads) >= len(named):
        pass
    elif below and (spanning or again or periods or alone):
        for column in named - set(own):
            own[column] = [
                min(heads, key=lambda piece: abs(_middle((piece.left, piece.right)) - _middle(region.columns[column])))
            ]
    elif not below and len(heads) == 1 and PERIOD.search(heads[0].line.text):
        own |= dict.fromkeys(named - set(own), heads)
    elif not below:
        for piece in spanning:
            near = min(
                named - set(own) - known,
                key=lambda column: abs(_middle(region.columns[column]) - _middle((piece.left, piece.right))),
                default=0,
            )
            if near and abs(near - region.column(piece)) == 1:
                own[near] = [piece]
    return [(column, piece) for column, pieces in sorted(own.items()) for piece in pieces]


def _middle(span: Span) -> float:
    return (span[0] + span[1]) / 2


def _is_between(piece: Piece, region: Region) -> bool:
    """Whether a name stands in the middle between two columns."""
    left, right = region.columns[region.column(piece)]
    return abs((piece.left + piece.right) - (left + right)) / 2 > max(0.4 * (right - left), piece.em)


def is_named(rows: Sequence[Band], region: Region) -> bool:
    """Whether the first row of a table names the columns."""
    head, columns = rows[0], range(len(region.columns))
    texts = [head.text(column) for column in columns]
    if any(is_value(text) or SENTENCE.search(text) for text in texts) or len(head.filled) < max(2, len(columns) - 1):
        return False
    bold = [_is_bold(row) for row in rows]
    if bold[0] and not any(bold[1:]):
        return True
    between = [head.bottom - 2 < band < rows[1].top + 2 for band in region.bands]
    if any(between) and len(region.bands) < len(rows):
        return True
    return len(columns) > 2 and _may_be_header(texts) and (region.ruled or all(texts))


def _may_be_header(row: Sequence[str]) -> bool:
    """Whether the cells of a table's first row read as names of columns: short texts, each another, at least two."""
    filled = [cell for cell in row if cell]
    return (
        len(filled) > 1
        and len(set(filled)) == len(filled)
        and all(NAME.search(cell) and len(cell) <= HEADER_CHARACTERS for cell in filled)
    )
