"""Spreadsheets: a page for each sheet that is shown, its rows with the names of their columns.

The binary format of Excel (.xlsb) comes through calamine, which knows values and merged cells only: nothing tells how a number
is shown.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable
from dataclasses import replace

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from ingest.loaders import ods, xls, xlsx
from ingest.loaders.archive import open_archive
from ingest.loaders.builder import TextBuilder
from ingest.loaders.sheet import MAX_CELLS, Sheet, add_sheet
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = int | float | str | bool | datetime.date | datetime.time | datetime.timedelta


def load(data: bytes) -> Extracted:
    """An .xlsx. Its archive stays open, in memory: the rows of a large sheet are read when they are taken."""
    return _built(xlsx.sheets(open_archive(data)))


def load_opendocument(data: bytes) -> Extracted:
    """An .ods."""
    with open_archive(data) as archive:
        return _built(ods.sheets(archive))


def load_old(data: bytes) -> Extracted:
    """An .xls."""
    return _built(xls.sheets(data))


def load_binary(data: bytes) -> Extracted:
    """An .xlsb."""
    open_archive(data).close()
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            shown = [sheet.name for sheet in workbook.sheets_metadata if sheet.visible == SheetVisibleEnum.Visible]
            return _built(_sheet(workbook.get_sheet_by_name(name)) for name in shown)
    except PasswordError as error:
        raise UnreadableFile("it is encrypted with a password.") from error
    except CalamineError as error:
        raise UnreadableFile(f"damaged, or no spreadsheet ({error}).") from error


def _built(sheets: Iterable[Sheet]) -> Extracted:
    builder, notes = TextBuilder(), list[str]()
    for sheet in sheets:
        add_sheet(sheet, builder)
        notes += sheet.notes()
    return replace(builder.build(MEDIA_TYPE, "", from_heading=False), notes=tuple(notes))


def _sheet(found: CalamineSheet) -> Sheet:
    if found.height * found.width > MAX_CELLS:
        raise UnreadableFile(f"a sheet of {found.height} rows by {found.width} columns is larger than {MAX_CELLS} cells.")
    sheet = Sheet(found.name)
    top, left = found.start or (0, 0)
    for number, row in enumerate(found.iter_rows(), start=top):
        if cells := {column: shown for column, value in enumerate(row, start=left) if (shown := _shown(value))}:
            sheet.rows[number] = cells
    for (first, start), (last, end) in found.merged_cell_ranges or ():
        sheet.spans.append((first, start, last - first + 1, end - start + 1))
    return sheet


def _shown(value: Cell) -> str:
    """A value as a reader would write it: no `.0`, dates as ISO 8601, without a time where it is midnight."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "seconds")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return " ".join(str(value).split())
