"""Rows of tables as lines that stand alone, with the places of their values. The one place where cells become lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

NOBODY: Set[int] = frozenset()
SILENT: Mapping[int, str] = {}


Place = tuple[int, int, int]
"""The column of a cell, and where in its line its value begins and ends."""


class Line(NamedTuple):
    """A row as a line, and where in it the values of its cells stand."""

    text: str
    cells: Sequence[Place] = ()


def named_line(names: Sequence[str], row: Sequence[str], remarks: Mapping[int, str] = SILENT) -> Line:
    """Each value behind the name of its column: names `Model`, `Price` and values `T3`, `€ 40` give `Model: T3 | Price: € 40`.

    For a column that has no name, or the value for its name, it stands for itself; empty cells are left out.
    """
    if remarks:
        return _remarked(names, row, remarks)
    parts, cells, place = list[str](), list[Place](), 0
    for column, (name, value) in enumerate(
        zip(names if len(names) >= len(row) else _padded(names, len(row)), row, strict=False)
    ):
        if value:
            if name and name != value:
                start = place + len(name) + 2
                parts.append(f"{name}: {value}")
            else:
                start = place
                parts.append(value)
            place = start + len(value)
            cells.append((column, start, place))
            place += 3
    return Line(" | ".join(parts), cells)


def _padded(names: Sequence[str], width: int) -> list[str]:
    return [*names, *[""] * (width - len(names))]


def _remarked(names: Sequence[str], row: Sequence[str], remarks: Mapping[int, str]) -> Line:
    """The same with remarks behind cells."""
    parts, cells, place = list[str](), list[Place](), 0
    for column, (name, value) in enumerate(zip(_padded(names, len(row)), row, strict=False)):
        said = f"{value} ({remarks[column]})".lstrip() if column in remarks else value
        if said:
            before = f"{name}: " if name and name != said else ""
            start = place + len(before)
            cells.append((column, start, start + len(value or said)))
            parts.append(before + said)
            place = start + len(said) + 3
    return Line(" | ".join(parts), cells)


def plain_line(row: Sequence[str], covered: Set[int] = NOBODY, remarks: Mapping[int, str] = SILENT) -> Line:
    """A row of a table without names: `a | b`, empty cells kept in their place; a lone cell stands for itself. `covered` are
    the columns that a cell to their left reaches over."""
    shown = [(column, value) for column, value in enumerate(row) if column not in covered]
    lone = sum(bool(value) or column in remarks for column, value in shown) < 2
    tokens, cells, place = list[str](), list[Place](), 0
    for number, (column, value) in enumerate(shown):
        if number and not lone:
            tokens.append("|")
            place += 2
        if said := f"{value} ({remarks[column]})".lstrip() if column in remarks else value:
            cells.append((column, place, place + len(value or said)))
            tokens.append(said)
            place += len(said) + 1
    return Line(" ".join(tokens), cells)
