"""Collects blocks of text and tables, cleaned, and keeps where headings and pages begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ingest.loaders.encoding import clean
from youju.records import Box, Extracted, Heading
from youju.structure import Cells, Rest, Table, shifted
from youju.text.rowlines import Line

LOWEST_LEVEL = 6
ABOVE = 200  # characters of a block right above a table that may belong to it: a caption, units, what year it is of


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
        self._tables: list[Table] = []
        self._rest: list[tuple[int, Callable[[], Iterable[Cells]]]] = []  # by the start of their tables
        self._heading = ""  # the last one
        self._above = ""  # the block that ends here

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
        self._above = text if heading_level is None and len(text) <= ABOVE else ""
        if heading_level is not None:
            self._heading = text
            self._headings.append(Heading(start, start + len(text), min(max(heading_level, 1), LOWEST_LEVEL)))
        self._append(text)
        return start, self._length

    def rows(self, lines: Sequence[Line]) -> list[tuple[int, Line]]:
        """Add the lines of a table, each better not cut. Returns those that hold something, with where they begin."""
        filled = [line for line in lines if line.text]
        self._above = ""
        if filled and self._length:
            self._append("\n\n")
        placed, place = list[tuple[int, Line]](), self._length
        for line in filled:
            end = place + len(line.text)
            placed.append((place, line))
            self._whole.append((place, end))
            place = end + 1
        self._append("\n".join([line.text for line in filled]))
        return placed

    def note_rest(self, table: Table, rows: Callable[[], Iterable[Cells]]) -> None:
        """Note the rows of a table that are not in the text."""
        self._rest.append((table.start, rows))

    def note_table(self, table: Table | None, goes_on_from: int = -1) -> None:
        """Note a table whose rows were added; it is one with a table of the same columns that ends at `goes_on_from`."""
        if table is None:
            return
        above = self._tables[-1] if self._tables else None
        if above and above.end == goes_on_from and above.columns == table.columns and any(one.path for one in table.columns):
            self._tables[-1] = replace(above, end=table.end, rows=(*above.rows, *table.rows))
        else:
            self._tables.append(table)

    @property
    def title(self) -> str:
        """What stands above a table that begins here: the heading, and a short block right above."""
        return "\n".join(text for text in (self._heading, self._above) if text)

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
        self._tables += [shifted(table, shift) for table in other.tables]
        self._rest += [(other.tables[one.table].start + shift, one.rows) for one in other.rest]

    def build(self, media_type: str, title: str, from_heading: bool = True) -> Extracted:
        """What was collected. Without a title the first of the highest headings is one, if it may be (`from_heading`)."""
        text = "".join(self._parts)
        if not title and from_heading:
            top = min((h.level for h in self._headings), default=0)
            title = next((text[h.start : h.end] for h in self._headings if h.level == top), "")
        tables = sorted(self._tables, key=lambda table: table.start)
        places = {table.start: number for number, table in enumerate(tables)}
        rest = tuple(Rest(places[start], rows) for start, rows in self._rest)
        return Extracted(
            text, media_type, title, tuple(self._headings), tuple(self._page_starts), tuple(self._whole), tuple(self._boxes),
            tuple(self._notes), tables=tuple(tables), rest=rest,
        )  # fmt: skip

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
