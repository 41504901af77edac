from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reading import Reading, Span
from service.reading.evidence import PASSAGES, TOKENS_EACH, narrowed, select_evidence, size, telling
from service.reading.gate import GateDecision
from service.reading.reranking import Pair
from tests.fakes import a_passage
from youju.records import Language, Passage
from youju.text.language import sentences

NONE = Reading((), -5.0)
READER = "e5-small-reader"
QUESTION = "Where is it?"


def reading(start: int, end: int, score: float = 3.0, answerable: float = 1.0) -> Reading:
    return Reading((Span(start, end, score),), answerable)


def found(text: str, answer: str) -> Reading:
    start = text.index(answer)
    return reading(start, start + len(answer))


@st.composite
def passages_with_a_span(draw: st.DrawFn) -> tuple[Passage, Reading]:
    text = draw(st.text("ab1 。.\n天年|", min_size=1, max_size=120))
    start = draw(st.integers(0, len(text) - 1))
    return a_passage(text, start=draw(st.integers(0, 500))), reading(start, draw(st.integers(start + 1, len(text))))


@given(passages_with_a_span(), st.integers(0, 60))
def test_a_narrowed_passage_is_exact_and_holds_its_best_span(case: tuple[Passage, Reading], tokens: int) -> None:
    passage, read = case
    narrow = narrowed(passage, read, tokens)
    low, high = narrow.start - passage.start, narrow.end - passage.start
    assert 0 <= low <= high <= len(passage.text)
    assert narrow.text == passage.text[low:high]
    assert (narrow.key, narrow.document) == (passage.key, passage.document)
    best = read.spans[0]
    answer = passage.text[best.start : best.end].strip()
    if answer:
        assert low <= passage.text.index(answer, best.start)
        assert passage.text.index(answer, best.start) + len(answer) <= high
    spans = sentences(passage.text)
    own = [(start, end) for start, end in spans if start < best.end and end > best.start]
    if len(spans) < 2:
        assert narrow == passage  # one sentence is never cut
    elif own and size(passage.text[own[0][0] : own[-1][1]]) <= tokens:
        assert size(narrow.text) <= tokens
    elif own:
        assert (low, high) == (own[0][0], own[-1][1])


@pytest.mark.parametrize("span", [(4, 5), (0, 1), (14, 16)])
def test_a_span_of_white_space_takes_a_sentence_beside_it(span: tuple[int, int]) -> None:
    text = "Red. Blue sky.  "
    narrow = narrowed(a_passage(text, start=7), reading(*span), 0)
    assert narrow.text == text[narrow.start - 7 : narrow.end - 7] in ("Red.", "Blue sky.")


def test_neighbours_come_in_while_there_is_room() -> None:
    text = "One is here. Two is here. Three is here. Four is here. Five is here."
    passage, read = a_passage(text, start=40), found(text, "Three")
    widths = [narrowed(passage, read, tokens).text for tokens in (1, 4, 7, 10, 14, 17, 99)]
    assert widths == [
        "Three is here.",
        "Three is here.",
        "Two is here. Three is here.",  # what stands before explains more than what follows
        "One is here. Two is here. Three is here.",
        "One is here. Two is here. Three is here. Four is here.",
        text,
        text,
    ]


def test_a_neighbour_too_long_does_not_shut_out_the_other() -> None:
    text = "This sentence before it is a good deal too long to be taken in. Two. Three."
    assert narrowed(a_passage(text), found(text, "Two"), 4).text == "Two. Three."


def test_many_short_lines_count_together() -> None:
    """Each line alone is less than half a token."""
    text = "\n".join("123456789" * 20)
    assert size("1") == 0
    narrow = narrowed(a_passage(text), reading(100, 101), 20)
    assert 15 <= size(narrow.text) <= 20


def test_a_span_over_two_sentences_keeps_both() -> None:
    text = "甲在这里。乙在这里。丙在这里。丁在这里。"
    assert narrowed(a_passage(text), found(text, "乙在这里。丙"), 5).text == "乙在这里。丙在这里。"


def test_what_fits_or_was_not_read_stays_whole() -> None:
    passage = a_passage("One is here. Two is here. Three is here.", start=9)
    assert narrowed(passage, reading(0, 3), 10) == passage
    assert narrowed(passage, NONE, 1) == passage


def selected(read: list[Pair], budget: int = 700, asked: Language = "en") -> list[int]:
    return [passage.key for passage in select_evidence(QUESTION, read, READER, asked, budget)]


def test_the_best_of_either_language_are_shown_whole() -> None:
    """Reader and retrieval together tell which are best; passages of two languages are not compared."""
    read = [
        (
            a_passage(f"Passage {key} is here." if key % 2 else f"第{key}段在这里。", key=key, fused=0.8),
            reading(0, 3, score, score),
        )
        for key, score in enumerate([9.0, 1.0, 8.0, 5.0, 7.0, 3.0, 6.0, 2.0])
    ]
    assert selected(read) == [3, 5, 0, 7]
    assert selected(read, asked="zh") == [0, 2, 3, 4]
    assert PASSAGES == 4
    assert selected(read[1::2]) == [3, 5, 7, 1]  # what one language lacks the other fills
    assert selected(read, budget=TOKENS_EACH * 6) == [3, 5, 0, 7, 1, 2]


def test_what_does_not_fit_whole_is_left_out_and_the_next_may_fit() -> None:
    long = " ".join(f"Sentence {number} says something." for number in range(40))
    texts = ["The best one is here.", long, "Another short one."]
    read = [(a_passage(text, key=key, fused=1.0 - key / 10), reading(0, 3)) for key, text in enumerate(texts)]
    assert selected(read, 1000) == [0, 1, 2]
    assert selected(read, 50) == [0, 2]


def test_the_best_passage_is_narrowed_rather_than_left_out() -> None:
    long = " ".join(f"Sentence {number} says something." for number in range(40))
    (only,) = select_evidence(QUESTION, [(a_passage(long), found(long, "Sentence 9 "))], READER, "en", 100)
    assert "Sentence 9 " in only.text
    assert 50 < size(only.text) <= 100


TABLE = "Leave\nWarehouse: Bergen | Item: Floats | Quantity: 241\nWarehouse: Tromso | Item: Lamps | Quantity: 9\n" + (
    "Warehouse: Tromso | Item: Floats | Quantity: 324\nWarehouse: Narvik | Item: Floats | Quantity: 77"
)


def evidence(question: str, *texts: str) -> list[str]:
    read = [(a_passage(text, key=key, fused=1.0 - key / 10, start=5), reading(0, 3)) for key, text in enumerate(texts)]
    shown = select_evidence(question, read, READER, "en", 1000)
    assert all(one.text == texts[one.key][one.start - 5 : one.end - 5] for one in shown)
    return [one.text for one in shown]


def test_of_a_table_the_row_that_the_question_names_is_shown() -> None:
    question = "How many floats are in the Tromso warehouse?"
    other = "Warehouse: Oslo | Item: Lamps | Quantity: 1\nWarehouse: Moss | Item: Floats | Quantity: 2"
    prose = "The warehouse in Tromso burned down in 1969."
    assert evidence(question, TABLE, other, prose) == ["Warehouse: Tromso | Item: Floats | Quantity: 324", prose]
    assert evidence("Which warehouse has the highest quantity?", TABLE, other) == [TABLE, other]  # no row is named
    both = evidence("Compare the floats of Bergen and Narvik.", TABLE)
    assert both == [TABLE.removeprefix("Leave\n")]  # from the first of those named to the last


def test_a_passage_with_much_besides_its_table_stays_whole() -> None:
    text = "Quantities are counted each month by two people, who sign for them. " * 4 + "\n" + TABLE
    assert evidence("How many floats are in the Tromso warehouse?", text) == [text]


def test_nothing_gives_nothing() -> None:
    assert selected([]) == []


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("abcd" * 10, 10), ("年假十五天" * 3, 10), ("年假 days of leave", 5)])
def test_size(text: str, tokens: int) -> None:
    assert size(text) == tokens


COLD = "Room: cold store | Target: 4 °C | Alarm: 5 minutes\nRoom: hall | Target: 18 °C | Alarm: 30 minutes\n"


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        (
            "How long may the cold store door stay open?",
            COLD + "The door of the cold store may stay open 3 minutes.",
        ),
        ("What is the alarm of the cold store?", "Room: cold store | Target: 4 °C | Alarm: 5 minutes"),
    ],
)
def test_rows_are_taken_alone_unless_prose_says_more_of_the_question(question: str, kept: str) -> None:
    passage = a_passage(COLD + "The door of the cold store may stay open 3 minutes.")
    assert [one.text for one in select_evidence(question, [(passage, NONE)], READER, "en", 700)] == [kept]


@pytest.mark.parametrize(
    ("own", "other", "across", "shown"),
    [
        (0.7, 0.05, False, ["en"]),
        (0.7, 0.3, False, ["en", "zh"]),  # these may answer too
        (0.1, 0.05, False, ["en", "zh"]),  # neither says much
        (0.7, 0.0, False, ["en", "zh"]),  # nothing was weighed apart
        (0.1, 0.6, True, ["zh"]),
        (0.4, 0.6, True, ["en", "zh"]),
        (0.05, 0.4, False, ["zh"]),  # by that decision went the weaker ones
    ],
)
def test_of_two_languages_the_hopeless_one_is_not_shown(own: float, other: float, across: bool, shown: list[str]) -> None:
    english, chinese = a_passage("It is here."), a_passage("它在这里。")
    pairs = [(english, NONE), (chinese, NONE)]
    decided = [chinese] if across else [english]
    decision = GateDecision(own, True, decided, [NONE], {}, across, own=own, other=other, read=pairs)
    assert [passage.language for passage, _ in telling(pairs, decision)] == shown
