"""What tables of offices have beside names and numbers: totals, columns of yes and no, price breaks, names in two scripts."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.conditions import Selection
from service.tables.flags import flags
from service.tables.linking import Linker
from service.tables.naming import spoken
from service.tables.operations import is_echo
from service.tables.phrasing import phrased
from service.tables.pieces import costs, count_of
from service.tables.ranges import Stretch, of_columns, stretch
from service.tables.reading import Candidate
from service.tables.sheet import made
from service.tables.values import read
from tests.fakes import HashingEmbedder

LINKER = Linker(HashingEmbedder())
PRICES = made(
    [["Item"], ["Price per piece", "1-9 pieces"], ["Price per piece", "10-49 pieces"], ["Price per piece", "50+ pieces"]],
    [["Garden bench", "80", "72.50", "65"], ["Parasol", "39", "35", "31"]],
)
STOCK = made(
    [["仓库"], ["品名"], ["数量"], ["带电池"]],
    [["甲库", "水泵", "12", "是"], ["甲库", "电机", "8", "否"], ["乙库", "阀门", "30", "否"], ["合计", "", "50", ""]],
)


def test_a_row_whose_first_cell_says_total_is_no_row_of_its_own() -> None:
    assert STOCK.plain_rows == (0, 1, 2)


def test_a_total_is_no_value_that_tells_rows() -> None:
    link = LINKER.link(asked("甲库的数量合计是多少？"), STOCK)
    assert {one.text for one in link.mentions} == {"甲库"}


def test_a_column_that_is_the_sum_of_the_others_is_known() -> None:
    budget = made([["Item"], ["Q1"], ["Q2"], ["Year"]], [["Rent", "5", "6", "11"], ["Food", "2", "2", "4"]])
    assert budget.sums == (False, False, False, True)
    assert not any(PRICES.sums)


def test_a_column_of_yes_and_no_tells_which_rows_have_it_and_which_do_not() -> None:
    found = [LINKER.link(asked(question), STOCK).mentions for question in ("哪些货品带电池？", "哪些货品不带电池？")]
    assert [{one.rows for one in mentions if one.column == 3} for mentions in found] == [{(0,)}, {(1, 2)}]


def test_other_words_make_no_column_of_yes_and_no() -> None:
    assert flags([read(text) for text in ("yes", "no", "")]) == (True, False, False)
    assert flags([read(text) for text in ("yes", "maybe")]) is None
    assert flags([read(text) for text in ("yes", "yes")]) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("50+ pieces", Stretch(50, float("inf"))),
        ("1-9 pieces", Stretch(1, 9)),
        ("from 50", Stretch(50, float("inf"))),
        ("10-20 years", Stretch(10, 20, "a")),
    ],
)
def test_a_unit_stands_right_behind_its_number(text: str, found: Stretch) -> None:
    assert stretch(text) == found


def test_the_column_of_a_price_break_is_found_by_the_number_of_pieces() -> None:
    assert [sorted(family) for family in of_columns(PRICES.columns)] == [[1, 2, 3]]
    link = LINKER.link(asked("What is the price per piece of the garden bench for 20 pieces?"), PRICES)
    assert link.apart == {1, 3}
    assert "20" in link.columns.words[2]


def test_so_many_pieces_cost_their_number_times_the_price_that_holds_for_so_many() -> None:
    question = asked("What do 20 garden benches cost?")
    (found,) = costs(question, LINKER.link(question, PRICES), PRICES, Selection("row", (0,)))
    assert phrased(PRICES, found, "en") == "20 × 72.50 (Price per piece 10-49 pieces of Garden bench) = 1,450.00".replace(
        ",", ""
    )


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("What do five benches cost?", 5),
        ("买3个长凳要多少钱？", 3),
        ("What does a bench cost in 2026?", None),
        ("How heavy are 5 benches?", None),
        ("What does delivery of a bench within 5 days cost?", None),
    ],
)
def test_pieces_are_counted_where_their_price_is_asked(question: str, count: int | None) -> None:
    assert count_of(asked(question), "benches") == count


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        ((["Item"], ["Price per kg (€)"]), ["Garden bench", "80"]),
        ((["Item"], ["Price (€)"], ["Unit"]), ["Garden bench", "80", "box of 10"]),
        ((["Item"], ["Quantity"], ["Price (€)"]), ["Garden bench", "1-9", "80"]),
        ((["Item"], ["Total price (€)"]), ["Garden bench", "80"]),
    ],
)
def test_nothing_is_multiplied_that_is_no_price_of_one(columns: tuple[list[str], ...], row: list[str]) -> None:
    other = ["Parasol", *row[1:]] if row[1] != "1-9" else ["Garden bench", "10-20", "70"]
    sheet, question = made(columns, [row, other]), asked("What do 20 garden benches cost?")
    assert not list(costs(question, LINKER.link(question, sheet), sheet, Selection("row", (0,))))


def test_a_name_in_two_scripts_may_be_said_in_either_without_its_unit() -> None:
    assert frozenset({"预算"}) in spoken("预算 Budget（万元）")
    assert frozenset({"budget"}) in spoken("预算 Budget（万元）")
    assert spoken("Mileage (km)") == spoken("Mileage")


@pytest.mark.parametrize(
    ("question", "word"),
    [("Who owns Oasis?", "owner"), ("Who drives the van?", "driver"), ("How much in the second quarter?", "q2")],
)
def test_a_question_may_say_who_does_by_what_they_do(question: str, word: str) -> None:
    sheet = made([["Name"], ["Owner"], ["Driver"], ["Q2"]], [["Oasis", "Ann", "Bo", "4"], ["Palm", "Cy", "Di", "5"]])
    assert word in LINKER.link(asked(question), sheet).asked


MOTORS = made(
    [["Data"], ["Heron 8"], ["Heron 12"]],
    [["Power", "8 kW", "12 kW"], ["Weight", "31 kg", "44 kg"], ["Charging time of Heron 8", "12 h", "–"]],
)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("How heavy is the Heron 12?", set[str]()),  # neither its power nor hours are asked for
        ("Which of the two has 12 kW?", {"12 kW"}),
        ("Charging time of Heron 8?", {"Charging time of Heron 8"}),
    ],
)
def test_a_number_in_the_name_of_a_column_or_row_is_no_value_elsewhere(question: str, values: set[str]) -> None:
    assert {one.text for one in LINKER.link(asked(question), MOTORS).mentions if one.is_exact} == values


@pytest.mark.parametrize(
    ("question", "is_left"),
    [("What does the Heron 8 weigh?", False), ("Is the lighter one the Heron 8 or the Heron 12?", True)],
)
def test_what_the_question_says_itself_is_no_answer_but_one_of_its_choices(question: str, is_left: bool) -> None:
    one = Candidate("look_up", Selection("row", (0,), frozenset()), ("Heron 8",), ((0, 0),), 0)
    assert is_echo(asked(question), one) is not is_left


def test_a_last_row_that_is_the_sum_of_the_others_is_a_total_whatever_it_is_called() -> None:
    rows = [["North", "4", "10"], ["South", "5", "12"], ["West", "6", "5"]]
    for name in ("Sum", "Whole firm", "全公司"):
        assert made([["Shop"], ["May"], ["June"]], [*rows, [name, "15", "27"]]).plain_rows == (0, 1, 2)
    assert made([["Shop"], ["May"], ["June"]], [*rows, ["East", "15", "20"]]).plain_rows == (0, 1, 2, 3)


def test_a_sign_is_not_said_by_the_question() -> None:
    assert not is_echo(
        asked("What does the Heron 8 weigh?"), Candidate("look_up", Selection("row", (0,), frozenset()), ("–",), ((0, 1),), 1)
    )


@pytest.mark.parametrize(
    ("question", "column"),
    [
        ("How powerful is the Tern?", "hp"),
        ("Tern 的马力是多少？", "hp"),
        ("How heavy is the Tern?", "wt"),
        ("How tall is the Tern?", "ht"),
    ],
)
def test_short_names_are_said_by_what_they_stand_for(question: str, column: str) -> None:
    cars = made([["model"], ["hp"], ["wt"], ["ht"]], [["Tern", "90", "900", "1.4"], ["Heron", "120", "1300", "1.6"]])
    said = LINKER.link(asked(question), cars).columns.said
    assert [name for name, share in zip(cars.names, said, strict=True) if share > 0] == [column]


def test_a_name_is_said_by_its_short_form_and_without_remarks() -> None:
    assert spoken('Seat miles ("ASM") (millions)')[1:] == (frozenset({"seat", "mile"}), frozenset({"asm"}))
    assert spoken("Deferred tax assets (see Note 16)")[1:] == (frozenset({"defer", "tax", "asset"}),)
    assert len(spoken("Cost (excluding fuel)")) == 1


def test_values_in_small_and_capital_letters_are_one() -> None:
    people = made([["Name"], ["Work"]], [["Ida", "Student"], ["Ola", "student"], ["Kai", "Nurse"]])
    link = LINKER.link(asked("How many are students? A student pays less."), people)
    assert {one.rows for one in link.mentions if one.is_exact} == {(0, 1)}


def test_the_second_year_of_a_season_is_no_number() -> None:
    assert asked("Who was picked first in 1974-75?").numbers == (1974.0,)
    assert asked("Who has 75 points?").numbers == (75.0,)


def test_words_that_only_join_others_name_no_column() -> None:
    torn = made([["at"], ["the"], ["top"], ["of"]], [["Ada", "baker", "31", "1990-02-03"], ["Bo", "smith", "40", "1981-05-06"]])
    assert torn.names == ("", "", "top", "")
    assert not torn.is_table
    assert made([["A"], ["May"], ["AT"], ["Top of the hill"]], [["Ada", "1", "2", "3"]]).names[1:] == (
        "May", "AT", "Top of the hill",
    )  # fmt: skip
