"""Which sentence is told to answer: by itself, and among others."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence

import pytest

from service.generation import Chances
from service.grounding.judging import FAR_LIKELIER, SURELY_NONE, SentenceJudge, together
from service.grounding.quotable import Quote
from service.grounding.selection import PLAIN
from service.reading import Reading
from service.timing import Clock, Deadline, Steps
from tests.fakes import HashingEmbedder, a_document, a_passage

QUESTION = "How long is the warranty of the pump?"
LINES = (
    "The warranty of the valve is 12 months.",
    "The warranty of the pump is 36 months.",
    "The pump is delivered with a hose.",
    "How long a pump lasts depends on its use.",
)


class Told:
    """What a generator would say of lines, and what it was asked."""

    def __init__(self, stated: Mapping[str, float], among: Mapping[str, float] | None = None) -> None:
        self.stated, self.among = stated, among
        self.asked: list[str] = []
        self.offered: list[Sequence[str]] = []

    async def asks(self, text: str, title: str) -> float:
        self.asked.append(text)
        return next((odds for part, odds in self.stated.items() if part in text), -4.0)

    async def picks(self, lines: Sequence[str]) -> Chances | None:
        self.offered.append(lines)
        if self.among is None:
            return None
        shares = [next((chance for part, chance in self.among.items() if part in line), 1e-5) for line in lines]
        return Chances(tuple(shares), max(1e-5, 1 - sum(shares)))


def judge_of(told: Told, across: bool = False) -> SentenceJudge:
    passage = a_passage(" ".join(LINES))
    read = [(passage, Reading((), -5.0))]
    step = Steps(Clock(), Deadline(None))
    return SentenceJudge(QUESTION, [passage], read, HashingEmbedder(), step, told.asks, across, told.picks)


def quote_of(line: str) -> Quote:
    passage = a_passage(" ".join(LINES))
    start = passage.text.index(line)
    return Quote(1, passage, start, start + len(line))


def likeliest(told: Told) -> Quote | None:
    return asyncio.run(judge_of(told).likeliest(""))


def rival(told: Told, line: str, looks_first: bool = False) -> Quote | None:
    async def work() -> Quote | None:
        judge = judge_of(told)
        if looks_first:
            await judge.outlook()
        quote = quote_of(line)
        stated = await judge.weighed(line, quote)
        assert stated is not None
        return await judge.rival(line, quote, stated)

    return asyncio.run(work())


def test_the_one_that_is_picked_is_told_with_what_is_said_of_it_alone() -> None:
    told = Told({"of the pump is 36": 3.0}, {"of the pump is 36": 0.8, "valve": 0.1})
    quote = likeliest(told)
    assert quote is not None
    assert quote.text == LINES[1]
    assert quote.stated == pytest.approx(together(3.0, 0.8, 0.1), abs=0.001)
    assert len(told.offered) == 1
    assert len(told.offered[0]) == len(LINES)


def test_of_two_that_are_about_as_likely_the_one_that_answers_by_itself_is_taken() -> None:
    told = Told({"of the pump is 36": 4.0, "valve": -3.0}, {"of the pump is 36": 0.35, "valve": 0.5})
    quote = likeliest(told)
    assert quote is not None
    assert quote.text == LINES[1]
    assert set(told.asked) == {LINES[0], LINES[1]}


@pytest.mark.parametrize(
    ("weak", "first", "expected"),
    [
        (0.1, 3.6, LINES[3]),  # where the one that is picked hardly answers by itself the first by order is asked about too
        (0.1, -3.0, LINES[0]),
        (3.0, 3.6, LINES[0]),
    ],
)
def test_the_first_by_order_is_held_against_a_weak_pick(weak: float, first: float, expected: str) -> None:
    """By shared words that is the one on what a pump's life depends on."""
    stated, among = {"depends": first, "valve": weak}, {"depends": 0.03, "valve": 0.6}
    quote = likeliest(Told(stated, among))
    assert quote is not None
    assert quote.text == expected
    drafted = rival(Told(stated, among), LINES[0], looks_first=True)
    assert (drafted.text if drafted else LINES[0]) == expected


def test_where_surely_none_answers_nothing_more_is_asked() -> None:
    told = Told({"valve": 5.0}, {"valve": 0.9 * (1 - SURELY_NONE)})
    quote = likeliest(told)
    assert quote is not None
    assert quote.stated is not None
    assert quote.stated < -0.5
    assert told.asked == []


def test_without_a_choice_each_is_asked_about_until_one_plainly_answers() -> None:
    told = Told({"of the pump is 36": PLAIN + 1})
    quote = likeliest(told)
    assert quote is not None
    assert (quote.text, quote.stated) == (LINES[1], PLAIN + 1)


def test_a_draft_is_outdone_by_a_far_likelier_sentence() -> None:
    told = Told({"of the pump is 36": 4.0, "valve": 1.0}, {"of the pump is 36": 0.8, "valve": 0.8 / FAR_LIKELIER - 0.01})
    quote = rival(told, LINES[0])
    assert quote is not None
    assert quote.text == LINES[1]


@pytest.mark.parametrize(
    ("stated", "among"),
    [
        ({"of the pump is 36": 2.0, "valve": 1.0}, {"of the pump is 36": 0.9, "valve": 0.05}),  # the draft is the likeliest
        ({"of the pump is 36": 1.0, "valve": 1.5}, {"of the pump is 36": 0.4, "valve": 0.5}),  # the other one hardly likelier
        ({"of the pump is 36": 3.0, "valve": -9.0}, {"of the pump is 36": 0.15, "valve": 0.7}),  # and does not answer by itself
        ({"of the pump is 36": PLAIN, "valve": 9.0}, {"valve": 0.9}),  # the draft plainly answers: nobody is compared
    ],
)
def test_else_a_draft_stands(stated: Mapping[str, float], among: Mapping[str, float]) -> None:
    assert rival(Told(stated, among), LINES[1]) is None


def test_a_plain_answer_is_not_held_against_others() -> None:
    told = Told({"of the pump is 36": PLAIN + 0.1, "valve": PLAIN + 2}, {"valve": 0.9})
    assert rival(told, LINES[1]) is None
    assert (told.offered, told.asked) == ([], [LINES[1]])


@pytest.mark.parametrize(("across", "is_outdone"), [(False, False), (True, True)])
def test_without_a_choice_a_rival_has_to_be_better_by_a_margin(across: bool, is_outdone: bool) -> None:
    told = Told({"of the pump is 36": 2.0, "valve": 1.3})

    async def work() -> Quote | None:
        judge = SentenceJudge(
            QUESTION, [quote_of(LINES[0]).passage], [(quote_of(LINES[0]).passage, Reading((), -5.0))], HashingEmbedder(),
            Steps(Clock(), Deadline(None)), told.asks, across,
        )  # fmt: skip
        return await judge.rival(LINES[0], quote_of(LINES[0]), 1.3)

    assert (asyncio.run(work()) is not None) == is_outdone


def test_chances_among_others_count_as_far_as_they_were_measured() -> None:
    assert together(0.0, 0.5, 0.5) == pytest.approx(-0.45)
    assert together(2.0, 1.0, 0.0) == together(2.0, 1.0, 1e-9)
    assert together(1.0, 0.6, 0.2) - together(1.0, 0.2, 0.6) == pytest.approx(2 * 0.41 * math.log(3))


def test_a_sentence_that_plainly_answers_is_told_before_a_draft_and_not_asked_about_again() -> None:
    async def work() -> None:
        told = Told({"of the pump is 36": 4.0}, {"of the pump is 36": 0.95})
        judge = judge_of(told)
        outlook = await judge.outlook()
        assert outlook is not None
        assert outlook.is_plain
        assert outlook.best is not None
        assert outlook.best.text == LINES[1]
        assert [passage.text for passage in outlook.passages] == [" ".join(LINES)]
        odds = await judge.weighed(LINES[1], quote_of(LINES[1]))
        assert odds == pytest.approx(together(4.0, 0.95, 0.05), abs=0.01)
        assert len(told.offered) == len(told.asked) == 1

    asyncio.run(work())


def test_where_none_answers_nothing_is_plain() -> None:
    outlook = asyncio.run(judge_of(Told({}, {"valve": 0.02})).outlook())
    assert outlook is not None
    assert outlook.none == pytest.approx(0.98, abs=0.01)
    assert not outlook.is_plain


def test_a_generator_that_cannot_choose_tells_nothing_before_a_draft() -> None:
    told = Told({"of the pump is 36": 4.0})
    assert asyncio.run(judge_of(told).outlook()) is None
    assert told.asked == []


def test_a_sentence_of_two_documents_is_offered_once() -> None:
    """Else either would get half of its chance; a short one may be of something else in each."""
    text = "The warranty of the pump is 36 months from its delivery. See the page below."
    first, second = (a_passage(text, key=key, document=a_document(f"d{key}", text=text)) for key in (1, 2))
    told = Told({}, {"36 months": 0.9})
    read = [(passage, Reading((), -5.0)) for passage in (first, second)]
    step = Steps(Clock(), Deadline(None))
    judge = SentenceJudge(QUESTION, [first, second], read, HashingEmbedder(), step, told.asks, picks=told.picks)
    asyncio.run(judge.likeliest(""))
    (lines,) = told.offered
    assert sum("36 months" in line for line in lines) == 1
    assert sum("See the page" in line for line in lines) == 2
