"""Word documents through python-docx: paragraphs, lists and tables in order, headings by style."""

from __future__ import annotations

import io
import re
from itertools import takewhile
from typing import Any

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table, _Row
from docx.text.paragraph import Paragraph
from lxml import etree

from ingest.loaders.archive import DAMAGED, open_archive
from ingest.loaders.builder import TextBuilder
from ingest.loaders.grid import Grid, add_table
from ingest.loaders.hidden import LEAST_POINTS
from youju.errors import UnreadableFile
from youju.records import Extracted

HEADING_STYLE = re.compile(r"^(?:heading|标题|標題|überschrift|titre)\s*(\d)$", re.IGNORECASE)
TITLE_STYLE = re.compile(r"^(?:title|标题|標題)$", re.IGNORECASE)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def load(data: bytes) -> Extracted:
    open_archive(data).close()
    try:
        document = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, etree.XMLSyntaxError, KeyError, *DAMAGED) as error:
        raise UnreadableFile(f"damaged or not a .docx ({error}).") from error
    builder = TextBuilder()
    title = document.core_properties.title or ""
    first_item: int | None = None  # where the list begins that goes on
    names: dict[str | None, str] = {}
    for block in document.iter_inner_content():
        style = _style(block, names) if isinstance(block, Paragraph) else ""
        is_item = isinstance(block, Paragraph) and not _level(style) and _is_item(block, style)
        if not is_item and first_item is not None:
            builder.keep_whole(first_item)
            first_item = None
        if isinstance(block, Table):
            _add_table(block, builder)
        elif is_item:
            text = _text(block)
            start, end = builder.block(f"- {text}" if text.strip() else "", joint="\n")
            first_item = start if first_item is None and end > start else first_item
        else:
            builder.block(_text(block), heading_level=_level(style))
    if first_item is not None:
        builder.keep_whole(first_item)
    return builder.build("application/vnd.openxmlformats-officedocument.wordprocessingml.document", title)


def _text(paragraph: Paragraph) -> str:
    """The text as it reads with all tracked changes accepted (python-docx leaves insertions out)."""
    signs = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n"}
    nodes = (node for node in paragraph._p.iter(f"{W}t", *signs) if not _is_hidden(node))
    return "".join(node.text or "" if node.tag == f"{W}t" else signs[node.tag] for node in nodes)


def _is_hidden(node: Any) -> bool:
    """Whether the run around a node is hidden by its own properties: marked so, of tiny letters, or white on nothing."""
    run = node.getparent()
    properties = run.find(f"{W}rPr") if run is not None and run.tag == f"{W}r" else None
    if properties is None:
        return False
    values = {child.tag.removeprefix(W): child.get(f"{W}val") for child in properties}
    if "vanish" in values and values["vanish"] not in ("0", "false", "off"):
        return True
    size = values.get("sz") or ""
    if size.isdecimal() and int(size) < 2 * LEAST_POINTS:  # in half points
        return True
    shaded = "shd" in values or "highlight" in values
    return (values.get("color") or "").upper() == "FFFFFF" and not shaded and not _is_on_colour(run)


def _is_on_colour(run: Any) -> bool:
    """Whether a run's paragraph is shaded, or stands in a table, whose style may shade it."""
    around = list(run.iterancestors(f"{W}p", f"{W}tbl"))
    return any(one.tag == f"{W}tbl" or one.find(f"{W}pPr/{W}shd") is not None for one in around)


def _style(paragraph: Paragraph, names: dict[str | None, str]) -> str:
    """The name of its style. python-docx searches all styles each time, more than a millisecond: hence `names`, by id."""
    key = paragraph._p.style
    if key not in names:
        names[key] = (paragraph.style.name if paragraph.style else "") or ""
    return names[key]


def _level(style: str) -> int | None:
    if TITLE_STYLE.match(style):
        return 1
    match = HEADING_STYLE.match(style)
    return int(match[1]) if match else None


def _is_item(paragraph: Paragraph, style: str) -> bool:
    """By its style, or by a number of its own."""
    properties = paragraph._p.pPr
    numbered = properties is not None and properties.numPr is not None
    return numbered or "list" in style.lower()


def _add_table(table: Table, builder: TextBuilder) -> None:
    rows = [_cells(row) for row in table.rows]
    marked = sum(1 for _ in takewhile(_is_marked, table.rows))
    covered = {number: again for number, row in enumerate(rows) if (again := {n for n, (_, same) in enumerate(row) if same})}
    grid = Grid([[text for text, _ in row] for row in rows], covered)
    add_table(builder, grid, marked or None, sure=len(rows) < 3)


def _is_marked(row: _Row) -> bool:
    """Whether a row is one of those that Word repeats on each page, as the names of the columns."""
    return row._tr.find(f"{W}trPr/{W}tblHeader") is not None


def _cells(row: _Row) -> list[tuple[str, bool]]:
    """For each column the text, and whether the cell is one that reaches here from the column before."""
    cells = row.cells
    before = [None, *(cell._tc for cell in cells)]
    texts = ("\n".join(_text(paragraph) for paragraph in cell.paragraphs) for cell in cells)
    return [(" ".join(text.split()), cell._tc is last) for text, cell, last in zip(texts, cells, before, strict=False)]
