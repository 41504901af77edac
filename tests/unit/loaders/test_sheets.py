"""Spreadsheets: cells as they are shown, what belongs to merged ones, what is left out, what cannot be known."""

from __future__ import annotations

import base64
import datetime
import io
import zipfile
import zlib
from collections.abc import Callable, Sequence

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from ingest.loaders import load, ods, sheet, xlsx, xlsxrows
from ingest.loaders.numberformat import shower, text_shower
from tests.unit.loaders.made import CellValue, message, new_sheet, opendocument, saved, zipped
from youju.errors import UnreadableFile

WORKBOOK = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">{}<sheets>'
    '<sheet name="S" sheetId="1" r:id="rId1"/></sheets>{}</workbook>'
)
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/worksheet" '
    f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    "</Relationships>"
)
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def raw(sheet_xml: str, strings: str = "", before: str = "", behind: str = "") -> bytes:
    """A workbook of parts written here."""
    return zipped(
        {
            "[Content_Types].xml": TYPES,
            "xl/workbook.xml": WORKBOOK.format(before, behind),
            "xl/_rels/workbook.xml.rels": RELATIONS,
            "xl/worksheets/sheet1.xml": sheet_xml,
            "xl/sharedStrings.xml": f"<sst {MAIN}>{strings}</sst>",
        }
    )


def rows_of(data: bytes) -> list[str]:
    return load(data, "a.xlsx").text.split("\n")[2:]


def test_cells_are_shown_by_their_formats() -> None:
    formats: list[tuple[CellValue | datetime.timedelta | datetime.time, str, str]] = [
        (0.15, "0.0%", "15.0%"),
        (42, "00000", "00042"),
        (6222029876543210, "General", "6222029876543210"),
        (datetime.timedelta(hours=27, minutes=30), "[h]:mm", "27:30"),
        (1250, '"€"#,##0.00', "€1,250.00"),
        (-1250.5, "#,##0.00;[Red](#,##0.00)", "(1,250.50)"),
        (datetime.date(2025, 5, 1), "d mmm yyyy", "2025-05-01"),
        (datetime.date(2025, 5, 1), "mmm-yy", "2025-05"),
        (datetime.time(9, 5), "h:mm", "9:05"),
        (0.1 + 0.2, "General", "0.3"),
        (5, ";;;", ""),
    ]
    workbook, page = new_sheet()
    page.append(["Name", "Value"])
    for number, (value, code, _) in enumerate(formats):
        page.append([f"row {number}", value])
        page.cell(page.max_row, 2).number_format = code
    expected = [f"Name: row {n} | Value: {shown}" if shown else f"Name: row {n}" for n, (*_, shown) in enumerate(formats)]
    assert rows_of(saved(workbook)) == expected


@pytest.mark.parametrize(
    ("code", "stored", "shown"),
    [
        ("#,##0", "1234567.5", "1,234,568"),
        ("#,##0.00 [$€-407]", "1234.5", "1,234.50 €"),
        ("000-00-0000", "123456789", "123-45-6789"),
        ("0000 0000 0000 0000", "6222029876543210", "6222 0298 7654 3210"),
        ("0.###", "2", "2"),
        ("0.00", "1.005", "1.01"),
        ('0.0,,"M"', "12345678", "12.3M"),
        ('#,##0;-#,##0;"-"', "0", "-"),
        ('[>=1000]#,##0,"k";0', "2500", "3k"),
        ('[>=1000]#,##0,"k";0', "25", "25"),
        ("0.00E+00", "123456", "1.23E+05"),
        ("# ?/?", "1.5", "1 1/2"),
        ('General" kg"', "12.5", "12.5 kg"),
        ("0", "-0.2", "0"),
        ('_-* #,##0.00 "kr"_-;-* #,##0.00 "kr"_-;_-* "-"?? "kr"_-;_-@_-', "-1250", "-1,250.00 kr"),
        ('yyyy"年"m"月"d"日"', "45778", "2025-05-01"),
        ("yyyy年m月", "45778", "2025-05"),
        ("dd.mm.yyyy hh:mm", "45778.25", "2025-05-01 06:00"),
        ("h:mm AM/PM", "0.75", "6:00 PM"),
        ("[mm]:ss", "0.1", "144:00"),
        ("[h]:mm", "-0.5", "-12:00"),
        ("yyyy-mm-dd", "-16709", "1854-04-01"),
        ("0%", "1E+300", "1e+300"),
        ("0" * 200, "x", "x"),
        ("yyyy", "1e9", "1e9"),
    ],
)
def test_number_formats(code: str, stored: str, shown: str) -> None:
    show = shower(code)
    assert show is not None
    assert show(stored) == shown


def test_formats_that_change_nothing_and_those_of_texts() -> None:
    assert shower("General") is shower("@") is shower("0" * 100_000) is None
    show = text_shower('0;0;0;"No. "@')
    assert show is not None
    assert show("7") == "No. 7"
    assert text_shower("@") is text_shower("0.00") is None


def sheet_with(change: Callable[[Worksheet], object]) -> bytes:
    workbook, page = new_sheet()
    for row in (["Item", "Price", "Place"], ["Rope", 12, "Oslo"], ["Net", 7, "Riga"], ["Buoy", 9, "Oslo"]):
        page.append(row)
    change(page)
    return saved(workbook)


def test_merged_cells_hold_for_all_rows_and_a_title_for_none() -> None:
    workbook, page = new_sheet()
    for row in (
        ["Stock 2025", None, None],
        [],
        ["Place", "Item", "Count"],
        ["Oslo", "Rope", 1],
        [None, "Net", 2],
        ["Riga", "Rope", 3],
    ):
        page.append(row)
    for reference in ("A1:C1", "A4:A5"):
        page.merge_cells(reference)
    text = load(saved(workbook), "a.xlsx").text
    assert text == (
        "Sheet\n\nStock 2025\n\nPlace: Oslo | Item: Rope | Count: 1\nPlace: Oslo | Item: Net | Count: 2\n"
        "Place: Riga | Item: Rope | Count: 3"
    )


def test_a_header_of_two_rows_and_years() -> None:
    workbook, page = new_sheet()
    for row in (["Place", 2023, None, 2024, None], [None, "in", "out", "in", "out"], ["Oslo", 1, 2, 3, 4]):
        page.append(row)
    for reference in ("A1:A2", "B1:C1", "D1:E1"):
        page.merge_cells(reference)
    assert rows_of(saved(workbook)) == ["Place: Oslo | 2023 in: 1 | 2023 out: 2 | 2024 in: 3 | 2024 out: 4"]


def test_hidden_and_struck_out_is_left_out_and_counted() -> None:
    def hide(page: Worksheet) -> None:
        page.row_dimensions[3].hidden = True
        page.column_dimensions["C"].hidden = True
        page["B4"].font = Font(strike=True)
        page["A2"] = CellRichText(TextBlock(InlineFont(strike=True), "Chain "), TextBlock(InlineFont(), "Rope"))

    extracted = load(sheet_with(hide), "a.xlsx")
    assert extracted.text == "Sheet\n\nItem: Rope | Price: 12\nItem: Buoy"
    assert extracted.notes == ("sheet 'Sheet': 2 hidden rows and columns left out",)


def test_powers_keep_their_sign() -> None:
    raised = InlineFont(vertAlign="superscript")
    assert (
        "10⁵"
        in load(sheet_with(lambda page: page.__setitem__("A2", CellRichText("10", TextBlock(raised, "5")))), "a.xlsx").text
    )


def test_comments_stand_with_their_cells() -> None:
    def comment(page: Worksheet) -> None:
        page["B2"].comment = Comment("Only in\nwriting.", "Ada")
        page["B1"].comment = Comment("without tax", "Ada")
        page["D4"].comment = Comment("sold out", "Ada")

    assert rows_of(sheet_with(comment)) == [
        "Price: without tax",
        "",
        "Item: Rope | Price: 12 (Only in writing.) | Place: Oslo",
        "Item: Net | Price: 7 | Place: Riga",
        "Item: Buoy | Price: 9 | Place: Oslo | (sold out)",
    ]


def test_formulas_without_a_result_are_named() -> None:
    extracted = load(sheet_with(lambda page: page.append(["Sum", "=SUM(B2:B4)"])), "a.xlsx")
    assert extracted.text.endswith("\nItem: Sum")
    (note,) = extracted.notes
    assert note.startswith("sheet 'Sheet': formulas saved without a result (B5)")


def test_what_is_noted_of_an_attachment_is_noted_of_its_message() -> None:
    mail = message()
    data = sheet_with(lambda page: page.append(["Sum", "=SUM(B2:B4)"]))
    mail.add_attachment(data, maintype="application", subtype="octet-stream", filename="sums.xlsx")
    assert "(B5)" in load(mail.as_bytes(), "a.eml").notes[0]


def test_zeros_of_a_program_that_computes_nothing_are_no_results() -> None:
    cells = '<row r="1"><c r="A1"><v>5</v></c><c r="B1"><f>A1*2</f><v>0</v></c></row>'
    asked = raw(f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>", behind='<calcPr fullCalcOnLoad="1"/>')
    assert load(asked, "a.xlsx").text == "S\n\n5"
    assert "(B1)" in load(asked, "a.xlsx").notes[0]
    assert load(raw(f"<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>"), "a.xlsx").text == "S\n\n5 | 0"


USUAL = (
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>R&amp;D</t></is></c>'
    '<c r="C1" t="str"><f>A1</f><v>x_x000D_</v></c></row>'
    '<row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3"><v>6222029876543210</v></c><c r="D3" t="e"><v>#N/A</v></c></row>'
)
STRINGS = "<si><t>Na me</t></si>"


@pytest.mark.parametrize(
    ("root", "end", "change"),
    [
        (f"<worksheet {MAIN}>", "</worksheet>", lambda text: text),
        (f"<?xml version='1.0' encoding='UTF-8'?>\n<worksheet {MAIN}>", "</worksheet>", lambda text: text),
        (f"<!-- made --><worksheet {MAIN}>", "</worksheet>", lambda text: text),
        (f"<worksheet {MAIN}>", "</worksheet>", lambda text: text.replace("<v>0</v>", "<v><![CDATA[0]]></v>")),
        (f"<worksheet {MAIN}>", "</worksheet>", lambda text: text.replace("R&amp;D</t>", "R&amp;D</t><extra/>")),
        (f"<worksheet {MAIN}>", "</worksheet>", lambda text: text.replace('<c r="B1"', '<c r="B1" unknown="2"')),
        (
            f"<x:worksheet {MAIN.replace('xmlns', 'xmlns:x')}>",
            "</x:worksheet>",
            lambda text: text.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:"),
        ),
    ],
)
def test_every_way_of_writing_a_sheet_gives_the_same(root: str, end: str, change: Callable[[str], str]) -> None:
    data = raw(f"{root}{change(f'<sheetData>{USUAL}</sheetData>')}{end}", STRINGS)
    assert load(data, "a.xlsx").text == "S\n\nNa me | R&D | x |\n\nTRUE | 6222029876543210 | | #N/A"


def test_shared_texts_of_runs_with_hints_for_reading() -> None:
    strings = "<si><r><t>東</t></r><r><t>京</t></r><rPh sb='0' eb='2'><t>トウキョウ</t></rPh></si>"
    data = raw(
        f'<worksheet {MAIN}><sheetData><row><c t="s"><v>0</v></c><c t="s"><v>9</v></c></row></sheetData></worksheet>', strings
    )
    assert load(data, "a.xlsx").text == "S\n\n東京"


def test_dates_from_1904() -> None:
    workbook, page = new_sheet()
    workbook.epoch = CALENDAR_MAC_1904
    page["A1"] = datetime.date(2025, 5, 1)
    assert rows_of(saved(workbook)) == ["2025-05-01"]


def test_the_rows_are_found_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsxrows, "BLOCK", 64)
    workbook, page = new_sheet()
    for number in range(30):
        page.append([f"r{number}", number, "x"])
    page.merge_cells("C1:C2")
    assert rows_of(saved(workbook))[:2] == ["r0 | 0 | x", "r1 | 1 | x"]
    assert rows_of(saved(workbook))[-1] == "r29 | 29 | x"


def test_sheets_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MAX_CELLS", 299)
    diagonal = "".join(f'<row r="{n}"><c r="{sheet.letters(n)}{n}"><v>1</v></c></row>' for n in range(1, 101))
    with pytest.raises(UnreadableFile, match="100 rows by 100 columns is larger than 299 cells"):
        load(raw(f"<worksheet {MAIN}><sheetData>{diagonal}</sheetData></worksheet>"), "a.xlsx")
    for module, data in ((xlsx, sheet_with(lambda page: page)), (ods, ods_of(*[row("a", "b")] * 9))):
        monkeypatch.setattr(module, "MAX_CELLS", 5)
        with pytest.raises(UnreadableFile, match="more than 5 cells"):
            load(data, "a.xlsx")


@pytest.mark.parametrize("cut", ["</sheetData></worksheet>", "</row></sheetData></worksheet>"])
def test_a_sheet_that_ends_too_early_is_refused(cut: str) -> None:
    whole = f"<worksheet {MAIN}><sheetData>{USUAL}</sheetData></worksheet>"
    with pytest.raises(UnreadableFile, match="damaged"):
        load(raw(whole.removesuffix(cut)), "a.xlsx")


def test_rows_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsxrows, "LONGEST", 1000)
    monkeypatch.setattr(xlsxrows, "BLOCK", 100)
    with pytest.raises(UnreadableFile, match="row of more than"):
        load(raw(f"<worksheet {MAIN}><sheetData><row>{'<c/>' * 1000}"), "a.xlsx")


def row(*texts: str, says: str = "") -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        if text
        else "<table:table-cell/>"
        for text in texts
    )
    return f"<table:table-row{says}>{cells}</table:table-row>"


def cell(text: str, says: str = "") -> str:
    return f"<table:table-cell{says}><text:p>{text}</text:p></table:table-cell>"


def ods_of(*rows: str, styles: str = "", columns: str = "") -> bytes:
    body = f'<table:table table:name="S">{columns}{"".join(rows)}</table:table>'
    return opendocument("spreadsheet", body, styles=styles)


def usual(data: bytes) -> list[bytes]:
    """The same spreadsheet, read by patterns and by the parser."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    content = parts["content.xml"]
    assert isinstance(content, bytes)
    return [data, zipped(parts | {"content.xml": b"<!DOCTYPE x>" + content})]


def test_ods_cells_as_they_are_shown() -> None:
    covered = '<table:covered-table-cell office:value-type="string"><text:p>old</text:p></table:covered-table-cell>'
    rows = [
        row("Place", "Item", "Share", "From"),
        "<table:table-row>"
        + cell("Oslo", ' office:value-type="string" table:number-rows-spanned="2"')
        + cell("R&amp;D", ' office:value-type="string"')
        + cell("15.0%", ' office:value-type="percentage" office:value="0.15"')
        + cell("01/05/25", ' office:value-type="date" office:date-value="2025-05-01T00:00:00"')
        + "</table:table-row>",
        "<table:table-row>"
        + covered
        + '<table:table-cell office:value-type="string"><office:annotation><text:p>see list</text:p></office:annotation>'
        "<text:p>Net</text:p></table:table-cell>"
        + '<table:table-cell table:formula="of:=1/4"/>'
        + cell("7", ' office:value-type="float" office:value="7"')
        + '<table:table-cell table:number-columns-repeated="16380"/></table:table-row>',
        '<table:table-row table:number-rows-repeated="1048570">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>',
    ]
    for data in usual(ods_of(*rows)):
        extracted = load(data, "a.ods")
        assert extracted.text == (
            "S\n\nPlace: Oslo | Item: R&D | Share: 15.0% | From: 2025-05-01\nPlace: Oslo | Item: Net (see list) | From: 7"
        )
        assert extracted.notes[0].startswith("sheet 'S': formulas saved without a result (C3)")


def test_ods_hidden_and_struck_out_is_left_out() -> None:
    styles = (
        '<style:style style:name="gone"><style:text-properties style:text-line-through-style="solid"/></style:style>'
        '<style:style style:name="up"><style:text-properties style:text-position="super 58%"/></style:style>'
        '<style:style style:name="away"><style:table-properties table:display="false"/></style:style>'
    )
    rows = [
        row("Name", "Secret", "Value"),
        row("a", "b", "c", says=' table:visibility="collapse"'),
        "<table:table-row>" + '<table:table-cell><text:p>10<text:span text:style-name="up">5</text:span> '
        '<text:span text:style-name="gone">old</text:span></text:p></table:table-cell>'
        + cell("x")
        + cell("4", ' table:style-name="gone"')
        + "</table:table-row>",
        row("d", "", "e"),
    ]
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>'
    body = f'<table:table table:name="S">{columns}{"".join(rows)}</table:table>'
    body += '<table:table table:name="T" table:style-name="away">'
    data = opendocument("spreadsheet", f"{body}{row('hidden')}</table:table>", styles=styles)
    for one in usual(data):
        extracted = load(one, "a.ods")
        assert extracted.text == "S\n\nName: 10⁵\nName: d | Value: e"
        assert extracted.notes == ("sheet 'S': 2 hidden rows and columns left out",)


def test_an_encrypted_ods_says_so() -> None:
    manifest = '<manifest xmlns="m"><file-entry><encryption-data/></file-entry></manifest>'
    parts = {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": manifest,
        "content.xml": "?",
    }
    with pytest.raises(UnreadableFile, match="password"):
        load(zipped(parts), "a.ods")


def blocks(*parts: Sequence[Sequence[CellValue]]) -> bytes:
    workbook, page = new_sheet()
    for part in parts:
        for values in part:
            page.append(list(values))
        page.append([])
        page.append([])
    return saved(workbook)


def test_tables_below_each_other_have_their_own_names() -> None:
    data = blocks(
        [["Item", "Price"], ["Rope", 1], ["Net", 2]], [["Town", "People"], ["Oslo", 709], ["Riga", 605]], [["Bonn", 3]]
    )
    assert rows_of(data) == [
        "Item: Rope | Price: 1",
        "Item: Net | Price: 2",
        "",
        "Town: Oslo | People: 709",
        "Town: Riga | People: 605",
        "",
        "Town: Bonn | People: 3",
    ]


# No program here writes .xls: a small one as LibreOffice wrote it, packed (zlib, base64).
XLS = zlib.decompress(
    base64.b64decode(
        "eNrtWGtsVEUUPnPv3e3d7eu2UIQC64oChT4sD6FEsIXy9JEaikpMjWy7t+3KdrfZltj+ABeRGA0QlR/6A2MwvIKJj5hg4otWE0OCRqJBotGkkBgfYLISDJ"
        "JI13POzG6XZUu6hRjFzuabuXNmzjzOa2b2xJdFA3vfKT0Naelu0GEw7gJnCk0gchMVC0BTtMF4PJ4gx8fSfypdViXp0ED9ORCk8xyEiXAh3ErHeaocSzdP"
        "Wgth/HWDF1ZACMsI9EI2aQJaTOp4I+EZHGG/kaax+Uc/P8VviuM64lr+T3Gf/D8fUYAolEcAFCGKEeMQ4xElbBMAtyAmIiYhShGTEVMQUxEexK0IL+I2xD"
        "TE7Yg7ENMRMxAzEWWIWYjZiHJEBaISUYW4U+1jjioJ8/H7LsQCRavBctFYzLpmcpmoRacDPsj/nFTOuj+NFvG20c92cQbRBJ1kG/W+YIv3n0rLeA0+QWvo"
        "QyNdIgy0VQ32IArgLaZ/yPkStj9MdeCtUTa9Xqvj1e/kfBrnBZgLeI95vmPKHLTE79nOX2A3EJAj6sEHQQhAM0bCAPYohWPkYU9xD/IPsZRbqNf1tdLcZr"
        "I1MXeHmtkHHiMP9pEfrrJDdsQX9Bgu2E96qK6qnu4x3HCAnLWakscogoPknr2Ymio7Opoq/X6P4YRD5N/VA+yZ++CPuDclCvR5iU6TM/3CyOhalnT439H3"
        "oewyyblc9o+l02cNQ68Yhj57GLorIz25nrJ0+n5JN9LpB4ahH8xIdyTGyUvvf+iq/rs1rEQhTqUV1bksijq5LI4aXI6L5nA5PuqIb2Bf3Y5nzqcO9h9Y6+"
        "u2u7ajKy9yk8s4oT3g99uhHUDBQUC/MBEA63YKOIuOhIdU7FGe3BljlZjyoNNh6PGipXzPg9wYBZOj2NGErQIPP7NP1GFeB57fLXn8mbhTE4838yKegH/B"
        "Q3w0uuXRuSoS3tSJZWO7L2JTyAz7qVgZCXdgYG20WyJ2N3p0Y0t7OBzswil7sLUtHLKRpz64qbkLe4XCzWF/bxyHdMN9DinYFrMEMWRTJarUaF4Zwq0rQn"
        "ge7smP+6eQV8T7s3BHlfVTzp5ZUFr7ONOjMDTidFINVIit2NJvzGaOcs6f5r6Jo30b057hfEaS/+famSnfZcnvWO2slO+9GIhduCpgXWk4W4WYmOfc1r9h"
        "oDZRCpSnhjybeds6PG8WMjfVDbKl/ELWFNVRNiLRDlqBDLHJ3NQs9V0hw68oZJrIQNMy0KSdSJpX0YwUGvW7zHqXlyFQNQFyhbKmsQ4SNR1rerJmYM1QNc"
        "HypXV/hNcmks8EqOVr1GG+SN17XENO2ZP4SMdCc/LYJcyjMU8j83iY57Mkj5bkoZrOK87huYqxRnxO5nPyiqmPwX1Id1s0N3vXJDhOO0A5G9inFH79+KWa"
        "n0oX1P/IaxK8EoBzYKFctJgl2OJiZsK7DBpPj/3J4xqxMpaUK2ZluJ5q4GY+WoRD9e/D8vU8SaexSICNIje2BSiiAIcJmudZlqT03/WspyjnW0U8fhq2Cb"
        "p8HhUWrq2P6RQtBHwi6EZ8QhDpK86/5vwbzk9xGIqLiaQZ3matpqPcjuoa69HimEENF3W67GowV3fwRbmIg/FjMB91VIwSFGk7zSfJH7b29Fmrl78/7rke"
        "1/nJrw61nmP55/MYR0Rx4prDm5dyW0yxJxDyPhkJdAdCbYvBSuki0xScRPDEnHvhHq0YjjjlfYlG8HO3qcoyVSCk1IZBrs1MVYtIPDBu7qhzdVQRyTwRVU"
        "TGKOBirT1IEoit5geO9AChzh7ygOpsPMCUHsA6g+vXWYYk8HWku+Ub0jKlE/fJppX0Znsg0BIJd4Vbu70relrsoHfRwsp1vmY7GLRZ48sCra011/N2FaAi"
        "xyjTYBySwSdtXBjY/tr5Sw3t1hsvmlA+891vSfSvqLetUMIkA1yt3rlNSkzt6r3brd68UfXu3aHc/JfL8g1LPOFOO9TZ2xME9a6l9mo1diKlf0d3XTjVsP"
        "kHkfp9o/fP15qTX5zcUzXZ2v0y7r/i0pvL6ZhLozWpd7pQsFL2eL+6KoF6q1N7jWqvS7k+kayWdnY+bEe6AuHQlTIi+c6rmgNj6d+ZbuT/f2w/aTEkEw/Z"
        "VFRGVngEZ4/ARrys0zo2Zr3+YrQ2TdlZPIv/1X7LTcSJepy3AzqhAdfwxKjm11P+gxsJD8WHNck41QBBsEetP7rcZfv/31z1X528HjfCJtx/B/hY92vQCl"
        "pZJ0TphgB+h64xVpma35GF/OchjiXnX44ztPAabLbA7NZTM4r9L+TX6dj/v5T+Bt8EVnU="
    )
)


def test_an_old_workbook_is_read_as_a_new_one() -> None:
    extracted = load(XLS, "a.xls")
    assert extracted.text == (
        "Rates\n\nGroup: Schools | Share: 15.0% (in writing) | Code: 00042 | From: 2025-05-01\n"
        "Group: Schools | Share: 20.0% | Code: 00007 | From: 2025-06-01\nGroup: Clubs | Code: 6222029876543210"
    )
    assert extracted.notes == ("sheet 'Rates': 2 hidden rows and columns left out",)


@pytest.mark.parametrize("place", range(600, len(XLS), 97))
def test_damage_in_an_old_workbook_never_escapes_as_something_worse(place: int) -> None:
    damaged = XLS[:place] + b"\xff" * 9 + XLS[place + 9 :]
    try:
        extracted = load(damaged, "a.xls")
    except UnreadableFile:
        return
    assert extracted.text.strip()
