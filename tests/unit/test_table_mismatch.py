"""What a table tells and nobody asked for."""

from __future__ import annotations

import datetime

import pytest

from service.tables.asking import asked
from service.tables.features import Seen
from service.tables.gaps import gaps_of
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.reading import Candidate
from service.tables.sheet import Sheet, made
from tests.fakes import HashingEmbedder

BANDS = made([["Band"], ["Notice"], ["Allowance (£)"]], [["Crew", "1 month", "20"], ["Mate", "2 months", "35"]], title="Bands")
SERVICE = made([["Service"], ["Price"]], [["Calibration", "80"], ["New motor", "210"], ["New window", "45"]], title="Prices")


def gaps(sheet: Sheet, question: str, operation: str, kind: str) -> list[frozenset[str]]:
    what = asked(question)
    link = Linker(HashingEmbedder()).link(what, sheet)
    seen = Seen.of(what, link, sheet)
    found = [one for one in candidates(what, link, sheet) if one.operation == operation and one.selection.kind == kind]
    return [gaps_of(seen, one) for one in found]


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "kind"),
    [
        (BANDS, "What salary does the band Mate start at?", "first", "all"),
        (BANDS, "What is the allowance of Mate in dollars?", "look_up", "cell"),
        (SERVICE, "Which company services the lidar of the S3 robots?", "look_up", "all"),
    ],
)
def test_what_is_at_odds_with_the_question_is_not_told(sheet: Sheet, question: str, operation: str, kind: str) -> None:
    amounts = gaps(sheet, question, operation, kind)
    assert amounts
    if kind == "cell":  # the cell of the allowance at least; the notice is in no money
        assert any("operation" in gap for gap in amounts)
    else:
        assert all("operation" in gap for gap in amounts)


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "kind"),
    [
        (BANDS, "Which band is the first?", "first", "all"),
        (BANDS, "What is the allowance of Mate in pounds?", "look_up", "cell"),
        (SERVICE, "Which services are there?", "look_up", "all"),
    ],
)
def test_what_is_asked_for_so_may_be(sheet: Sheet, question: str, operation: str, kind: str) -> None:
    assert any("operation" not in gap for gap in gaps(sheet, question, operation, kind))


SURVEY = made([["Answer"], ["Responses"]], [["Always", "6"], ["Rarely", "66"], ["Never", "68"]], title="Survey")


@pytest.mark.parametrize(
    ("question", "is_told"),
    [
        ("How many of the people who were asked look through the code first, taken together?", False),
        ("Which answer is the first, and how many gave it?", True),
        ("Who is the first, and how many are they?", True),
    ],
)
def test_a_name_is_not_how_many(question: str, is_told: bool) -> None:
    found = gaps(SURVEY, question, "first", "all")
    assert found
    assert any("operation" not in gap for gap in found) is is_told


ROTA = made(
    [["Post"], ["5 August"], ["6 August"]], [["East", "Baker", "Li"], ["West", "Wu", "Baker"], ["North", "Baker", "Wu"]]
)


def test_a_column_of_another_day_is_not_told() -> None:
    what = asked("Which posts has Baker on 6 August?")
    link = Linker(HashingEmbedder()).link(what, ROTA)
    seen = Seen.of(what, link, ROTA)
    found = [one for one in candidates(what, link, ROTA) if one.operation == "look_up" and one.selection.kind == "cell"]
    told = {one.selection.mentions[0].column: "operation" in gaps_of(seen, one) for one in found if one.column == 0}
    assert told == {1: True, 2: False}


def test_of_two_rows_that_are_named_one_is_not_enough() -> None:
    amounts = gaps(BANDS, "What are the allowances of Crew and Mate?", "look_up", "cell")
    assert amounts
    assert all("operation" in gap for gap in amounts)
    assert any("operation" not in gap for gap in gaps(BANDS, "What are the allowances of Crew and Mate?", "look_up", "either"))


WEEKS = made([["Post"], ["4–10 August"], ["11–17 August"]], [["East", "Baker", "Li"], ["West", "Wu", "Baker"]])
WAYS = made([["From"], ["Paris"], ["Rome"]], [["Paris", "0", "1106"], ["Rome", "1106", "0"]], title="Ways")
STOCK = made([["Item"], ["Stock count"]], [["Chair", "3"], ["Table", "8"]])


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "kind"),
    [
        (WEEKS, "Who has East on 6 August?", "look_up", "row"),  # within a week
        (WAYS, "How far is it from Paris and to Rome?", "look_up", "cell"),  # the second one names the column
        (STOCK, "What is the item with the lowest stock count?", "least", "all"),
    ],
)
def test_what_only_looks_at_odds_is_told(sheet: Sheet, question: str, operation: str, kind: str) -> None:
    assert any("operation" not in gap for gap in gaps(sheet, question, operation, kind))


def test_a_value_by_which_a_row_is_named_is_no_answer() -> None:
    items = made(
        [["Item"], ["Rule"]], [["after-sales service", "full marks within 4 hours"], ["quality", "full marks at 99 %"]]
    )
    what = asked("When does after-sales service get full marks?")
    link = Linker(HashingEmbedder()).link(what, items)
    seen = Seen.of(what, link, items)
    named = [one for one in candidates(what, link, items) if one.operation == "look_up" and one.selection.mentions]
    assert named
    told = {one.answers: "itself" in gaps_of(seen, one) for one in named if one.selection.kind == "cells"}
    assert told == {("after-sales service",): True, ("full marks within 4 hours",): False}


def test_of_a_place_in_an_order_the_number_has_to_be_there() -> None:
    assert 3.0 in asked("1896年那届百米赛，第三名有几个人？").numbers
    assert 3.0 not in asked("第三季度的销售额是多少？").numbers


YEARS = made(
    [["Item"], ["Year ended", "2018"], ["Year ended", "2019"], ["Change"], ["2019 vs. 2018", "Percent"]],
    [["Service revenue", "900", "950", "50", "6%"], ["Total revenue", "2,100", "2,000", "(100)", "(5%)"],
     ["Revenue before tax", "70", "60", "(10)", "(14%)"], ["Net income", "(8)", "5", "13", "n/a"]],
    title="Results",
)  # fmt: skip
CONTRACTS = made(
    [["Firm"], ["Services"], ["Device"]], [["Alder", "Repair of the lidar", "S3"], ["Birch", "Cleaning of the crane", "S4"]]
)


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "kind"),
    [
        (YEARS, "Why was total revenue lower in 2019?", "look_up", "row"),
        (YEARS, "What does the service revenue include?", "along_list", "row"),
        (YEARS, "What is the percentage change in net income from 2018 to 2019?", "change", "row"),
        (YEARS, "What is the total service revenue in 2019?", "sum", "all"),
        (CONTRACTS, "Which company services the lidar?", "look_up", "row"),
    ],
)
def test_what_is_told_in_place_of_an_answer_is_not_told(sheet: Sheet, question: str, operation: str, kind: str) -> None:
    what = asked(question)
    seen = Seen.of(what, Linker(HashingEmbedder()).link(what, sheet), sheet)
    found = [one for one in candidates(what, seen.link, sheet) if one.operation == operation and one.selection.kind == kind]
    best = [one for one in found if one.column in (None, 1) or sheet.names[one.column] in ("Services", "Year ended 2019")]
    assert best
    assert all("operation" in gaps_of(seen, one) for one in best if _is_of_net_income(sheet, one) or operation != "change")


def _is_of_net_income(sheet: Sheet, one: Candidate) -> bool:
    return any(sheet.values[row][sheet.key].text == "Net income" for row, _ in one.cells)


def test_columns_of_changes_are_not_compared_with_years() -> None:
    what = asked("In which year was service revenue higher?")
    link = Linker(HashingEmbedder()).link(what, YEARS)
    found = [one for one in candidates(what, link, YEARS) if one.operation == "along_least" and one.selection.rows == (0,)]
    assert [one.answers for one in found] == [("2018",)]


def test_a_change_is_told_where_it_is_asked_for_only() -> None:
    told = {}
    for question in ("What was the service revenue in 2019?", "What was the change in service revenue in 2019?"):
        what = asked(question)
        seen = Seen.of(what, Linker(HashingEmbedder()).link(what, YEARS), YEARS)
        found = [one for one in candidates(what, seen.link, YEARS) if one.operation == "look_up" and one.column == 3]
        told[question] = ["operation" in gaps_of(seen, one) for one in found if one.selection.rows == (0,)]
    not_asked, is_asked = told.values()
    assert all(not_asked)
    assert not all(is_asked)


def test_of_two_amounts_in_brackets_the_larger_one_has_grown() -> None:
    spent = made([["Item"], ["2018"], ["2019"]], [["Cash used", "(20)", "(50)"], ["Cash earned", "40", "30"]])
    what = asked("What is the percentage change in cash used from 2018 to 2019?")
    link = Linker(HashingEmbedder()).link(what, spent)
    found = [one.answers for one in candidates(what, link, spent) if one.operation == "change" and one.selection.rows == (0,)]
    assert (150.0,) in found


def test_a_year_over_two_is_the_second() -> None:
    seasons = made([["Item"], ["2017/2018"], ["2018/2019"]], [["Profit", "3", "4"], ["Loss", "2", "1"]])
    what = asked("In which fiscal year was the profit larger?")
    link = Linker(HashingEmbedder()).link(what, seasons)
    found = [
        one.answers for one in candidates(what, link, seasons) if one.operation == "along_most" and 0 in one.selection.rows
    ]
    assert ("2019",) in found


def test_three_columns_are_no_mean_of_two_years() -> None:
    held = made([["Item"], ["31 December 2019"], ["31 December 2018"], ["1 January 2018"]], [["Trade", "9", "7", "5"]] * 2)
    what = asked("What is the average trade for 2018 and 2019?")
    seen = Seen.of(what, Linker(HashingEmbedder()).link(what, held), held)
    found = [one for one in candidates(what, seen.link, held) if one.operation == "mean" and one.columns]
    assert {len(one.columns): "operation" in gaps_of(seen, one) for one in found} == {2: False, 3: True}


def test_a_row_is_not_told_where_another_one_is_named_in_full_besides() -> None:
    ages = made([["Item"], ["2019"], ["2018"]], [["Trade receivables", "90", "80"], ["Up to three months", "30", "32"]])
    what = asked("In which year were the trade receivables of up to three months higher?")
    seen = Seen.of(what, Linker(HashingEmbedder()).link(what, ages), ages)
    found = [one for one in candidates(what, seen.link, ages) if one.operation == "along_most" and one.selection.rows == (0,)]
    assert found
    assert all("operation" in gaps_of(seen, one) for one in found)


def test_what_is_divided_by_is_not_told_for_the_quotient() -> None:
    miles = made([["Item"], ["2019"], ["2018"]], [["Seat miles", "900", "800"], ["Cost per seat mile", "9.1", "9.4"]])
    what = asked("What was the cost per seat mile in 2019?")
    seen = Seen.of(what, Linker(HashingEmbedder()).link(what, miles), miles)
    found = [one for one in candidates(what, seen.link, miles) if one.operation == "look_up" and one.selection.kind == "row"]
    told = {one.selection.rows[0]: "operation" in gaps_of(seen, one) for one in found if one.column == 1}
    assert told == {0: True, 1: False}


def test_a_row_whose_name_begins_as_that_of_another_is_told() -> None:
    fleet = made([["Aircraft"], ["Leased"], ["Owned"]], [["T7-200", "3", "1"], ["T7-200ER", "15", "4"]])
    what = asked("How many T7-200ER are leased?")
    seen = Seen.of(what, Linker(HashingEmbedder()).link(what, fleet), fleet)
    found = [one for one in candidates(what, seen.link, fleet) if one.operation == "look_up" and one.column == 1]
    assert any("operation" not in gaps_of(seen, one) for one in found if one.selection.rows == (1,))


def test_a_row_of_another_day_tells_nothing_of_today() -> None:
    today = datetime.date.today()
    rows = [[(today - datetime.timedelta(days=days)).isoformat(), word] for days, word in ((0, "sun"), (1, "rain"), (2, "fog"))]
    weather = made([["Date"], ["Weather"]], rows, title="Weather")
    question = "What is the weather today?"
    plain = gaps(weather, "What is the weather?", "look_up", "all")
    assert plain
    assert gaps(weather, question, "look_up", "all") == plain  # all rows together: today is among them
    earlier = gaps(made([["Date"], ["Weather"]], rows[1:], title="Weather"), question, "look_up", "all")
    assert len(earlier) == len(plain)
    assert all("operation" in gap for gap in earlier)
