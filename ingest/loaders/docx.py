"""Word documents through python-docx: paragraphs and tables in order, headings by style."""

from __future__ import annotations

import io
import re
import zipfile

import docx
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph

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
    try:
        document = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise UnreadableFile(f"damaged or not a .docx ({error}).") from error
    builder = TextBuilder()
    title = document.core_properties.title or ""
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            _add_table(block, builder)
        elif level := _level(block):
            builder.block(_text(block), heading_level=level)
        else:
            is_item = "list" in (block.style.name or "").lower() if block.style else False
            text = _text(block)
            builder.block(f"- {text}" if is_item and text.strip() else text, joint="\n" if is_item else "\n\n")
    return builder.build("application/vnd.openxmlformats-officedocument.wordprocessingml.document", title)


def _text(paragraph: Paragraph) -> str:
    """The text as it reads with all tracked changes accepted (python-docx leaves insertions out)."""
    signs = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n"}
    return "".join(node.text or "" if node.tag == f"{W}t" else signs[node.tag] for node in paragraph._p.iter(f"{W}t", *signs))


def _level(paragraph: Paragraph) -> int | None:
    name = (paragraph.style.name if paragraph.style else "") or ""
    if TITLE_STYLE.match(name):
        return 1
    match = HEADING_STYLE.match(name)
    return int(match[1]) if match else None


def _add_table(table: Table, builder: TextBuilder) -> None:
    for number, row in enumerate(table.rows):
        cells = {id(cell._tc): " ".join(cell.text.split()) for cell in row.cells}  # a merged cell comes several times
        builder.block(" | ".join(cells.values()), joint="\n" if number else "\n\n")
