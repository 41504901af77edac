"""Yes or no behind the sentence that settles a question."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.answering import Answerer
from service.events import Ask
from service.grounding.quotable import Quote
from service.grounding.whether import said_by_both, yes_or_no
from service.reading.self_evaluation import AskedWeights, QuoteWeights, SelfEvaluation
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, a_passage, gatekeeper_of
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Language
from youju.settings import Settings
from youju.text.quantities import other_amounts

ALLOWED, DENIED = "Dogs may ride in the lift.", "Dogs may not ride in the lift."


@pytest.mark.parametrize(
    ("question", "text", "odds", "language", "expected"),
    [
        ("May dogs ride in the lift?", ALLOWED, 1.5, "en", "Yes."),
        ("May dogs ride in the lift?", DENIED, -1.5, "en", "No."),
        ("May dogs ride in the lift?", DENIED, 1.5, "en", None),  # the two signs differ
        ("May dogs ride in the lift?", ALLOWED, -1.5, "en", None),
        ("May dogs ride in the lift?", "The lift is for all who live here.", 1.5, "en", None),  # beside the point
        ("May dogs ride in the lift?", ALLOWED, None, "en", None),  # the generator cannot tell
        ("Is it true that dogs may not ride?", DENIED, 1.5, "en", None),  # yes would mean no
        ("狗能坐电梯吗？", "狗不得乘坐电梯。", -1.0, "zh", "否。"),
    ],
)
def test_yes_or_no_is_said_where_two_signs_agree(
    question: str, text: str, odds: float | None, language: Language, expected: str | None
) -> None:
    quote = Quote(1, a_passage(text), 0, len(text))
    said = asyncio.run(yes_or_no(question, quote, language, ScriptedGenerator("", preference=odds)))
    assert (said.sentence.text if said else None) == expected
    if said:
        assert said.citations[0].quote == text


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("I have worked here for six years. May I apply?", "You may apply after 8 years of work.", None),
        ("I have worked here for eight years. May I apply?", "You may apply after 8 years of work.", "Yes."),
        ("It broke three days ago. May I apply?", "You may apply within 24 hours.", None),
        ("我干了六年，能报名吗？", "满8年的可以报名。", None),
        ("我干了六年，能报名吗？", "满六年的可以报名。", "是。"),
        ("我干了六年，2025年能报名吗？", "2025年起，满8年的可以报名。", None),  # the year is no amount, nor hides one
        ("2025年员工可以休陪产假吗？", "可以休陪产假15天。", "是。"),
        ("I have waited 24 months. May I apply?", "You may apply after 2 years.", "Yes."),
        ("I am 50 years old. May I apply?", "You may apply from 60 years of age on.", None),
        ("It costs $500. May I claim it?", "You may claim up to $300.", None),
        ("May I apply for 6 kg?", "You may apply after 8 years of work.", "Yes."),
    ],
)
def test_nothing_is_said_where_amounts_have_to_be_compared(question: str, text: str, expected: str | None) -> None:
    language: Language = "en" if question.isascii() else "zh"
    quote = Quote(1, a_passage(text), 0, len(text))
    said = asyncio.run(yes_or_no(question, quote, language, ScriptedGenerator("", preference=4.0), 2.0))
    assert (said.sentence.text if said else None) == expected


@pytest.mark.parametrize(("whole", "expected"), [(4.0, "Yes."), (-4.0, None), (0.5, None)])
def test_what_a_passage_as_a_whole_does_not_say_is_not_said_of_its_sentence(whole: float, expected: str | None) -> None:
    """`Goat milk works too` beside `Long-life milk does not`, where long-life milk is asked about."""
    text = f"{ALLOWED} The stairs are for all."
    generator = ScriptedGenerator("", preference=lambda chat: whole if "stairs" in chat[-1].content else 4.0)
    quote = Quote(1, a_passage(text), 0, len(ALLOWED))
    said = asyncio.run(said_by_both("May dogs ride in the lift?", [quote], "en", generator, 2.0))
    assert (said.sentence.text if said else None) == expected
    if said:
        assert said.citations[0].quote == ALLOWED


@pytest.mark.parametrize(
    ("text", "odds", "expected"),
    [
        (ALLOWED, 2.5, "Yes."),
        (DENIED, -2.5, "No."),
        ("The lift is for all who live here.", 2.5, "Yes."),
        (DENIED, 2.5, "Yes."),
        (ALLOWED, 1.5, None),
        (ALLOWED, None, None),
    ],
)
def test_the_word_of_a_generator_that_was_trained_for_it_suffices(text: str, odds: float | None, expected: str | None) -> None:
    quote = Quote(1, a_passage(text), 0, len(text))
    generator = ScriptedGenerator("", preference=odds)
    said = asyncio.run(yes_or_no("May dogs ride in the lift?", quote, "en", generator, enough=2.0))
    assert (said.sentence.text if said else None) == expected


@pytest.mark.parametrize(
    ("stated", "answer"),
    [(2.0, "No [1]. Source: “Dogs may not ride in the lift.” [1]."), (-2.0, None)],
)
def test_a_no_stands_in_for_a_draft_that_says_yes(
    stated: float, answer: str | None, tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    """The confidence in the passages alone would not do; of a sentence that settles it the generator's word counts."""
    ingest_files({"rules.txt": f"The house has six floors. {DENIED}"}, tmp_path / "documents", settings, store, embedder)
    weights, quoted = (
        AskedWeights(own=0, other=0, stated=0, row=0, intercept=0),
        QuoteWeights(passages=0, stated=1, intercept=0),
    )
    evaluation = SelfEvaluation(
        stated={"en": weights}, quoted={"en": quoted}, thresholds={"balanced": 0.1},
    )  # fmt: skip

    def preferred(messages: object) -> float:
        return -1.0 if "is the answer Yes or No" in str(messages) else stated

    generator = ScriptedGenerator("Yes, dogs may ride in the lift.", preference=preferred)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    gate = gatekeeper_of(FindingReader("may not ride", found=3.0), evaluation=evaluation)
    made = asyncio.run(Answerer(settings, retriever, gate, generator, embedder).answer(Ask("May dogs ride in the lift?")))
    assert (made.answer if made.verdict != "abstained" else None) == answer


@given(st.text("0123456789.:,'’$€ 十年月日岁hs一二mo", max_size=20), st.text("0123456789.,: $年天岁hs", max_size=20))
@example("Is version 1.2.3 days old?", "$1.2.3 at 10:30 h")
def test_whatever_looks_like_an_amount_is_compared_or_left(question: str, text: str) -> None:
    assert other_amounts(question, text) in (True, False)
    assert not other_amounts(text, text)
