"""Spreadsheets of OpenDocument (.ods): what their sheets show. The file holds each cell as it is shown; dates are written by
ISO 8601, for how they are shown depends on the country. Left out are hidden sheets, rows and columns, and what is struck out.

As in an .xlsx, rows as programs usually write them are read by patterns, the others by the XML parser, which takes much longer.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from ingest.loaders.archive import parse_xml, part
from ingest.loaders.numberformat import plain
from ingest.loaders.raised import lowered, raised
from ingest.loaders.sheet import MAX_CELLS, Sheet, letters
from youju.errors import UnreadableFile

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
SPACES = (f"{TEXT}s", f"{TEXT}tab", f"{TEXT}line-break")
REPEATED = 1000  # rows or columns that one stands for
LAST = 1 << 20  # row or column

HEAD = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(<office:document-content\b[^>]*>)(?=.*?(<office:body\b))", re.DOTALL
)
OTHER_CODE = re.compile(rb"\A\s*<\?xml[^>]*encoding=[\"'](?!utf-?8|us-ascii)", re.IGNORECASE)
TAG = re.compile(rb"<(?P<end>/)?table:table(?P<of>-row|-column)?(?=[\s>/])(?P<says>[^>]*)>")
ROW_END = b"</table:table-row>"
CELL = re.compile(
    r"<table:(covered-)?table-cell\b([^>]*?)(?:/>|>(?:<text:p>([^<]*)</text:p>)?</table:(?:covered-)?table-cell>)()"
)
SAYS = re.compile(r":([\w-]+)=\"([^\"]*)\"")
TIMES = re.compile(r'number-columns-repeated="(\d{1,9})"')
DETAIL = re.compile(r'ed="|type="date"|formula=')
Says = dict[str, str]
"""The attributes of an element, without their prefixes."""
Cell = tuple[object, Any, str, Any]
"""Whether it is covered, its attributes (as they are written, or read), its text, the element itself where it is more."""


def sheets(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    """The sheets that are shown, in order.

    Raises:
        UnreadableFile: the archive holds no spreadsheet, is encrypted or damaged.
    """
    names = archive.NameToInfo
    if "META-INF/manifest.xml" in names and b"encryption-data" in part(archive, "META-INF/manifest.xml"):
        raise UnreadableFile("it is encrypted with a password.")
    data = part(archive, "content.xml")
    head = HEAD.match(data)
    reader = _Reader()
    if not head or OTHER_CODE.match(data) or b"<!DOCTYPE" in data[: head.start(2)] or b"is-sub-table" in data:
        yield from reader.read_parsed(parse_xml(data))
        return
    for style in parse_xml(data[: head.start(2)] + b"</office:document-content>").iter(f"{STYLE}style"):
        reader.learn(style)
    yield from reader.read(data, head.start(2), head[1])


class _Reader:
    """Goes through the sheets of a document."""

    def __init__(self) -> None:
        self._struck = set[str]()  # styles
        self._raised: dict[str, str] = {}  # styles, by how
        self._unseen = set[str]()  # styles of sheets
        self._sheet = Sheet("")
        self._shown = False
        self._row = 0
        self._column = 0  # of those that are declared
        self._hidden = set[int]()
        self._lost = set[int]()  # hidden columns that hold something
        self._cells = 0

    def read(self, data: bytes, start: int, root: bytes) -> Iterator[Sheet]:
        while tag := TAG.search(data, start):
            start = tag.end()
            if tag["of"] == b"-row" and not tag["end"]:
                if not tag["says"].endswith(b"/"):
                    start = data.find(ROW_END, start)
                    if start < 0:
                        raise UnreadableFile("damaged XML (it ends within a row).")
                if self._shown:
                    self._add_row(_says(tag["says"].decode()), self._usual(data, tag, start, root))
            elif tag["of"] == b"-column":
                self._add_column(_says(tag["says"].decode()))
            elif not tag["of"] and not tag["end"]:
                self._begin(_says(tag["says"].decode()))
            elif not tag["of"] and self._shown:
                self._sheet.lost += len(self._lost)
                yield self._sheet

    def read_parsed(self, tree: Any) -> Iterator[Sheet]:
        for style in tree.iter(f"{STYLE}style"):
            self.learn(style)
        for table in tree.iterfind(f"{OFFICE}body/{OFFICE}spreadsheet/{TABLE}table"):
            self._begin(_local(table))
            for node in table.iter(f"{TABLE}table-row", f"{TABLE}table-column"):
                if next(node.iterancestors(f"{TABLE}table")) is not table:
                    continue
                if node.tag == f"{TABLE}table-row":
                    self._add_row(_local(node), _parsed(node))
                else:
                    self._add_column(_local(node))
            if self._shown:
                self._sheet.lost += len(self._lost)
                yield self._sheet

    def learn(self, style: Any) -> None:
        name = style.get(f"{STYLE}name", "")
        for properties in style:
            if properties.get(f"{TABLE}display") == "false":
                self._unseen.add(name)
            lines = (properties.get(f"{STYLE}text-line-through-{one}") for one in ("style", "type"))
            if any(line not in (None, "none") for line in lines):
                self._struck.add(name)
            position = properties.get(f"{STYLE}text-position", "")
            if position and position[0] in "s-123456789":
                self._raised[name] = "sub" if position.startswith(("sub", "-")) else "super"

    def _usual(self, data: bytes, tag: re.Match[bytes], end: int, root: bytes) -> Iterable[Cell]:
        body = data[tag.end() : end].decode("utf-8", "replace")
        found = CELL.findall(body)
        if len(found) != body.count("<table:table-cell") + body.count("<table:covered-table-cell"):
            row = data[tag.start() : end] + ROW_END
            return _parsed(parse_xml(root + row + b"</office:document-content>")[0])
        if "&" in body:
            return [(covered, says, html.unescape(text), None) for covered, says, text, _ in found]
        return found

    def _begin(self, says: Says) -> None:
        self._sheet = Sheet(says.get("name", ""))
        self._shown = says.get("style-name", "") not in self._unseen
        self._row = self._column = self._cells = 0
        self._hidden, self._lost = set(), set()

    def _add_column(self, says: Says) -> None:
        repeated = _number(says, "number-columns-repeated")
        if says.get("visibility", "visible") != "visible":
            self._hidden.update(range(self._column, self._column + min(repeated, REPEATED)))
        self._column += repeated

    def _add_row(self, says: Says, found: Iterable[Cell]) -> None:
        repeated = _number(says, "number-rows-repeated")
        first, self._row = self._row, self._row + repeated
        if says.get("visibility", "visible") != "visible":
            self._sheet.hidden.update(range(first, first + min(repeated, REPEATED)))
            self._sheet.lost += min(repeated, REPEATED) if any(text or node for _, _, text, node in found) else 0
            return
        cells: dict[int, str] = {}
        column = 0
        for covered, told, text, node in found:
            # Of most cells the text is all that matters.
            if text and not covered and not self._struck and not DETAIL.search(told):
                cells[column] = " ".join(text.split())
                column += 1
            elif not text and isinstance(told, str) and "value" not in told and "spanned" not in told and "formula" not in told:
                column += min(int(said[1]), LAST) if (said := TIMES.search(told)) else 1
            else:
                own = told if isinstance(told, dict) else _says(told)
                wide = _number(own, "number-columns-repeated")
                if not covered and (shown := self._text(own, text, node, first, column)):
                    cells.update(dict.fromkeys(range(column, column + min(wide, REPEATED)), shown))
                column += wide
        for place in self._hidden & cells.keys():
            del cells[place]
            self._lost.add(place)
        if cells:
            times = min(repeated, REPEATED)
            self._cells += len(cells) * times
            if self._cells > MAX_CELLS:
                raise UnreadableFile(f"a sheet of more than {MAX_CELLS} cells.")
            self._sheet.rows.update((number, cells if times == 1 else dict(cells)) for number in range(first, first + times))

    def _text(self, says: Says, text: str, node: Any, row: int, column: int) -> str:
        high, wide = _number(says, "number-rows-spanned"), _number(says, "number-columns-spanned")
        if high > 1 or wide > 1:
            self._sheet.spans.append((row, column, high, wide))
        if says.get("style-name", "") in self._struck:
            return ""
        if node:
            text = " ".join(self._run("", one) for one in node[0].iterchildren(f"{TEXT}p"))
            remarks = [
                self._run("", one) for note in node[0].iterchildren(f"{OFFICE}annotation") for one in note.iter(f"{TEXT}p")
            ]
            if (remark := " ".join(" ".join(remarks).split())) and column not in self._hidden:
                self._sheet.remarks.setdefault(row, {})[column] = remark
        text = " ".join(text.split())
        kind = says.get("value-type", "")
        if kind == "date":
            return says.get("date-value", "").removesuffix("T00:00:00").replace("T", " ") or text
        if not text and kind in ("float", "percentage", "currency"):
            return plain(says.get("value", ""))
        if not text and not kind and "formula" in says and column not in self._hidden:
            self._sheet.unsaved.append(f"{letters(column + 1)}{row + 1}")
        return text

    def _run(self, before: str, node: Any) -> str:
        """The text in a node, behind `before`. lxml refuses nesting deeper than 256: no stack of our own."""
        shown = node.text or ""
        for child in node:
            style = child.get(f"{TEXT}style-name", "")
            if child.tag in SPACES:
                shown += " "
            elif style not in self._struck and child.tag != f"{OFFICE}annotation":
                inner = self._run(before + shown, child)
                how = self._raised.get(style)
                shown += raised(before + shown, inner) if how == "super" else lowered(inner) if how == "sub" else inner
            shown += child.tail or ""
        return shown


def _says(attributes: str) -> Says:
    found = dict(SAYS.findall(attributes))
    return {name: html.unescape(value) for name, value in found.items()} if "&" in attributes else found


def _local(node: Any) -> Says:
    return {name.rpartition("}")[2]: value for name, value in node.items()}


def _parsed(row: Any) -> list[Cell]:
    cells = row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
    return [(cell.tag.endswith("covered-table-cell"), _local(cell), "", [cell] if len(cell) else None) for cell in cells]


def _number(says: Says, name: str) -> int:
    digits = says.get(name, "1")
    return min(int(digits), LAST) if digits.isdecimal() and len(digits) < 10 else 1
