"""A table in the form in which questions are answered from it: rows by columns of values, with the path of names of each."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from service.tables.values import Value, is_nothing, read
from youju.structure import StoredTable

BLANK = Value("")
JOINING = frozenset("and are at is of or the was were 与 及 和 在 是 的".split())
MOST_OF = 0.6  # share of a column's cells that tells its kind
TOTAL = re.compile(r"^\W*(?:(?:sub|grand )?totals?|sum|overall)\b|^\W*(?:合计|总计|小计|共计|总和|总额)\W*$", re.IGNORECASE)
CHANGE = re.compile(
    r"\b(?:changes?|difference|variance|increase|decrease|growth|vs|versus|yoy)\b|增减|增长|增幅|同比|环比|变化|变动|差额|差异",
    re.IGNORECASE,
)
SUMMED = 2  # columns, the fewest of which another may be the sum
LONGEST_PATH = 200  # characters


@dataclass(frozen=True)
class Sheet:
    """The values of a table by row and column. `spans` are where the line of each row stands in the text of its document.

    `columns` are the names of the columns from the highest down; `groups` for each row those that it stands under.
    """

    title: str
    columns: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[str, ...], ...]
    values: tuple[tuple[Value, ...], ...]
    spans: tuple[tuple[int, int], ...] = field(repr=False, default=())
    about: str = ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The name of each column on one line; a name above that comes again below stands once. Words that only join others
        (`of`, `the`), as a torn line of notes leaves them, name nothing."""
        joined = (" ".join(dict.fromkeys(path)) for path in self.columns)
        return tuple("" if set(name.split()) <= JOINING else name for name in joined)

    @cached_property
    def is_table(self) -> bool:
        """Whether there are rows and columns with names to tell apart; what only sets a page has none."""
        named = sum(map(bool, self.names))
        return len(self.values) > 1 and len(self.columns) > 1 and named >= max(1, len(self.columns) - 1)

    @cached_property
    def numeric(self) -> tuple[bool, ...]:
        """Whether most cells of a column are numbers or dates, by which rows can be compared."""
        return tuple(self._share(column, lambda value: value.order is not None) for column in range(len(self.columns)))

    @cached_property
    def graded(self) -> tuple[bool, ...]:
        """Whether a column tells levels, and more than one: high, medium, low. Rows can be compared by these too."""
        levels = [{row[column].level for row in self.values} for column in range(len(self.columns))]
        return tuple(None not in there and len(there) > 1 for there in levels)

    @cached_property
    def years(self) -> tuple[bool, ...]:
        """Whether most cells of a column are years or dates."""
        return tuple(self._share(column, lambda value: value.date is not None) for column in range(len(self.columns)))

    @cached_property
    def sums(self) -> tuple[bool, ...]:
        """Whether a column is the sum of all other columns of numbers (`Year` behind four quarters)."""
        columns = [column for column in range(len(self.columns)) if self.numeric[column] and not self.years[column]]
        return tuple(
            column in columns and len(columns) > SUMMED and self._is_sum(column, [one for one in columns if one != column])
            for column in range(len(self.columns))
        )

    @cached_property
    def changes(self) -> tuple[bool, ...]:
        """Whether a column tells by what others differ, as its name says."""
        found = tuple(bool(CHANGE.search(name)) and number for name, number in zip(self.names, self.numeric, strict=True))
        others = sum(number and not told for number, told in zip(self.numeric, found, strict=True))
        return found if others > 1 else (False,) * len(found)

    def _is_sum(self, column: int, others: Sequence[int]) -> bool:
        held = 0
        for row in self.values:
            numbers, told = [row[at].number for at in others], row[column].number
            known = [number for number in numbers if number is not None]
            held += told is not None and len(known) == len(others) and math.isclose(sum(known), told, rel_tol=1e-6)
        return held > 1 and held >= MOST_OF * len(self.values)

    @cached_property
    def key(self) -> int:
        """The column that names the rows: the first one that holds words, different ones in most rows; else the first."""
        for column in range(min(3, len(self.columns))):
            texts = [row[column].text for row in self.values if row[column].text]
            if not self.numeric[column] and texts and len(set(texts)) >= MOST_OF * len(self.values):
                return column
        return 0

    @cached_property
    def is_matrix(self) -> bool:
        """Whether the rows have names and all else are numbers, as in a report; records have columns of their own kinds."""
        rest = [self.numeric[column] for column in range(1, len(self.columns))]
        return not self.numeric[0] and bool(rest) and all(rest)

    @cached_property
    def plain_rows(self) -> tuple[int, ...]:
        """The rows that are no totals of others; all, where there are no others."""
        rows = [row for row, values in enumerate(self.values) if not self._is_total(values)]
        if len(rows) == len(self.values) and self._adds_up(rows):  # "Group", "Whole school"
            rows = rows[:-1]
        return tuple(rows) or tuple(range(len(self.values)))

    def _adds_up(self, rows: Sequence[int]) -> bool:
        """Whether the numbers of the last row are the sums of those above it, in most of its columns."""
        *above, last = rows or [0]
        columns = [column for column, is_number in enumerate(self.numeric) if is_number and not self.years[column]]
        held = [
            all(number is not None for number in numbers) and math.isclose(sum(filter(None, numbers)), told, rel_tol=1e-6)
            for column in columns
            if (told := self.values[last][column].number) is not None
            for numbers in [[self.values[row][column].number for row in above]]
        ]
        return len(above) >= SUMMED and bool(held) and sum(held) >= MOST_OF * len(held)

    def _is_total(self, values: Sequence[Value]) -> bool:
        """Whether the name of a row, or the first of its cells, says so."""
        first = next((value.text for value in values if value.text), "")
        return bool(TOTAL.search(values[self.key].text) or TOTAL.search(first))

    def path(self, row: int) -> str:
        """What names a row: the groups it stands in, its key; of records the words beside it too."""
        values = self.values[row]
        parts = [*self.groups[row], values[self.key].text]
        if not self.is_matrix:
            parts += [
                value.text for column, value in enumerate(values)
                if column != self.key and not is_nothing(value.text) and (value.number is None or self.years[column])
            ]  # fmt: skip
        return " ".join(dict.fromkeys(part for part in parts if part))[:LONGEST_PATH]

    def _share(self, column: int, holds: object) -> bool:
        found = [row[column] for row in self.values if not is_nothing(row[column].text)]
        return bool(found) and sum(map(holds, found)) >= MOST_OF * len(found)  # type: ignore[call-overload]


def sheet_of(table: StoredTable, about: str = "") -> Sheet:
    """A table of the store. Rows that only head others are their groups, and no rows.

    Args:
        about: what names the table beside its own title: title of the document, headings.
    """
    heads = {group[-1] for row in table.rows if (group := row.group)}
    kept = [at for at, held in enumerate(table.values) if held and not (len(held) == 1 and held[0] in heads)]
    width = max([len(table.card.columns), *(cell.column + 1 for row in table.rows for cell in row.cells)])
    paths = [column.path for column in table.card.columns] + [()] * (width - len(table.card.columns))
    return Sheet(
        table.card.title, tuple(paths), tuple(table.rows[at].group for at in kept),
        tuple(_values(table, at, width) for at in kept),
        tuple((table.rows[at].start, table.rows[at].end) for at in kept), about,
    )  # fmt: skip


def _values(table: StoredTable, at: int, width: int) -> tuple[Value, ...]:
    values = [BLANK] * width
    for cell, text in zip(table.rows[at].cells, table.values[at], strict=True):
        values[cell.column] = read(text)
    return tuple(values)


def made(
    columns: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], groups: Sequence[Sequence[str]] = (), title: str = ""
) -> Sheet:
    """A sheet of texts, whose rows stand nowhere."""
    width = max(len(columns), *map(len, rows)) if rows else len(columns)
    paths = [tuple(path) for path in columns] + [()] * (width - len(columns))
    return Sheet(
        title, tuple(paths), tuple(map(tuple, groups)) or ((),) * len(rows),
        tuple(tuple(map(read, row)) + (BLANK,) * (width - len(row)) for row in rows), ((0, 0),) * len(rows),
    )  # fmt: skip
