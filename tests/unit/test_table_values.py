"""What cells say, and what questions say of tables."""

from __future__ import annotations

import pytest

from service.tables.asking import asked, occurs
from service.tables.sheet import made, sheet_of
from service.tables.values import plain, read, spaced
from youju.structure import Cell, Column, Row, StoredTable, TableCard


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("$ 1,452.4", 1452.4, "usd"), ("(12.3)", -12.3, ""), ("$(1,234)", -1234, "usd"), ("(1.2)%", -1.2, "%"),
        ("24%", 24, "%"),
        ("4,137 (a)", 4137, ""), ("550 元", 550, "cny"), ("– 5", -5, ""), ("第3名", 3, ""),
        ("3rd", 3, ""), ("1:23.45", 83.45, ""),
        ("—", None, ""), ("2-1", None, ""), ("1990-91", None, ""), ("n/a", None, ""),
    ],
)  # fmt: skip
def test_numbers_are_read_as_accountants_write_them(text: str, number: float | None, unit: str) -> None:
    value = read(text)
    assert (value.number, value.unit, value.text) == (number, unit, text)


def test_years_and_dates_are_told_from_numbers() -> None:
    assert read("2019").is_year
    assert read("2019年").date == (2019, 0, 0)
    assert read("12 March 2019").date == (2019, 3, 12)
    assert not read("12 March 2019").is_year
    assert read("3月31日").date == (0, 3, 31)
    assert read("12,019").date is None
    earlier, later = read("28 February 2019").order, read("1 March 2019").order
    assert earlier is not None
    assert later is not None
    assert earlier < later


def test_names_of_columns_are_words() -> None:
    assert spaced("lifeExp") == "life Exp"
    assert spaced("temp_max") == "temp max"
    assert plain("Ａir：1,200") == "air 1200"


def test_a_word_stands_in_a_text_whole_or_in_chinese() -> None:
    assert occurs("japan", "in japan in 1997")
    assert not occurs("apa", "in japan in 1997")
    assert not occurs("19", "in japan in 1997")
    assert occurs("云南", "2019 年云南省理科")


def test_cues_are_the_same_in_both_languages() -> None:
    for english, chinese, cue in (
        ("Which product has the lowest stock?", "哪个产品库存最少？", "least"),
        ("How many employees are older than 50?", "年龄超过50的员工有几个？", "more_than"),
        ("What is the average salary?", "平均工资是多少？", "average"),
        ("What is the difference between A and B?", "甲和乙相差多少？", "difference"),
    ):
        assert cue in asked(english).cues & asked(chinese).cues


def test_telling_words_name_something() -> None:
    telling = asked("How many visitors did the Beacon Museum have in 2021?").telling
    assert {"beacon", "museum", "2021"} <= set(telling)
    assert "mani" not in telling
    assert "云南省" in asked("2019年云南省理科最低分是多少？").telling


def test_rows_that_head_others_are_their_groups() -> None:
    rows = (Row(0, 5, (Cell(0, 0, 5),)), Row(6, 12, (Cell(0, 6, 9), Cell(1, 10, 12)), ("Wide:",)))
    card = TableCard("d", 0, 0, 12, "Fleet", (Column(("Type",)), Column(("Seats",))), 2)
    sheet = sheet_of(StoredTable(card, rows, (("Wide:",), ("B-7", "1,234"))))
    assert [[value.text for value in row] for row in sheet.values] == [["B-7", "1,234"]]
    assert sheet.spans == ((6, 12),)
    assert sheet.path(0) == "Wide: B-7"


def test_the_column_that_names_rows_and_the_kind_of_table() -> None:
    report = made([[], ["2019"], ["2018"]], [["Sales", "12", "11"], ["Costs", "(7)", "(6)"]])
    assert report.is_matrix
    people = made([["No"], ["Name"], ["Team"]], [["1", "Ann", "A"], ["2", "Bob", "A"], ["3", "Cleo", "B"]])
    assert people.key == 1
    assert not people.is_matrix
    assert people.is_table
    assert not made([[], []], [["Note", "Text"], ["", "More"]]).is_table
