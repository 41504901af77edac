from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.loaders import load
from ingest.loaders.furniture import without_furniture
from ingest.loaders.hyphens import settle
from ingest.loaders.layout import Line, Paragraph, Place, joined
from tests.conftest import EXAMPLES
from tests.unit.pdf_files import HEIGHT, SIZE, WIDTH, Drawn, drawn_pdf, pdf_bytes, text_at
from youju.records import Box, Extracted

SENTENCE = "The pump stops at 40 degrees."
CLOSE = 0.02


def check_boxes(extracted: Extracted) -> None:
    """What every loader with places promises."""
    assert list(extracted.boxes) == sorted(extracted.boxes, key=lambda box: box.start)
    end = 0
    for box in extracted.boxes:
        assert end <= box.start < box.end <= len(extracted.text)
        end = box.end
        assert 0 <= box.left < box.right <= 1
        assert 0 <= box.top < box.bottom <= 1
        assert extracted.text[box.start : box.end].strip()
        assert "\n" not in extracted.text[box.start : box.end]
        starts = (*extracted.page_starts, len(extracted.text) + 1)
        assert starts[box.page - 1] <= box.start < starts[box.page]


def box_of(extracted: Extracted, text: str) -> Box:
    return next(box for box in extracted.boxes if extracted.text[box.start : box.end] == text)


def check_place(box: Box, left: float, top: float, right: float, bottom: float) -> None:
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((left, top, right, bottom), abs=CLOSE)


def test_the_box_of_a_sentence_lies_where_it_was_drawn() -> None:
    lines: list[Drawn] = [(60, 700, "A heading"), (120, 400, SENTENCE), (60, 100, "The end.")]
    extracted = load(pdf_bytes([[], lines]), "a.pdf")
    check_boxes(extracted)
    box = box_of(extracted, SENTENCE)
    assert box.page == 2
    right = 120 + len(SENTENCE) * 0.6 * SIZE
    check_place(box, 120 / WIDTH, 1 - (400 + 0.7 * SIZE) / HEIGHT, right / WIDTH, 1 - 400 / HEIGHT)


def test_boxes_follow_a_page_that_is_turned_or_cropped() -> None:
    right, top = 120 + len(SENTENCE) * 0.6 * SIZE, 400 + 0.7 * SIZE
    turned = load(pdf_bytes([[(120, 400, SENTENCE)]], "/Rotate 90"), "a.pdf")  # clockwise: what was left is now at the top
    check_place(turned.boxes[0], 400 / HEIGHT, 120 / WIDTH, top / HEIGHT, right / WIDTH)
    cropped = load(pdf_bytes([[(120, 400, SENTENCE)]], "/CropBox [100 300 500 500]"), "a.pdf")
    check_place(cropped.boxes[0], 20 / 400, (500 - top) / 200, (right - 100) / 400, 100 / 200)


def test_lines_of_a_paragraph_each_have_their_box() -> None:
    texts = ["A paragraph that goes on over the end of a", "line, is one in the text, and each of its", "lines has a box."]
    extracted = load(pdf_bytes([[(60, 700 - 14 * row, text) for row, text in enumerate(texts)]]), "a.pdf")
    check_boxes(extracted)
    assert extracted.text == " ".join(texts)
    assert [extracted.text[box.start : box.end] for box in extracted.boxes] == texts


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.pdf")), ids=lambda path: path.name)
def test_boxes_cover_the_examples(path: Path) -> None:
    extracted = load(path.read_bytes(), path.name)
    check_boxes(extracted)
    covered = "".join(extracted.text[box.start : box.end] for box in extracted.boxes)
    rest = re.sub(r"(?m)(?<= \| )[^|:\n]+: |^[^|:\n]+: (?=.* \| )| \| ", "", extracted.text)  # names of columns stand elsewhere
    assert "".join(covered.split()) == "".join(rest.split())


WORDS = st.text("ab中\x02 ", min_size=1).map(str.strip).filter(bool)


@given(st.lists(WORDS, min_size=1))
def test_spans_of_joined_lines_hold_the_lines(texts: list[str]) -> None:
    text, spans = joined([Line(text) for text in texts])
    assert len(spans) == len(texts)
    for (start, end), line in zip(spans, texts, strict=True):
        assert text[start:end] in (line, line[:-1], f"{line[:-1]}-")
    assert all(before[1] <= after[0] for before, after in zip(spans, spans[1:], strict=False))


def test_a_hyphen_at_the_end_of_a_page_is_shown() -> None:
    assert Paragraph((Line("un\x02"), Line("der\x02"))).text == "under-"


def report(pages: int) -> bytes:
    """Header, footer and page number on each page, and a line that repeats in the middle. The header is drawn last."""
    return pdf_bytes(
        [
            [
                (60, 600, f"What page {number} says about {'abcdefghijkl'[number]}."),
                (60, 500, "More of it."),
                (60, 400, "See the manual."),
                (60, 300, "More still."),
                (60, 200, f"Sum {number * 7 % 11} pieces"),
                (300, 40, f"Page {number} of {pages}"),
                (60, 760, "Company Confidential"),
            ]
            for number in range(1, pages + 1)
        ]
    )


def test_headers_and_footers_are_left_out() -> None:
    extracted = load(report(9), "a.pdf")
    check_boxes(extracted)
    assert "Confidential" not in extracted.text
    assert "of 9" not in extracted.text
    assert extracted.text.count("See the manual.") == 9
    assert all(f"What page {number} says" in extracted.text for number in range(1, 10))
    assert extracted.text.count("Sum ") == 9  # at the foot of the page, but its number does not go with the pages
    assert len(extracted.page_starts) == 9


@pytest.mark.parametrize("pages", [2, 3])
def test_of_few_pages_what_repeats_at_the_edges_stays_once(pages: int) -> None:
    extracted = load(report(pages), "a.pdf")
    check_boxes(extracted)
    assert extracted.text.count("Company Confidential") == 1
    assert extracted.text.startswith("Company Confidential")
    assert "Page " not in extracted.text
    assert extracted.text.count("See the manual.") == pages
    assert extracted.text.count("Sum ") == pages
    assert len(extracted.page_starts) == pages


def test_a_paragraph_goes_on_over_a_foot_that_is_drawn_first() -> None:
    def page(number: int, *lines: tuple[int, str]) -> list[tuple[int, int, str]]:
        below = [(60, 28, "Agreed in May 2031")] if number == 2 else []
        foot = [(60, 40, "Loan of lamps"), (500, 40, str(number)), *below]
        return [*foot, *((60, height, text) for height, text in lines)]

    first = page(
        1, (700, "Some words of the beginning that stand here."), (100, "The lender may ask for what the carriage of the")
    )
    second = page(2, (740, "lamps costs, in both directions, and for the oil."), (500, "He may not ask for more."))
    assert load(pdf_bytes([first, second]), "a.pdf").text == (
        "Some words of the beginning that stand here.\n\nThe lender may ask for what the carriage of the lamps costs, in both "
        "directions, and for the oil.\n\nHe may not ask for more.\n\nLoan of lamps\n\nAgreed in May 2031"
    )


def test_of_few_pages_what_stands_close_to_the_text_stays() -> None:
    pages = [
        [(60, 60, "The lamps of the lender"), (60, 74, f"Words of page {'ab'[number]} above"), (60, 400, "x")]
        for number in (0, 1)
    ]
    assert load(pdf_bytes(pages), "a.pdf").text.count("The lamps of the lender") == 2


def test_of_few_pages_rows_and_numbers_of_their_own_stay() -> None:
    def page(*row: str) -> list[tuple[int, int, str]]:
        body = [(60, 700 - 60 * number, f"Line {row[0]} {number} of the text") for number in range(5)]
        return [*body, *((60 + 120 * column, 60, text) for column, text in enumerate(row))]

    text = load(pdf_bytes([page("Bolt", "3", "7"), page("Net", "3", "9")]), "a.pdf").text
    assert all(cell in text for cell in ("Bolt", "Net", "3", "7", "9"))
    assert text.count("3") >= 3


@pytest.mark.parametrize("number", ["{}", "- {} -", "第 {} 页", "{} / 40", "Rev. 2 | {}"])
def test_page_numbers_may_begin_anywhere(number: str) -> None:
    pages = [[Line(f"Text {'abcdef'[index]}"), Line("more"), Line(number.format(index + 17))] for index in range(6)]
    left = [[line.text for line in page] for page in without_furniture(pages)]
    assert left == [[f"Text {letter}"] for letter in "abcdef"]


def test_without_places_the_order_decides_and_nothing_else_means_all() -> None:
    pages = [[Line("Only this")] for _ in range(5)]
    assert without_furniture(pages) == pages
    beside = [Line("left", 0.0, Place(0.1, 0.1, 0.2, 0.12)), Line("right", 0.0, Place(0.8, 0.1, 0.9, 0.12))]
    text = [Line("x", 0.0, Place(0.1, 0.3 + row / 10, 0.9, 0.35 + row / 10)) for row in range(6)]
    assert without_furniture([[*beside, *text]] * 4) == [text[1:-2]] * 4


def test_a_hyphen_at_a_line_end_stays_where_the_document_writes_it() -> None:
    texts = ["The distri\ufffe", "bution is real\ufffe", "time and low\x02", "level, RT\x02", "11 in binary\x02", "area."]
    known = ["distribution; a real-time clock; low or high; the level; binary; an area"]
    pages = settle([[Line(text) for text in texts], [Line(text) for text in known]])
    assert joined(pages[0])[0] == "The distribution is real-time and low-level, RT-11 in binary-area."


def test_where_bookmarks_name_the_parts_the_cover_names_the_whole() -> None:
    cover = [text_at(80, 600, "The Garden Handbook", 24), text_at(80, 560, "For version 3")]
    part = [
        text_at(80, 700, "1 Seeds", 14),
        *(text_at(80, 670 - 20 * row, f"Sow row {row} by hand in spring.") for row in range(9)),
    ]
    extracted = load(drawn_pdf(["\n".join(cover), "\n".join(part)], bookmark="1 Seeds"), "garden.pdf")
    assert extracted.title == "The Garden Handbook"
    assert [extracted.text[one.start : one.end] for one in extracted.headings] == ["1 Seeds"]
