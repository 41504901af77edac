"""Collects blocks of text and keeps where headings and pages begin."""

from __future__ import annotations

from collections.abc import Sequence

from youju.records import Box, Extracted, Heading


class TextBuilder:
    """Joins blocks with blank lines and records positions while the text grows."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._page_starts: list[int] = []
        self._whole: list[tuple[int, int]] = []
        self._boxes: list[Box] = []

    @property
    def length(self) -> int:
        """Characters so far."""
        return self._length

    def page(self) -> None:
        """The next block begins a new page."""
        self._page_starts.append(self._length)

    def block(self, text: str, heading_level: int | None = None, joint: str = "\n\n") -> tuple[int, int]:
        """Add a block behind `joint`; with a level it is a heading. Returns its span; empty ones are passed over."""
        text = text.strip("\n") if heading_level is None else " ".join(text.split())
        if not text.strip():
            return self._length, self._length
        if self._length:
            self._append(joint)
        start = self._length
        if heading_level is not None:
            self._headings.append(Heading(start, start + len(text), heading_level))
        self._append(text)
        return start, self._length

    def keep_whole(self, start: int, end: int | None = None) -> None:
        """The text from `start` up to `end` (here) is better not cut."""
        end = self._length if end is None else end
        if end > start:
            self._whole.append((start, end))

    def box(self, box: Box) -> None:
        self._boxes.append(box)

    def add(self, other: Extracted, level: int = 0) -> None:
        """Add another document as a part of this one, its headings lowered by `level`; its pages are forgotten."""
        start, _ = self.block(other.text)
        shift = start - (len(other.text) - len(other.text.lstrip("\n")))
        self._headings += [Heading(h.start + shift, h.end + shift, h.level + level) for h in other.headings]
        self._whole += [(first + shift, last + shift) for first, last in other.whole]

    def build(self, media_type: str, title: str) -> Extracted:
        text = "".join(self._parts)
        if not title:
            top = min((h.level for h in self._headings), default=0)
            title = next((text[h.start : h.end] for h in self._headings if h.level == top), "")
        return Extracted(
            text, media_type, title, tuple(self._headings), tuple(self._page_starts), tuple(self._whole), tuple(self._boxes)
        )

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def rows_with_header(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines that stand alone: each value behind the name of its column.

    `["Model", "Price"]` and `["T3", "€ 40"]` give `Model: T3 | Price: € 40`. Without a header, or for a column that has
    no name, the value stands for itself; empty cells are left out.
    """
    lines = []
    for row in rows:
        named = zip([*header, *[""] * (len(row) - len(header))], row, strict=False)
        lines.append(" | ".join(f"{name}: {value}" if name and name != value else value for name, value in named if value))
    return lines
