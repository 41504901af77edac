"""Rows of tables as lines that stand alone, with the places of their values; and the rows that head those below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from ingest.loaders.encoding import clean
from youju.structure import Cell, Row

NOBODY: Set[int] = frozenset()
SILENT: Mapping[int, str] = {}


class Line(NamedTuple):
    """A row as a line, and where in it the values of its cells stand."""

    text: str
    cells: tuple[Cell, ...] = ()


def tidied(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Cells as lines show them: cleaned, white space as single blanks."""
    tidy = [[" ".join(cell.split()) for cell in row] for row in rows]
    whole = "\n".join(map("\n".join, tidy))
    return tidy if clean(whole) == whole else [[" ".join(clean(cell).split()) for cell in row] for row in tidy]


def named_line(names: Sequence[str], row: Sequence[str], remarks: Mapping[int, str] = SILENT) -> Line:
    """Each value behind the name of its column: names `Model`, `Price` and values `T3`, `€ 40` give `Model: T3 | Price: € 40`.

    For a column that has no name, or the value for its name, it stands for itself; empty cells are left out.
    """
    parts, cells, place, known = list[str](), list[Cell](), 0, len(names)
    for column, value in enumerate(row):
        if not value and column not in remarks:
            continue
        said = f"{value} ({remarks[column]})".lstrip() if column in remarks else value
        name = names[column] if column < known else ""
        before = f"{name}: " if name and name != said else ""
        start = place + len(before)
        cells.append(Cell(column, start, start + len(value or said)))
        parts.append(before + said)
        place = start + len(said) + 3
    return Line(" | ".join(parts), tuple(cells))


def plain_line(row: Sequence[str], covered: Set[int] = NOBODY, remarks: Mapping[int, str] = SILENT) -> Line:
    """A row of a table without names: `a | b`, empty cells kept in their place; a lone cell stands for itself. `covered` are
    the columns that a cell to their left reaches over."""
    shown = [(column, value) for column, value in enumerate(row) if column not in covered]
    lone = sum(bool(value) or column in remarks for column, value in shown) < 2
    tokens, cells, place = list[str](), list[Cell](), 0
    for number, (column, value) in enumerate(shown):
        if number and not lone:
            tokens.append("|")
            place += 2
        if said := f"{value} ({remarks[column]})".lstrip() if column in remarks else value:
            cells.append(Cell(column, place, place + len(value or said)))
            tokens.append(said)
            place += len(said) + 1
    return Line(" ".join(tokens), tuple(cells))


def moved(line: Line, start: int, group: tuple[str, ...] = ()) -> Row:
    """The row whose line begins at `start`."""
    cells = tuple([Cell(column, start + first, start + last) for column, first, last in line.cells])
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
            name = line.text[line.cells[0].start : line.cells[0].end]
            run = (*run, name) if run else (*above[:-1], name) if _is_lone(placed, number) else (name,)
            above = run
        elif len(line.cells) > 1:
            run = ()
        yield row


def _heads(line: Line) -> bool:
    return len(line.cells) == 1 and line.cells[0].column == 0


def _is_lone(placed: Sequence[tuple[int, Line]], number: int) -> bool:
    """Whether no other head follows right behind."""
    return number + 1 >= len(placed) or not _heads(placed[number + 1][1])
