"""PowerPoint presentations through python-pptx: a page for each slide, with its title, texts, tables, charts, diagrams and
speaker notes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pptx
from lxml import etree
from pptx.exc import PackageNotFoundError
from pptx.shapes.group import GroupShape
from pptx.shapes.shapetree import BaseShapeFactory

from ingest.loaders.archive import DAMAGED, open_archive, parse_xml
from ingest.loaders.builder import TextBuilder
from ingest.loaders.charts import CX, C, D, add_chart, add_diagram
from ingest.loaders.drawingtext import MC, A, lines
from ingest.loaders.grid import add_table, merged
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DEPTH = 10  # of groups in groups; no one draws more, and a file made to hurt may hold thousands
SLIDE_LEVEL = 2  # level 1 is the title of the presentation
EDGES = frozenset({"ftr", "hdr", "dt"})  # placeholders that say the same on every slide
MAX_SPAN = 100


def load(data: bytes) -> Extracted:
    open_archive(data).close()
    try:
        presentation = pptx.Presentation(io.BytesIO(data))
        slides = _Slides()
        for slide in presentation.slides:
            slides.builder.page()
            if slide.element.get("show", "1") not in ("0", "false"):  # a hidden one keeps its number
                slides.add(slide)
        title = presentation.core_properties.title or ""
    except (PackageNotFoundError, etree.XMLSyntaxError, KeyError, *DAMAGED) as error:
        raise UnreadableFile(f"damaged or not a .pptx ({error}).") from error
    # python-pptx and PowerPoint itself put in a title that is none
    return slides.builder.build(MEDIA_TYPE, "" if title == "PowerPoint Presentation" else title)


class _Slides:
    """Adds slides to a builder."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self._edges: set[str] = set()
        self._drawn: set[Any] = set()

    def add(self, slide: Any) -> None:
        title = slide.shapes.title
        if title is not None:
            self.builder.block(" ".join(lines(title.element.find(f"{P}txBody"))), heading_level=SLIDE_LEVEL)
        for shape in _shapes(slide.shapes, DEPTH):
            if title is None or shape.shape_id != title.shape_id:
                self._add_shape(shape)
        if slide.has_notes_slide and (notes := slide.notes_slide.notes_placeholder) is not None:
            self.builder.block("\n".join(lines(notes.element.find(f"{P}txBody"))))

    def _add_shape(self, shape: Any) -> None:
        element = shape.element
        body = element.find(f"{P}txBody")
        if body is not None:
            self._add_text(lines(body), next((place.get("type") for place in element.iter(f"{P}ph")), None) in EDGES)
        for node in element.iter(f"{A}tbl", f"{C}chart", f"{CX}chart", f"{D}relIds"):
            if node.tag == f"{A}tbl":
                _add_table(node, self.builder)
            else:
                self._add_drawing(shape.part, node)

    def _add_text(self, paragraphs: list[str], is_edge: bool) -> None:
        """The paragraphs of a shape on lines of their own, kept together: the points of a slide are one list."""
        text = "\n".join(paragraphs)
        if not text or (is_edge and text in self._edges):
            return
        if is_edge:
            self._edges.add(text)
        start, _ = self.builder.block(text)
        self.builder.keep_whole(start)

    def _add_drawing(self, slide: Any, node: Any) -> None:
        """A chart or a diagram, once."""
        key = node.get(f"{R}dm" if node.tag == f"{D}relIds" else f"{R}id", "")
        relation = slide.rels.get(key)
        if relation is None or relation.is_external or relation.target_part in self._drawn:
            return
        self._drawn.add(relation.target_part)
        (add_diagram if node.tag == f"{D}relIds" else add_chart)(parse_xml(relation.target_part.blob), self.builder)


def _shapes(shapes: Any, depth: int) -> Iterator[Any]:
    """In reading order; a group stands where it begins, for places inside it are its own."""
    for shape in sorted(_own(shapes), key=_place):
        if not isinstance(shape, GroupShape):
            yield shape
        elif depth:
            yield from _shapes(shape.shapes, depth - 1)


def _own(shapes: Any) -> Iterator[Any]:
    """The shapes that are shown, those too of which the file has several versions (with formulas, newer charts): python-pptx
    passes these over."""
    versions = (one.find(f"{MC}Choice") for one in shapes.element.iterchildren(f"{MC}AlternateContent"))
    newer = (BaseShapeFactory(child, shapes) for one in versions if one is not None for child in one)
    for shape in (*shapes, *newer):
        if next((one.get("hidden", "0") for one in shape.element.iter(f"{P}cNvPr")), "0") not in ("1", "true"):
            yield shape


def _place(shape: Any) -> tuple[int, int]:
    """Top, then left. A placeholder without a place of its own takes its layout's; what has none comes first."""
    return shape.top or 0, shape.left or 0


def _add_table(table: Any, builder: TextBuilder) -> None:
    cells = [list(row.iterchildren(f"{A}tc")) for row in table.iterchildren(f"{A}tr")]
    rows = [[" ".join(" ".join(lines(cell.find(f"{A}txBody"))).split()) for cell in row] for row in cells]
    spans = [
        (number, column, _span(cell, "rowSpan"), _span(cell, "gridSpan"))
        for number, row in enumerate(cells)
        for column, cell in enumerate(row)
        if cell.get("rowSpan") or cell.get("gridSpan")
    ]
    properties = table.find(f"{A}tblPr")
    has_header = properties is not None and properties.get("firstRow") in ("1", "true")
    add_table(builder, merged(rows, spans), sure=not has_header and len(rows) < 3)


def _span(cell: Any, name: str) -> int:
    digits = cell.get(name, "1")
    return min(max(int(digits), 1), MAX_SPAN) if digits.isdecimal() and len(digits) < 10 else 1
