"""Collects blocks of text and keeps where headings and pages begin."""

from __future__ import annotations

from youju.records import Extracted, Heading


class TextBuilder:
    """Joins blocks with blank lines and records positions while the text grows."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._page_starts: list[int] = []

    def page(self) -> None:
        """The next block begins a new page."""
        self._page_starts.append(self._length)

    def block(self, text: str, heading_level: int | None = None, joint: str = "\n\n") -> None:
        """Add a block behind `joint`; with a level it is a heading. Empty ones are passed over."""
        text = text.strip("\n") if heading_level is None else " ".join(text.split())
        if not text.strip():
            return
        if self._length:
            self._append(joint)
        if heading_level is not None:
            self._headings.append(Heading(self._length, self._length + len(text), heading_level))
        self._append(text)

    def build(self, media_type: str, title: str) -> Extracted:
        text = "".join(self._parts)
        if not title:
            top = min((h.level for h in self._headings), default=0)
            title = next((text[h.start : h.end] for h in self._headings if h.level == top), "")
        return Extracted(text, media_type, title, tuple(self._headings), tuple(self._page_starts))

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
