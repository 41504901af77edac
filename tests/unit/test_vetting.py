"""What is shown to the generator once it was asked which sentence answers."""

from __future__ import annotations

import pytest

from service.grounding.judging import Outlook
from service.grounding.quotable import Quote
from service.reading import Reading, Span
from service.vetting import is_backed
from tests.fakes import a_passage

IDS = a_passage("100-999: Packages may have an id of these on demand.", key=1)
OTHERS = a_passage("1000-59999: Dynamically allocated user accounts.", key=2)


@pytest.mark.parametrize(
    ("score", "stated", "place", "expected"),
    [
        (5.0, 0.6, IDS, True),
        (-2.0, 0.6, IDS, False),  # the reader found nothing
        (5.0, -0.6, IDS, False),  # it rather does not answer
        (5.0, 0.6, OTHERS, False),  # they are of two minds
    ],
)
def test_a_sentence_is_backed_by_what_the_reader_found(score: float, stated: float, place: object, expected: bool) -> None:
    best = IDS if place is IDS else OTHERS
    outlook = Outlook(0.3, Quote(1, best, 0, len(best.text), stated=stated), (best,))
    read = [(IDS, Reading((Span(0, 7, score),), 2.0)), (OTHERS, Reading((Span(0, 10, -8.0),), -2.0))]
    assert is_backed(outlook, read) is expected


def test_nothing_is_backed_where_no_sentence_may_answer() -> None:
    assert not is_backed(Outlook(0.99, None, ()), [(IDS, Reading((), -5.0))])
