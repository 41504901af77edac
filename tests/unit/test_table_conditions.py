"""Bounds, neighbours, exceptions, stretches, ties and yes or no: each kind of condition on small tables in both languages."""

from __future__ import annotations

import math

import pytest

from service.tables.asking import asked
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.phrasing import phrased
from service.tables.ranges import Stretch, stretch, stretches
from service.tables.reading import Answer, Candidate
from service.tables.roles import Bound, bounds, leading, roles, superlatives
from service.tables.sheet import Sheet, made
from service.tables.values import plain
from tests.fakes import HashingEmbedder

FERRIES = made(
    [["Ferry"], ["Harbour"], ["Built"], ["Cars"], ["Crew (names)"]],
    [
        ["Alder", "Northhaven (isle)", "1984", "40", "Ann, Bob and Cleo"],
        ["Birch", "Southhaven", "1991", "120", "Dan, Eve"],
        ["Cedar", "Northhaven (coast)", "1996", "85", "Fay"],
        ["Dogwood", "Westhaven", "2003", "120", "Gus, Hal, Ida, Jo"],
    ],
)
LEAVE = made(
    [["Years of service"], ["Days of leave"]],
    [["under 5 years", "20"], ["5 to 10 years", "23"], ["11 to 20 years", "26"], ["over 20 years", "30"]],
)
RENT = made(
    [["面积"], ["月租（元）"]],
    [["50平方米以下", "1800"], ["50-80平方米", "2600"], ["81-120平方米", "3900"], ["120平方米以上", "5200"]],
)
SHOPS = made(
    [["店名"], ["城市"], ["开业年份"], ["员工数"]],
    [
        ["甲店", "苏州", "2012", "14"],
        ["乙店", "宁波", "2015", "9"],
        ["丙店", "苏州", "2018", "21"],
        ["丁店", "青岛", "2020", "14"],
    ],
)
LEASES = made([["Flat"], ["From"], ["Until"]], [["No. 3", "2009", "2014"], ["No. 4", "2011", "2019"]])


def found(sheet: Sheet, question: str) -> list[Candidate]:
    what = asked(question)
    return candidates(what, Linker(HashingEmbedder()).link(what, sheet), sheet)


@pytest.mark.parametrize(
    ("sheet", "question", "operation", "answers"),
    [
        (FERRIES, "How many ferries take more than 85 cars?", "count", (2.0,)),
        (FERRIES, "How many ferries take at least 85 cars?", "count", (3.0,)),
        (FERRIES, "How many ferries take at least 50 but less than 100 cars?", "count", (1.0,)),
        (FERRIES, "Which ferries were built in the 1990s?", "look_up", ("Birch", "Cedar")),
        (FERRIES, "Which ferry at Northhaven was built after 1990?", "look_up", ("Cedar",)),
        (FERRIES, "How many ferries sail from Northhaven?", "count", (2.0,)),
        (FERRIES, "Which ferry was built right after Birch?", "look_up", ("Cedar",)),
        (FERRIES, "Which other ferry takes the same number of cars as Birch?", "look_up", ("Dogwood",)),
        (FERRIES, "Besides Birch, which ferry takes 120 cars?", "look_up", ("Dogwood",)),
        (FERRIES, "What are the first two ferries?", "look_up", ("Alder", "Birch")),
        (FERRIES, "How many people are in the crew of Dogwood?", "items", (4.0,)),
        (FERRIES, "Does Birch take more cars than Cedar?", "whether", ("yes",)),
        (FERRIES, "Does Alder take more cars than Cedar?", "whether", ("no",)),
        (FERRIES, "Does Cedar take more than 90 cars?", "whether", ("no",)),
        (LEAVE, "How many days of leave do I get after 15 years of service?", "look_up", ("26",)),
        (LEAVE, "How many days of leave are there for 25 years?", "look_up", ("30",)),
        (LEASES, "How long was flat No. 4 let?", "difference", (8.0,)),
        (RENT, "100平方米的月租是多少？", "look_up", ("3900",)),
        (RENT, "130平方米的月租多少钱", "look_up", ("5200",)),
        (SHOPS, "员工数超过10人的店有几家？", "count", (3.0,)),
        (SHOPS, "2015年以后开业的店有哪些？", "look_up", ("丙店", "丁店")),
        (SHOPS, "苏州员工数不少于20人的店是哪家？", "look_up", ("丙店",)),
        (SHOPS, "乙店之后是哪家店？", "look_up", ("丙店",)),
        (SHOPS, "和甲店员工数相同的是哪家店？", "look_up", ("丁店",)),
        (SHOPS, "前两家店是哪些？", "look_up", ("甲店", "乙店")),
        (SHOPS, "丙店的员工数比乙店更多吗？", "whether", ("yes",)),
    ],
)
def test_the_right_reading_is_among_them(sheet: Sheet, question: str, operation: str, answers: tuple[Answer, ...]) -> None:
    assert (operation, answers) in {(one.operation, one.answers) for one in found(sheet, question)}


@pytest.mark.parametrize(
    ("question", "bound"),
    [
        ("more than 1,000 people", Bound(">", 1000)),
        ("no more than 5 rooms", Bound("<=", 5)),
        ("not less than 5 rooms", Bound(">=", 5)),
        ("20 points or more", Bound(">=", 20)),
        ("over the age of 30", Bound(">", 30)),
        ("before 1926", Bound("<", 1926, of_years=True)),
        ("between 2016 and 2020", Bound("..", 2016, 2020)),
        ("the 1980s", Bound("..", 1980, 1989)),
        ("won at least twice", Bound(">=", 2)),
        ("价格不超过300元", Bound("<=", 300)),
        ("60岁以上的", Bound(">=", 60)),
        ("2015年到2018年之间", Bound("..", 2015, 2018)),
        ("2015年之前", Bound("<", 2015, of_years=True)),
    ],
)
def test_a_number_is_a_bound_by_the_words_beside_it(question: str, bound: Bound) -> None:
    assert bounds(plain(question)) == (bound,)


@pytest.mark.parametrize("question", ["the salary of Ann in 2019", "who came after Ann", "2019年的工资", "room 5"])
def test_other_numbers_are_none(question: str) -> None:
    assert bounds(plain(question)) == ()


@pytest.mark.parametrize(
    ("question", "name", "part"),
    [
        ("who came right after the Birch?", "Birch", "next"),
        ("what was listed before Birch?", "Birch", "previous"),
        ("besides the Birch, who else?", "Birch", "except"),
        ("is it Alder or Birch?", "Birch", "or"),
        ("甲店之前是哪家店", "甲店", "previous"),
        ("除了甲店以外", "甲店", "except"),
    ],
)
def test_names_play_parts(question: str, name: str, part: str) -> None:
    assert part in roles(plain(question), plain(name))


def test_a_name_that_is_only_there_plays_none() -> None:
    assert roles(plain("how many cars does the Birch take"), "birch") == frozenset()


def test_superlatives_say_what_they_go_by() -> None:
    (one,) = superlatives(plain("Which is the cheapest product?"))
    assert (one.way, one.kinds) == (-1, ("price",))
    (two,) = superlatives(plain("单价最高的产品是哪个"))
    assert (two.way, two.beside) == (1, "单价")
    (three,) = superlatives(plain("Which animal sleeps the longest?"))
    (four,) = superlatives(plain("Which car is the most powerful?"))
    assert (three.beside, four.kinds) == ("sleeps", ("power",))


def test_at_least_is_no_superlative() -> None:
    assert not asked("How many teams won at least 4 matches?").cues & {"least", "most"}
    assert "least" in asked("Which team won the least matches?").cues


def test_first_rows_are_counted_from_either_end() -> None:
    assert [leading(plain(one)) for one in ("the top 5 teams", "the last three", "前三名", "最后两个", "first place")] == [
        5, -3, 3, -2, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("10 to 20 years", Stretch(10, 20, "a")),
        ("0.5–1 kg", Stretch(0.5, 1, "kg")),
        ("10年以上不满20年", Stretch(10, 20, "a", False, True)),
        ("满 10 年不满 20 年", Stretch(10, 20, "a", False, True)),
        ("满1年，未满10年", Stretch(1, 10, "a", False, True)),
        ("未满 1 年", Stretch(-math.inf, 1, "a", False, True)),
        ("between 5 and 10 years", Stretch(5, 10, "a")),
        ("from 5 to 10 years", Stretch(5, 10, "a")),
        ("5 and 10 years", None),
        ("between 5 to 10 years", None),
        ("2000–01", None),
        ("15 years", None),
        ("W 45–7", None),
        ("5W-30", None),
    ],
)
def test_stretches_of_numbers(cell: str, expected: Stretch | None) -> None:
    assert stretch(cell) == expected


def test_scores_are_no_stretches() -> None:
    assert stretches(["1–3", "2–0", "4–1", "3–3"]) is None


def test_another_unit_lies_in_no_stretch() -> None:
    assert not [one for one in found(LEAVE, "What do 15 kg get?") if one.selection.kind == "cell"]


def test_a_row_is_never_named_by_a_stretch_that_lacks_the_number() -> None:
    readings = [one for one in found(LEAVE, "How many days of leave do I get after 15 years?") if one.operation == "look_up"]
    told = {one.answers for one in readings if one.selection.kind in ("row", "cell", "next")}
    assert told == {("26",)}


def test_yes_and_no_are_said_with_their_values() -> None:
    one = next(one for one in found(FERRIES, "Does Birch take more cars than Cedar?") if one.operation == "whether")
    assert phrased(FERRIES, one, "en").startswith("Yes: ")
    assert phrased(FERRIES, one, "zh").startswith("是：")
