"""What is noted of tables: where each value stands, what its column is called, what heads its row, what stands above."""

from __future__ import annotations

import random

import docx
import pptx
import pytest
from pptx.util import Inches

from ingest.loaders import load
from ingest.loaders.builder import TextBuilder
from ingest.loaders.grid import LARGE, NOTED, Grid, add_table, merged
from tests.unit.loaders.made import message, new_sheet, opendocument, saved
from tests.unit.pdf_files import drawn_pdf, text_at
from youju.records import Extracted
from youju.structure import Table

WIDTHS = (4, 7, 3)
ROWS = [["Model", "Price", "Stock"], ["T3", "€ 40", "7"], ["T3-B", "€ 52", ""], ["", "€ 9", "Stock"]]


def noted(grid: Grid, heads: int | None = None, sure: bool = False) -> tuple[str, tuple[Table, ...]]:
    builder = TextBuilder()
    builder.block("Before.")
    add_table(builder, grid, heads, sure)
    built = builder.build("text/plain", "")
    return built.text, built.tables


def values(text: str, table: Table) -> list[dict[int, str]]:
    return [{cell.column: text[cell.start : cell.end] for cell in row.cells} for row in table.rows]


def paths(table: Table) -> list[tuple[str, ...]]:
    return [column.path for column in table.columns]


def check(extracted: Extracted, rows: list[list[str]] = ROWS) -> Table:
    (table,) = extracted.tables
    assert [path[-1] for path in paths(table)] == rows[0]
    expected = [{column: cell for column, cell in enumerate(row) if cell} for row in rows[1:]]
    assert values(extracted.text, table) == expected
    assert (table.start, table.end) == (table.rows[0].start, table.rows[-1].end)
    return table


def csv_text(rows: list[list[str]] = ROWS) -> str:
    return "\n".join(",".join(row) for row in rows)


def html_table(rows: list[list[str]] = ROWS) -> str:
    head, *body = rows
    cells = ["".join(f"<td>{cell}</td>" for cell in row) for row in body]
    return f"<table><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr><tr>{'</tr><tr>'.join(cells)}</tr></table>"


def markdown_table() -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in ROWS]
    return "\n".join(["Prices", "", head, "|--|--|--|", *body])


def docx_table() -> bytes:
    document = docx.Document()
    table = document.add_table(len(ROWS), 3)
    for row, cells in zip(table.rows, ROWS, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    return saved(document)


def pptx_table() -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(len(ROWS), 3, Inches(1), Inches(1), Inches(4), Inches(2)).table
    for number, row in enumerate(ROWS):
        for column, text in enumerate(row):
            table.cell(number, column).text = text
    return saved(presentation)


def xlsx_table() -> bytes:
    workbook, sheet = new_sheet()
    for row in ROWS:
        sheet.append([cell or None for cell in row])
    return saved(workbook)


def open_table() -> str:
    cells = ["".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row) for row in ROWS]
    return "<table:table>" + "".join(f"<table:table-row>{row}</table:table-row>" for row in cells) + "</table:table>"


def pdf_table() -> bytes:
    drawn = [
        text_at(60 + 150 * column, 700 - 16 * number, cell.replace("€", "$"), 10)
        for number, row in enumerate(ROWS)
        for column, cell in enumerate(row)
        if cell
    ]
    return drawn_pdf(["\n".join(drawn)])


def rtf_table() -> bytes:
    cells = ["".join(rf"{cell.replace('€', chr(92) + 'u8364?')}\cell " for cell in row) for row in ROWS]
    return rb"{\rtf1 " + "".join(rf"\trowd\cellx1\cellx2\cellx3 {row}\row " for row in cells).encode() + rb"\pard x\par}"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", csv_text().encode()),
        ("a.html", f"<p>x</p>{html_table()}".encode()),
        ("a.md", markdown_table().encode()),
        ("a.docx", docx_table()),
        ("a.pptx", pptx_table()),
        ("a.xlsx", xlsx_table()),
        ("a.odt", opendocument("text", open_table())),
        ("a.ods", opendocument("spreadsheet", open_table())),
        ("a.rtf", rtf_table()),
    ],
)
def test_each_format_gives_the_same_cells(name: str, data: bytes) -> None:
    check(load(data, name))


def test_tables_of_pages_and_messages() -> None:
    dollars = [[cell.replace("€", "$") for cell in row] for row in ROWS[:3]]
    (table,) = load(pdf_table(), "a.pdf").tables
    assert values(load(pdf_table(), "a.pdf").text, table)[:2] == [{0: "T3", 1: "$ 40", 2: "7"}, {0: "T3-B", 1: "$ 52"}]
    mail = message(text="Hello\n")
    mail.add_attachment(csv_text(dollars).encode(), "text", "csv", filename="a.csv")
    check(load(mail.as_bytes(), "a.eml"), dollars)


def test_names_in_several_rows_are_a_path() -> None:
    grid = merged([["", "2019", "", "2020", ""], ["Place", "Q1", "Q2", "Q1", "Q2"], ["Oslo", "1", "2", "3", "4"]],
                  [(0, 1, 1, 2), (0, 3, 1, 2)])  # fmt: skip
    text, (table,) = noted(grid)
    assert paths(table) == [("Place",), ("2019", "Q1"), ("2019", "Q2"), ("2020", "Q1"), ("2020", "Q2")]
    assert values(text, table) == [{0: "Oslo", 1: "1", 2: "2", 3: "3", 4: "4"}]


def test_lines_of_one_cell_head_the_rows_below() -> None:
    lines = ",2019,2018 Operating:,, Seats,1,2 Cargo,3,4 Expense:,, Fuel:,, Mainline,5,6 Crew:,, Pilots,7,8"
    rows = [line.split(",") for line in lines.split()]
    _, (table,) = noted(Grid(rows))
    groups = [row.group for row in table.rows if len(row.cells) > 1]
    assert groups == [("Operating:",), ("Operating:",), ("Expense:", "Fuel:"), ("Expense:", "Crew:")]


def test_what_stands_above_is_its_title() -> None:
    page = f"<h2>Fleet</h2><p>In millions, except shares.</p>{html_table()}<p>{'Long. ' * 60}</p>{html_table()}"
    first, second = load(page.encode(), "a.html").tables
    assert first.title == "Fleet\nIn millions, except shares."
    assert second.title == "Fleet"
    titled = merged([["Prices of May", "", ""], *ROWS], [(0, 0, 1, 3)])
    assert noted(titled)[1][0].title == "Before.\nPrices of May"


def test_rows_behind_an_empty_one_belong_to_the_same_table() -> None:
    text, (table,) = noted(Grid([["Item", "Note"], ["a", "b"], ["", ""], ["c", "d"], ["e", "f"]]))
    assert values(text, table) == [{0: "a", 1: "b"}, {0: "c", 1: "d"}, {0: "e", 1: "f"}]


def test_any_table_has_its_values_at_their_places() -> None:
    rng = random.Random(3)
    signs = ["a", "Ⅳ", " ", "  ", "|", ":", "北京", "1,5", "\u200b", "\t", "-", "é", "\u00a0", "𝄞", "\u2011"]
    for _ in range(400):
        width = rng.randint(1, 6)
        rows = [["".join(rng.choices(signs, k=rng.randint(0, 4))) for _ in range(width)] for _ in range(rng.randint(1, 7))]
        spans = [(rng.randint(0, 6), rng.randint(0, 5), rng.randint(1, 3), rng.randint(1, 3)) for _ in range(rng.randint(0, 2))]
        grid = merged([list(row) for row in rows], spans)
        grid.remarks = {rng.randint(0, len(rows) - 1): {rng.randint(0, width - 1): "seen"}}
        cells = [cell.replace("\u200b", "").replace("\u2011", "-") for row in grid.rows for cell in row]
        shown = {" ".join(cell.split()) for cell in cells} | {"(seen)"}
        text, tables = noted(grid, rng.choice([None, None, 1]), rng.random() < 0.5)
        for table in tables:
            assert all(value in shown for row in values(text, table) for value in row.values())
            ends = [table.start, *(place for row in table.rows for place in (row.start, row.end)), table.end]
            assert ends == sorted(ends)
            assert all(row.cells and row.end > row.start for row in table.rows)
            assert all(column < len(table.columns) for row in table.rows for column, *_ in row.cells)


def test_a_part_moves_with_its_document() -> None:
    inner = load(csv_text().encode(), "a.csv")
    builder = TextBuilder()
    builder.block("Before.")
    builder.add(inner)
    check(builder.build("text/plain", ""))


def test_a_table_of_too_many_cells_is_text_alone() -> None:
    rows = LARGE - 1
    width = NOTED // rows + 1
    names = [f"Name {number}" for number in range(width)]
    text, tables = noted(Grid([names, *([["a", *["1"] * (width - 1)]] * rows)]))
    assert not tables
    assert text.endswith(f"Name {width - 1}: 1")
