"""OpenDocument texts and presentations (.odt, .odp): headings, paragraphs, lists, tables, boxes and charts in order, notes at
their marks, headers and footers once; a page for each slide.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial

from lxml import etree

from ingest.loaders import formulas
from ingest.loaders.archive import open_archive, parse_xml, part
from ingest.loaders.builder import TextBuilder
from ingest.loaders.edges import only_counts_pages
from ingest.loaders.grid import merged
from ingest.loaders.innertables import add_with_inner
from ingest.loaders.odf.lists import BULLET, Counts, Lists
from ingest.loaders.odf.names import (
    CHART,
    DC,
    DRAW,
    GRID,
    HEADING,
    LIST,
    OFFICE,
    PARAGRAPH,
    SHOW,
    STYLE,
    STYLE_NAME,
    TABLE,
    TEXT,
)
from ingest.loaders.odf.styles import Styles
from ingest.loaders.odf.text import LEFT_OUT, Paragraphs, Read, is_hidden, number, object_name
from ingest.loaders.raised import in_brackets
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/vnd.oasis.opendocument.text"
TITLE_LEVEL, SLIDE_LEVEL = 1, 2
UNSEEN_ROWS = ("collapse", "filter")
FIRST_PAGE = "Standard"
EDGES = {f"{STYLE}{kind}{which}": kind for kind in ("header", "footer") for which in ("", "-left", "-first")}


def load(data: bytes) -> Extracted:
    with open_archive(data) as archive:
        names = archive.namelist()
        if "META-INF/manifest.xml" in names and b"encryption-data" in part(archive, "META-INF/manifest.xml"):
            raise UnreadableFile("it is encrypted with a password.")
        document = _Document(archive)
        builder = TextBuilder()
        slides = list(document.body.iter(f"{DRAW}page"))
        reader = _Reader(document, builder)
        for header in () if slides else document.edges("header"):
            builder.add(header)
        for slide in slides:
            builder.page()
            reader.add_slide(slide)
        if not slides:
            reader.add(document.body)
        for footer in () if slides else document.edges("footer"):
            builder.add(footer)
        meta = parse_xml(part(archive, "meta.xml")) if "meta.xml" in names else None
    title = next((node.text or "" for node in meta.iter(f"{DC}title")), "") if meta is not None else ""
    return builder.build(MEDIA_TYPE, title)


class _Document:
    """What all parts of a document share: styles, numbers, embedded objects."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = frozenset(archive.namelist())
        self._content = parse_xml(part(archive, "content.xml"))
        body = self._content.find(f"{OFFICE}body")
        if body is None:
            raise UnreadableFile("damaged document (no body in it).")
        self.body = body
        self._common = parse_xml(part(archive, "styles.xml")) if "styles.xml" in self._names else etree.Element("none")
        self.styles = Styles((self._common, self._content))
        self.lists = Lists(self.styles.lists)
        self.paragraphs = Paragraphs(self.styles, self.formula)
        self._opened: set[str] = set()
        self._objects: dict[str, etree._Element] = {}

    def formula(self, name: str) -> str | None:
        """The text of an embedded formula; None for another object, which `embedded` then has. Each is read once."""
        path = f"{name}/content.xml"
        if name in self._opened or path not in self._names:
            return ""
        self._opened.add(name)
        root = parse_xml(part(self._archive, path))
        if root.tag.endswith("}math"):
            return " ".join(formulas.mathml(root).split())
        self._objects[name] = root
        return None

    def embedded(self, name: str) -> etree._Element | None:
        return self._objects.pop(name, None)

    def edges(self, kind: str) -> Iterator[Extracted]:
        """The headers or footers of the pages that the document has, each once, without those that only count pages."""
        pages = self.styles.pages
        used = list(dict.fromkeys(name for name in (FIRST_PAGE, *self.styles.first_pages()) if name in pages))
        for name in used:
            following = pages[name].get(f"{STYLE}next-style-name", "")
            if following in pages and following not in used:
                used.append(following)
        seen = set()
        for edge in (edge for name in used for edge in pages[name] if EDGES.get(edge.tag) == kind):
            builder = TextBuilder()
            if edge.get(f"{STYLE}display") != "false":
                _Reader(self, builder, drops_page_numbers=True).add(edge)
            made = builder.build(MEDIA_TYPE, "")
            if made.text and made.text not in seen:
                seen.add(made.text)
                yield replace(made, headings=())


class _Reader:
    """Adds the parts of a document to a builder."""

    def __init__(self, document: _Document, builder: TextBuilder, drops_page_numbers: bool = False) -> None:
        self._document, self._builder = document, builder
        self._drops_page_numbers = drops_page_numbers

    def add_slide(self, slide: etree._Element) -> None:
        """The title first, wherever it stands; the speaker's notes last. Of a hidden slide nothing."""
        if self._document.styles.is_hidden("drawing-page", slide.get(f"{DRAW}style-name"), "drawing-page"):
            return
        frames = list(slide)
        titles = [frame for frame in frames if frame.get(f"{SHOW}class") == "title"]
        notes = [frame for frame in frames if frame.tag == f"{SHOW}notes"]
        for frame in titles:
            self._builder.block(" ".join(self._texts(frame, [])), heading_level=SLIDE_LEVEL)
        self.add([*(frame for frame in frames if frame not in titles and frame not in notes), *notes])

    def add(self, nodes: Iterable[etree._Element]) -> None:
        """What stands in nodes, whatever it is wrapped in. lxml refuses nesting deeper than 256: no stack of our own."""
        for child in nodes:
            tag = child.tag
            if tag == PARAGRAPH:
                self._add_paragraph(child)
            elif tag == HEADING:
                self._add_heading(child)
            elif tag == LIST:
                self._add_list(child)
            elif tag == GRID:
                self._add_table(child)
            elif tag in LEFT_OUT or not isinstance(tag, str) or is_hidden(child):
                continue
            elif tag == f"{DRAW}object":
                self._add_object(object_name(child))
            else:
                self.add(child)

    def _add_heading(self, node: etree._Element, label: str = "") -> None:
        digits = node.get(f"{TEXT}outline-level", "1")
        level = min(max(int(digits), 1), 10) if digits.isdecimal() else 1
        if not label and node.get(f"{TEXT}is-list-header") != "true":
            label = self._document.lists.heading(level)
        read = self._document.paragraphs.read(node, notes_inside=False)
        self._builder.block(label + read.text if read.text.strip() else "", heading_level=min(level, 6))
        for note in read.notes:
            self._builder.block(in_brackets(note))
        if read.boxes or read.objects:
            self._add_beside(read)

    def _add_paragraph(self, node: etree._Element) -> None:
        read = self._document.paragraphs.read(node)
        is_title = self._document.styles.is_title(node.get(STYLE_NAME))
        counts = self._drops_page_numbers and read.has_page_number and only_counts_pages(read.text)
        self._builder.block("" if counts else read.text, heading_level=TITLE_LEVEL if is_title else None)
        if read.boxes or read.objects:
            self._add_beside(read)

    def _add_beside(self, read: Read) -> None:
        """What hangs on a paragraph, behind it."""
        self.add(read.boxes)
        for name in read.objects:
            self._add_embedded(name)

    def _add_object(self, name: str) -> None:
        formula = self._document.formula(name)
        if formula is None:
            self._add_embedded(name)
        else:
            self._builder.block(formula)

    def _add_embedded(self, name: str) -> None:
        """A chart as the table of its values, a sheet as its tables."""
        root = self._document.embedded(name)
        if root is None:
            return
        for title in root.iter(f"{CHART}title"):
            self._builder.block(" ".join(self._texts(title, [])))
        for table in root.iter(GRID):
            self._add_table(table)

    def _add_list(self, node: etree._Element) -> None:
        first: int | None = None  # where the items begin that go on
        for label, child in self._items(node):
            if child.tag == PARAGRAPH:
                read = self._document.paragraphs.read(child)
                text = " ".join(read.text.split())
                start, end = self._builder.block(f"{label}{text}" if text else "", joint="\n")
                first = start if first is None and end > start else first
                self._add_beside(read)
                continue
            if first is not None:
                self._builder.keep_whole(first)
                first = None
            if child.tag == HEADING:  # in older documents numbered headings are lists
                self._add_heading(child, "" if label == BULLET else label)
            else:
                self.add((child,))
        if first is not None:
            self._builder.keep_whole(first)

    def _items(
        self, node: etree._Element, style: str = "", counts: Counts | None = None, depth: int = 0
    ) -> Iterator[tuple[str, etree._Element]]:
        """What stands in a list, in order, each first paragraph of an item with what stands before it."""
        style = node.get(STYLE_NAME) or style
        lists = self._document.lists
        counts = lists.begin(node, style) if counts is None else counts
        for item in node.iterchildren(f"{TEXT}list-item", f"{TEXT}list-header"):
            begun = item.tag == f"{TEXT}list-header"
            for child in item:
                if child.tag == LIST:
                    yield from self._items(child, style, counts, depth + 1)
                elif child.tag in (PARAGRAPH, HEADING):
                    yield "" if begun else lists.label(style, counts, depth, item.get(f"{TEXT}start-value")), child
                    begun = True
                else:
                    yield "", child

    def _add_table(self, table: etree._Element) -> None:
        """A table, and behind each row what stands in its cells as a table or a drawing of its own."""
        marked = {
            row for rows in table.iterchildren(f"{TABLE}table-header-rows") for row in rows.iterchildren(f"{TABLE}table-row")
        }
        cells: list[list[tuple[str, int, int]]] = []
        inner: dict[int, list[Callable[[], None]]] = {}
        heads = 0
        for row in table.iter(f"{TABLE}table-row"):
            if row.get(f"{TABLE}visibility") in UNSEEN_ROWS or next(row.iterancestors(GRID)) is not table:
                continue
            heads += heads == len(cells) and row in marked
            found: list[etree._Element | str] = []
            cells.append(list(self._cells(row, found)))
            if found:
                inner[len(cells)] = [partial(self._add_inner, one) for one in found]
        spans = [
            (number, place, high, wide)
            for number, row in enumerate(cells)
            for place, (_, high, wide) in enumerate(row)
            if high > 1 or wide > 1
        ]
        add_with_inner(self._builder, merged([[text for text, _, _ in row] for row in cells], spans), heads, inner)

    def _add_inner(self, one: etree._Element | str) -> None:
        self._add_embedded(one) if isinstance(one, str) else self._add_table(one)

    def _cells(self, row: etree._Element, inner: list[etree._Element | str]) -> Iterator[tuple[str, int, int]]:
        """The texts of a row, each with the rows and columns that it spans; what is covered has a place of its own. What is a
        table or a drawing of its own comes into `inner`."""
        for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            text = " ".join(" ".join(self._texts(cell, inner)).split())
            spans = number(cell, f"{TABLE}number-rows-spanned"), number(cell, f"{TABLE}number-columns-spanned")
            yield from [(text, *spans)] * number(cell, f"{TABLE}number-columns-repeated")

    def _texts(self, nodes: Iterable[etree._Element], inner: list[etree._Element | str]) -> Iterator[str]:
        """The texts of the paragraphs in nodes; the tables and drawings in them come into `inner`."""
        for child in nodes:
            if child.tag in (PARAGRAPH, HEADING):
                read = self._document.paragraphs.read(child)
                yield read.text
                if read.objects or read.boxes:
                    inner += read.objects
                    yield from self._texts(read.boxes, inner)
            elif child.tag == LIST:
                for label, one in self._items(child):
                    yield "" if label == BULLET else label.strip()
                    yield from self._texts((one,), inner)
            elif child.tag == GRID:
                inner.append(child)
            elif child.tag not in LEFT_OUT and isinstance(child.tag, str) and not is_hidden(child):
                yield from self._texts(child, inner)
