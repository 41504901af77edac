"""What a question asks for and the best reading does not do leaves a gap, and nothing is said then."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.completeness import is_complete
from service.tables.features import Seen
from service.tables.gaps import gaps_of
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.reading import Candidate
from service.tables.sheet import Sheet, made
from tests.fakes import HashingEmbedder

FIRMS = made(
    [["Firm"], ["Revenue 2021"], ["Revenue 2022"], ["Change"], ["Staff"]],
    [["Otter Ltd", "120", "150", "30", "14"], ["Heron plc", "200", "190", "(10)", "21"], ["Quay Co", "90", "95", "5", "14"]],
)
PRICES = made([["产品"], ["单价（元）"], ["库存"]], [["水泵", "900", "12"], ["阀门", "80", "40"], ["电机", "1200", "7"]])


def all_readings(sheet: Sheet, question: str) -> list[tuple[Seen, Candidate]]:
    what = asked(question)
    link = Linker(HashingEmbedder()).link(what, sheet)
    seen = Seen.of(what, link, sheet)
    return [(seen, one) for one in candidates(what, link, sheet)]


def read(sheet: Sheet, question: str, operation: str, answer: str | float) -> list[tuple[Seen, Candidate]]:
    """Each reading that does this and answers so, those of one row first."""
    found = [
        (seen, one) for seen, one in all_readings(sheet, question) if (one.operation, one.answers) == (operation, (answer,))
    ]
    return sorted(found, key=lambda read: read[1].selection.kind != "row")


def gaps(sheet: Sheet, question: str, operation: str, answer: str | float) -> list[frozenset[str]]:
    return [gaps_of(seen, one) for seen, one in read(sheet, question, operation, answer)]


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "answer"),
    [
        (PRICES, "最贵的产品是哪个？", "most", "电机"),
        (PRICES, "单价超过100元的产品有几个？", "count", 2.0),
        (FIRMS, "Which firm has the largest staff?", "most", "Heron plc"),
    ],
)
def test_comparisons_that_take_up_the_whole_question_are_complete(
    sheet: Sheet, question: str, operation: str, answer: str | float
) -> None:
    assert any(is_complete(seen, one) for seen, one in read(sheet, question, operation, answer))


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "answer"),
    [
        (PRICES, "保修期最长的进口产品是哪个？", "most", "电机"),
        (FIRMS, "Which firm in Norway has the largest staff?", "most", "Heron plc"),
    ],
)
def test_those_that_leave_a_word_of_it_are_not(sheet: Sheet, question: str, operation: str, answer: str | float) -> None:
    assert not any(is_complete(seen, one) for seen, one in read(sheet, question, operation, answer))


@pytest.mark.parametrize(
    ("sheet", "question", "answer"),
    [
        (FIRMS, "By how much did the revenue of Otter Ltd increase?", "120"),
        (FIRMS, "What is the average revenue of Otter Ltd?", "120"),
        (FIRMS, "What percentage is the staff of Otter Ltd?", "14"),
        (FIRMS, "Does Otter Ltd have more staff than Heron plc?", "14"),
        (FIRMS, "Which firm has the same staff as Otter Ltd?", "14"),
        (FIRMS, "Which firm has the highest revenue 2022, Otter Ltd aside?", "150"),
        (FIRMS, "Which firm has at least 3 staff like Otter Ltd?", "Otter Ltd"),
        (PRICES, "最贵的产品水泵的库存", "12"),
        (PRICES, "水泵的平均库存", "12"),
        (PRICES, "12个水泵一共多少钱？", "900"),
        (PRICES, "What do 12 pieces of 水泵 cost?", "900"),
    ],
)
def test_a_cell_that_is_only_read_answers_no_computation(sheet: Sheet, question: str, answer: str) -> None:
    assert "operation" in gaps(sheet, question, "look_up", answer)[0]


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "answer"),
    [
        (FIRMS, "What was the change of Otter Ltd?", "look_up", "30"),
        (FIRMS, "What is the staff of Heron plc?", "look_up", "21"),
        (FIRMS, "Does Otter Ltd have more staff than Heron plc?", "whether", "no"),
        (FIRMS, "Which firm has the highest revenue 2022?", "most", "Heron plc"),
        (FIRMS, "Which firm has the same staff as Otter Ltd?", "look_up", "Quay Co"),
        (PRICES, "阀门的单价是多少？", "look_up", "80"),
        (PRICES, "最贵的产品是哪个？", "most", "电机"),
    ],
)
def test_what_does_what_is_asked_has_none(sheet: Sheet, question: str, operation: str, answer: str) -> None:
    assert any("operation" not in found for found in gaps(sheet, question, operation, answer))


ROOMS = made(
    [["Room"], ["Seats"], ["Lift"], ["Rent (€)"]],
    [["Willow", "12", "no", "60"], ["Chestnut", "30", "yes", "110"], ["Attic", "8", "no", "45"]],
    title="Rooms",
)
YEARS = made(
    [["Item"], ["2018"], ["2019"], ["2020"]],
    [["Wages", "10", "12", "17"], ["Rent", "5", "5", "6"]],
    title="Costs (in thousands)",
)


@pytest.mark.parametrize(
    "question", ["Which rooms do not have a kitchen?", "Which rooms are not for children?", "哪些 rooms 不收 dogs？"]
)
def test_what_is_denied_is_not_answered_with_all_rows(question: str) -> None:
    found = [gaps_of(seen, one) for seen, one in all_readings(ROOMS, question) if one.operation in ("look_up", "count")]
    assert found
    assert all("operation" in some for some in found)


def test_rows_that_lack_a_thing_answer_what_lacks_it() -> None:
    found = [
        (one.answers, gaps_of(seen, one))
        for seen, one in all_readings(ROOMS, "Which rooms have no lift?")
        if one.operation == "look_up" and one.column == 0 and one.selection.kind == "cell"
    ]
    assert (("Willow", "Attic"), frozenset()) in found


def test_a_name_by_which_a_row_is_found_is_no_answer() -> None:
    found = [
        gaps_of(seen, one)
        for seen, one in all_readings(ROOMS, "What is the price of Chestnut?")
        if one.operation == "look_up" and one.answers == ("Chestnut",) and one.selection.kind in ("row", "cell")
    ]
    assert found
    assert all("itself" in some for some in found)


def test_all_rows_are_no_answer_where_the_question_says_which() -> None:
    found = [
        gaps_of(seen, one)
        for seen, one in all_readings(ROOMS, "Which rooms are near Attic?")
        if one.selection.kind == "all" and one.operation == "look_up"
    ]
    assert found
    assert all("operation" in some for some in found)


@pytest.mark.parametrize(("question", "is_known"), [("{} thousand", True), ("{} million", False)])
def test_a_bound_in_another_scale_than_the_table_leaves_a_gap(question: str, is_known: bool) -> None:
    asks = f"How many years did Wages exceed {question.format(11)}?"
    found = [gaps_of(seen, one) for seen, one in all_readings(YEARS, asks) if one.operation == "along_count"]
    assert found
    assert any("number" not in some for some in found) is is_known


def test_a_change_over_the_years_that_are_named_takes_up_the_question() -> None:
    readings = all_readings(YEARS, "What is the change in Wages from 2018 to 2019?")
    assert any(is_complete(seen, one) for seen, one in readings if one.operation == "difference" and one.answers == (2.0,))
    assert not any(is_complete(seen, one) for seen, one in readings if one.operation == "difference" and one.answers == (7.0,))


FAULTS = made([["Cause"], ["July"], ["August"]], [["Broken", "7", "9"], ["Lost", "2", "1"]], title="Faults 2025")


@pytest.mark.parametrize(
    ("question", "operations", "gap"),
    [
        ("How many were broken in August 2024?", ("look_up",), "year"),  # the table is of another year
        ("How long does it take until broken ones are replaced?", ("count", "distinct"), "operation"),
        ("How do July and August differ for broken ones?", ("along_most", "along_least", "most", "least"), "operation"),
    ],
)
def test_what_a_table_cannot_mean(question: str, operations: tuple[str, ...], gap: str) -> None:
    found = [gaps_of(seen, one) for seen, one in all_readings(FAULTS, question) if one.operation in operations]
    assert found
    assert all(gap in some for some in found)


def test_the_number_in_a_code_is_taken_up_by_the_name_that_has_it() -> None:
    fleet = made([["Aircraft"], ["Leased"], ["Owned"]], [["Tern T320", "38", "10"], ["Heron H95-200ER", "12", "4"]])
    for question in ("How many Tern T320 are leased?", "How many Heron H95-200ER are leased?"):
        what = asked(question)
        seen = Seen.of(what, Linker(HashingEmbedder()).link(what, fleet), fleet)
        row = int("Heron" in question)
        found = [one for one in candidates(what, seen.link, fleet) if one.selection.rows == (row,) and one.column == 1]
        assert found
        assert all("number" not in gaps_of(seen, one) for one in found if one.operation == "look_up")


CARS = made(
    [["model"], ["origin"], ["hp"], ["wt"]],
    [["Tern", "north", "90", "900"], ["Heron", "south", "120", "1300"], ["Gull", "north", "75", "800"]],
    title="cars",
)


@pytest.mark.parametrize(
    ("question", "operation", "answer"),
    [
        ("Which car has the most horsepower?", "most", "Heron"),
        ("Which car is the most powerful?", "most", "Heron"),
        ("Which car is the lightest?", "least", "Gull"),
        ("How many north cars were measured?", "count", 2.0),
        ("Which origin has the most cars?", "commonest", "north"),
    ],
)
def test_what_takes_up_the_whole_question_is_known(question: str, operation: str, answer: str | float) -> None:
    assert any(is_complete(seen, one) for seen, one in read(CARS, question, operation, answer))


@pytest.mark.parametrize(
    ("question", "operation", "answer"),
    [
        ("Which origin has the most cars of model Tern?", "commonest", "north"),
        ("Which car with a towbar is the most powerful?", "most", "Heron"),
        ("How many north cars were sold?", "count", 2.0),
    ],
)
def test_what_leaves_a_word_is_not_whole(question: str, operation: str, answer: str | float) -> None:
    assert not any(is_complete(seen, one) for seen, one in read(CARS, question, operation, answer))


def test_shares_that_stand_in_a_column_are_not_computed() -> None:
    fuel = made(
        [["Year"], ["Fuel expense"], ["Percentage of total expense"]], [["2016", "58", "18%"], ["2017", "69", "20%"]]
    )  # fmt: skip
    assert not read(fuel, "What percentage of total expense was the fuel expense in 2017?", "share_of_all", 54.3307)


def test_rows_are_not_counted_where_the_table_counts() -> None:
    intake = made(
        [["省份"], ["科类"], ["录取人数"]], [["福建", "文科", "78"], ["福建", "理科", "90"], ["四川", "文科", "55"]]
    )  # fmt: skip
    assert not any(is_complete(seen, one) for seen, one in read(intake, "在福建文科招了多少人", "count", 1.0))
