"""Tables and drawings that stand in the cells of tables: each of its own, behind the row that holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ingest.loaders.builder import TextBuilder, joined
from ingest.loaders.grid import Grid, add_table, row_lines
from ingest.loaders.header import header_rows

Inner = Mapping[int, Sequence[Callable[[], None]]]
"""For a number of rows what is to be added behind them, in order."""


def add_with_inner(builder: TextBuilder, grid: Grid, heads: int, inner: Inner) -> None:
    """Add a table of which `heads` rows are marked as names of the columns; 0 for none."""
    if not inner:
        add_table(builder, grid, heads or None, sure=len(grid.rows) < 3)
        return
    named = heads or (found[1] if (found := header_rows(grid.rows, grid.covered, sure=len(grid.rows) < 3)) else 0)
    lines = row_lines(grid, named) if named else [joined(_own(grid, number)) for number in range(len(grid.rows))]
    done = 0
    for number, steps in inner.items():
        builder.rows(lines[done:number])
        done = number
        for step in steps:
            step()
    builder.rows(lines[done:])


def _own(grid: Grid, number: int) -> list[str]:
    """The cells of a row, without those that another reaches over."""
    covered = grid.covered.get(number, ())
    return [cell for column, cell in enumerate(grid.rows[number]) if column not in covered]
