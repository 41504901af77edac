"""One reading of a question to a table, executed: what it does with which cells, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from service.tables.conditions import Selection
from service.tables.values import plain

Operation = Literal[
    "look_up", "count", "distinct", "items", "sum", "mean", "maximum", "minimum", "most", "least", "first", "last",
    "commonest", "rarest", "difference", "change", "ratio", "share", "count_difference", "whether", "along_most",
    "along_least", "along_over", "along_under", "along_list", "along_names", "along_count", "times",
    "rest", "days", "day", "share_of_all", "target_names", "target_count", "target_most", "target_share",
]  # fmt: skip
"""`along_*` compare the cells of one row, and tell the names of columns; `items` counts what one cell lists; `times` is so
many pieces at the price of one; `rest` what is left of what was planned; `days` from one date to another, `day` so many
days from one; `share_of_all` is the
share of a row in the sum of all; `target_*` hold what was reached against what was planned, row by row."""
TARGETS: tuple[Operation, ...] = ("target_names", "target_count", "target_most", "target_share")
Cell = tuple[int, int]
Answer = str | float


@dataclass(frozen=True)
class Candidate:
    """`cells` are those whose values answer or enter the computation; `column` is what is told or computed, `by` what rows are
    compared by. `entered` is how many rows do, where only some of them are among the cells."""

    operation: Operation
    selection: Selection
    answers: tuple[Answer, ...]
    cells: tuple[Cell, ...]
    column: int | None = None
    by: int | None = None
    columns: tuple[int, ...] = ()
    entered: int | None = None


def answer_key(answers: Sequence[Answer]) -> tuple[object, ...]:
    """Equal for answers that say the same, in whatever order."""
    return tuple(sorted(f"{answer:.6g}" if isinstance(answer, float) else plain(answer) or answer for answer in answers))
