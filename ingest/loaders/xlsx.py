"""Workbooks of Excel (.xlsx, .xlsm): what their sheets show, read row by row.

Left out is what Excel does not show or strikes out: hidden sheets, rows and columns, cells and letters struck out.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ingest.loaders.archive import parse_xml, part
from ingest.loaders.grid import WIDEST
from ingest.loaders.numberformat import BUILT_IN, Shower, plain, shower, text_shower
from ingest.loaders.sheet import MAX_CELLS, Sheet, letters
from ingest.loaders.xlsxrows import Cell, Row, Rows, elements, has, is_on, line, run_text, strings
from youju.errors import UnreadableFile

RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})")
HELD_CELLS = 500_000  # of a sheet; rows behind them are read when they are stored
OWN_TEXT = re.compile(r"^\[Threaded comment\].*?(?:Comment:|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Style:
    """How cells of a style show numbers (None: plainly) and texts, and whether they are struck out."""

    number: Shower | None = None
    text: Callable[[str], str] | None = None
    struck: bool = False


PLAIN = Style()


@dataclass
class Book:
    """What the sheets of a workbook share."""

    archive: zipfile.ZipFile
    sheets: list[tuple[str, str]] = field(default_factory=list)  # names and parts of those that are shown
    styles: dict[str, Style] = field(default_factory=dict)
    strings: list[str] = field(default_factory=list)
    uncomputed: bool = False  # it asks to be computed when it is opened


def sheets(archive: zipfile.ZipFile) -> Iterator[Sheet]:
    """The sheets that are shown, in order.

    Raises:
        UnreadableFile: the archive holds no workbook, or it is damaged.
    """
    book = _book(archive)
    for name, place in book.sheets:
        yield _Reader(book, Sheet(name)).read(place)


def _book(archive: zipfile.ZipFile) -> Book:
    main = "xl/workbook.xml"
    if main not in archive.NameToInfo:
        main = next((place for kind, place in _relations(archive, "").values() if kind == "officeDocument"), main)
    tree = parse_xml(part(archive, main))
    related = _relations(archive, main)
    book = Book(archive)
    found = dict(related.values())
    properties = tree.find("{*}workbookPr")
    from_1904 = properties is not None and is_on(properties, "date1904")
    if "styles" in found:
        book.styles = _styles(parse_xml(part(archive, found["styles"])), from_1904)
    if "sharedStrings" in found:
        book.strings = strings(archive, found["sharedStrings"])
    computing = tree.find("{*}calcPr")
    book.uncomputed = computing is not None and is_on(computing, "fullCalcOnLoad")
    for sheet in tree.iterfind("{*}sheets/{*}sheet"):
        key = next((str(value) for name, value in sheet.items() if str(name).endswith("}id")), "")
        kind, place = related.get(key, ("", ""))
        if sheet.get("state", "visible") == "visible" and kind == "worksheet":
            book.sheets.append((sheet.get("name", ""), place))
    return book


def _relations(archive: zipfile.ZipFile, place: str) -> dict[str, tuple[str, str]]:
    """What a part refers to: by its id the kind and the place of another part."""
    folder, name = posixpath.split(place)
    own = posixpath.join(folder, "_rels", f"{name}.rels")
    if own not in archive.NameToInfo:
        return {}
    found = {}
    for one in parse_xml(part(archive, own)).iter(RELATION):
        if one.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/")
            found[one.get("Id", "")] = (one.get("Type", "").rpartition("/")[2], target)
    return found


def _styles(tree: Any, from_1904: bool) -> dict[str, Style]:
    codes = {one.get("numFmtId"): one.get("formatCode", "") for one in tree.iterfind("{*}numFmts/{*}numFmt")}
    struck = [has(font, "{*}strike") for font in tree.iterfind("{*}fonts/{*}font")]
    found = {}
    for place, one in enumerate(tree.iterfind("{*}cellXfs/{*}xf")):
        number, font = one.get("numFmtId", "0"), one.get("fontId", "0")
        code = codes.get(number) or (BUILT_IN.get(int(number), "") if number.isdecimal() else "")
        is_struck = font.isdecimal() and int(font) < len(struck) and struck[int(font)]
        style = Style(shower(code, from_1904), text_shower(code), is_struck)
        found[str(place)] = PLAIN if style == PLAIN else style
    return found


class _Reader:
    """Reads a sheet."""

    def __init__(self, book: Book, sheet: Sheet) -> None:
        self._book = book
        self._sheet = sheet
        self._hidden = set[int]()  # columns
        self._lost = set[int]()  # those of them that hold something
        self._columns: dict[str, int] = {}  # by their letters
        self._cells = 0
        self._zeros: list[tuple[int, int, str]] = []  # formulas with the result 0
        self._computed = False  # whether any formula has another result

    def read(self, place: str) -> Sheet:
        rows = Rows(self._book.archive, place)
        self._hidden = rows.hidden_columns
        for row in rows:
            if rows.skips:
                continue
            if row.hidden or (row.hidden is None and rows.rows_hidden):
                self._sheet.hidden.add(row.number)
                self._sheet.lost += any(cell[4] or cell[5] for cell in row.cells)
            else:
                self._add_row(row)
                if (
                    self._cells > HELD_CELLS
                    and len({column for cells in self._sheet.rows.values() for column in cells}) <= WIDEST
                ):
                    rows.skips = True
                    self._sheet.behind = partial(self._behind, place, row.number)
        for reference in rows.merged:
            self._add_span(reference)
        if self._book.uncomputed and self._zeros and not self._computed:
            for number, column, where in self._zeros:  # what no program has computed yet
                self._sheet.rows[number].pop(column, None)
                self._sheet.unsaved.append(where)
        self._sheet.lost += len(self._lost)
        self._add_remarks(place)
        return self._sheet

    def _behind(self, place: str, last: int) -> Iterator[dict[int, str]]:
        """The cells of the rows behind one, a row after the other. Merged cells and remarks there are not known."""
        reader, rows = _Reader(self._book, Sheet(self._sheet.name)), Rows(self._book.archive, place)
        reader._hidden = rows.hidden_columns
        for row in rows:
            if row.number > last and not (row.hidden or (row.hidden is None and rows.rows_hidden)):
                yield reader._cells_of(row)
                reader._sheet.unsaved.clear()
                reader._zeros.clear()

    def _add_row(self, row: Row) -> None:
        if cells := self._cells_of(row):
            self._cells += len(cells)
            if self._cells > MAX_CELLS:
                raise UnreadableFile(f"a sheet of more than {MAX_CELLS} cells.")
            self._sheet.rows.setdefault(row.number, {}).update(cells)

    def _cells_of(self, row: Row) -> dict[int, str]:
        """What the cells of a row show, by column."""
        cells: dict[int, str] = {}
        column, known, styles, texts = 0, self._columns, self._book.styles, self._book.strings
        for cell in row.cells:
            name, key, kind, formula, stored, text = cell
            column = (known.get(name) or self._know(name)) if name else column + 1
            if not (stored or text or formula):
                continue
            style = styles.get(key, PLAIN)
            if style is not PLAIN or formula:
                shown = self._shown(cell, style, row.number, column)
            elif kind == "s":
                shown = texts[int(stored)] if stored.isdecimal() and int(stored) < len(texts) else ""
            elif text:
                shown = line(text)
            else:
                shown = (stored if stored.isdecimal() else plain(stored)) if kind in ("", "n") else _other(kind, stored)
            if shown:
                cells[column] = shown
        for column in self._hidden & cells.keys():
            del cells[column]
            self._lost.add(column)
        return cells

    def _shown(self, cell: Cell, style: Style, row: int, column: int) -> str:
        _, _, kind, formula, stored, text = cell
        if style.struck:
            return ""
        if formula and column not in self._hidden:
            self._note_formula(kind, stored, row, column)
        if kind in ("", "n") and not text:
            return (style.number or plain)(stored) if stored else ""
        if kind == "s":
            text = self._book.strings[int(stored)] if stored.isdecimal() and int(stored) < len(self._book.strings) else ""
        else:
            text = line(text) if text else _other(kind, stored)
        return style.text(text) if style.text and text else text

    def _know(self, name: str) -> int:
        number = self._columns[name] = _column(name)
        return number

    def _note_formula(self, kind: str, stored: str, row: int, column: int) -> None:
        where = f"{letters(column)}{row}"
        if not stored and kind != "str":
            self._sheet.unsaved.append(where)
        elif stored == "0" and kind in ("", "n"):
            self._zeros.append((row, column, where))
        else:
            self._computed = True

    def _add_span(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        start, end = REFERENCE.fullmatch(first), REFERENCE.fullmatch(last)
        if start and end:
            top, left = int(start[2]), _column(start[1])
            self._sheet.spans.append((top, left, int(end[2]) - top + 1, _column(end[1]) - left + 1))

    def _add_remarks(self, place: str) -> None:
        """Notes and threads of comments at the cells that are shown. A thread is a note, too, with a hint to newer programs."""
        archive = self._book.archive
        found: dict[str, list[str]] = {}
        related = [one for one in _relations(archive, place).values() if one[1] in archive.NameToInfo]
        for kind, name in (("threadedComment", "threadedComment"), ("comments", "comment")):
            known = set(found)
            for node in (node for one, where in related if one == kind for node in elements(archive, where, name)):
                body = node.find("{*}text")
                text = "" if body is None else (body.text or "") if kind == "threadedComment" else run_text(body)
                if text.strip() and node.get("ref", "") not in known:
                    found.setdefault(node.get("ref", ""), []).append(" ".join(OWN_TEXT.sub("", text).split()))
        for reference, texts in found.items():
            match = REFERENCE.fullmatch(reference)
            if match and _column(match[1]) not in self._hidden:
                self._sheet.remarks.setdefault(int(match[2]), {})[_column(match[1])] = "; ".join(texts)


def _other(kind: str, stored: str) -> str:
    """What is neither a number nor in the list of texts: the text that a formula gives, a date by ISO 8601, an error."""
    if kind == "b":
        return "TRUE" if stored.strip() == "1" else "FALSE" if stored else ""
    return line(stored).removesuffix("T00:00:00")


def _column(name: str) -> int:
    """`A` is 1, `Z` is 26, `AA` is 27."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
