"""The rows of a sheet in an .xlsx as they are stored. A sheet may hold millions of cells: what programs usually write is read
by patterns, and only what they write otherwise by the XML parser, which takes twice as long.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from ingest.loaders.archive import DAMAGED, parse_xml, part
from ingest.loaders.raised import lowered, raised
from youju.errors import UnreadableFile

Cell = tuple[str, str, str, str, str, str]
"""Letters of the column, style, kind, formula, value, text that stands in the cell itself: each empty where there is none."""

BLOCK = 1 << 20  # bytes
LONGEST = 1 << 26  # bytes of a row, or of what stands before or behind all rows
START, ROW_END, END = b"<sheetData", b"</row>", b"</sheetData>"
USUAL_ROOT = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml(?![^>]*encoding=[\"'](?!utf-?8|us-ascii))[^>]*>\s*)?(<worksheet\b[^>]*>)", re.IGNORECASE
)
USUAL_STRINGS = re.compile(USUAL_ROOT.pattern.replace(rb"worksheet", rb"sst"), re.IGNORECASE)
ROW = re.compile(r'<row(?: r="(\d+)")?((?: [^>]*?)?)(?:/>|>(.*?)</row>)', re.DOTALL)
CELL = re.compile(
    r'<c(?: r="([A-Z]{1,3})\d+")?(?: s="(\d+)"| t="(\w+)"| [cv]m="\d+"| ph="\d")*\s?'
    r"(?:/>|>(<f\b[^>]*?(?:/>|>[^<]*</f>))?"
    r'(?:<v(?: xml:space="preserve")?>([^<]*)</v>|<v ?/>)?(?:<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
NUMBER, HIDDEN = re.compile(r' r="(\d+)"'), re.compile(r' hidden="(\w+)"')
BESIDE = re.compile(rb"\bhidden=|zeroHeight=|mergeCell\b")  # what matters of what stands before and behind the rows
STRING = re.compile(r'<si>(?:<t(?: xml:space="preserve")?>([^<]*)</t>|<t ?/>)</si>|<si ?/>')
ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
OFF = ("0", "false", "off")
LAST_COLUMN = 16384


@dataclass(frozen=True)
class Row:
    """`hidden` is None where the row does not say."""

    number: int
    hidden: bool | None
    cells: Sequence[Cell]


class Rows:
    """Goes through a part of an archive that holds a sheet. What it says beside its rows is known as it is reached: columns and
    rows that are hidden before the rows, `merged` behind them.
    """

    def __init__(self, archive: zipfile.ZipFile, place: str) -> None:
        self.hidden_columns: set[int] = set()
        self.rows_hidden = False  # those that do not say otherwise
        self.merged: list[str] = []
        self.skips = False  # set while going through: no further rows are wanted, but what stands behind them
        self._archive = archive
        self._place = place
        self._rest = b""
        self._last = 0

    def __iter__(self) -> Iterator[Row]:
        """
        Raises:
            UnreadableFile: the part is missing or damaged.
        """
        try:
            with self._archive.open(self._place) as file:
                blocks = iter(lambda: file.read(BLOCK), b"")
                while START not in self._rest and self._more(blocks):
                    pass
                head, sign, rest = self._rest.partition(START)
                root = USUAL_ROOT.match(head)
                if sign and root and b"<!" not in head:
                    if BESIDE.search(head):
                        self._take(parse_xml(head + b"</worksheet>"))
                    self._rest = END + rest[2:] if rest.startswith(b"/>") else rest.partition(b">")[2]
                    yield from self._usual(blocks, root[1])
                    return
        except KeyError as error:
            raise UnreadableFile(f"damaged archive (no {self._place} in it).") from error
        except DAMAGED as error:
            raise UnreadableFile(f"damaged archive ({self._place}: {error}).") from error
        # A prefix before each name, another encoding, declarations.
        for node in elements(self._archive, self._place, "row", "col", "mergeCell", "sheetFormatPr"):
            if node.tag.endswith("}row"):
                yield self._parsed(node)
            else:
                self._take(node)

    def _usual(self, blocks: Iterator[bytes], root: bytes) -> Iterator[Row]:
        while (end := self._rest.find(END)) < 0:
            if self.skips:
                self._rest = self._rest[-len(END) :]
            elif cut := self._rest.rfind(ROW_END) + 1:
                cut += len(ROW_END) - 1
                yield from self._read(self._rest[:cut], root)
                self._rest = self._rest[cut:]
            if not self._more(blocks):
                raise UnreadableFile(f"damaged XML ({self._place} ends within its rows).")
        if not self.skips:
            yield from self._read(self._rest[:end], root)
        self._rest = self._rest[end + len(END) :]
        while self._more(blocks):
            pass
        if BESIDE.search(self._rest):
            self._take(parse_xml(root + self._rest))

    def _read(self, data: bytes, root: bytes) -> Iterator[Row]:
        text = data.decode("utf-8", "replace")
        found = ROW.findall(text)
        if len(found) != text.count("<row"):
            yield from map(self._parsed, parse_xml(root + data + b"</worksheet>"))
            return
        for digits, attributes, body in found:
            cells = CELL.findall(body)
            if len(cells) != body.count("<c ") + body.count("<c>") + body.count("<c/"):
                yield self._parsed(parse_xml(root + f'<row r="{digits}"{attributes}>{body}</row></worksheet>'.encode())[0])
                continue
            if "&" in body:
                cells = [tuple(map(html.unescape, cell)) for cell in cells]
            if not digits and (number := NUMBER.search(attributes)):
                digits = number[1]
            self._last = int(digits) if digits else self._last + 1
            hidden = HIDDEN.search(attributes) if "hidden" in attributes else None
            yield Row(self._last, hidden[1] not in OFF if hidden else None, cells)

    def _parsed(self, row: Any) -> Row:
        number = row.get("r", "")
        self._last = int(number) if number.isdecimal() else self._last + 1
        return Row(self._last, is_on(row, "hidden") if "hidden" in row.attrib else None, [_cell(cell) for cell in row])

    def _take(self, tree: Any) -> None:
        for node in tree.iter("{*}col", "{*}mergeCell", "{*}sheetFormatPr"):
            if node.tag.endswith("}mergeCell"):
                self.merged.append(node.get("ref", ""))
            elif node.tag.endswith("}sheetFormatPr"):
                self.rows_hidden = is_on(node, "zeroHeight")
            elif is_on(node, "hidden"):
                first, last = node.get("min", ""), node.get("max", "")
                if first.isdecimal() and last.isdecimal():
                    self.hidden_columns.update(range(int(first), min(int(last), LAST_COLUMN) + 1))

    def _more(self, blocks: Iterator[bytes]) -> bool:
        block = next(blocks, b"")
        self._rest += block
        if len(self._rest) > LONGEST:
            raise UnreadableFile(f"a sheet with a row of more than {LONGEST >> 20} MiB.")
        return bool(block)


def strings(archive: zipfile.ZipFile, place: str) -> list[str]:
    """The texts that all sheets share.

    Raises:
        UnreadableFile: the part is missing or damaged.
    """
    data = part(archive, place) if place in archive.NameToInfo and archive.NameToInfo[place].file_size < LONGEST else b""
    if USUAL_STRINGS.match(data):
        text = data.decode("utf-8", "replace")
        found = STRING.findall(text)
        if len(found) == text.count("<si"):
            return [line(html.unescape(one) if "&" in one else one) for one in found]
    return [run_text(item) for item in elements(archive, place, "si")]


def elements(archive: zipfile.ZipFile, place: str, *names: str) -> Iterator[Any]:
    """The elements of some names in a part, each forgotten when the next one comes.

    Raises:
        UnreadableFile: the part is missing or damaged.
    """
    try:
        with archive.open(place) as file:
            for _, node in etree.iterparse(
                file, tag=[f"{{*}}{name}" for name in names], resolve_entities=False, no_network=True, huge_tree=False,
                load_dtd=False, remove_comments=True, remove_pis=True,
            ):  # fmt: skip
                yield node
                node.clear()
                while (before := node.getprevious()) is not None:
                    node.getparent().remove(before)
    except KeyError as error:
        raise UnreadableFile(f"damaged archive (no {place} in it).") from error
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(f"damaged XML ({error}).") from error
    except DAMAGED as error:
        raise UnreadableFile(f"damaged archive ({place}: {error}).") from error


def run_text(item: Any) -> str:
    """A text of one or more runs, without what is struck out and without hints for reading."""
    if len(item) == 1 and item[0].tag.endswith("}t"):
        return line(item[0].text or "")
    shown = ""
    for child in item:
        kind = child.tag.rpartition("}")[2]
        if kind == "t":
            shown += child.text or ""
        elif kind == "r" and not has(child, "{*}rPr/{*}strike"):
            text = "".join(one.text or "" for one in child.iterfind("{*}t"))
            aligned = child.find("{*}rPr/{*}vertAlign")
            where = aligned.get("val") if aligned is not None else ""
            shown += raised(shown, text) if where == "superscript" else lowered(text) if where == "subscript" else text
    return line(shown)


def line(text: str) -> str:
    """A text on one line; characters that XML cannot hold are written as `_x000D_`."""
    if "_x" in text:
        text = ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return " ".join(text.split())


def has(node: Any, place: str) -> bool:
    """Whether a property is there and not switched off."""
    found = node.find(place)
    return found is not None and is_on(found, "val", "1")


def is_on(node: Any, name: str, default: str = "0") -> bool:
    return node.get(name, default) not in OFF


def _cell(cell: Any) -> Cell:
    found = {child.tag.rpartition("}")[2]: child for child in cell}
    value, inner = found.get("v"), found.get("is")
    letters = cell.get("r", "").rstrip("0123456789").upper()
    text = "" if inner is None else run_text(inner)
    stored = "" if value is None else value.text or ""
    return letters, cell.get("s", ""), cell.get("t", ""), "f" if "f" in found else "", stored, text
