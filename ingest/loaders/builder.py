"""Collects blocks of text and tables, cleaned, and keeps where headings and pages begin."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.loaders.encoding import clean
from youju.records import Box, Extracted, Heading

LOWEST_LEVEL = 6


class TextBuilder:
    """Joins blocks with blank lines and records positions while the text grows."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._page_starts: list[int] = []
        self._whole: list[tuple[int, int]] = []
        self._boxes: list[Box] = []
        self._notes: list[str] = []

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def page(self, start: int | None = None) -> None:
        """The next block begins a new page, or the one that holds `start`, there."""
        self._page_starts.append(self._length if start is None else start)

    def block(self, text: str, heading_level: int | None = None, joint: str = "\n\n") -> tuple[int, int]:
        """Add a block behind `joint`; with a level it is a heading. Returns its span; empty ones are passed over."""
        text = clean(text)
        text = text.strip("\n") if heading_level is None else " ".join(text.split())
        if not text.strip():
            return self._length, self._length
        if self._length:
            self._append(joint)
        start = self._length
        if heading_level is not None:
            self._headings.append(Heading(start, start + len(text), min(max(heading_level, 1), LOWEST_LEVEL)))
        self._append(text)
        return start, self._length

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[int, int]:
        """Add a table, a line for each row: with its header as in `rows_with_header`, without one as `a | b`. Returns its
        span.
        """
        named = any(header) and rows
        return self.rows(rows_with_header(header, rows) if named else [joined(row) for row in ([header] if header else rows)])

    def rows(self, lines: Sequence[str]) -> tuple[int, int]:
        """Add the lines of a table, each better not cut. Returns their span."""
        found = [line for line in clean("\n".join(" ".join(line.split()) for line in lines)).split("\n") if line.strip()]
        if found and self._length:
            self._append("\n\n")
        start = place = self._length
        for line in found:
            self._whole.append((place, place + len(line)))
            place += len(line) + 1
        self._append("\n".join(found))
        return start, self._length

    def keep_whole(self, start: int, end: int | None = None) -> None:
        """The text from `start` up to `end` (here) is better not cut. Spans come in order; one takes in those inside it."""
        end = self._length if end is None else end
        while end > start and self._whole and self._whole[-1][0] >= start:
            self._whole.pop()
        if end > start:
            self._whole.append((start, end))

    def box(self, box: Box) -> None:
        self._boxes.append(box)

    def add(self, other: Extracted, level: int = 0) -> None:
        """Add another document as a part of this one, its headings lowered by `level`; its pages are forgotten."""
        self._notes += other.notes
        start, end = self.block(other.text)
        if start == end:
            return
        shift = start - (len(other.text) - len(other.text.lstrip("\n")))
        self._headings += [Heading(h.start + shift, h.end + shift, min(h.level + level, LOWEST_LEVEL)) for h in other.headings]
        for first, last in other.whole:
            self.keep_whole(max(start, first + shift), min(end, last + shift))

    def build(self, media_type: str, title: str, from_heading: bool = True) -> Extracted:
        """What was collected. Without a title the first of the highest headings is one, if it may be (`from_heading`)."""
        text = "".join(self._parts)
        if not title and from_heading:
            top = min((h.level for h in self._headings), default=0)
            title = next((text[h.start : h.end] for h in self._headings if h.level == top), "")
        return Extracted(
            text, media_type, title, tuple(self._headings), tuple(self._page_starts), tuple(self._whole), tuple(self._boxes),
            tuple(self._notes),
        )  # fmt: skip

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def rows_with_header(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines that stand alone: each value behind the name of its column.

    `["Model", "Price"]` and `["T3", "€ 40"]` give `Model: T3 | Price: € 40`. Without a header, or for a column that has
    no name, the value stands for itself; empty cells are left out.
    """
    named = [(name, f"{name}: " if name else "") for name in header]
    lines = []
    for row in rows:
        cells = [value if value == name else before + value for (name, before), value in zip(named, row, strict=False) if value]
        lines.append(" | ".join(cells + [value for value in row[len(named) :] if value]))
    return lines


def joined(row: Sequence[str]) -> str:
    """A row of a table without header: `a | b`, empty cells kept in their place; a lone cell stands for itself."""
    filled = [cell for cell in row if cell]
    return " | ".join(row) if len(filled) > 1 else "".join(filled)
