"""Makes the office documents of four invented organisations from the texts beside it: the same bytes each time.

    python benchmarks/office/make.py /tmp/office          # /tmp/office/docs-fit/en/..., /tmp/office/docs-test/zh/...

Each text in `texts/SPLIT-LANGUAGE/` begins with `file: NAME`, perhaps `encoding: gb18030`, and an empty line. The ending of
the name chooses the format. Markdown, plain text, HTML, CSV and mail are written as they stand; for the formats of Office:

    # Title, ## Section, ### Part    headings; on slides `#` begins a slide, in a workbook a sheet
    - item, -- deeper item, + step   bullets, and steps that Word numbers itself
    | a | b |                        rows of a table, the first is its header; `<` continues the cell at its left
    > text                           what the speaker says (slides)
    @header text, @footer text       of the pages (Word)
    a|b|c                            cells of a sheet; numbers, percentages and dates (2026-03-31) become such values
"""

from __future__ import annotations

import datetime
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
from openpyxl.cell.cell import Cell
from pptx.util import Inches, Pt

TEXTS = Path(__file__).parent / "texts"
SPLITS = ("fit", "test")
THEN = datetime.datetime(2026, 5, 4, 9, 0)  # the time of writing that every file names
NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Source:
    """One text: the name of the file that is made of it, its split, and its lines behind the head."""

    name: str
    split: str
    language: str
    encoding: str
    body: str

    @property
    def lines(self) -> list[str]:
        return self.body.splitlines()


def sources() -> list[Source]:
    return [_source(path) for path in sorted(TEXTS.glob("*/*.txt"))]


def _source(path: Path) -> Source:
    head, body = path.read_text(encoding="utf-8").split("\n\n", 1)
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    split, language = path.parent.name.split("-")
    return Source(fields["file"], split, language, fields.get("encoding", "utf-8"), body)


def made(source: Source) -> bytes:
    """The bytes of the file."""
    writer = WRITERS.get(source.name.rsplit(".", 1)[1])
    return steady(writer(source.lines)) if writer else source.body.encode(source.encoding)


def blocks(lines: list[str]) -> Iterator[tuple[str, Any]]:
    """(mark, text) of each line that says something, ("|", rows) of each table."""
    table: list[list[str]] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip().strip("|").split("|")])
            continue
        if table:
            yield "|", table
            table = []
        mark, _, text = line.partition(" ")
        if mark in MARKS:
            yield mark, text
        elif line.strip():
            yield "", line


MARKS = {"#", "##", "###", "-", "--", "+", ">", "@header", "@footer"}


def word(lines: list[str]) -> bytes:
    document = docx.Document()
    for mark, content in blocks(lines):
        if mark == "|":
            _fill(document.add_table(len(content), len(content[0]), style="Table Grid"), content)
        elif mark.startswith("#"):
            document.add_heading(content, len(mark) - 1)
        elif mark.startswith("@"):
            part = document.sections[0].header if mark == "@header" else document.sections[0].footer
            part.paragraphs[0].text = content
        else:
            styles = {"-": "List Bullet", "--": "List Bullet 2", "+": "List Number"}
            document.add_paragraph(content, style=styles.get(mark))
    return _saved(document)


def slides(lines: list[str]) -> bytes:
    show = pptx.Presentation()
    slide, body = None, None
    for mark, content in blocks(lines):
        if mark == "#":
            slide = show.slides.add_slide(show.slide_layouts[1])
            slide.shapes.title.text = content
            body = slide.placeholders[1].text_frame
            continue
        assert slide is not None
        assert body is not None
        if mark == "|":
            frame = slide.shapes.add_table(len(content), len(content[0]), Inches(0.6), Inches(3), Inches(8.8), Inches(3))
            _fill(frame.table, content)
        elif mark == ">":
            slide.notes_slide.notes_text_frame.text = content
        else:
            paragraph = body.paragraphs[0] if not body.text else body.add_paragraph()
            paragraph.text, paragraph.level = content, int(mark == "--")
            paragraph.font.size = Pt(20)
    return _saved(show)


def _fill(table: Any, rows: list[list[str]]) -> None:
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            if text == "<":
                table.cell(at, column - 1).merge(table.cell(at, column))
            else:
                table.cell(at, column).text = text


def workbook(lines: list[str]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    at = 0
    for line in lines:
        if line.startswith("# "):
            sheet, at = book.create_sheet(line[2:]), 0
            continue
        at += 1
        for column, text in enumerate(line.split("|"), 1):
            if text.strip():
                cell = sheet.cell(at, column)
                assert isinstance(cell, Cell)
                _write(cell, text.strip())
    return _saved(book)


def _write(cell: Cell, text: str) -> None:
    plain = text.replace(",", "").replace("−", "-")
    if DAY.fullmatch(text):
        cell.value, cell.number_format = datetime.datetime.fromisoformat(text), "yyyy-mm-dd"
        return
    if not NUMBER.fullmatch(text.removesuffix("%")):
        cell.value = text
        return
    places = len(plain.removesuffix("%").partition(".")[2])
    zeros = "0" + "." * bool(places) + "0" * places
    if text.endswith("%"):
        cell.value, cell.number_format = round(float(plain[:-1]) / 100, places + 4), zeros + "%"
    else:
        cell.value = float(plain) if places else int(plain)
        cell.number_format = "#,##" + zeros if "," in text else zeros


def _saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def steady(package: bytes) -> bytes:
    """The same package without the time of its writing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            part = before.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", THEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), part)
            after.writestr(zipfile.ZipInfo(name, THEN.timetuple()[:6]), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


WRITERS: dict[str, Callable[[list[str]], bytes]] = {"docx": word, "pptx": slides, "xlsx": workbook}


def write(folder: Path) -> None:
    """All files, each in `docs-SPLIT/LANGUAGE/`."""
    for source in sources():
        place = folder / f"docs-{source.split}" / source.language
        place.mkdir(parents=True, exist_ok=True)
        (place / source.name).write_bytes(made(source))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
