"""Tables, columns, raised letters and spaced Chinese on pages of PDFs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.boilerplate import boilerplate
from ingest.chunking import chunk
from ingest.loaders import load
from tests.unit.pdf_files import HEIGHT, drawn_pdf, on_one_sheet, text_at
from tests.unit.test_pdf import check_boxes, check_place
from youju.records import Extracted

LETTER = 0.6  # of the size: the width of each letter of Courier


def read(*pages: Sequence[str]) -> Extracted:
    extracted = load(drawn_pdf(["\n".join(page) for page in pages]), "a.pdf")
    check_boxes(extracted)
    return extracted


def rows(
    table: Sequence[Sequence[str]], top: float = 700, step: float = 16, xs: Sequence[float] = (60, 250, 350, 450)
) -> list[str]:
    """A table as programs draw one: a text for each cell, the numbers set to the right."""
    drawn = []
    for number, row in enumerate(table):
        for column, (x, cell) in enumerate(zip(xs, row, strict=False)):
            if cell:
                shift = 60 - len(cell) * 10 * LETTER if column else 0
                drawn.append(text_at(x + shift, top - step * number, cell, 10))
    return drawn


def line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f"{x1} {y1} m {x2} {y2} l S"


def lines(extracted: Extracted) -> list[str]:
    return [one for one in extracted.text.split("\n") if one]


REPORT = [
    ["", "2019", "2018", "2017"],
    ["Fixed price", "1,452.4", "1,146.2", "1,036.9"],
    ["Other", "(44.1)", "56.7", "-"],
    ["Total sales", "1,496.5", "1,202.9", "1,107.7"],
]


def test_each_row_is_a_line_with_the_years_as_names() -> None:
    extracted = read(rows(REPORT))
    assert lines(extracted) == [
        "Fixed price | 2019: 1,452.4 | 2018: 1,146.2 | 2017: 1,036.9",
        "Other | 2019: (44.1) | 2018: 56.7 | 2017: -",
        "Total sales | 2019: 1,496.5 | 2018: 1,202.9 | 2017: 1,107.7",
    ]


def test_each_cell_has_its_place() -> None:
    extracted = read(rows(REPORT))
    (box,) = [box for box in extracted.boxes if extracted.text[box.start : box.end] == "56.7"]
    assert extracted.text[: box.start].endswith("2018: ")
    left = (350 + 60 - 4 * 6) / 600
    check_place(box, left, 1 - 675 / HEIGHT, 410 / 600, 1 - 668 / HEIGHT)


def test_a_chunk_is_never_cut_within_a_row() -> None:
    extracted = read(rows(REPORT[:1] + [[f"Line {number}", "1,234", "5,678", "9,012"] for number in range(30)]))
    kept = [extracted.text[start:end] for start, end in extracted.whole]
    assert kept == lines(extracted)
    chunks = chunk(extracted, lambda texts: [len(text) // 4 for text in texts], 40)
    assert len(chunks) > 3
    assert {row for one in chunks for row in one.text.split("\n")} == set(kept)


def test_years_in_the_middle_belong_to_the_numbers_at_the_right() -> None:
    """Names that are set in the middle of their columns stand nearer to the numbers of the column before."""
    years = [text_at(x, 716, year, 10) for x, year in ((215, "2019"), (335, "2018"), (455, "2017"))]
    numbers = [
        text_at(x, 700, number, 10) for x, number in ((60, "Balance at beginning"), (250, "$13"), (370, "$15"), (490, "$11"))
    ]
    assert lines(read([*years, *numbers])) == ["Balance at beginning | 2019: $13 | 2018: $15 | 2017: $11"]


def test_the_head_of_a_table_on_each_page_is_no_furniture() -> None:
    head = ["Part", "Class", "Pieces", "Amendable"]
    pages = [
        rows([head, *([f"Item {page}{row}", "Rubber", f"{page}{row}", "2019"] for row in range(5))]) for page in range(1, 6)
    ]
    found = lines(read(*pages))
    assert len(found) == 25
    assert found[0] == "Part: Item 10 | Class: Rubber | Pieces: 10 | Amendable: 2019"
    assert found[24] == "Part: Item 54 | Class: Rubber | Pieces: 54 | Amendable: 2019"


def test_text_strewn_over_a_page_is_read() -> None:
    places = [(37 * number % 560, 53 * number % 770) for number in range(1, 400)]
    text = read([text_at(x + 5, y + 5, f"w{number}", 5) for number, (x, y) in enumerate(places)]).text
    assert {f"w{number}" for number in range(len(places))} <= set(text.replace("|", " ").replace(":", " ").split())


def test_a_name_over_several_columns_belongs_to_each() -> None:
    above = text_at(300, 716, "Years ended September 30,", 10)
    assert lines(read([above, *rows(REPORT)]))[0] == (
        "Fixed price | Years ended September 30, 2019: 1,452.4 | Years ended September 30, 2018: 1,146.2"
        " | Years ended September 30, 2017: 1,036.9"
    )


def test_a_wrapped_name_of_a_row_is_one() -> None:
    table = [
        ["", "2019", "2018", "2017"],
        ["Impairment of goodwill and", "", "", ""],
        ["other assets", "12", "13", "14"],
        ["Revenues:", "", "", ""],
        ["Product", "22", "23", "24"],
    ]
    assert lines(read(rows(table, xs=(60, 300, 380, 460)))) == [
        "Impairment of goodwill and other assets | 2019: 12 | 2018: 13 | 2017: 14",
        "Revenues:",
        "Product | 2019: 22 | 2018: 23 | 2017: 24",
    ]


def test_currency_signs_stand_with_their_numbers() -> None:
    drawn = rows([["", "2019", "2018"], ["Sales", "12", "13"], ["Costs", "22", "23"]])
    drawn += [text_at(x, y, "$", 10) for x in (270, 370) for y in (684, 668)]
    assert lines(read(drawn))[0] == "Sales | 2019: $ 12 | 2018: $ 13"


def test_a_grid_of_lines_tells_cells_that_wrap() -> None:
    cells = [["Part", "Use", "Note"], ["Seal", "keeps the", "new"], ["", "water out", ""], ["Hose", "leads it", "old"]]
    drawn = [text_at(64 + 100 * x, 700 - 12 * n, cell, 10) for n, row in enumerate(cells) for x, cell in enumerate(row) if cell]
    drawn += [line(60, y, 360, y) for y in (712, 697, 673, 661)] + [line(x, 712, x, 661) for x in (60, 160, 260, 360)]
    assert lines(read(drawn)) == ["Part: Seal | Use: keeps the water out | Note: new", "Part: Hose | Use: leads it | Note: old"]


def test_a_grid_of_lines_parts_cells_that_nearly_touch() -> None:
    cells = [["Sign", "Meaning"], ["-", "normal file"], ["d", "directory"], ["l", "link"]]
    drawn = [text_at((64, 91)[x], 700 - 12 * n, cell, 10) for n, row in enumerate(cells) for x, cell in enumerate(row)]
    drawn += [line(60, y, 200, y) for y in (711, 698, 686, 674, 661)] + [line(x, 711, x, 661) for x in (60, 89.5, 200)]
    assert lines(read(drawn)) == ["Sign | Meaning", "- | normal file", "d | directory", "l | link"]


def test_a_grid_of_lines_parts_what_was_drawn_at_once() -> None:
    cells = [["Sign", "Use", "Meaning"], ["-", "often", "normal file"], ["d", "often", "directory"]]
    drawn = [text_at(64, 700 - 12 * n, f"{first:6}{second:7}{third}", 10) for n, (first, second, third) in enumerate(cells)]
    drawn += [line(60, y, 240, y) for y in (711, 698, 686, 674)] + [line(x, 711, x, 674) for x in (60, 97, 139, 240)]
    assert lines(read(drawn)) == ["Sign: - | Use: often | Meaning: normal file", "Sign: d | Use: often | Meaning: directory"]


def card(table: Sequence[tuple[str, str, str]], left: float = 64) -> list[str]:
    """A table with a line between its two columns and between its rows, none around it; cells of the second one wrap."""
    drawn = []
    for number, (sign, first, second) in enumerate(table):
        top = 700 - 26 * number
        drawn += [
            text_at(left, top - 6, sign, 10),
            text_at(left + 50, top, first, 10),
            text_at(left + 50, top - 12, second, 10),
        ]
        drawn += [line(left - 4, top + 10, left + 150, top + 10)]
    return [*drawn, line(left + 44, 710, left + 44, 710 - 26 * len(table))]


SHELL = [("ls", "shows what is", "in a folder"), ("cp", "copies a file", "to a place"), ("mv", "moves a file", "to a place")]
STOPS = [("halt", "stops the", "machine"), ("boot", "starts it", "again"), ("nap", "lets it", "sleep")]
CARDS = [f"{sign} | {first} {second}" for sign, first, second in [*SHELL, *STOPS]]


def test_a_sentence_names_no_column() -> None:
    """Though there are fewer lines between the rows than rows."""
    cells = [["cat", "Shows what is in it."], ["ls", "Lists a folder."], ["cp", "Copies a file."], ["mv", "Moves a file."]]
    drawn = [text_at(64 + 60 * x, 700 - 14 * n, cell, 10) for n, row in enumerate(cells) for x, cell in enumerate(row)]
    drawn += [line(60, y, 300, y) for y in (712, 696, 655)] + [line(116, 712, 116, 655)]
    assert lines(read(drawn))[0] == "cat | Shows what is in it."


def test_tables_side_by_side_are_two() -> None:
    assert lines(read([*card(SHELL), *card(STOPS, 304)])) == CARDS


def test_pages_on_one_sheet_are_read_as_pages() -> None:
    pages = ["\n".join(card(table, 104)) for table in (SHELL, STOPS)]
    assert lines(load(on_one_sheet(drawn_pdf(pages)), "a.pdf")) == CARDS


def test_a_table_over_two_pages_keeps_its_names() -> None:
    first = rows([*REPORT[:1], *([f"Line {number}", "1", "2", "3"] for number in range(30))])
    second = rows([[f"Item {number}", "4", "5", "6"] for number in range(3)])
    extracted = read(first, second)
    assert lines(extracted)[-1] == "Item 2 | 2019: 4 | 2018: 5 | 2017: 6"
    assert extracted.text[extracted.page_starts[1] :].strip().startswith("Item 0")


@pytest.mark.parametrize("caption", ["Table 3. Sales by contract", "The following table shows sales:"])
def test_a_caption_is_kept_with_its_table(caption: str) -> None:
    extracted = read([text_at(60, 740, caption, 10), *rows(REPORT)])
    start, end = extracted.whole[0]
    assert extracted.text[start:end].split("\n\n")[0] == caption
    assert "Fixed price" in extracted.text[start:end]


def test_a_caption_below_is_kept_with_its_table() -> None:
    extracted = read([*rows(REPORT), text_at(60, 625, "Table 3. Sales by contract", 10)])
    start, end = extracted.whole[-1]
    assert extracted.text[start:end].startswith("Total sales")
    assert extracted.text[start:end].endswith("contract")


LEFT = [
    "The north pier is closed from",
    "November to March because of",
    "ice. Ships moor at the south",
    "pier in that time of the year.",
]
RIGHT = [
    "The crane lifts at most eleven",
    "tonnes. It is inspected twice",
    "a year by an outside body and",
    "its log is kept in the office.",
]


@pytest.mark.parametrize("by_row", [True, False])
def test_columns_are_read_one_after_the_other(by_row: bool) -> None:
    drawn = [[text_at(x, 700 - 14 * n, text, 10) for n, text in enumerate(texts)] for x, texts in ((60, LEFT), (320, RIGHT))]
    content = [one for row in zip(*drawn, strict=True) for one in row] if by_row else [*drawn[0], *drawn[1]]
    assert " ".join(lines(read(content))) == " ".join(LEFT + RIGHT)


def test_prose_is_no_table() -> None:
    texts = ["A line of plain text that goes", "on for a while, and then ends."]
    assert lines(read([text_at(60, 700 - 14 * n, text, 10) for n, text in enumerate(texts)])) == [" ".join(texts)]


def test_code_is_left_as_it_is() -> None:
    code = ["x = 1      # the first", "yy = 22    # the second", "zzz = 333  # the third"]
    text = read([text_at(60, 700 - 14 * n, one, 10) for n, one in enumerate(code)]).text
    assert " | " not in text


def with_raised(before: str, mark: str, behind: str, up: float = 5) -> list[str]:
    x = 60 + len(before) * 12 * LETTER
    rest = x + len(mark) * 7 * LETTER
    return [text_at(60, 700, before), text_at(x, 700 + up, mark, 7), text_at(rest, 700, behind)]


@pytest.mark.parametrize(
    ("before", "mark", "behind", "said"),
    [
        ("The tank holds 10", "5", " litres.", "The tank holds 10⁵ litres."),
        ("The dose is 50", "3", " mg per day.", "The dose is 50 mg per day."),
        ("An area of 12 m", "2", " is free.", "An area of 12 m² is free."),
        ("It takes 10", "-3", " seconds.", "It takes 10⁻³ seconds."),
        ("See the manual", "4", " for more.", "See the manual ⁴ for more."),
    ],
)
def test_raised_letters(before: str, mark: str, behind: str, said: str) -> None:
    assert lines(read(with_raised(before, mark, behind))) == [said]


def test_lowered_letters() -> None:
    assert lines(read(with_raised("H", "2", "O boils.", -3))) == ["H₂O boils."]


def spread(text: str, x: float, gap: float, y: float = 700) -> list[str]:
    """Chinese characters drawn one by one, with so much free between them."""
    return [text_at(x + (12 + gap) * number, y, one, font="F3") for number, one in enumerate(text)]


@pytest.mark.parametrize("gap", [0, 4, 6, 9])
def test_spaced_chinese_is_one_word(gap: float) -> None:
    assert lines(read(spread("年度财务报告", 60, gap))) == ["年度财务报告"]


def test_padded_names_are_one_word() -> None:
    drawn = [text_at(60, 700, "联系人：沈\u3000涛", font="F3"), text_at(60, 660, "欧阳若 联系人", font="F3")]
    assert lines(read(drawn)) == ["联系人：沈涛", "欧阳若 联系人"]


def test_a_chinese_table() -> None:
    table = [["项目", "2023年", "2022年"], ["营业收入", "1,200", "1,100"], ["净利润", "(30)", "45"]]
    drawn = [text_at(60 + 140 * x, 700 - 18 * n, cell, font="F3") for n, row in enumerate(table) for x, cell in enumerate(row)]
    assert lines(read(drawn)) == ["项目: 营业收入 | 2023年: 1,200 | 2022年: 1,100", "项目: 净利润 | 2023年: (30) | 2022年: 45"]


@pytest.mark.parametrize("dots", [" . . . . . . . . . . .", ""])
def test_a_table_of_contents_is_no_table_and_left_out(dots: str) -> None:
    entries = [f"{number} Chapter of things{dots}" for number in range(1, 9)]
    drawn = [text_at(60, 740, "Contents", 10)]
    for number, entry in enumerate(entries):
        drawn += [text_at(60, 700 - 16 * number, entry, 10), text_at(400, 700 - 16 * number, str(3 * number + 3), 10)]
    drawn.append(text_at(60, 400, "The text begins here.", 10))
    extracted = read(drawn)
    spans = boilerplate(extracted.text)
    left = "".join(char for at, char in enumerate(extracted.text) if not any(start <= at < end for start, end in spans))
    assert left.split() == ["The", "text", "begins", "here."]


def test_a_page_without_lines_among_hyphens() -> None:
    extracted = read([text_at(60, 700, "The distri-"), text_at(60, 686, "bution goes on.")], [])
    assert extracted.text == "The distribution goes on."
    assert len(extracted.page_starts) == 2
