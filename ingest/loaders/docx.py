"""Word documents through python-docx: paragraphs and tables in order, headings by style."""

from __future__ import annotations

import io
import re
import zipfile

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph

from ingest.loaders.archive import open_archive
from ingest.loaders.builder import TextBuilder
from youju.errors import UnreadableFile
from youju.records import Extracted

HEADING_STYLE = re.compile(r"^(?:heading|标题|標題|überschrift|titre)\s*(\d)$", re.IGNORECASE)
TITLE_STYLE = re.compile(r"^(?:title|标题|標題)$", re.IGNORECASE)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OLE = b"\xd0\xcf\x11\xe0"  # an encrypted .docx is an OLE container


def load(data: bytes) -> Extracted:
    if data.startswith(OLE):
        raise UnreadableFile("it is encrypted, or an old .doc.")
    open_archive(data)  # a look at what it would unpack to
    try:
        document = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UnreadableFile(f"damaged or not a .docx ({error}).") from error
    builder = TextBuilder()
    title = document.core_properties.title or ""
    names: dict[str | None, str] = {}
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            _add_table(block, builder)
            continue
        style, text = _style(block, names), _text(block)
        if level := _level(style):
            builder.block(text, heading_level=level)
        else:
            is_item = "list" in style.lower()
            builder.block(f"- {text}" if is_item and text.strip() else text, joint="\n" if is_item else "\n\n")
    return builder.build("application/vnd.openxmlformats-officedocument.wordprocessingml.document", title)


def _text(paragraph: Paragraph) -> str:
    """The text as it reads with all tracked changes accepted (python-docx leaves insertions out)."""
    signs = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n"}
    return "".join(node.text or "" if node.tag == f"{W}t" else signs[node.tag] for node in paragraph._p.iter(f"{W}t", *signs))


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


def _add_table(table: Table, builder: TextBuilder) -> None:
    for number, row in enumerate(table.rows):
        cells = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}  # a merged cell comes several times
        builder.block(" | ".join(cells.values()), joint="\n" if number else "\n\n")
