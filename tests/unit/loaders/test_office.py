"""Slides, sheets, OpenDocument, books, Rich Text and Word: what is particular to each."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence

import docx
import openpyxl
import pptx
import pytest
from docx.oxml.ns import qn
from openpyxl.styles import Font
from pptx.util import Inches

from ingest.loaders import archive, load
from tests.growth import growth
from tests.unit.loaders.made import EN, CellValue, epub_file, new_sheet, opendocument, saved, xlsx_file, zipped
from youju.errors import UnreadableFile
from youju.records import Extracted


def headings(extracted: Extracted) -> list[tuple[str, int]]:
    return [(extracted.text[heading.start : heading.end], heading.level) for heading in extracted.headings]


def kept(extracted: Extracted) -> list[str]:
    return [extracted.text[start:end] for start, end in extracted.whole]


def sheet_of(*rows: Sequence[CellValue]) -> bytes:
    workbook, sheet = new_sheet()
    for row in rows:
        sheet.append(list(row))
    return saved(workbook)


def test_a_slide_is_read_from_the_upper_left_with_its_groups_tables_and_notes() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[5])
    shapes = slide.shapes

    def box(where: pptx.shapes.shapetree.GroupShapes, text: str, left: int, top: int) -> None:
        where.add_textbox(Inches(left), Inches(top), Inches(2), Inches(1)).text_frame.text = text

    box(shapes, "below\nagain", 1, 6)
    box(shapes, "right", 5, 2)
    box(shapes, "left", 1, 2)
    group = shapes.add_group_shape()
    inner = group.shapes.add_group_shape()
    box(inner.shapes, "grouped", 1, 3)
    table = shapes.add_table(3, 2, Inches(1), Inches(4), Inches(4), Inches(1)).table
    for number, text in enumerate(["Model", "Price", "T3", "438", "T4", "520"]):
        table.cell(number // 2, number % 2).text = text
    shapes.title.text = "Prices"
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    extracted = load(saved(presentation), "a.pptx")
    assert extracted.text == (
        "Prices\n\nleft\n\nright\n\ngrouped\n\nModel: T3 | Price: 438\nModel: T4 | Price: 520\n\nbelow\nagain\n\nSay it slowly."
    )
    assert headings(extracted) == [("Prices", 2)]
    assert (extracted.title, extracted.page_starts) == ("Prices", (0,))


def test_a_sheet_has_its_header_in_each_row() -> None:
    data = sheet_of(
        ["Prices 2025"],
        [],
        [None, "Model", None, "Price", "From", "Sold"],
        [None, "T3", None, 438.0, datetime.datetime(2025, 1, 2), True],
        [None, "T4", None, 1.25, datetime.datetime(2025, 1, 2, 3, 4), None],
    )
    extracted = load(data, "a.xlsx")
    rows = ["Model: T3 | Price: 438 | From: 2025-01-02 | Sold: TRUE", "Model: T4 | Price: 1.25 | From: 2025-01-02 03:04:00"]
    assert extracted.text == "\n".join(["Sheet", "", "Prices 2025", "", *rows])
    assert kept(extracted) == ["Prices 2025", *rows]


def test_sheets_are_pages_and_hidden_or_empty_ones_are_not() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(xlsx_file()))
    workbook.create_sheet("empty")
    hidden = workbook.create_sheet("secret")
    hidden["A1"], hidden.sheet_state = "nobody sees this", "hidden"
    workbook.create_sheet("第二页")["B2"] = "最后"
    extracted = load(saved(workbook), "a.xlsx")
    assert headings(extracted) == [("Leave", 2), ("第二页", 2)]
    assert extracted.text[extracted.page_starts[1] :].strip() == "第二页\n\n最后"
    assert "nobody" not in extracted.text


def test_cells_far_apart_take_no_room() -> None:
    workbook, sheet = new_sheet()
    sheet["A1"], sheet["XFD1048576"] = "here", "there"
    assert load(saved(workbook), "a.xlsx").text == "Sheet\n\nhere\n\nthere"


def test_a_format_without_a_value_takes_no_room() -> None:
    workbook, sheet = new_sheet()
    sheet["A1"] = "here"
    sheet["XFD1048576"].font = Font(bold=True)
    assert load(saved(workbook), "a.xlsx").text == "Sheet\n\nhere"


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 1000)
    for name in ("docx", "xlsx", "pptx", "epub"):
        with pytest.raises(UnreadableFile, match="more than a document would"):
            load(xlsx_file(), f"a.{name}")


def test_entities_are_not_followed() -> None:
    declared = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname"><!ENTITY f "expanded">]>'
    with zipfile.ZipFile(io.BytesIO(opendocument("text", "<text:p>be&e;fo&f;re</text:p>"))) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["content.xml"] = declared.encode() + parts["content.xml"]
    assert load(zipped(parts), "a.odt").text == "before"


def test_odt_lists_tables_notes_and_deletions() -> None:
    def row(*texts: str) -> str:
        cells = "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in texts)
        return f"<table:table-row>{cells}</table:table-row>"

    body = f"""<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
      <text:p text:style-name="P1">The rules</text:p>
      <text:list><text:list-item><text:h text:outline-level="2">Leave</text:h></text:list-item></text:list>
      <text:p>One<text:s text:c="2"/>word<text:note><text:note-citation>1</text:note-citation><text:note-body>
      <text:p>aside</text:p></text:note-body></text:note>.</text:p>
      <text:list><text:list-item><text:p>first</text:p><text:list><text:list-item><text:p>inner</text:p></text:list-item>
      </text:list></text:list-item></text:list>
      <table:table><table:table-header-rows>{row("Model", "Price")}</table:table-header-rows>{row("T3", "438")}</table:table>"""
    styles = '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    extracted = load(opendocument("text", body, title="", styles=styles), "a.odt")
    assert extracted.text == "The rules\n\nLeave\n\nOne  word (aside).\n- first\n- inner\n\nModel: T3 | Price: 438"
    assert headings(extracted) == [("The rules", 1), ("Leave", 2)]
    assert kept(extracted) == ["- first\n- inner", "Model: T3 | Price: 438"]
    assert extracted.title == "The rules"


def test_an_encrypted_odt_says_so() -> None:
    manifest = '<manifest xmlns="m"><file-entry><encryption-data/></file-entry></manifest>'
    parts = {"mimetype": "application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": manifest, "content.xml": "?"}
    with pytest.raises(UnreadableFile, match="password"):
        load(zipped(parts), "a.odt")


def test_a_book_goes_on_behind_a_chapter_that_cannot_be_read() -> None:
    extracted = load(
        epub_file(("<h1>One</h1><p>first</p>", "<nav>contents</nav>", "<h2>Two</h2><ul><li>a<li>b</ul>")), "a.epub"
    )
    assert extracted.text == "One\n\nfirst\n\nTwo\n- a\n- b"
    assert headings(extracted) == [("One", 1), ("Two", 2)]
    assert kept(extracted) == ["- a\n- b"]


def test_rtf_code_pages_tables_and_wide_characters() -> None:
    head = rb"{\rtf1\ansi\ansicpg936{\info{\author X}{\title \'c4\'ea\'bc\'d9}}\pard "
    rows = b"".join(
        rb"\trowd " + a + rb"\cell " + b + rb"\cell\row " for a, b in ((b"Model", b"Price"), (b"T3", b"1"), (b"T4", b"2"))
    )
    extracted = load(head + "十五天".encode("gbk") + rb"\par \u-10179?\u-8704?\par " + rows + rb"\pard end\par}", "a.rtf")
    assert extracted.title == "年假"
    assert extracted.text == "十五天\n😀\n\nModel: T3 | Price: 1\nModel: T4 | Price: 2\n\nend"


def test_rtf_with_thousands_of_links_that_never_end_is_read_at_once() -> None:
    def read(links: int) -> None:
        with pytest.raises(UnreadableFile):
            load(rb"{\rtf1 " + rb"{\field{\*\fldinst{HYPERLINK " * links + b"}", "a.rtf")

    assert growth(read, 2_000) < 2  # 4, if each were looked for in all the rest


def test_word_tables_lists_and_numbered_paragraphs() -> None:
    document = docx.Document()
    for text in ("one", "two"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph(EN)
    table = document.add_table(rows=3, cols=3)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells), "Model Price Price T3 438 9 T4 520 9".split(), strict=True
    ):
        cell.text = text
    table.rows[0].cells[1].merge(table.rows[0].cells[2]).text = "Price"
    marked = document.add_table(rows=2, cols=2)
    for cell, text in zip((cell for row in marked.rows for cell in row.cells), "2024 2025 1 2".split(), strict=True):
        cell.text = text
    properties = marked.rows[0]._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {}))
    extracted = load(saved(document), "a.docx")
    table_text = "Model: T3 | Price: 438 | Price: 9\nModel: T4 | Price: 520 | Price: 9\n\n2024: 1 | 2025: 2"
    assert extracted.text == f"1. one\n2. two\n\n{EN}\n\n{table_text}"
    assert kept(extracted) == ["1. one\n2. two", *(row for row in table_text.split("\n") if row)]
