"""Rows of large tables as engines keep them: where their lines stand, what columns hold, by which words they are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from youju.records import Extracted
from youju.structure import Cells, Rest, Table
from youju.text.amounts import amount, shown
from youju.text.language import words as words_of
from youju.text.rowlines import named_line, plain_line

BATCH = 20_000  # rows written at once: some tenths of a second
MOST_NUMBERS = 0.8  # of the cells of a column that hold something, from which on numbers written otherwise are kept too
LOOKED_AT = 50  # texts of a batch that tell whether a column may hold numbers written otherwise
KEY_CHARACTERS = 200  # of a cell that is found by its words
CACHED = 200_000  # cells whose words are remembered: most columns hold the same again and again


class PlacedRows:
    """Rows with where their lines stand. Those that are not in the text of a document follow it, one table after the other."""

    def __init__(self, extracted: Extracted) -> None:
        self._text = extracted.text
        self._place = len(extracted.text) + 1

    def of(self, table: Table, rest: Rest) -> Iterator[tuple[int, list[str]]]:
        """Every row of a table with where its line stands: the first ones in the text, the others behind it."""
        width, text = len(table.columns), self._text
        for row in table.rows:
            held = {column: text[start:end] for column, start, end in row.cells}
            yield row.start, [held.get(column, "") for column in range(width)]
        names = [column.name for column in table.columns]
        before = [len(name) + 2 if name else 0 for name in names]
        is_named = any(names)
        for values in rest.rows():
            cells = [*values[:width], *[""] * (width - len(values))]
            if any(cells):
                yield self._place, cells
                if is_named:  # as `record_line`, without making it
                    filled = [number for number, cell in enumerate(cells) if cell]
                    length = sum([len(cells[number]) + before[number] * (cells[number] != names[number]) for number in filled])
                    self._place += length + 3 * len(filled) - 2
                else:
                    self._place += len(record_line(names, cells)) + 1


class WordsOfRows:
    """The words by which rows are found, joined by spaces."""

    def __init__(self) -> None:
        self._known: dict[Any, str] = {}

    def __call__(self, values: Sequence[Any]) -> str:
        found, known = [], self._known
        for value in values:
            words = known.get(value)
            if words is None:
                if len(known) >= CACHED:
                    known.clear()
                words = known[value] = " ".join(words_of(shown(value)[:KEY_CHARACTERS]))
            found.append(words)
        return " ".join(found)


class Kinds:
    """Counts for each column what its cells hold: numbers, numbers that are written otherwise, anything."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows = 0
        self.plain: dict[int, int] = defaultdict(int)
        self.otherwise: dict[int, int] = defaultdict(int)
        self.filled: dict[int, int] = defaultdict(int)

    def count(self, rows: Sequence[tuple[Any, ...]]) -> None:
        self.rows += len(rows)
        for column, values in enumerate(zip(*rows, strict=True)):
            if column:
                held = [value for value in values if value is not None]
                texts = [value for value in held if isinstance(value, str)]
                self.filled[column - 1] += len(held)
                self.plain[column - 1] += len(held) - len(texts)
                if self.plain[column - 1] or any(amount(text) is not None for text in texts[:LOOKED_AT]):
                    self.otherwise[column - 1] += sum(amount(text) is not None for text in texts)

    def told(self) -> list[int]:
        """The columns by whose words rows are found: the first, and those that hold no numbers for the most part."""
        return [column for column in range(self.width) if not column or self.share(column) < MOST_NUMBERS]

    def share(self, column: int) -> float:
        return (self.plain[column] + self.otherwise[column]) / max(1, self.filled[column])


def record_line(names: Sequence[str], values: Cells) -> str:
    """The line of a row, as a loader writes it."""
    return (named_line(names, values) if any(names) else plain_line(values)).text
