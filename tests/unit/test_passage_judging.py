"""Which passage answers, and which of its sentences say so together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.generation import Chances
from service.grounding.passage_judging import MOST_TOLD, OFFERED, Chosen, PassageJudge, in_order, odds_of
from service.grounding.quotable import quotes_of
from tests.fakes import a_passage
from youju.records import Passage

LEAVE = a_passage("You get four weeks at full pay. Then the pay drops to 70 %. The plan stays as it is. Ask the office.", key=1)
LUNCH = a_passage("Lunch is at noon.", key=2)


def judge_of(chances: Chances | None, stated: float | None = 2.0, asked: list[Sequence[str]] | None = None) -> PassageJudge:
    async def picks(lines: Sequence[str]) -> Chances | None:
        if asked is not None:
            asked.append(lines)
        return chances

    async def states(_: Passage) -> float | None:
        return stated

    return PassageJudge(picks, states, lambda passage: passage.text)


def test_the_likeliest_passage_is_chosen_and_asked_about_alone() -> None:
    chosen = asyncio.run(judge_of(Chances((0.1, 0.7), 0.2), 1.5).chosen([LUNCH, LEAVE]))
    assert chosen is not None
    assert chosen.passage is LEAVE
    assert chosen.odds == odds_of(0.2, 1.5)
    assert 0.5 < chosen.confidence < 1


@pytest.mark.parametrize("is_picked", [True, False])
def test_the_passage_of_the_sentence_that_was_picked_is_asked_about_too(is_picked: bool) -> None:
    async def states(passage: Passage) -> float:
        return 3.0 if passage is LEAVE else -4.0

    async def picks(_: Sequence[str]) -> Chances:
        return Chances((0.1, 0.7), 0.2)

    chosen = asyncio.run(PassageJudge(picks, states, lambda passage: passage.text).chosen([LEAVE, LUNCH], and_first=is_picked))
    assert chosen is not None
    assert chosen.passage is (LEAVE if is_picked else LUNCH)


@pytest.mark.parametrize(("chances", "stated"), [(None, 2.0), (Chances((0.9,), 0.1), None)])
def test_nothing_is_chosen_where_nobody_can_tell(chances: Chances | None, stated: float | None) -> None:
    assert asyncio.run(judge_of(chances, stated).chosen([LEAVE])) is None
    assert asyncio.run(judge_of(Chances((), 1.0)).chosen([])) is None


def test_no_more_passages_are_offered_than_were_measured() -> None:
    asked: list[Sequence[str]] = []
    passages = [a_passage(f"Page {number} tells of lunch.", key=number) for number in range(OFFERED + 3)]
    asyncio.run(judge_of(Chances((0.1,) * OFFERED, 0.6), asked=asked).chosen(passages))
    assert [len(lines) for lines in asked] == [OFFERED]


@pytest.mark.parametrize(
    ("chances", "told"),
    [
        ((0.9, 0.05, 0.02, 0.0), ["You get four weeks at full pay."]),
        ((0.3, 0.4, 0.05, 0.0), ["Then the pay drops to 70 %.", "You get four weeks at full pay."]),
        ((0.2, 0.3, 0.05, 0.0), [LEAVE.text]),  # which of them, is not plain: the passage is short
        ((0.6, 0.16, 0.1, 0.0), ["You get four weeks at full pay."]),
    ],
)
def test_the_fewest_sentences_that_hold_most_of_the_chance_are_told(chances: tuple[float, ...], told: list[str]) -> None:
    judge = judge_of(Chances(chances, 1 - sum(chances)))
    assert [quote.text for quote in asyncio.run(judge.sentences(LEAVE)).quotes] == told


@pytest.mark.parametrize(("first", "second", "alone"), [(0.9, 0.05, True), (0.5, 0.4, False), (0.3, 0.1, False)])
def test_a_sentence_answers_alone_where_that_is_plain(first: float, second: float, alone: bool) -> None:
    told = asyncio.run(judge_of(Chances((first, second, 0.0, 0.0), 1 - first - second)).sentences(LEAVE))
    assert (told.alone is not None) is alone


def test_of_what_takes_several_sentences_those_nearly_as_likely_are_told_too() -> None:
    judge = replace(judge_of(Chances((0.6, 0.16, 0.1, 0.0), 0.14)), of_several=True)
    assert [quote.start for quote in asyncio.run(judge.sentences(LEAVE)).quotes] == [0, 32]


def test_a_row_is_offered_for_itself_behind_what_leads_in_to_it() -> None:
    asked: list[Sequence[str]] = []
    table = a_passage("Nights are paid as follows:\nCity: Rome | Bed: 550\nCity: Oslo | Bed: 700", key=4)
    asyncio.run(judge_of(Chances((0.9, 0.05), 0.05), asked=asked).sentences(table))
    assert [("Rome" in line, "Oslo" in line) for line in asked[0]][-2:] == [(True, False), (False, True)]


def test_a_sentence_that_is_beside_the_point_is_not_offered() -> None:
    asked: list[Sequence[str]] = []
    judge = judge_of(Chances((0.9, 0.05), 0.05), asked=asked)
    told = replace(judge, fits=lambda quote: "pay" in quote.text)
    assert [quote.text for quote in asyncio.run(told.sentences(LEAVE)).quotes] == ["You get four weeks at full pay."]
    assert [len(lines) for lines in asked] == [2]


@pytest.mark.parametrize(("odds", "count", "is_sure"), [(-0.2, 0, True), (0.2, 1, False), (2.0, 1, True)])
def test_a_row_needs_more(odds: float, count: int, is_sure: bool) -> None:
    rows = a_passage("Country: Japan | Plug: A\nCountry: Korea | Plug: C", key=3)
    told = asyncio.run(judge_of(Chances((0.9, 0.05), 0.05)).told(Chosen(rows, odds)))
    assert (len(told.quotes), told.is_sure) == (count, is_sure)
    named = replace(judge_of(Chances((0.9, 0.05), 0.05)), is_named=lambda _: True)
    assert len(asyncio.run(named.told(Chosen(rows, odds))).quotes) == 1  # but not as an answer


def test_where_a_sentence_is_beside_the_point_the_passage_is_not_told_whole() -> None:
    judge = replace(judge_of(Chances((0.3, 0.2, 0.1), 0.4)), fits=lambda quote: "office" not in quote.text)
    assert "office" not in " ".join(quote.text for quote in asyncio.run(judge.sentences(LEAVE)).quotes)


def test_no_row_is_told_that_nobody_says_answers() -> None:
    rows = a_passage("Country: Japan | Plug: A\nCountry: Korea | Plug: C", key=3)
    assert asyncio.run(judge_of(Chances((0.3, 0.1), 0.6)).sentences(rows)).quotes == ()
    named = replace(judge_of(Chances((0.4,), 0.6)), fits=lambda one: "Japan" in one.text, is_named=lambda _: True)
    assert [quote.text for quote in asyncio.run(named.sentences(rows)).quotes] == ["Country: Japan | Plug: A"]
    assert asyncio.run(replace(judge_of(Chances((0.9, 0.1), 0.0)), fits=lambda _: False).sentences(rows)).quotes == ()


def test_rows_and_items_stay_lines_of_their_own() -> None:
    for text in ("Country: Japan | Plug: A\nCountry: Korea | Plug: C", "- Rinse the filter well.\n- Close the lid again."):
        quotes = quotes_of(a_passage(text))
        assert len(quotes) == len(in_order(quotes)) == 2


def test_sentences_next_to_each_other_are_one_quotation() -> None:
    first, second, _, last = quotes_of(LEAVE)
    joined = in_order([last, second, first])
    assert [quote.text for quote in joined] == [
        "You get four weeks at full pay. Then the pay drops to 70 %.",
        "Ask the office.",
    ]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-15, 15), st.floats(-15, 15))
def test_more_for_it_never_makes_it_less_likely(none: float, other: float, stated: float, said: float) -> None:
    assert odds_of(min(none, other), max(stated, said)) >= odds_of(max(none, other), min(stated, said))


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_something_is_always_told_and_never_much(weights: list[float]) -> None:
    whole = sum(weights) + 1
    quotes = asyncio.run(judge_of(Chances(tuple(weight / whole for weight in weights), 1 / whole)).sentences(LEAVE)).quotes
    assert 1 <= len(quotes) <= MOST_TOLD
    assert len({quote.start for quote in quotes}) == len(quotes)
