"""Makes PDFs with tables for `pdf_tables.py`: tables of real reports, set by LibreOffice in the styles that reports have.

What is right comes from the data that the tables were made of, never from the PDFs.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import docx
import openpyxl
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

VALUE = re.compile(r"^[\s$€£(+\-–—]*\d[\d,.\s]*\)?\s*%?\)?$|^[—–-]$")
YEAR = re.compile(r"^(?:19|20)\d\d$")
STYLES = ("ruled", "plain", "lined")
LONGEST_ROW_NAME = 120


@dataclass(frozen=True)
class Cell:
    """A cell with the names that a reader would give it."""

    row: str
    column: str
    value: str


@dataclass(frozen=True)
class Table:
    """`header` rows, then `body` rows; a text that comes again beside itself in the header is one merged cell."""

    header: list[list[str]]
    body: list[list[str]]
    before: str = ""

    def cells(self) -> list[Cell]:
        names = [next((row[at] for row in reversed(self.header) if row[at]), "") for at in range(len(self.body[0]))]
        return [
            Cell(row[0], name, value)
            for row in self.body
            for name, value in zip(names[1:], row[1:], strict=True)
            if row[0] and name and re.search(r"\w", value)
        ]


def reports(file: Path) -> Iterator[Table]:
    """Tables of annual reports with the paragraph before them (TAT-QA)."""
    for one in json.loads(file.read_text(encoding="utf-8")):
        rows = [[" ".join(cell.split()) for cell in row] for row in one["table"]["table"]]
        first = next((at for at, row in enumerate(rows) if any(_is_value(cell) for cell in row[1:])), 0)
        header, body = rows[:first], rows[first:]
        while header and sum(map(bool, header[-1])) == 1 and header[-1][0]:
            body.insert(0, header.pop())
        if header and all(any(row[1:]) for row in header) and len(body) > 2 and len(rows[0]) > 1:
            yield Table([_spread(row) for row in header], body, one["paragraphs"][0]["text"])


def airlines(file: Path) -> Iterator[Table]:
    """Tables of airlines' reports with names in several rows (AIT-QA)."""
    for line in file.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        columns, rows, data = one["column_header"], one["row_header"], one["data"]
        if not rows or len(rows) != len(data) or len({len(path) for path in columns}) != 1 or not data:
            continue
        if len(columns) != len(data[0]) or any(len(row) != len(columns) for row in data) or not all(columns[0]):
            continue
        header = [["", *(" ".join(path[level].split()) for path in columns)] for level in range(len(columns[0]))]
        body: list[list[str]] = []
        above = ""
        for path, values in zip(rows, data, strict=True):
            if len(path) > 1 and path[0] and path[0] != above:
                above = path[0]
                body.append([" ".join(above.split()), *[""] * len(values)])
            body.append([" ".join(path[-1].split()), *(" ".join(value.split()) for value in values)])
        yield Table(header, body)


def articles(file: Path, least: int) -> Iterator[Table]:
    """Tables of Wikipedia with at least so many rows, whose first column names the rows (WikiTableQuestions)."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            rows = [[" ".join(cell.split()) for cell in row] for row in json.loads(line)["rows"]]
            names = [row[0] for row in rows[1:]]
            if not 3 <= len(rows[0]) <= 7 or len(rows) <= least or any(len(row) != len(rows[0]) for row in rows):
                continue
            if len(set(names)) == len(names) and all(rows[0]) and max(len(cell) for row in rows for cell in row) < 80:
                yield Table(rows[:1], rows[1:])


def _is_value(cell: str) -> bool:
    return bool(VALUE.match(cell)) and not YEAR.match(cell)


def _spread(row: list[str]) -> list[str]:
    """A lone name over several columns stands over all of them."""
    named = [cell for cell in row[1:] if cell]
    return [row[0], *[named[0]] * (len(row) - 1)] if len(named) == 1 and len(row) > 2 else row


def write_docx(tables: Sequence[Table], style: str, path: Path) -> None:
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(8)
    document.styles["Normal"].paragraph_format.space_after = Pt(2)
    for number, table in enumerate(tables, 1):
        document.add_paragraph(table.before)
        document.add_paragraph(f"Table {number}. Figures as reported")
        rows = [*table.header, *table.body]
        made = document.add_table(len(rows), len(rows[0]), style="Table Grid" if style == "ruled" else None)
        made.autofit = False
        for column, width in zip(made.columns, _widths(rows), strict=True):
            for cell in column.cells:
                cell.width = Inches(width)
        if style != "ruled":  # names again on each page, as most reports have them
            for row in made.rows[: len(table.header)]:
                row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for at, row in enumerate(rows):
            is_header = at < len(table.header)
            for first, last in _runs(row, is_header):
                cell = made.cell(at, first) if first == last else made.cell(at, first).merge(made.cell(at, last))
                paragraph = cell.paragraphs[0]
                paragraph.add_run(row[first]).bold = is_header
                if first and style != "ruled":
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if is_header else WD_ALIGN_PARAGRAPH.RIGHT
                if style == "lined" and (is_header or at == len(rows) - 1):
                    _underline(cell)
        document.add_paragraph("")
    document.save(str(path))


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Widths of columns in inches as a person would set them: by what they hold, none too narrow for its longest word."""
    longest = [max(len(word) for row in rows for word in (row[at].split() or [""])) for at in range(len(rows[0]))]
    most = [sum(len(row[at]) for row in rows) / len(rows) for at in range(len(rows[0]))]
    shares = [max(1.3 * word, text, 4) + 2 for word, text in zip(longest, most, strict=True)]
    return [6.0 * share / sum(shares) for share in shares]


def _runs(row: Sequence[str], is_header: bool) -> Iterator[tuple[int, int]]:
    """First and last column of each cell."""
    first = 0
    for at in range(1, len(row) + 1):
        if at == len(row) or not is_header or first == 0 or not row[at] or row[at] != row[first]:
            yield first, at - 1
            first = at


def _underline(cell: Any) -> None:
    borders = OxmlElement("w:tcBorders")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    cell._tc.get_or_add_tcPr().append(borders)


def write_xlsx(table: Table, path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in [*table.header, *table.body]:
        sheet.append([float(cell) if re.fullmatch(r"\d{1,9}", cell) and not YEAR.match(cell) else cell for cell in row])
    for column, cells in enumerate(zip(*table.header, *table.body, strict=True)):
        sheet.column_dimensions["ABCDEFGHIJ"[column]].width = max(map(len, cells)) + 2
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.save(path)


def make(data: Path, folder: Path, seed: int) -> None:
    """Twenty PDFs and `cells.json`, the cells of each, in a folder."""
    choice = random.Random(seed)
    sources = [list(reports(data / "tatqa_dev.json")), list(airlines(data / "aitqa_tables.jsonl"))]
    long = list(articles(data / "wtq_tables.jsonl.gz", 40))
    sheets = choice.sample(long, 4)
    folder.mkdir(parents=True, exist_ok=True)
    right: dict[str, list[dict[str, str]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(20):
            name = f"{number + 1:02}-{'sheet' if number >= 16 else ('report', 'airline', 'article')[min(number // 6, 2)]}"
            if number >= 16:
                tables = [sheets[number - 16]]
                path = Path(temporary) / f"{name}.xlsx"
                write_xlsx(tables[0], path)
            else:
                tables = choice.sample(long if number >= 12 else sources[number // 6], 2 if number >= 12 else 6)
                name += f"-{STYLES[number % 3]}"
                path = Path(temporary) / f"{name}.docx"
                write_docx(tables, STYLES[number % 3], path)
            right[name] = [asdict(cell) for table in tables for cell in table.cells() if len(cell.row) < LONGEST_ROW_NAME]
        files = [str(path) for path in sorted(Path(temporary).iterdir())]
        command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(folder), *files]
        subprocess.run(command, check=True, capture_output=True)
    (folder / "cells.json").write_text(json.dumps(right, ensure_ascii=False, indent=1), encoding="utf-8")
