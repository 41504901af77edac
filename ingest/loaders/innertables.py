"""Tables and drawings that stand in the cells of tables: each of its own, behind the row that holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ingest.loaders.builder import TextBuilder
from ingest.loaders.grid import Grid, add_table, note, row_lines, unnamed_lines
from ingest.loaders.header import header_rows
from youju.text.rowlines import Line

Inner = Mapping[int, Sequence[Callable[[], None]]]
"""For a number of rows what is to be added behind them, in order."""


def add_with_inner(builder: TextBuilder, grid: Grid, heads: int, inner: Inner) -> None:
    """Add a table of which `heads` rows are marked as names of the columns; 0 for none."""
    if not inner:
        add_table(builder, grid, heads or None, sure=len(grid.rows) < 3)
        return
    title = builder.title
    named = heads or (found[1] if (found := header_rows(grid.rows, grid.covered, sure=len(grid.rows) < 3)) else 0)
    lines, table = row_lines(grid, named) if named else unnamed_lines(grid)
    placed, done = list[tuple[int, Line]](), 0
    for number, steps in inner.items():
        placed += builder.rows(lines[done:number])
        done = number
        for step in steps:
            step()
    placed += builder.rows(lines[done:])
    note(builder, placed[sum(bool(line.text) for line in table.above) :], table, title)
