"""How a reading stands among the others of its table: what it leaves of the question, and how many things it tells."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.features import Seen, taken
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.role_features import Features
from service.tables.sheet import made
from service.tables.standing import asked_count, asked_number, standing
from tests.fakes import HashingEmbedder

TRIPS = made(
    [["Traveller"], ["City"], ["Nights"]],
    [["Ines Falk", "Lisbon", "3"], ["Ola Berg", "Lisbon", "5"], ["Ines Falk", "Vienna", "2"], ["Juno Pal", "Dublin", "4"]],
)


def found(question: str, operation: str, answers: tuple[object, ...]) -> list[Features]:
    what = asked(question)
    link = Linker(HashingEmbedder()).link(what, TRIPS)
    seen = Seen.of(what, link, TRIPS)
    return [
        standing(link, what.plain, one, taken(seen, one)) for one in candidates(what, link, TRIPS)
        if (one.operation, one.answers) == (operation, answers)
    ]  # fmt: skip


def test_names_of_the_table_that_a_reading_leaves_are_counted() -> None:
    question = "How many nights did Ines Falk stay in Vienna?"
    left = {answers: [one["mention.left"] for one in found(question, "look_up", answers)] for answers in (("2",), ("3", "2"))}
    assert min(left["2",]) == 0
    assert max(left["3", "2"]) > 0  # by the name alone, of whom there are two rows


def test_the_cell_that_is_named_best_lies_behind_none() -> None:
    question = "Nights of Juno Pal in Dublin"
    assert any(one["cell.best"] == 1 for one in found(question, "look_up", ("4",)))
    assert all(one["cell.best"] == 0 and one["cell.row.behind"] > 0 for one in found(question, "look_up", ("5",)))


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("which two teams won", 2),
        ("name the 3 cities with most nights", 3),
        ("which team won two titles", None),
        ("what 5 years ago was built", None),
        ("哪两个城市最多", None),
    ],
)
def test_how_many_things_are_asked_for_by_a_number(question: str, count: int | None) -> None:
    assert asked_count(question) == count


@pytest.mark.parametrize(
    ("question", "number"),
    [
        ("what cities have direct flights", "several"),
        ("which city is the largest", "one"),
        ("who were the winners", "several"),
        ("how many nights did he stay", ""),
    ],
)
def test_whether_one_thing_is_asked_for_or_several(question: str, number: str) -> None:
    assert asked_number(question) == number
