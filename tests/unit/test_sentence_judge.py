"""Which sentence is told to answer: by itself, and among others."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from service.generation import Chances
from service.grounding.judging import SentenceJudge
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
MONTHS = {"pump": 36, "valve": 12, "hose": 6}


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


def rival(told: Told, line: str) -> Quote | None:
    async def work() -> Quote | None:
        judge = judge_of(told)
        quote = quote_of(line)
        stated = await judge.stated(quote)
        assert stated is not None
        return await judge.rival(line, quote, stated)

    return asyncio.run(work())


def test_without_a_choice_each_is_asked_about_until_one_plainly_answers() -> None:
    told = Told({"of the pump is 36": PLAIN + 1})
    quote = likeliest(told)
    assert quote is not None
    assert (quote.text, quote.stated) == (LINES[1], PLAIN + 1)


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


@pytest.mark.parametrize(
    ("among", "told"),
    [({"36 months": 0.95}, ["pump"]), ({"36 months": 0.5, "12 months": 0.3}, ["pump", "valve"]), ({"12": 0.04}, ["valve"])],
)
def test_the_passages_of_the_likeliest_sentences_are_where_to_look(among: Mapping[str, float], told: list[str]) -> None:
    texts = {months: f"The warranty of the {part} is {months} months." for part, months in MONTHS.items()}
    passages = [a_passage(text, key=key, document=a_document(f"d{key}", text=text)) for key, text in texts.items()]
    scripted = Told({}, among)
    step = Steps(Clock(), Deadline(None))
    read = [(passage, Reading((), -5.0)) for passage in passages]
    judge = SentenceJudge(QUESTION, passages, read, HashingEmbedder(), step, scripted.asks, picks=scripted.picks)
    outlook = asyncio.run(judge.outlook())
    assert outlook is not None
    assert [passage.key for passage in outlook.passages] == [MONTHS[part] for part in told]
    assert outlook.none == pytest.approx(1 - sum(among.values()), abs=0.01)
    assert scripted.asked == []


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
    asyncio.run(judge.outlook())
    (lines,) = told.offered
    assert sum("36 months" in line for line in lines) == 1
    assert sum("See the page" in line for line in lines) == 2
