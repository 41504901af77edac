"""PowerPoint presentations through python-pptx: a page for each slide, with its title, texts, tables and speaker notes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pptx
from lxml import etree
from pptx.exc import PackageNotFoundError
from pptx.shapes.group import GroupShape

from ingest.loaders.archive import DAMAGED, open_archive
from ingest.loaders.builder import TextBuilder, may_be_header
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
DEPTH = 10  # of groups in groups; no one draws more, and a file made to hurt may hold thousands
SLIDE_LEVEL = 2  # level 1 is the title of the presentation


def load(data: bytes) -> Extracted:
    open_archive(data).close()
    try:
        presentation = pptx.Presentation(io.BytesIO(data))
        builder = TextBuilder()
        for slide in presentation.slides:
            builder.page()
            _add_slide(slide, builder)
        title = presentation.core_properties.title or ""
    except (PackageNotFoundError, etree.XMLSyntaxError, KeyError, *DAMAGED) as error:
        raise UnreadableFile(f"damaged or not a .pptx ({error}).") from error
    # python-pptx and PowerPoint itself put in a title that is none
    return builder.build(MEDIA_TYPE, "" if title == "PowerPoint Presentation" else title)


def _add_slide(slide: Any, builder: TextBuilder) -> None:
    title = slide.shapes.title
    if title is not None:
        builder.block(title.text_frame.text, heading_level=SLIDE_LEVEL)
    for shape in _shapes(slide.shapes, DEPTH):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            _add_text(shape, builder)
        elif getattr(shape, "has_table", False):
            _add_table(shape.table, builder)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        builder.block(slide.notes_slide.notes_text_frame.text)


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    """In reading order; a group stands where it begins, for places inside it are its own."""
    for shape in sorted(shapes, key=_place):
        if not isinstance(shape, GroupShape):
            yield shape
        elif depth:
            yield from _shapes(shape.shapes, depth - 1)


def _place(shape: Any) -> tuple[int, int]:
    """Top, then left. A placeholder without a place of its own takes its layout's; what has none comes first."""
    return shape.top or 0, shape.left or 0


def _add_text(shape: Any, builder: TextBuilder) -> None:
    """The paragraphs of a text frame on lines of their own, kept together: the points of a slide are one list."""
    paragraphs = [paragraph.text for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()]
    if paragraphs:
        start, _ = builder.block("\n".join(paragraphs))
        builder.keep_whole(start)


def _add_table(table: Any, builder: TextBuilder) -> None:
    rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
    if not rows:
        return
    has_header = (table.first_row or len(rows) > 2) and may_be_header(rows[0])
    builder.table(rows[0] if has_header else [], rows[1:] if has_header else rows)
