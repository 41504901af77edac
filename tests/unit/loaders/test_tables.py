"""Tables of any format: which rows are names, what merged cells say, what stands above a table."""

from __future__ import annotations

import docx
import pptx
import pytest
from pptx.util import Inches

from ingest.loaders import grid, load
from ingest.loaders.builder import TextBuilder
from ingest.loaders.grid import Grid, add_table, merged, spread
from tests.unit.loaders.made import opendocument, saved


def shown(grid: Grid, heads: int | None = None, sure: bool = False) -> str:
    builder = TextBuilder()
    start, end = add_table(builder, grid, heads, sure)
    text = builder.build("text/plain", "").text
    assert text[start:end] == text
    return text


def rows(text: str) -> list[list[str]]:
    return [line.split(",") if line else [] for line in text.split("\n")]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("Report,May\nFor,Kite\n\nDate,Ref,Sum\n3/5/2025,a,9", "Report | May\nFor | Kite\n\nDate: 3/5/2025 | Ref: a | Sum: 9"),
        ("Report,May,\nDate,Text,Sum\n2025-05-03,Rent,-9", "Report | May |\n\nDate: 2025-05-03 | Text: Rent | Sum: -9"),
        ("One,Two,Three\nDay,Text,Sum\n3.5.2025,a,-9\n4.5.2025,b,8",
         "One | Two | Three\n\nDay: 3.5.2025 | Text: a | Sum: -9\nDay: 4.5.2025 | Text: b | Sum: 8"),
        ("Museum,2019,2020\nRope,12,1999\nKite,1,2", "Museum: Rope | 2019: 12 | 2020: 1999\nMuseum: Kite | 2019: 1 | 2020: 2"),
        ("地区,2024,2023\n北京,1,2", "地区: 北京 | 2024: 1 | 2023: 2"),
        (",2019,2020\nRope,12,13", "Rope | 2019: 12 | 2020: 13"),
        ("Item,2024-01,2024-02\nx,1,2", "Item: x | 2024-01: 1 | 2024-02: 2"),
        ("Size,36,37,38\nshoe,1,4,2", "Size: shoe | 36: 1 | 37: 4 | 38: 2"),
        ("Ada,2001,2003\nBo,2004,2005", "Ada | 2001 | 2003\nBo | 2004 | 2005"),
        ("Ada,12,13\nBo,14,15", "Ada | 12 | 13\nBo | 14 | 15"),
        ("1,2\n3,4", "1 | 2\n3 | 4"),
        ("Name,Phone,Phone\nAda,1,2", "Name: Ada | Phone: 1 | Phone: 2"),
        (",2019,,2020,\nPlace,Q1,Q2,Q1,Q2\nOslo,1,2,3,4", "Place: Oslo | 2019 Q1: 1 | 2019 Q2: 2 | 2020 Q1: 3 | 2020 Q2: 4"),
        ("Item,Weight,Price\n,(kg),EUR\nBolt,3,4", "Item: Bolt | Weight (kg): 3 | Price EUR: 4"),
        ("Item,2019,2018\n,US$’000,US$’000\nNet,3,4", "Item: Net | 2019 US$’000: 3 | 2018 US$’000: 4"),
        (",Home,,Away,\n,May,,May,\n,2019,2018,2019,2018\nNet,1,2,3,4",
         "Net | Home May 2019: 1 | Home May 2018: 2 | Away May 2019: 3 | Away May 2018: 4"),
        ("#,Name,+/-,%\n1,Ada,3,4\n2,Bo,5,6", "#: 1 | Name: Ada | +/-: 3 | %: 4\n#: 2 | Name: Bo | +/-: 5 | %: 6"),
        ("Year,Event,Year,Event\n1936,a,1945,b", "Year: 1936 | Event: a | Year: 1945 | Event: b"),
        ("Year,Winner,Report\n1992,Ada,Report\n1991,Bo,Report",
         "Year: 1992 | Winner: Ada | Report\nYear: 1991 | Winner: Bo | Report"),
        ("Name,Signal,Power\nMom,97 MHz,5 kW\nPop,95 MHz,10 kW",
         "Name: Mom | Signal: 97 MHz | Power: 5 kW\nName: Pop | Signal: 95 MHz | Power: 10 kW"),
        ("1998,Italy,3\n1999,Norway,n/a\nSpain,Chile,Peru\n2001,Fiji,4",
         "1998 | Italy | 3\n1999 | Norway | n/a\nSpain | Chile | Peru\n2001 | Fiji | 4"),
        ("Item,Note\na,b\n\nc,d\ne,f", "Item: a | Note: b\n\nItem: c | Note: d\nItem: e | Note: f"),
        ("IBAN,DE12 3456\nName,Giro\nBalance,12,EUR\n\nDay,For,Text,Note,Sum,Unit\n1.5.25,a,b,c,9,EUR",
         "IBAN | DE12 3456\nName | Giro\nBalance | 12 | EUR\n\nDay: 1.5.25 | For: a | Text: b | Note: c | Sum: 9 | Unit: EUR"),
        ("Bank:,ING\nTown:,Oslo\nSince:,1999", "Bank: | ING\nTown: | Oslo\nSince: | 1999"),
        ("IBAN,DE12 3456\nName,Giro", "IBAN | DE12 3456\nName | Giro"),
        ("A,B,C\n1,2,3\n\nD,E,F\n4,5,6", "A: 1 | B: 2 | C: 3\n\nD: 4 | E: 5 | F: 6"),
        ("A,B,C\na,b,c\n\nD,E,F,G\n4,5,6,7", "A: a | B: b | C: c\n\nD: 4 | E: 5 | F: 6 | G: 7"),
    ],
)  # fmt: skip
def test_names_are_found_where_nothing_marks_them(table: str, expected: str) -> None:
    assert shown(Grid(rows(table))) == expected


NOTES_ABOVE = [
    ("Kept,by the,,,clerk\nplease,do,not,,change\nthe,order,,or,\nBoat,Mooring,Length,Insured,Launched\n"
     "Tern,North,9.2,TRUE,2011-04-02\nAuk,South,7.5,FALSE,2003-09-30",
     "Kept | by the | | | clerk\nplease | do | not | | change\nthe | order | | or |\n\n"
     "Boat: Tern | Mooring: North | Length: 9.2 | Insured: TRUE | Launched: 2011-04-02\n"
     "Boat: Auk | Mooring: South | Length: 7.5 | Insured: FALSE | Launched: 2003-09-30"),
    ("请,勿,,改动\n船名,泊位,长度,下水日期\n燕鸥,北区,9.2,2011-04-02\n海雀,南区,7.5,2003-09-30",
     "请 | 勿 | | 改动\n\n船名: 燕鸥 | 泊位: 北区 | 长度: 9.2 | 下水日期: 2011-04-02\n"
     "船名: 海雀 | 泊位: 南区 | 长度: 7.5 | 下水日期: 2003-09-30"),
    # The column of what the rows are about needs no name.
    (",Mooring,Length\nTern,unknown,soon\nAuk,South,7.5\nGull,West,8",
     "Tern | Mooring: unknown | Length: soon\nAuk | Mooring: South | Length: 7.5\nGull | Mooring: West | Length: 8"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "expected"), NOTES_ABOVE)
def test_names_right_above_values_win_over_notes(table: str, expected: str) -> None:
    assert shown(Grid(rows(table))) == expected
    builder = TextBuilder()
    add_table(builder, Grid(rows(table)))
    (noted,) = builder.build("text/plain", "").tables
    assert noted.title == expected.split("\n\n")[0] * ("\n\n" in expected)


def test_notes_merged_over_columns_are_no_groups_of_names() -> None:
    table = (
        "Kept,by the,,clerk\nplease,do not change,,this\nBoat,Mooring,Length,Launched\nTern,North,9.2,2011\nAuk,South,7,2003"
    )
    said = shown(merged(rows(table), [(1, 1, 1, 2)]))
    assert said.endswith(
        "\n\nBoat: Tern | Mooring: North | Length: 9.2 | Launched: 2011\n"
        "Boat: Auk | Mooring: South | Length: 7 | Launched: 2003"
    )
    without_notes = shown(merged(rows(table.partition("\n")[2]), [(0, 1, 1, 2)]))
    assert "do not change Mooring: North | do not change Length: 9.2" in without_notes


def test_only_sure_names_where_tables_may_lay_out_a_page() -> None:
    assert shown(Grid(rows("Mail,a@b\nAddress,Main Street\nShop,Oslo")), sure=True).startswith("Mail | a@b\n")
    assert shown(Grid(rows("Model,Price\nT3,438\nT4,520")), sure=True).startswith("Model: T3 | Price: 438\n")


def test_a_merged_cell_holds_for_each_row_and_column() -> None:
    grid = spread(
        [
            [("Place", 2, 1), ("Sales", 1, 2), ("Note", 2, 1)],
            [("North", 1, 1), ("South", 1, 1)],
            [("Bergen", 2, 1), ("1", 1, 1), ("2", 1, 1), ("good", 2, 1)],
            [("closed", 1, 2)],
            [("Later", 1, 4)],
            [("Oslo", 1, 1), ("3", 1, 1), ("4", 1, 1)],
        ]
    )
    assert shown(grid) == (
        "Place: Bergen | Sales North: 1 | Sales South: 2 | Note: good\n"
        "Place: Bergen | Sales North: closed | Sales South: closed | Note: good\n"
        "Later\n"
        "Place: Oslo | Sales North: 3 | Sales South: 4"
    )


def test_a_merged_title_is_no_name() -> None:
    grid = merged(rows("Prices,,\nModel,Low,High\nT3,1,2"), [(0, 0, 1, 3)])
    assert shown(grid) == shown(grid, heads=2) == "Prices\n\nModel: T3 | Low: 1 | High: 2"


def test_what_is_merged_over_rows_without_cells_stands_once() -> None:
    assert shown(merged(rows("a,b\n,\n,\nc,d"), [(0, 0, 3, 1)])) == "a | b\n\nc | d"


def test_a_long_text_in_merged_cells_stands_once() -> None:
    assert shown(merged([["x" * 400, "1"], ["", "2"]], [(0, 0, 2, 1)])).count("x" * 400) == 1


def test_merged_cells_that_cover_each_other_cost_no_more_than_the_table() -> None:
    grid = merged([["x", "y"] for _ in range(2000)], [(0, 0, 1 << 20, 1 << 14)] * 100_000)
    assert len(grid.rows) == 2000


def test_remarks_stand_with_their_cell_and_those_of_names_above() -> None:
    grid = Grid(
        rows("Group,Discount\nSchools,15\nClubs,20"), remarks={0: {1: "since May"}, 1: {1: "on request"}, 2: {0: "all"}}
    )
    assert shown(grid) == (
        "Discount: since May\n\nGroup: Schools | Discount: 15 (on request)\nGroup: Clubs (all) | Discount: 20"
    )


def test_cells_that_reach_over_very_much_reach_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "ROOM", 50)
    found = spread([[("a", 5, 5), ("b", 5, 5), ("c", 5, 5)], [("d", 1, 1)]])
    assert max(map(len, found.rows)) == 11


YEARS = [["Museum", "2020", "2021"], ["Rope", "17", "18"], ["", "5", "6"], ["Kite", "7", "8"]]


def written(place: str) -> bytes:
    """The table in a format, with the first column merged over its second and third row where the format can."""
    if place == "a.docx":
        document = docx.Document()
        table = document.add_table(rows=4, cols=3)
        for line, values in zip(table.rows, YEARS, strict=True):
            for cell, value in zip(line.cells, values, strict=True):
                cell.text = value
        table.cell(1, 0).merge(table.cell(2, 0))
        return saved(document)
    if place == "a.pptx":
        presentation = pptx.Presentation()
        slide = presentation.slides.add_slide(presentation.slide_layouts[6])
        table = slide.shapes.add_table(4, 3, Inches(1), Inches(1), Inches(4), Inches(1)).table
        for number, values in enumerate(YEARS):
            for column, value in enumerate(values):
                table.cell(number, column).text = value
        table.cell(1, 0).merge(table.cell(2, 0))
        return saved(presentation)
    if place == "a.odt":
        spans = ' table:number-rows-spanned="2"'
        rows = [
            "".join(
                f"<table:table-cell{spans if text == 'Rope' else ''}><text:p>{text}</text:p></table:table-cell>"
                for text in line
            )
            for line in YEARS
        ]
        rows[2] = rows[2].replace("<table:table-cell><text:p></text:p></table:table-cell>", "<table:covered-table-cell/>", 1)
        return opendocument(
            "text", f"<table:table>{''.join(f'<table:table-row>{row}</table:table-row>' for row in rows)}</table:table>"
        )
    if place == "a.rtf":
        rows = ["".join(rf"{text}\cell " for text in line) for line in YEARS]
        return rb"{\rtf1\ansi\pard " + "".join(rf"\trowd {row}\row " for row in rows).encode() + rb"\pard end\par}"
    if place == "a.md":
        lines = [f"| {' | '.join(line)} |" for line in YEARS]
        return "\n".join([lines[0], "|---|---|---|", *lines[1:]]).encode()
    if place == "a.html":
        rows = ["".join(f"<td{' rowspan=2' * (text == 'Rope')}>{text}</td>" for text in line if text) for line in YEARS]
        return f"<!doctype html><html><body><table><tr>{'<tr>'.join(rows)}</table>".encode()
    return "\n".join(",".join(line) for line in YEARS).encode()


@pytest.mark.parametrize("place", ["a.docx", "a.pptx", "a.odt", "a.html", "a.rtf", "a.md", "a.csv"])
def test_years_name_columns_and_merged_cells_hold_in_every_format(place: str) -> None:
    text = load(written(place), place).text
    assert "Museum: Rope | 2020: 17 | 2021: 18\n" in text
    assert "\nMuseum: Kite | 2020: 7 | 2021: 8" in text
    without = place in ("a.rtf", "a.md", "a.csv")  # these know no merged cells
    assert f"\n{'' if without else 'Museum: Rope | '}2020: 5 | 2021: 6\n" in text
