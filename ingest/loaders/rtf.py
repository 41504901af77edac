"""Rich Text: paragraphs, lists and tables in order, notes at their marks, headers and footers once. Headings by their styles,
or guessed as in plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from ingest.loaders import plain
from ingest.loaders.builder import TextBuilder
from ingest.loaders.edges import only_counts_pages
from ingest.loaders.grid import Grid
from ingest.loaders.innertables import add_with_inner
from ingest.loaders.richtext.flow import Flow, Table, Text
from ingest.loaders.richtext.reader import Reader
from youju.records import Extracted

MEDIA_TYPE = "application/rtf"
HEADING_STYLE = re.compile(r"^(?:heading|标题|überschrift|titre)\s*(\d)$", re.IGNORECASE)
BULLET = re.compile(r"[^\w(（]*")  # a number has a letter or a digit; what has none is a dot of some kind


def load(data: bytes) -> Extracted:
    reader = Reader()
    reader.read(data)
    builder = TextBuilder()
    for header in _edges(reader, "header"):
        builder.add(header)
    start = builder.length
    levels = {key: int(match[1]) for key, name in reader.head.styles.items() if (match := HEADING_STYLE.match(name))}
    _add(reader.body, builder, levels)
    end = builder.length
    for footer in _edges(reader, "footer"):
        builder.add(footer)
    title = _without_halves(reader.title).strip()
    built = builder.build(MEDIA_TYPE, title)
    if built.headings:
        return built
    guessed = plain.read(built.text[:end], MEDIA_TYPE)
    headings = tuple(heading for heading in guessed.headings if heading.start >= start)
    return replace(built, title=title or plain.read(built.text[start:end].lstrip("\n"), MEDIA_TYPE).title, headings=headings)


def _edges(reader: Reader, kind: str) -> Iterator[Extracted]:
    """The headers or footers, each once, without those that only count pages."""
    seen = set()
    for word, flow in reader.edges:
        builder = TextBuilder()
        _add(flow, builder, {})
        made = builder.build(MEDIA_TYPE, "", from_heading=False)
        counts = flow.has_page_number and only_counts_pages(made.text)
        if word.startswith(kind) and made.text not in seen and not counts:
            seen.add(made.text)
            yield made


def _add(flow: Flow, builder: TextBuilder, levels: dict[int, int]) -> None:
    joint = "\n\n"
    first_item: int | None = None  # where the list begins that goes on
    for block in [*flow.blocks, None]:
        is_item = isinstance(block, Text) and bool(block.label.strip()) and block.style not in levels
        if first_item is not None and not is_item:
            builder.keep_whole(first_item)
            first_item = None
        if isinstance(block, Table):
            _add_table(block, builder)
            joint = "\n\n"
        elif isinstance(block, Text):
            text, level = _without_halves(block.text), levels.get(block.style)
            label = _label(_without_halves(block.label))
            if level is not None:
                builder.block(("" if label == "- " else label) + text if text.strip() else "", heading_level=level)
            else:
                start, end = builder.block(label + text.rstrip() if text.strip() else "", joint=joint)
                first_item = start if is_item and first_item is None and end > start else first_item
            joint = "\n" if text.strip() and level is None else "\n\n"


def _label(label: str) -> str:
    """What stands before an item: its number, or a dash for whatever its bullet is."""
    label = label.strip()
    return "" if not label else "- " if BULLET.fullmatch(label) else f"{label} "


def _add_table(table: Table, builder: TextBuilder) -> None:
    rows = [[(_without_halves(text), again) for text, again in row] for row in table.rows]
    covered = {number: again for number, row in enumerate(rows) if (again := {n for n, (_, same) in enumerate(row) if same})}
    inner = {number: [partial(_add_table, one, builder) for one in tables] for number, tables in table.inner.items()}
    add_with_inner(builder, Grid([[text for text, _ in row] for row in rows], covered), table.heads, inner)


def _without_halves(text: str) -> str:
    """Characters beyond 16 bits come as two halves: joined here."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
