"""What was reached against what was planned, row by row."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.choosing import choose
from service.tables.linking import Linker
from service.tables.phrasing import phrased
from service.tables.reading import TARGETS
from service.tables.shares import shares
from service.tables.sheet import Sheet, made
from service.tables.targets import targets
from tests.fakes import HashingEmbedder
from youju.records import Language

LINKER = Linker(HashingEmbedder())
SALES = made(
    [["Branch"], ["April"], ["May"], ["June"], ["Quarter"], ["Budget"]],
    [
        ["Lindow", "10", "12", "14", "36", "40"],
        ["Harrow", "30", "31", "40", "101", "90"],
        ["Selby", "5", "6", "9", "20", "16"],
        ["Ripon", "7", "7", "6", "20", "20"],
        ["Whole firm", "52", "56", "69", "177", "166"],
    ],
)
SHOPS = made(
    [["门店"], ["实际销售额"], ["目标"], ["完成率"]],
    [["东门店", "120", "100", "120%"], ["西门店", "88", "110", "80%"], ["南门店", "95", "98", "97%"]],
)


def told(question: str, sheet: Sheet, language: Language = "en") -> str:
    choice = choose(LINKER, question, sheet)
    assert choice is not None
    assert choice.best.operation in TARGETS
    return phrased(sheet, choice.best, language)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which branches missed their budget?", "Quarter below Budget in Lindow: Lindow 36 / 40"),
        ("How many branches were over budget?", "Quarter above Budget in 2 of 4 rows: Harrow 101 / 90; Selby 20 / 16"),
        ("Which branch beat its budget by most?", "Harrow is furthest, Quarter above Budget: Harrow 101 / 90, 11"),
        (
            "Which branch beat its budget by the largest percentage?",
            "Selby is furthest, Quarter above Budget: Selby 20 / 16, +25.0%",
        ),
    ],
)
def test_rows_are_held_against_their_plans(question: str, answer: str) -> None:
    assert told(question, SALES) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("有几家门店没有完成目标？", "实际销售额低于目标的共 2 行（3 行中）：西门店 88 / 110；南门店 95 / 98"),
        ("哪家门店超过了目标？", "实际销售额高于目标的有 东门店：东门店 120 / 100"),
    ],
)
def test_in_chinese_too(question: str, answer: str) -> None:
    assert told(question, SHOPS, "zh") == answer


@pytest.mark.parametrize(
    "question",
    [
        "Which branches have a budget over 50?",  # a bound of its own
        "What was the budget of Selby over the summer?",  # no rows are asked for
        "Which branch sold most in May?",
        "Which branch has the largest budget?",
    ],
)
def test_other_questions_are_left_to_other_readings(question: str) -> None:
    what = asked(question)
    assert list(targets(what, LINKER.link(what, SALES), SALES)) == []


def test_nothing_is_said_where_it_is_not_plain_what_was_reached() -> None:
    two = made([["Shop"], ["Sales"], ["Orders"], ["Target"]], [["North", "4", "9", "5"], ["South", "8", "2", "6"]])
    what = asked("Which shop missed its target?")
    assert list(targets(what, LINKER.link(what, two), two)) == []


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What share of the total budget does Harrow have?", "Share of Harrow in Budget: 90 of 166 = 54.22%"),
        ("What percentage of the whole quarter comes from Selby?", "Share of Selby in Quarter: 20 of 177 = 11.30%"),
    ],
)
def test_the_share_of_a_row_in_the_whole_leaves_out_the_total(question: str, answer: str) -> None:
    choice = choose(LINKER, question, SALES)
    assert choice is not None
    assert phrased(SALES, choice.best, "en") == answer


def test_a_share_in_chinese() -> None:
    choice = choose(LINKER, "西门店占实际销售额的百分之几？", SHOPS)
    assert choice is not None
    assert phrased(SHOPS, choice.best, "zh") == "西门店占实际销售额的比例：88 / 303 = 29.04%"


@pytest.mark.parametrize("question", ["What share do Harrow and Selby have of the total?", "What is the budget of Selby?"])
def test_no_share_is_told_of_several_or_unasked(question: str) -> None:
    what = asked(question)
    assert list(shares(what, LINKER.link(what, SALES), SALES)) == []
