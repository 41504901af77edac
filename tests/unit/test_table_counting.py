"""What is left of what was planned, days from one date to another, the day so many days after one."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.phrasing import phrased
from service.tables.reading import Candidate
from service.tables.sheet import Sheet, made
from tests.fakes import HashingEmbedder

BUDGET = made(
    [["Post"], ["Budget 2026"], ["Spent so far"]],
    [["Travel", "5,000", "3,200"], ["Training", "8,000", "9,100"], ["Total", "13,000", "12,300"]],
)
TASKS = made(
    [["事项"], ["开始日期"], ["截止日期"]],
    [["屋顶", "2026-01-20", "2026-02-03"], ["电梯", "2026-02-01", "2026-03-01"], ["围墙", "未定", "2026年4月"]],
)


def readings(sheet: Sheet, question: str, operation: str) -> list[Candidate]:
    what = asked(question)
    found = candidates(what, Linker(HashingEmbedder()).link(what, sheet), sheet)
    return [one for one in found if one.operation == operation]


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("How much of the travel budget is left?", 1800.0),
        ("What remains for training?", -1100.0),
        ("How much budget is left in total?", 700.0),
    ],
)
def test_what_is_left_is_the_planned_less_the_spent(question: str, left: float) -> None:
    assert (left,) in [one.answers for one in readings(BUDGET, question, "rest")]


def test_nothing_is_taken_off_where_it_is_not_asked_for_or_told() -> None:
    assert not readings(BUDGET, "What is the travel budget?", "rest")
    told = made([["Post"], ["Budget"], ["Spent"], ["Left"]], [["Travel", "5", "3", "2"], ["Rent", "9", "8", "1"]])
    assert not readings(told, "How much of the travel budget is left?", "rest")


def test_the_sentence_shows_both_amounts() -> None:
    (travel,) = [one for one in readings(BUDGET, "What is left for travel?", "rest") if one.answers == (1800.0,)][:1]
    assert phrased(BUDGET, travel, "en") == "Left (Travel): 5,000 (Budget 2026) − 3,200 (Spent so far) = 1,800"
    assert phrased(BUDGET, travel, "zh").endswith("Travel剩余：5,000（Budget 2026） − 3,200（Spent so far） = 1,800")


def test_days_are_counted_between_whole_dates_only() -> None:
    found = readings(TASKS, "屋顶从开始到截止一共多少天？", "days")
    assert (14.0,) in [one.answers for one in found]
    roof = next(one for one in found if one.answers == (14.0,))
    assert phrased(TASKS, roof, "zh") == "从 2026-01-20（开始日期） 到 2026-02-03（截止日期）：14 天"
    rows = {row for one in readings(TASKS, "围墙从开始到截止一共多少天？", "days") for row, _ in one.cells}
    assert 2 not in rows


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("电梯的截止日期之后10天是哪天？", "2026-03-11"),
        ("电梯截止日期2周前是哪天？", "2026-02-15"),
        ("Which day is 30 days after the 截止日期 of 电梯?", "2026-03-31"),
    ],
)
def test_the_day_so_many_days_from_a_date(question: str, day: str) -> None:
    assert (day,) in [one.answers for one in readings(TASKS, question, "day")]


def test_working_days_are_not_counted() -> None:
    assert not readings(TASKS, "Which day is 10 working days after the 截止日期 of 电梯?", "day")


def test_what_is_asked_of_no_row_is_told_of_each() -> None:
    hotels = made([["City"], ["Hotel limit (€)"]], [["Berlin", "140"], ["Paris", "190"]])
    all_rows = next(
        one
        for one in readings(hotels, "What is the hotel limit?", "look_up")
        if one.selection.kind == "all" and one.column == 1
    )
    assert phrased(hotels, all_rows, "en") == "Hotel limit (€) (2 rows): Berlin: 140; Paris: 190"
