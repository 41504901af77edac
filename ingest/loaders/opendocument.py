"""OpenDocument texts and presentations (.odt, .odp): headings, paragraphs, lists and tables in order; a page for each slide."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from ingest.loaders.archive import open_archive, parse_xml, part
from ingest.loaders.builder import TextBuilder
from ingest.loaders.grid import add_table, merged
from youju.errors import UnreadableFile
from youju.records import Extracted

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
SHOW = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"

# What was deleted, what only marks a place, what others remarked.
LEFT_OUT = frozenset(
    {f"{TEXT}tracked-changes", f"{TEXT}note-citation", f"{OFFICE}annotation", f"{TEXT}table-of-content", f"{OFFICE}forms"}
)
SIGNS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
MAX_REPEATED = 100  # columns that one cell stands for, or spaces
TITLE_LEVEL, SLIDE_LEVEL = 1, 2


def load(data: bytes) -> Extracted:
    with open_archive(data) as archive:
        names = archive.namelist()
        if "META-INF/manifest.xml" in names and b"encryption-data" in part(archive, "META-INF/manifest.xml"):
            raise UnreadableFile("it is encrypted with a password.")
        tree = parse_xml(part(archive, "content.xml"))
        meta = parse_xml(part(archive, "meta.xml")) if "meta.xml" in names else None
    body = tree.find(f"{OFFICE}body")
    if body is None:
        raise UnreadableFile("damaged document (no body in it).")
    builder = TextBuilder()
    reader = _Reader(builder, _titles(tree))
    slides = list(body.iter(f"{DRAW}page"))
    for slide in slides:
        builder.page()
        reader.add_slide(slide)
    if not slides:
        reader.add(body)
    title = next((node.text or "" for node in meta.iter(f"{DC}title")), "") if meta is not None else ""
    return builder.build("application/vnd.oasis.opendocument.text", title)


def _titles(tree: etree._Element) -> frozenset[str]:
    """The styles of titles: `Title` itself and those made from it."""
    made = (node.get(f"{STYLE}name") for node in tree.iter(f"{STYLE}style") if node.get(f"{STYLE}parent-style-name") == "Title")
    return frozenset({"Title", *(name for name in made if name)})


class _Reader:
    """Adds the parts of a document to a builder."""

    def __init__(self, builder: TextBuilder, titles: frozenset[str]) -> None:
        self._builder = builder
        self._titles = titles

    def add_slide(self, slide: etree._Element) -> None:
        """The title first, wherever it stands; the speaker's notes last."""
        frames = list(slide)
        titles = [frame for frame in frames if frame.get(f"{SHOW}class") == "title"]
        notes = [frame for frame in frames if frame.tag == f"{SHOW}notes"]
        for frame in titles:
            self._builder.block(_text(frame), heading_level=SLIDE_LEVEL)
        for frame in [*(frame for frame in frames if frame not in titles and frame not in notes), *notes]:
            self.add(frame)

    def add(self, node: etree._Element) -> None:
        """What stands in a node, whatever it is wrapped in. lxml refuses nesting deeper than 256: no stack of our own."""
        for child in node:
            if child.tag in LEFT_OUT or not isinstance(child.tag, str):
                continue
            if child.tag == f"{TEXT}h":
                level = child.get(f"{TEXT}outline-level", "1")
                self._builder.block(_text(child), heading_level=min(max(int(level), 1), 6) if level.isdigit() else 1)
            elif child.tag == f"{TEXT}p":
                is_title = child.get(f"{TEXT}style-name") in self._titles
                self._builder.block(_text(child), heading_level=TITLE_LEVEL if is_title else None)
            elif child.tag == f"{TEXT}list":
                self._add_list(child)
            elif child.tag == f"{TABLE}table":
                self._add_table(child)
            else:
                self.add(child)

    def _add_list(self, node: etree._Element) -> None:
        if not any(True for _ in node.iter(f"{TEXT}p")):  # numbered headings come as lists with a heading in them
            for item in node:
                self.add(item)
            return
        first = None
        for paragraph in node.iter(f"{TEXT}p", f"{TEXT}h"):
            text = " ".join(_text(paragraph).split())
            start, end = self._builder.block(f"- {text}" if text else "", joint="\n")
            first = start if first is None and end > start else first
        if first is not None:
            self._builder.keep_whole(first)

    def _add_table(self, table: etree._Element) -> None:
        rows = [row for row in table.iter(f"{TABLE}table-row") if next(row.iterancestors(f"{TABLE}table")) is table]
        marked = [
            row for rows in table.iterchildren(f"{TABLE}table-header-rows") for row in rows.iterchildren(f"{TABLE}table-row")
        ]
        cells = [list(_cells(row)) for row in rows]
        spans = [
            (number, place, high, wide)
            for number, row in enumerate(cells)
            for place, (_, high, wide) in enumerate(row)
            if high > 1 or wide > 1
        ]
        grid = merged([[text for text, _, _ in row] for row in cells], spans)
        heads = len(marked) if marked == rows[: len(marked)] else 0
        add_table(self._builder, grid, heads or None, sure=len(rows) < 3)


def _cells(row: etree._Element) -> Iterator[tuple[str, int, int]]:
    """The texts of a row, each with the rows and columns that it spans; what is covered has a place of its own."""
    for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        text = " ".join(" ".join(_text(paragraph) for paragraph in cell.iter(f"{TEXT}p", f"{TEXT}h")).split())
        spans = _number(cell, f"{TABLE}number-rows-spanned"), _number(cell, f"{TABLE}number-columns-spanned")
        yield from [(text, *spans)] * _number(cell, f"{TABLE}number-columns-repeated")


def _number(node: etree._Element, attribute: str) -> int:
    digits = node.get(attribute, "1")
    return min(int(digits), MAX_REPEATED) if digits.isdecimal() else 1


def _text(node: etree._Element) -> str:
    return "".join(_pieces(node))


def _pieces(node: etree._Element) -> Iterator[str]:
    if node.text:
        yield node.text
    for child in node:
        if child.tag == f"{TEXT}s":
            yield " " * _number(child, f"{TEXT}c")
        elif child.tag in SIGNS:
            yield SIGNS[child.tag]
        elif child.tag == f"{TEXT}note-body":
            yield f" ({' '.join(_text(child).split())})"
        elif child.tag not in LEFT_OUT and isinstance(child.tag, str):
            yield from _pieces(child)
        if child.tail:
            yield child.tail
