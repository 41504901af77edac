"""What a question may mean of a table, executed: every reading is there, and says what the cells give."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.phrasing import phrased, written
from service.tables.reading import Answer
from service.tables.sheet import Sheet, made
from service.tables.values import read
from tests.fakes import HashingEmbedder
from youju.text.language import detect_language

PEOPLE = made(
    [["Name"], ["Team"], ["Started"], ["Salary"]],
    [
        ["Ann", "Red", "2015", "$3,000"],
        ["Bob", "Blue", "2018", "$2,500"],
        ["Cleo", "Red", "2020", "$4,100"],
        ["Dan", "Blue", "2021", "$2,400"],
    ],
    title="Staff (in thousands)",
)
REPORT = made(
    [[], ["Year ended", "2019"], ["Year ended", "2018"]],
    [["Fixed price", "1,452.4", "1,146.2"], ["Other", "44.1", "56.7"], ["Total sales", "1,496.5", "(12.0)"]],
    [["Sales:"], ["Sales:"], []],
    "Sales (in millions)",
)


RISKS = made(
    [["Work"], ["Owner"], ["Risk"]],
    [["Walls", "Ann", "low"], ["Wires", "Bob", "High"], ["Paint", "Cleo", "medium"], ["Roof", "Dan", "low"]],
)
NO_RISK = made([["Work"], ["Risk"]], [["Walls", "none"], ["Wires", "high"], ["Paint", "low"]])
RISKS_ZH = made([["工作流"], ["负责人"], ["风险"]], [["土建", "甲", "低"], ["弱电", "乙", "高"], ["验收", "丙", "中"]])


def readings(sheet: Sheet, question: str) -> set[tuple[str, tuple[Answer, ...]]]:
    what = asked(question)
    found = candidates(what, Linker(HashingEmbedder()).link(what, sheet), sheet)
    return {(one.operation, tuple(round(a, 2) if isinstance(a, float) else a for a in one.answers)) for one in found}


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "answers"),
    [
        (PEOPLE, "What is the salary of Cleo?", "look_up", ("$4,100",)),
        (PEOPLE, "Who is in team Red?", "look_up", ("Ann", "Cleo")),
        (PEOPLE, "How many people are in team Blue?", "count", (2.0,)),
        (PEOPLE, "What is the total salary of team Red?", "sum", (7100.0,)),
        (PEOPLE, "What is the average salary of team Red?", "mean", (3550.0,)),
        (PEOPLE, "Who has the highest salary?", "most", ("Cleo",)),
        (PEOPLE, "Who earns least in team Red?", "least", ("Ann",)),
        (RISKS, "Which work has the highest risk?", "most", ("Wires",)),  # levels: none of them is a number
        (RISKS, "Who owns the work with the lowest risk?", "least", ("Ann", "Dan")),
        (NO_RISK, "Which work has the lowest risk?", "least", ("Walls",)),
        (RISKS_ZH, "哪个工作流的风险最高？", "most", ("弱电",)),
        (PEOPLE, "How many started after 2018?", "count", (2.0,)),
        (PEOPLE, "Who started before 2018?", "look_up", ("Ann",)),
        (PEOPLE, "Who started between 2016 and 2020?", "look_up", ("Bob", "Cleo")),
        (PEOPLE, "Who comes after Bob?", "look_up", ("Cleo",)),
        (PEOPLE, "Who comes before Bob?", "look_up", ("Ann",)),
        (PEOPLE, "Who is first on the list?", "first", ("Ann",)),
        (PEOPLE, "How many teams are there?", "distinct", (2.0,)),
        (PEOPLE, "How much more does Cleo earn than Bob?", "difference", (1600.0,)),
        (PEOPLE, "Who is not in team Red, other than Bob?", "look_up", ("Bob", "Dan")),
        (REPORT, "What was the change in Other from 2018 to 2019?", "difference", (-12.6,)),
        (REPORT, "What was the percentage change in Other from 2018 to 2019?", "change", (-22.22,)),
        (REPORT, "In which year was Other larger?", "along_most", ("2018",)),
        (REPORT, "What share of total sales was fixed price in 2019?", "share", (97.05,)),
        (REPORT, "What was the average of Other in 2018 and 2019?", "mean", (50.4,)),
        (REPORT, "What were total sales in 2018?", "look_up", ("(12.0)",)),
        (REPORT, "In which year did Other exceed 50?", "along_over", ("2018",)),
        (REPORT, "Which sales are there?", "look_up", ("Fixed price", "Other")),
    ],
)
def test_the_right_reading_is_among_them(sheet: Sheet, question: str, operation: str, answers: tuple[Answer, ...]) -> None:
    assert (operation, answers) in readings(sheet, question)


def test_a_name_spelled_otherwise_is_found() -> None:
    link = Linker(HashingEmbedder()).link(asked("What is the sallary of Cleo?"), PEOPLE)
    assert link.columns.said.tolist() == [0, 0, 0, 1]


def test_short_names_of_columns_are_those_of_words() -> None:
    cars = made([["car"], ["mpg"], ["hp"]], [["Fiat", "32.4", "66"], ["Ford", "15.8", "264"]])
    link = Linker(HashingEmbedder()).link(asked("How many miles per gallon does the Fiat do?"), cars)
    assert link.columns.said.tolist() == [0, 1, 0]


def test_sentences_say_what_was_computed_in_the_language_of_the_question() -> None:
    what = asked("What is the total salary of team Red?")
    found = candidates(what, Linker(HashingEmbedder()).link(what, PEOPLE), PEOPLE)
    total = next(one for one in found if one.operation == "sum" and one.answers == (7100.0,))
    assert phrased(PEOPLE, total, "en") == "Sum of Salary where Team: Red: $7,100 (2 rows) (in thousands)"
    assert phrased(PEOPLE, total, "zh") == "Team: Red，Salary合计：$7,100（共 2 行之和） (in thousands)"
    assert detect_language(what.text) == "en"


def test_numbers_are_written_as_in_the_table() -> None:
    assert written(1234.5, [read("1,000.0"), read("234.5")]) == "1,234.5"
    assert written(-12, [read("$20"), read("$32")]) == "-$12"
    assert written(66.666666, [read("60%"), read("70%")], exact=False) == "66.67%"
    assert written(12, [read("5"), read("7")]) == "12"
