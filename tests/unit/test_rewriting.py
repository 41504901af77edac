from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.answering import Answerer
from service.events import Ask, Finished, PassagesFound, Turn
from service.generation import Message, prompting
from service.query import rewriting
from service.query.rewriting import LONGEST, is_sound, needs_context, standalone, tidy
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, gatekeeper_of
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer
from youju.settings import Settings

BATTERY = Turn("How long does the battery of the T3 last?", "It lasts 24 months [1].")
LEAVE = Turn("员工每年有几天年假？", "每年有十五天年假[1]。")


@pytest.mark.parametrize(
    "question",
    [
        "How long does it last?",
        "And the T3H?",
        "What about the price of the big one?",
        "Why?",
        "Can they be carried over to the next calendar year?",
        "How much?",
        "它能用多久？",
        "那 T3H 呢？",
        "为什么？",
        "这个规定从什么时候开始实施？",
        "需要提前几天申请呢？",
        "该设备的电池可以使用多长时间？",
    ],
)
def test_questions_that_point_back(question: str) -> None:
    assert needs_context(question)


@pytest.mark.parametrize(
    "question",
    [
        "How long does the battery of the T3H data logger last?",
        "Which documents must new employees bring on the first day?",
        "T3H 数据记录仪的电池可以使用多长时间？",
        "新员工应该怎样向人事部门申请年假？",
        "其他部门的员工怎样申请年假？",
        "员工可以在公司弹吉他吗？",
    ],
)
def test_questions_that_stand_on_their_own(question: str) -> None:
    assert not needs_context(question)


@pytest.mark.parametrize(
    ("written", "question"),
    [
        ("How long does the T3H last?", "How long does the T3H last?"),
        ('\n  "How long does the T3H last?"\nIt lasts long.', "How long does the T3H last?"),
        ("Rewritten question: How long does the T3H last?", "How long does the T3H last?"),
        ("Rewritten:\nHow long does the T3H last?", "How long does the T3H last?"),
        ("改写后的问题：“T3H 的电池能用多久？”", "T3H 的电池能用多久？"),
        ("「T3H 的电池能用多久？」", "T3H 的电池能用多久？"),
        ("", ""),
        (" \n`` \n", ""),
    ],
)
def test_tidy(written: str, question: str) -> None:
    assert tidy(written) == question


@pytest.mark.parametrize(
    ("rewritten", "question", "turn"),
    [
        ("How long does the battery of the T3H last?", "And the T3H?", BATTERY),
        ("How long does the battery of the T3 last?", "How long, again?", BATTERY),
        ("How many months does the battery of the T3 last in winter?", "And in winter?", BATTERY),
        ("T3H 的员工每年有几天年假？", "T3H 呢？", LEAVE),
        ("员工的年假要提前申请吗？", "要提前申请吗？", LEAVE),
    ],
)
def test_sound_rewritings(rewritten: str, question: str, turn: Turn) -> None:
    assert is_sound(rewritten, question, [turn])


@pytest.mark.parametrize(
    ("rewritten", "question", "turn"),
    [
        pytest.param("", "And the T3H?", BATTERY, id="nothing"),
        pytest.param("?!", "And the T3H?", BATTERY, id="no word"),
        pytest.param("How long does the battery of the T4 last?", "And the T3H?", BATTERY, id="a code"),
        pytest.param("Does the battery of the T3 last 36 months?", "And in winter?", BATTERY, id="a number"),
        pytest.param("Does the battery of the T3 last thirty months?", "In winter?", BATTERY, id="a number in words"),
        pytest.param("How long does the battery of the Siemens last?", "And the T3H?", BATTERY, id="a name"),
        pytest.param("Frostline 员工每年有几天年假？", "那新员工呢？", LEAVE, id="a Latin name"),
        pytest.param("员工每年有三十天年假吗？", "那新员工呢？", LEAVE, id="a Chinese number"),
        pytest.param("T3H 的电池能用多久？", "And the T3H?", BATTERY, id="Chinese"),
        pytest.param("How many days of leave?", "那新员工呢？", LEAVE, id="English"),
        pytest.param("battery " * (LONGEST // 8 + 1), "And the T3H?", BATTERY, id="too long"),
        pytest.param("Whales mostly eat krill near cold islands.", "And the T3H?", BATTERY, id="something else"),
        pytest.param("Sure.", "And the T3H?", BATTERY, id="chatter"),
        pytest.param("NOT FOUND", "And the T3H?", BATTERY, id="a refusal"),
        pytest.param("The text does not say how long the battery lasts.", "And it?", BATTERY, id="a longer refusal"),
        pytest.param("未找到", "那新员工呢？", LEAVE, id="a Chinese refusal"),
    ],
)
def test_rewritings_that_are_not_used(rewritten: str, question: str, turn: Turn) -> None:
    assert not is_sound(rewritten, question, [turn])


def test_earlier_answers_may_be_named() -> None:
    rewritten = "Does the battery of the T3 last 24 months in winter?"
    assert is_sound(rewritten, "Even in winter?", [BATTERY])
    assert not is_sound(rewritten, "Even in winter?", [Turn(BATTERY.question)])


@given(st.text('aT3 二年?.：\n"', max_size=40), st.text("bT4 三年?.\n", min_size=1, max_size=40))
def test_the_question_is_kept_or_a_sound_one_put_in_its_place(written: str, question: str) -> None:
    got = asyncio.run(standalone(question, [BATTERY], ScriptedGenerator(written)))
    fallback = f"{question} {BATTERY.question}".strip()
    assert got in (question, fallback) or (got == tidy(written) and is_sound(got, question, [BATTERY]))


def rewritten(question: str, script: str, *turns: Turn) -> tuple[str, ScriptedGenerator]:
    generator = ScriptedGenerator(script)
    return asyncio.run(standalone(question, turns, generator)), generator


def test_what_stands_alone_does_not_ask_the_generator() -> None:
    for question, turns in (("And the T3H?", ()), ("How long does the battery of the T3H data logger last?", (BATTERY,))):
        got, generator = rewritten(question, "Something else?", *turns)
        assert (got, generator.prompts) == (question, [])


def test_a_bad_rewriting_falls_back_to_both_questions() -> None:
    assert rewritten("And the T3H?", "The T5?", BATTERY)[0] == f"And the T3H? {BATTERY.question}"
    assert rewritten("那新员工呢？", "", BATTERY, LEAVE)[0] == f"那新员工呢？ {LEAVE.question}"
    assert rewritten("And the T3H?", "", Turn(""))[0] == "And the T3H?"
    long = rewritten("And the T3H?", "", Turn("battery " * 9999))[0]
    assert len(long) <= len("And the T3H? ") + rewriting.EARLIER_CHARACTERS


def test_the_prompt_holds_the_last_two_turns_cut_short_and_without_markers() -> None:
    turns = [Turn("First?", "One."), Turn("Second?", "Two [1][2]. " + "x" * 999), Turn("Third?")]
    _, generator = rewritten("And it?", "", *turns)
    ((system, user),) = generator.prompts
    assert system == Message("system", rewriting.SYSTEM["en"])
    assert "First?" not in user.content
    assert "Earlier question: Second?\nAnswer: Two. xxx" in user.content
    assert "Earlier question: Third?\nAnswer: -" in user.content
    assert "[1]" not in user.content
    assert len(user.content) < rewriting.EARLIER_CHARACTERS + 200
    assert user.content.endswith("Last question: And it?\nRewritten:")
    _, chinese = rewritten("那新员工呢？", "", LEAVE)
    assert chinese.prompts[0][0].content == rewriting.SYSTEM["zh"]


FILES = {
    "manual.txt": "The battery of the T3 lasts 24 months. The battery of the T3H lasts 18 months.",
    "box.txt": "The box holds one logger and a bracket of steel.",
    "leave.txt": "员工每年有十五天年假。新员工第一年有五天年假。",
}

Make = Callable[[ScriptedGenerator], Answerer]


@pytest.fixture
def make(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Make:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    reader = FindingReader("18 months", "五天")

    def build(generator: ScriptedGenerator) -> Answerer:
        retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
        return Answerer(settings, retriever, gatekeeper_of(reader), generator, embedder)

    return build


def writer(rewritten: str, answer: str) -> ScriptedGenerator:
    """Rewrites when asked to rewrite, and else answers."""

    def script(messages: Sequence[Message]) -> str:
        return rewritten if messages[0].content in rewriting.SYSTEM.values() else answer

    return ScriptedGenerator(script)


def answered(answerer: Answerer, ask: Ask) -> tuple[PassagesFound, Answer]:
    async def run() -> tuple[PassagesFound, Answer]:
        events = [event async for event in answerer.stream(ask)]
        assert isinstance(events[0], PassagesFound)
        assert isinstance(events[-1], Finished)
        return events[0], events[-1].answer

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("question", "turn", "rewritten", "written", "found"),
    [
        ("And the T3H?", BATTERY, "How long does the battery of the T3H last?", "The battery of the T3H lasts 18 months [1].",
         "T3H"),
        ("那新员工呢？", LEAVE, "新员工每年有几天年假？", "新员工第一年有五天年假 [1]。", "五天"),
    ],
)  # fmt: skip
def test_a_follow_up_is_rewritten_searched_and_answered(
    make: Make, question: str, turn: Turn, rewritten: str, written: str, found: str
) -> None:
    generator = writer(rewritten, written)
    passages, answer = answered(make(generator), Ask(f" {question} ", history=(turn,), top_k=1))
    assert found in passages.passages[0].text
    assert (answer.verdict, answer.standalone_question) == ("answered", rewritten)
    assert answer.answer == written.replace(" [1]。", "[1]。")
    assert answer.timings_ms.rewrite > 0
    assert answer.timings_ms.total >= answer.timings_ms.rewrite + answer.timings_ms.retrieve
    assert len(generator.prompts) == 2
    assert generator.prompts[1][0].content in prompting.SYSTEM.values()
    assert rewritten in generator.prompts[1][1].content


def test_a_follow_up_that_is_rewritten_badly_is_searched_with_the_one_before(make: Make) -> None:
    generator = writer("How long does the T9 last?", "The battery of the T3H lasts 18 months [1].")
    passages, answer = answered(make(generator), Ask("And the T3H?", history=(BATTERY,), top_k=1))
    assert "T3H" in passages.passages[0].text
    assert answer.standalone_question == f"And the T3H? {BATTERY.question}"
    assert answer.verdict == "answered"


@pytest.mark.parametrize("history", [(), (BATTERY,)])
def test_a_question_that_stands_alone_is_asked_as_it_is(make: Make, history: tuple[Turn, ...]) -> None:
    generator = writer("Something else?", "The battery of the T3H lasts 18 months [1].")
    _, answer = answered(make(generator), Ask("How long does the battery of the T3H last in months?", history=history))
    assert (answer.standalone_question, len(generator.prompts)) == (None, 1)
    assert answer.timings_ms.rewrite == 0
