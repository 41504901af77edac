"""Old workbooks of Excel (.xls) through xlrd: what their sheets show, as in `ingest.loaders.xlsx`."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import xlrd

from ingest.loaders.numberformat import plain, shower, text_shower
from ingest.loaders.sheet import MAX_CELLS, Sheet
from ingest.loaders.xlsx import PLAIN, Style
from youju.errors import UnreadableFile

EMPTY = frozenset({xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK})
TEXT, NUMBER = xlrd.XL_CELL_TEXT, xlrd.XL_CELL_NUMBER
DAMAGED = (xlrd.XLRDError, struct.error, AssertionError, IndexError, KeyError, ValueError, OverflowError, TypeError)


def sheets(data: bytes) -> Iterator[Sheet]:
    """The sheets that are shown, in order.

    Raises:
        UnreadableFile: it is no workbook, is encrypted or damaged.
    """
    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, on_demand=True, logfile=io.StringIO())
        styles = [_style(book, one) for one in book.xf_list]
        found = (_sheet(book, number, styles) for number in range(book.nsheets) if not book._sheet_visibility[number])
        yield from found
    except DAMAGED as error:
        if "encrypted" in str(error):
            raise UnreadableFile("it is encrypted with a password.") from error
        raise UnreadableFile(f"damaged, or no spreadsheet ({error}).") from error


def _style(book: Any, format_of: Any) -> Style:
    code = book.format_map[format_of.format_key].format_str if format_of.format_key in book.format_map else ""
    struck = bool(book.font_list[format_of.font_index].struck_out)
    style = Style(shower(code, bool(book.datemode)), text_shower(code), struck)
    return PLAIN if style == PLAIN else style


def _sheet(book: Any, number: int, styles: list[Style]) -> Sheet:
    found = book.sheet_by_index(number)
    sheet = Sheet(found.name)
    if found.nrows * found.ncols > MAX_CELLS:
        raise UnreadableFile(f"a sheet of {found.nrows} rows by {found.ncols} columns is larger than {MAX_CELLS} cells.")
    away = {column for column, info in found.colinfo_map.items() if info.hidden}
    lost = set[int]()
    for row in range(found.nrows):
        kinds, values, formats = found.row_types(row), found.row_values(row), found._cell_xf_indexes[row]
        info = found.rowinfo_map.get(row)
        if info is not None and info.hidden:
            sheet.hidden.add(row)
            sheet.lost += any(kind not in EMPTY for kind in kinds)
            continue
        cells: dict[int, str] = {}
        for column, (kind, value, style) in enumerate(zip(kinds, values, formats, strict=False)):
            if kind in EMPTY:
                continue
            if column in away:
                lost.add(column)
            elif shown := _shown(kind, value, styles[style] if 0 <= style < len(styles) else PLAIN, found, row, column):
                cells[column] = shown
        if cells:
            sheet.rows[row] = cells
    sheet.lost += len(lost)
    sheet.spans += [(top, left, bottom - top, right - left) for top, bottom, left, right in found.merged_cells]
    for (row, column), note in found.cell_note_map.items():
        if note.text.strip() and column not in away and row not in sheet.hidden:
            sheet.remarks.setdefault(row, {})[column] = " ".join(note.text.split())
    book.unload_sheet(number)
    return sheet


def _shown(kind: int, value: Any, style: Style, found: Any, row: int, column: int) -> str:
    if style.struck:
        return ""
    if kind == TEXT:
        if found.rich_text_runlist_map and (row, column) in found.rich_text_runlist_map:
            value = _kept(value, found, (row, column))
        text = " ".join(value.split())
        return style.text(text) if style.text and text else text
    if kind == NUMBER and style.number is None:
        stored = repr(value)
        return stored[:-2] if stored.endswith(".0") else plain(stored)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, ""))
    stored = repr(value)
    return style.number(stored) if style.number else plain(stored.removesuffix(".0"))


def _kept(text: str, found: Any, place: tuple[int, int]) -> str:
    """A text of several fonts without what is struck out."""
    runs = found.rich_text_runlist_map[place]
    ends = [*(start for start, _ in runs[1:]), len(text)]
    fonts = found.book.font_list
    struck = [
        (start, end) for (start, font), end in zip(runs, ends, strict=True) if font < len(fonts) and fonts[font].struck_out
    ]
    for start, end in reversed(struck):
        text = text[:start] + text[end:]
    return text
