"""Counts and extremes that answer something else than what is asked are not told."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.features import Seen
from service.tables.gaps import gaps_of
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.sheet import Sheet, made
from tests.fakes import HashingEmbedder

GAMES = made(
    [["Week"], ["Opponent"], ["Ground"], ["Attendance"]],
    [
        ["1", "Terns", "Home", "500"],
        ["2", "Gulls", "Away", "650"],
        ["3", "Herons", "Home", "480"],
        ["4", "Owls", "Away", "900"],
    ],
)


def undone(sheet: Sheet, question: str, operation: str) -> list[bool]:
    what = asked(question)
    seen = Seen.of(what, Linker(HashingEmbedder()).link(what, sheet), sheet)
    found = [one for one in candidates(what, seen.link, sheet) if one.operation == operation]
    named = [one for one in found if operation != "count" or one.selection.mentions]
    return ["operation" in gaps_of(seen, one) for one in named]


@pytest.mark.parametrize(
    ("question", "operation"),
    [
        ("How many points were scored in week 3?", "count"),
        ("What is the total of the 3 highest attendances?", "maximum"),
        ("What was the largest difference in attendance?", "maximum"),
    ],
)
def test_something_else_is_not_told(question: str, operation: str) -> None:
    found = undone(GAMES, question, operation)
    assert found
    assert all(found)


@pytest.mark.parametrize(
    ("question", "operation"),
    [("How many games were at home?", "count"), ("What was the highest attendance?", "maximum")],
)
def test_what_is_asked_for_is_told(question: str, operation: str) -> None:
    assert not all(undone(GAMES, question, operation))
