"""Word documents: paragraphs, lists, tables, text boxes and charts in order, notes at their marks, headers and footers once.

How their XML is to be read `wordprocessing` knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from ingest.loaders.builder import TextBuilder
from ingest.loaders.charts import add_chart, add_diagram
from ingest.loaders.edges import only_counts_pages
from ingest.loaders.grid import Grid
from ingest.loaders.innertables import add_with_inner
from ingest.loaders.package import Package
from ingest.loaders.raised import in_brackets
from ingest.loaders.titles import is_text
from ingest.loaders.wordprocessing.names import CELL, GONE, PARAGRAPH, ROW, TABLE, VAL, R, W, children, is_on, through
from ingest.loaders.wordprocessing.numbering import BULLET, Numbering
from ingest.loaders.wordprocessing.styles import Paragraph, Styles
from ingest.loaders.wordprocessing.text import DIAGRAM, Paragraphs, Read
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HEADING_STYLE = re.compile(r"^(?:heading|标题|標題|überschrift|titre)\s*(\d)$", re.IGNORECASE)
TITLE_STYLE = re.compile(r"^(?:title|标题|標題)$", re.IGNORECASE)
LIST_STYLE = re.compile(r"\blist\b(?! (?:paragraph|continue))", re.IGNORECASE)  # the two are set in, without a mark
MAX_SPAN = 100  # columns that one cell may reach over
Cells = list[tuple[str, bool]]


def load(data: bytes) -> Extracted:
    document = _Document(Package(data))
    builder = TextBuilder()
    for header in document.beside("header"):
        builder.add(header)
    _Blocks(document, document.package.main, builder).add(document.body)
    for footer in document.beside("footer"):
        builder.add(footer)
    return builder.build(MEDIA_TYPE, document.package.title)


class _Document:
    """What all parts of a document share: styles, numbers, notes."""

    def __init__(self, package: Package) -> None:
        self.package = package
        body = package.root(package.main).find(f"{W}body")
        if body is None:
            raise UnreadableFile("damaged document (no body in it).")
        self.body: Any = body
        self.styles = Styles(self._related("styles"))
        self.numbering = Numbering(self._related("numbering"), self.styles)
        self.paragraphs = Paragraphs(self.styles, self._note)
        self._in_notes = Paragraphs(self.styles, lambda *_: "")
        self._notes = {
            (kind, note.get(f"{W}id")): note
            for kind in ("footnote", "endnote")
            for note in _iterated(self._related(f"{kind}s"))
            if note.get(f"{W}type", "normal") == "normal"
        }

    def _related(self, kind: str) -> Any:
        """The root of the part that the main one relates to as its styles, numbering, notes; None where there is none."""
        name = self.package.related(self.package.main, kind)
        return None if name is None else self.package.root(name)

    def _note(self, kind: str, key: str) -> str:
        """The text of a note, once: a second mark of the same does not repeat it."""
        texts: list[str] = []
        for block in through(self._notes.pop((kind, key), ()), PARAGRAPH, TABLE):
            paragraphs = block.iter(PARAGRAPH) if block.tag == TABLE else (block,)
            texts += (self._in_notes.read(self.styles.paragraph(one)).text for one in paragraphs)
        return " ".join(" ".join(texts).split())

    def beside(self, kind: str) -> Iterator[Extracted]:
        """The headers or footers that pages show, each once, without those that only count pages."""
        seen = set()
        for name in self._shown[kind]:
            builder = TextBuilder()
            _Blocks(self, name, builder, drops_page_numbers=True).add(self.package.root(name))
            made = builder.build(MEDIA_TYPE, "")
            if made.text and made.text not in seen:
                seen.add(made.text)
                yield replace(made, headings=())

    @cached_property
    def _shown(self) -> dict[str, dict[str, None]]:
        """The headers and footers. Those of first and of even pages may be there and switched off."""
        settings = self._related("settings")
        names: dict[str, dict[str, None]] = {"header": {}, "footer": {}}
        for section in self.body.iter(f"{W}sectPr"):
            for reference in section.iterchildren(f"{W}headerReference", f"{W}footerReference"):
                which = reference.get(f"{W}type")
                name = self.package.target(self.package.main, reference.get(f"{R}id"))
                first = which == "first" and not is_on(section, "titlePg")
                even = which == "even" and not is_on(settings, "evenAndOddHeaders")
                if name is not None and not first and not even:
                    names[reference.tag.removeprefix(W).removesuffix("Reference")][name] = None
        return names


class _Blocks:
    """Adds the blocks of one part to a builder."""

    def __init__(self, document: _Document, part: str, builder: TextBuilder, drops_page_numbers: bool = False) -> None:
        self._document, self._part, self._builder = document, part, builder
        self._drops_page_numbers = drops_page_numbers
        self._first_item: int | None = None  # where the list begins that goes on
        self._drawn: set[str] = set()

    def add(self, container: Any) -> None:
        for block in through(container, PARAGRAPH, TABLE):
            if block.tag == TABLE:
                self._end_list()
                self._add_table(block)
            else:
                self._add_paragraph(self._document.styles.paragraph(block))
        self._end_list()

    def _add_paragraph(self, paragraph: Paragraph) -> None:
        name = self._document.styles.name(paragraph.style)
        level = _level(name)
        read = self._document.paragraphs.read(paragraph, notes_inside=level is None)
        if level is not None and is_text(read.text):
            level = None  # a clause that is set in the style of a heading for its number
        if not read.is_open:
            text = "" if self._only_counts_pages(read) else read.text
            label = self._document.numbering.of(paragraph)
            if level is None and label is None and LIST_STYLE.search(name):
                label = BULLET
            if level is not None or label is None:
                self._end_list()
                numbered = label if label and label != BULLET and text.strip() else ""
                self._builder.block(numbered + text, heading_level=level)
            else:
                start, end = self._builder.block(f"{label}{text}" if text.strip() else "", joint="\n")
                self._first_item = start if self._first_item is None and end > start else self._first_item
        if read.notes or read.boxes or read.drawings:
            self._end_list()
            self._add_beside(read)

    def _add_beside(self, read: Read) -> None:
        """What hangs on a paragraph, behind it."""
        for note in filter(None, read.notes):
            self._builder.block(in_brackets(note))
        for box in read.boxes:
            self.add(box)
        for drawing in read.drawings:
            self._add_drawing(drawing)

    def _add_drawing(self, node: Any) -> None:
        """A chart or a diagram, once."""
        package = self._document.package
        name = package.target(self._part, node.get(f"{R}dm" if node.tag == DIAGRAM else f"{R}id"))
        if name is not None and name not in self._drawn:
            self._drawn.add(name)
            (add_diagram if node.tag == DIAGRAM else add_chart)(package.root(name), self._builder)

    def _only_counts_pages(self, read: Read) -> bool:
        return self._drops_page_numbers and read.has_page_number and only_counts_pages(read.text)

    def _end_list(self) -> None:
        if self._first_item is not None:
            self._builder.keep_whole(self._first_item)
            self._first_item = None

    def _add_table(self, table: Any) -> None:
        """A table, and behind each row what stands in its cells as a table or a drawing of its own."""
        rows: list[Cells] = []
        inner: dict[int, list[Callable[[], None]]] = {}
        heads = 0  # rows that are repeated on each page, as the names of the columns
        for row in through(table, ROW):
            properties = row.find(f"{W}trPr")
            if is_on(properties, "hidden") or not GONE.isdisjoint(children(properties)):
                continue
            heads += heads == len(rows) and is_on(properties, "tblHeader")
            found: list[Any] = []
            rows.append(self._cells(row, rows[-1] if rows else [], found))
            if found:
                inner[len(rows)] = [partial(self._add_inner, node) for node in found]
        covered = {
            number: again for number, row in enumerate(rows) if (again := {n for n, (_, same) in enumerate(row) if same})
        }
        add_with_inner(self._builder, Grid([[text for text, _ in row] for row in rows], covered), heads, inner)

    def _add_inner(self, node: Any) -> None:
        self._add_table(node) if node.tag == TABLE else self._add_drawing(node)

    def _cells(self, row: Any, above: Cells, inside: list[Any]) -> Cells:
        """For each column the text, and whether the cell is one that reaches here from the column before. What is a table or a
        drawing of its own comes into `inside`."""
        found: Cells = [("", False)] * _number(row.find(f"{W}trPr/{W}gridBefore"), 0)
        for cell in through(row, CELL):
            properties = children(cell.find(f"{W}tcPr"))
            if f"{W}cellDel" in properties:
                continue
            text = " ".join(" ".join(self._texts(cell, inside)).split())
            merged = properties.get(f"{W}vMerge")
            if merged is not None and merged.get(VAL) != "restart" and len(found) < len(above):
                text = above[len(found)][0]
            found.append((text, False))
            found += [(text, True)] * (_number(properties.get(f"{W}gridSpan"), 1) - 1)
        return found

    def _texts(self, cell: Any, inside: list[Any]) -> Iterator[str]:
        for block in through(cell, PARAGRAPH, TABLE):
            if block.tag == TABLE:
                inside.append(block)
                continue
            paragraph = self._document.styles.paragraph(block)
            read = self._document.paragraphs.read(paragraph)
            label = "" if read.is_open else self._document.numbering.of(paragraph) or ""
            yield f"{'' if label == BULLET else label}{read.text}" if read.text.strip() else ""
            inside += read.drawings
            for box in read.boxes:
                yield from self._texts(box, inside)


def _iterated(root: Any) -> Iterator[Any]:
    return iter(() if root is None else root)


def _level(style: str) -> int | None:
    if TITLE_STYLE.match(style):
        return 1
    match = HEADING_STYLE.match(style)
    return int(match[1]) if match else None


def _number(node: Any, default: int) -> int:
    digits = node.get(VAL, "") if node is not None else ""
    return min(int(digits), MAX_SPAN) if digits.isdecimal() and len(digits) < 10 else default
