"""What a table holds: its years, the rows under a heading; and what is told along a row only where it is asked for."""

from __future__ import annotations

import pytest

from service.tables.asking import asked
from service.tables.choosing import possible
from service.tables.features import Seen
from service.tables.gaps import gaps_of
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.sheet import made
from tests.fakes import HashingEmbedder

REPORT = made(
    [["Item"], ["2019"], ["2018"]],
    [["Machines", "90", "80"], ["Other", "30", "32"], ["Pensions", "5", "6"], ["Rent", "8", "9"], ["Total revenue", "7", "4"]],
    [["Deferred tax assets"], ["Deferred tax assets"], ["Liabilities"], ["Liabilities"], []],
)


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("What are the components of deferred tax assets?", ("Machines", "Other")),
        ("What items do liabilities consist of?", ("Pensions", "Rent")),
        ("Which years does the table provide information for?", ("2019", "2018")),
        ("What are the years included in the table?", ("2019", "2018")),
    ],
)
def test_what_a_table_holds_is_told_and_nothing_else(question: str, answers: tuple[str, ...]) -> None:
    what = asked(question)
    link = Linker(HashingEmbedder()).link(what, REPORT)
    found = possible(what, link, REPORT)
    assert {one.answers for one in found} == {answers}
    assert not any(gaps_of(Seen.of(what, link, REPORT), one) for one in found)


@pytest.mark.parametrize("question", ["What is the item under rent in 2019?", "What are the components of the engine?"])
def test_other_questions_are_read_as_before(question: str) -> None:
    what = asked(question)
    link = Linker(HashingEmbedder()).link(what, REPORT)
    assert len({one.answers for one in possible(what, link, REPORT)}) > 5


@pytest.mark.parametrize(
    ("question", "operation"),
    [
        ("What was the total revenue in 2019 and 2018?", "sum"),
        ("Which components is the revenue made of?", "along_names"),
        ("In which year was the revenue less than 5?", "along_count"),
    ],
)
def test_what_nobody_asks_for_along_a_row_is_not_told(question: str, operation: str) -> None:
    what = asked(question)
    seen = Seen.of(what, Linker(HashingEmbedder()).link(what, REPORT), REPORT)
    found = [one for one in candidates(what, seen.link, REPORT) if one.operation == operation and one.columns]
    revenue = [one for one in found if one.selection.rows == (4,)]
    assert revenue
    assert all("operation" in gaps_of(seen, one) for one in revenue)
