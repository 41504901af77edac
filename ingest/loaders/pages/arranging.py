"""The lines of a page in the order in which they are read, with the tables among them.

Knows places only, not where lines come from (PDF, pictures).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from ingest.loaders.layout import CAPTION, WIDE, Line, whole_place
from ingest.loaders.pages.grid import table_of
from ingest.loaders.pages.ruling import Rules
from ingest.loaders.pages.table import Table
from ingest.loaders.pages.tables import by_columns, is_prose, pieces_of, regions

MOST = 3000  # lines and pieces of a page; one with more was not written to be read
FIRST = 3.0  # points from the topmost letters of a page: what begins there may go on with the page before
SHORT = 60  # letters of a line between two parts of a table
Block = list[Line] | Table


def arranged(
    lines: Sequence[Line], width: float, height: float, rules: Rules | None, above: Table | None = None
) -> list[Block]:
    """What stands on a page of so many points: runs of lines, empty ones among them, and tables. `above` is the table that
    the page before ends with."""
    if rules is None or len(lines) > MOST:
        return [list(lines)]
    tables: dict[int, Table] = {}  # at the number of the first line of each
    order: dict[int, list[list[int]]] = {}
    taken: set[int] = set()
    pieces = pieces_of(lines, width, height)
    top = min(piece.top for piece in pieces) if pieces else 0.0
    for region in regions(pieces, rules):
        numbers = sorted(piece.number for row in region.rows for piece in row)
        if not taken.isdisjoint(numbers):
            continue
        if is_prose(region):
            if read := by_columns(region):
                order[numbers[0]] = read
                taken.update(numbers)
            continue
        is_first = region.rows[0][0].top <= top + FIRST
        table = table_of(region, width, height, above if is_first else _before(tables, numbers[0], lines), is_first)
        if table is not None:
            tables[numbers[0]] = table
            taken.update(numbers)
    return _in_order(lines, tables, order, taken)


def _before(tables: dict[int, Table], first: int, lines: Sequence[Line]) -> Table | None:
    """The table that one may go on with after a gap: nothing but short lines, as names of groups are, stands between."""
    number = max((one for one in tables if one < first), default=None)
    if number is None:
        return None
    ends = max((at for at in range(number, first) if _within(lines[at], tables[number])), default=number)
    between = [line for line in lines[ends + 1 : first] if line.text]
    return (
        tables[number]
        if len(between) < 3 and all(len(line.text) < SHORT and not CAPTION.match(line.text) for line in between)
        else None
    )


def _within(line: Line, table: Table) -> bool:
    return line.place is not None and table.place is not None and line.place.bottom <= table.place.bottom + 1e-6


def _in_order(
    lines: Sequence[Line], tables: dict[int, Table], order: dict[int, list[list[int]]], taken: set[int]
) -> list[Block]:
    blocks: list[Block] = []
    run: list[Line] = []
    for number, line in enumerate(lines):
        if number in tables:
            blocks += [run, tables[number]] if run else [tables[number]]
            run = []
        elif number in order:
            run += [Line(""), *(replace(reduce(beside, [lines[other] for other in row]), joint=False) for row in order[number])]
            run.append(Line(""))
        elif number not in taken:
            if line.joint and number - 1 not in taken and run:
                run[-1] = beside(run[-1], line)
            else:
                run.append(replace(line, joint=False) if line.joint else line)
    return [*blocks, run] if run else blocks


def beside(first: Line, second: Line) -> Line:
    """Two pieces of a row as one line."""
    spaced = all(len(part) == 1 and WIDE.match(part) for line in (first, second) for part in line.text.split())
    text = first.text + ("" if spaced else " ") + second.text
    return replace(first, text=text, place=whole_place([first.place, second.place]))
