"""Paragraphs and tables as they come one after the other: what a part of a Rich Text document holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.loaders.raised import Runs

FIRST, AGAIN, ABOVE = "first", "again", "above"  # of merged cells: the first, one reached from the left, one reached from above


@dataclass(slots=True)
class Text:
    """A paragraph, its style, and the number or bullet before it."""

    text: str
    style: int
    label: str


@dataclass(slots=True)
class Table:
    """Rows of (text, whether the cell is reached from its left); behind how many rows which tables of their own stand."""

    rows: list[list[tuple[str, bool]]] = field(default_factory=list)
    inner: dict[int, list[Table]] = field(default_factory=dict)
    heads: int = 0
    row: list[str] = field(default_factory=list)
    in_row: list[Table] = field(default_factory=list)


class Flow:
    """Takes text as it comes. A level is how many tables deep a paragraph stands."""

    def __init__(self) -> None:
        self.blocks: list[Text | Table] = []
        self.runs = Runs()
        self.label = ""
        self.has_page_number = False
        self.merges: dict[int, list[str]] = {}  # of the cells of a row, by level
        self.is_head = False
        self._boxes: list[Text | Table] = []
        self._cells: dict[int, list[str]] = {}
        self._tables: dict[int, Table] = {}

    def box(self, blocks: list[Text | Table]) -> None:
        """What a text box holds, for behind this paragraph."""
        self._boxes += blocks

    def end_paragraph(self, level: int, style: int) -> None:
        text, label = self.runs.text(), self.label
        self.runs, self.label = Runs(), ""
        if level:
            number = "" if label.startswith("-") else label
            self._cells.setdefault(level, []).append(number + text if text.strip() else "")
            self._cells[level] += list(texts(self._boxes))
        else:
            self._close(1)
            self.blocks.append(Text(text, style, label))
            self.blocks += self._boxes
        self._boxes = []

    def end_cell(self, level: int) -> None:
        self.end_paragraph(level, 0)
        self._close(level + 1)
        self._tables.setdefault(level, Table()).row.append(" ".join(" ".join(self._cells.pop(level, [])).split()))

    def end_row(self, level: int) -> None:
        table = self._tables.setdefault(level, Table())
        merges, above = self.merges.get(level, []), table.rows[-1] if table.rows else []
        row: list[tuple[str, bool]] = []
        for number, text in enumerate(table.row):
            merge = merges[number] if number < len(merges) else ""
            if merge == ABOVE and number < len(above):
                text = above[number][0]
            row.append((row[-1][0], True) if merge == AGAIN and row else (text, False))
        table.heads += self.is_head and table.heads == len(table.rows)
        table.rows.append(row)
        table.row = []
        if table.in_row:
            table.inner[len(table.rows)] = table.in_row
            table.in_row = []

    def end(self, style: int) -> None:
        """Nothing comes any more: what was never ended counts all the same."""
        if len(self.runs) or self._boxes:
            self.end_paragraph(0, style)
        for level in sorted(self._cells, reverse=True):
            self.end_cell(level)
        self._close(1)

    def _close(self, level: int) -> None:
        """The tables of this level and deeper ones are over."""
        while (number := max(self._tables, default=0)) >= level:
            if self._tables[number].row or self._tables[number].in_row:
                self.end_row(number)
            table = self._tables.pop(number)
            if number == 1:
                self.blocks.append(table)
            else:
                self._tables.setdefault(number - 1, Table()).in_row.append(table)


def texts(blocks: list[Text | Table]) -> Iterator[str]:
    """The texts of blocks, in order, without their places."""
    for block in blocks:
        if isinstance(block, Text):
            yield block.label + block.text if block.text.strip() else ""
            continue
        for number, row in enumerate(block.rows, start=1):
            yield " ".join(text for text, again in row if not again)
            for inner in block.inner.get(number, ()):
                yield from texts([inner])
