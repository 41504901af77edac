"""Spreadsheets (.xlsx, .xls, .xlsb, .ods) through calamine: a page for each sheet that is shown, its rows with their header.

Knows values only: a formula gives the result that was saved with it.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from ingest.loaders.archive import DAMAGED, open_archive
from ingest.loaders.builder import TextBuilder, may_be_header
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_CELLS = 5_000_000  # of the rectangle around all that is filled: calamine holds every cell of it, empty or not
SHEET_LEVEL = 2
HEADER_WITHIN = 10  # rows; above the header may stand a title and notes
BLOCK = 1 << 20
# A cell of an .xlsx that holds something; an empty one, which only has a format, is closed at once.
CELL = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=[\"']([A-Za-z]{1,3})(\d{1,7})[\"'](?:[^>]*[^/>])?>(?!</)")

Cell = int | float | str | bool | datetime.date | datetime.time | datetime.timedelta


def load(data: bytes) -> Extracted:
    if data.startswith(b"PK"):
        with open_archive(data) as archive:
            _check_extent(archive)
    builder = TextBuilder()
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.visible == SheetVisibleEnum.Visible:
                    _add_sheet(workbook.get_sheet_by_name(sheet.name), builder)
    except PasswordError as error:
        raise UnreadableFile("it is encrypted with a password.") from error
    except CalamineError as error:
        raise UnreadableFile(f"damaged, or no spreadsheet ({error}).") from error
    return builder.build(MEDIA_TYPE, "", from_heading=False)


def _check_extent(archive: zipfile.ZipFile) -> None:
    """Refuse a sheet of an .xlsx with cells so far apart that the rectangle around them would not fit into memory."""
    for entry in archive.infolist():
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename, re.IGNORECASE):
            height, width = _extent(archive, entry)
            if height * width > MAX_CELLS:
                raise UnreadableFile(f"a sheet of {height} rows by {width} columns is larger than {MAX_CELLS} cells.")


def _extent(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> tuple[int, int]:
    """Rows and columns between the first and the last cell that is filled."""
    rows, columns = set[int](), set[bytes]()
    rest = b""
    try:
        with archive.open(entry) as file:
            while block := file.read(BLOCK):
                rest += block
                # The last tag may go on in the next block, and so may what tells whether it is empty; but no tag is that long.
                cut = rest.rfind(b"<", 0, rest.rfind(b"<")) if len(rest) < 2 * BLOCK else len(rest)
                found = CELL.findall(rest, 0, cut)
                columns.update(letters for letters, _ in found)
                rows.update(int(digits) for _, digits in found)
                rest = rest[cut:]
    except DAMAGED as error:
        raise UnreadableFile(f"damaged archive ({entry.filename}: {error}).") from error
    numbers = [_column(letters) for letters in columns]
    return (max(rows) - min(rows) + 1, max(numbers) - min(numbers) + 1) if rows else (0, 0)


def _column(letters: bytes) -> int:
    """`A` is 1, `Z` is 26, `AA` is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _add_sheet(sheet: CalamineSheet, builder: TextBuilder) -> None:
    if sheet.height * sheet.width > MAX_CELLS:
        raise UnreadableFile(f"a sheet of {sheet.height} rows by {sheet.width} columns is larger than {MAX_CELLS} cells.")
    values = [row for row in sheet.iter_rows() if any(value != "" for value in row)]
    if not values:
        return
    used = [column for column in range(len(values[0])) if any(row[column] != "" for row in values)]
    rows = [[_shown(row[column]) for column in used] for row in values]
    builder.page()
    builder.block(sheet.name, heading_level=SHEET_LEVEL)
    top = next((n for n, row in enumerate(values[:HEADER_WITHIN]) if _is_header([row[column] for column in used])), None)
    if top is None or top + 1 == len(rows):
        builder.table([], rows)
    else:
        builder.table([], rows[:top])
        builder.table(rows[top], rows[top + 1 :])


def _is_header(row: list[Cell]) -> bool:
    """Texts only, and for most of the columns: a title in two cells is not the header of a table with ten."""
    filled = [value for value in row if value != ""]
    texts = [value for value in filled if isinstance(value, str)]
    return len(texts) == len(filled) and 2 * len(filled) > len(row) and may_be_header([_shown(text) for text in texts])


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
