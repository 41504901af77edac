"""Pages of paragraphs and tables as one text: a paragraph goes on over the end of its page, a caption stays with its table, a
note stands behind what it is about.

Knows places and lines, not where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ingest.loaders.builder import TextBuilder
from ingest.loaders.layout import CAPTION, Line, Paragraph, goes_on_over, paragraphs
from ingest.loaders.pages.arranging import arranged
from ingest.loaders.pages.ruling import Rules
from ingest.loaders.pages.table import Table

Item = Paragraph | Table
CAPTION_CHARACTERS = 300


@dataclass(frozen=True)
class Page:
    """What was read of a page: its lines, its size in points, its ruling lines where it may hold a table, and the notes on
    it."""

    lines: list[Line]
    width: float
    height: float
    rules: Rules | None = None
    notes: tuple[Line, ...] = ()
    is_scan: bool = False


def compose(builder: TextBuilder, pages: Sequence[Page], level: Callable[[Paragraph, int], int | None]) -> None:
    """Write pages into a text; `level` tells the level of a paragraph of a page that is a heading."""
    flat: list[tuple[int, Item]] = []
    begun: set[int] = set()  # pages that begin within a paragraph
    above: Table | None = None
    for number, page in enumerate(pages):
        items = _items(page, above)
        above = items[-1] if items and isinstance(items[-1], Table) else None
        if items and flat and (whole := _whole(*flat[-1], number, items[0], level)):
            flat[-1] = (flat[-1][0], whole)
            begun.add(number)
            items = items[1:]
        flat += [(number, item) for item in _with_notes(items, page.notes)]
    _write(builder, flat, begun, len(pages), level)


def _items(page: Page, above: Table | None) -> list[Item]:
    items: list[Item] = []
    for block in arranged(page.lines, page.width, page.height, page.rules, above):
        items += [block] if isinstance(block, Table) else paragraphs(block, page.lines)
    return items


def _whole(
    first: int, before: Item, number: int, item: Item, level: Callable[[Paragraph, int], int | None]
) -> Paragraph | None:
    """A paragraph with its rest on the next page; None where that one is another."""
    if isinstance(before, Table) or isinstance(item, Table) or first + len(before.turns) != number - 1:
        return None
    if not goes_on_over(before, item) or level(before, first) is not None or level(item, number) is not None:
        return None
    return Paragraph((*before.lines, *item.lines), (*before.turns, len(before.lines)))


def _with_notes(items: Sequence[Item], notes: Sequence[Line]) -> list[Item]:
    """Each note behind the last paragraph or table that begins above it."""
    if not notes:
        return list(items)
    made: list[tuple[int, int, Item]] = [(number, 0, item) for number, item in enumerate(items)]
    for note in notes:
        middle = (note.place.top + note.place.bottom) / 2 if note.place else 1.0
        above = [number for number, item in enumerate(items) if (place := item.place) and place.top <= middle]
        made.append((max(above, default=-1), 1, Paragraph((note,))))
    return [item for _, _, item in sorted(made, key=lambda one: one[:2])]


def _write(
    builder: TextBuilder,
    flat: Sequence[tuple[int, Item]],
    begun: set[int],
    pages: int,
    level: Callable[[Paragraph, int], int | None],
) -> None:
    next_page = 0
    caption: tuple[int, int] | None = None  # right above the next table
    last_row: tuple[int, int] | None = None  # of the table right above, which has no caption yet
    for number, item in flat:
        for page in range(next_page, number + 1):
            if page not in begun:
                builder.page()
        next_page = max(next_page, number + 1)
        if isinstance(item, Table):
            last_row = item.write(builder, number + 1, caption[0] if caption else None)
            last_row, caption = (None if caption else last_row), None
            continue
        span = item.write(builder, number + 1, level(item, number))
        is_caption = span[1] - span[0] <= CAPTION_CHARACTERS and CAPTION.match(item.text) is not None
        if is_caption and last_row is not None:
            builder.keep_whole(last_row[0], span[1])
            is_caption = False
        caption, last_row = (span if is_caption or _announces(item.text) else None), None
        next_page += len(item.turns)
    for page in range(next_page, pages):
        if page not in begun:
            builder.page()


def _announces(text: str) -> bool:
    """Whether a paragraph says that a table follows."""
    return text.endswith((":", "：")) and len(text) <= CAPTION_CHARACTERS
