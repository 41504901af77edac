"""Rows of tables: their cells as lines show them, and which rows head those below them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.loaders.encoding import clean
from youju.structure import Cell, Row
from youju.text.rowlines import Line

UNTIDY = re.compile(r"[^\S \n]|  |^ | $", re.MULTILINE)  # in cells, a line each


def tidied(rows: list[list[str]]) -> list[list[str]]:
    """Cells as lines show them: cleaned, white space as single blanks."""
    whole = "\n".join(map("\n".join, rows))  # looked at at once: most tables are tidy
    if whole.count("\n") != sum(map(len, rows)) - 1 or UNTIDY.search(whole):
        rows = [[" ".join(cell.split()) for cell in row] for row in rows]
        whole = "\n".join(map("\n".join, rows))
    return rows if clean(whole) == whole else [[" ".join(clean(cell).split()) for cell in row] for row in rows]


def moved(line: Line, start: int, group: tuple[str, ...] = ()) -> Row:
    """The row whose line begins at `start`."""
    new, kind = tuple.__new__, Cell  # as `Cell(…)`, in half the time
    cells = tuple([new(kind, (column, start + first, start + last)) for column, first, last in line.cells])
    return Row(start, start + len(line.text), cells, group)


def rows_of(placed: Sequence[tuple[int, Line]]) -> Iterator[Row]:
    """Lines and where they begin as rows, each in the group of those that head it.

    A row of one cell in the first column heads those below it, if they have more. Heads right below each other are one under
    the other; one behind other rows takes the place of the lowest, for nothing tells that it closes more.
    """
    above: tuple[str, ...] = ()
    run: tuple[str, ...] = ()  # heads that nothing but heads has followed
    for number, (start, line) in enumerate(placed):
        row = moved(line, start, above)
        if _heads(line) and any(len(below.cells) > 1 for _, below in placed[number + 1 : number + 3]):
            name = line.text[line.cells[0][1] : line.cells[0][2]]
            run = (*run, name) if run else (*above[:-1], name) if _is_lone(placed, number) else (name,)
            above = run
        elif len(line.cells) > 1:
            run = ()
        yield row


def _heads(line: Line) -> bool:
    return len(line.cells) == 1 and line.cells[0][0] == 0


def _is_lone(placed: Sequence[tuple[int, Line]], number: int) -> bool:
    """Whether no other head follows right behind."""
    return number + 1 >= len(placed) or not _heads(placed[number + 1][1])
