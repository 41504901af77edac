"""A table of another time, or of other things, tells nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.tables.gaps import gaps_of
from service.tables.sheet import made
from tests.unit.test_table_gaps import all_readings

ACTIONS = made(
    [["Action"], ["Owner"]], [["Order sensors", "Han"], ["Close report", "Guo"]], title="Action items of the meeting"
)


@pytest.mark.parametrize(
    ("question", "is_told"),
    [
        ("How many action items are there?", True),
        ("How many loggers fit in the bath at once?", False),
        ("一个柜子可以存放多少只电池？", False),
    ],
)
def test_only_what_a_table_lists_is_counted(question: str, is_told: bool) -> None:
    found = [
        gaps_of(seen, one)
        for seen, one in all_readings(ACTIONS, question)
        if one.operation == "count" and one.selection.kind == "all"
    ]
    assert found
    assert [not gaps for gaps in found] == [is_told] * len(found)


@pytest.mark.parametrize(
    ("names", "title", "is_told"),
    [
        (["Units"], "First quarter 2019", False),
        (["Units last year"], "First quarter 2019", True),
        (["Units"], f"First quarter {datetime.now(UTC).year - 1}", True),
    ],
)
def test_last_year_is_not_the_year_of_the_table(names: list[str], title: str, is_told: bool) -> None:
    sales = made([["Model"], names], [["R3", "9200"], ["R5", "410"]], title=title)
    found = [
        gaps_of(seen, one)
        for seen, one in all_readings(sales, "How many units of the R3 were sold last year?")
        if one.operation == "look_up" and one.answers == ("9200",)
    ]
    assert found
    assert any("operation" not in some for some in found) is is_told


MONTHLY = made(
    [["Month"], ["Late delivery"], ["Total"]],
    [["January", "9", "30"], ["February", "12", "41"], ["March", "6", "25"]],
    title="Complaints Q1",
)


@pytest.mark.parametrize(
    ("question", "operation", "answers", "is_told"),
    [
        ("How much late delivery was there in the first quarter?", "look_up", ("6",), False),
        ("What is the total late delivery in the first quarter?", "sum", (27.0,), True),
        ("What is the total late delivery in Q4?", "sum", (27.0,), False),
        ("三季度 late delivery 总共多少？", "sum", (27.0,), False),
        ("How much late delivery was there in March?", "look_up", ("6",), True),
    ],
)
def test_a_month_is_no_quarter_and_one_quarter_not_another(
    question: str, operation: str, answers: tuple[str | float, ...], is_told: bool
) -> None:
    found = [
        gaps_of(seen, one)
        for seen, one in all_readings(MONTHLY, question)
        if one.operation == operation and one.answers == answers
    ]
    assert found
    assert any("operation" not in some for some in found) is is_told


@pytest.mark.parametrize(
    "question", ["How many days do I have to pay?", "How many working hours does it take?", "几天之内付款？", "多少小时？"]
)
def test_rows_are_no_days(question: str) -> None:
    payments = made([["Action"], ["Owner"]], [["Pay the invoice", "Han"], ["Close the report", "Guo"]], title="To pay: actions")
    found = [gaps_of(seen, one) for seen, one in all_readings(payments, question) if one.operation == "count"]
    assert all("operation" in some for some in found)


def test_a_table_without_a_word_of_the_question_tells_nothing() -> None:
    pins = made([["Pin"], ["Signal"]], [["1", "GND"], ["2", "VCC"]], title="Connector")
    found = [gaps_of(seen, one) for seen, one in all_readings(pins, "Who is the oldest employee?")]
    assert all("operation" in some for some in found)


def test_the_oldest_is_told_by_age() -> None:
    people = made(
        [["Name"], ["Age"], ["Date of birth"], ["Date of death"]],
        [["Ann", "69", "1947-01-08", "2016-01-10"], ["Ben", "90", "1926-10-18", "2017-03-18"]],
    )
    found = [
        (one.answers, gaps_of(seen, one))
        for seen, one in all_readings(people, "Who got the oldest?")
        if one.operation in ("most", "least") and one.column is not None and one.column >= 2
    ]
    assert found
    assert all("operation" in gaps for _, gaps in found)


@pytest.mark.parametrize(
    ("question", "is_told"),
    [("How long is the warranty of the Frostline?", False), ("What is the CNY of the Frostline?", True)],
)
def test_money_is_no_time(question: str, is_told: bool) -> None:
    prices = made([["Article"], ["Model"], ["CNY"]], [["Frostline", "FL-D1", "1,350"], ["Dock", "FL-DK2", "320"]])
    found = [
        gaps_of(seen, one)
        for seen, one in all_readings(prices, question)
        if one.operation == "look_up" and one.answers == ("1,350",)
    ]
    assert found
    assert any("operation" not in gaps for gaps in found) is is_told
