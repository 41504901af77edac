from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

import pytest

from service.answering import Answerer
from service.events import (
    Ask,
    DraftToken,
    Event,
    Finished,
    Judged,
    PassagesFound,
    Prompted,
    SentenceReady,
    Step,
    Turn,
    Understanding,
)
from service.generation import Delta, Message, Sampling, prompting
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, open_gatekeeper
from youju.errors import DeadlineExceeded, EmptyIndex, InvalidQuestion
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Scope
from youju.settings import Settings

FILES = {
    "manual.txt": "The battery of the T3 lasts 24 months. The battery of the T3H lasts 18 months.",
    "box.txt": "The box holds one logger and a bracket of steel.",
    "leave.txt": "员工每年有十五天年假。请假要提前三天申请。",
}

REFUSAL_EN = "The documents do not hold an answer to this question."

Make = Callable[..., Answerer]


@pytest.fixture
def make(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Make:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)

    def build(generator: ScriptedGenerator, **changes: object) -> Answerer:
        changed = settings.model_copy(update=changes)
        retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
        return Answerer(changed, retriever, open_gatekeeper(embedder), generator, embedder)

    return build


async def collect(answerer: Answerer, ask: Ask) -> list[Event]:
    return [event async for event in answerer.stream(ask)]


def test_the_whole_way(make: Make, store: Store) -> None:
    answerer = make(ScriptedGenerator("The battery of the T3 lasts 24 months [1]. The moon is made of cheese [2]."))
    events = asyncio.run(collect(answerer, Ask("How long does the battery of the T3 last?", request_id="r1")))
    assert isinstance(events[0], PassagesFound)
    sentences = [event for event in events if isinstance(event, SentenceReady)]
    assert [one.sentence.text for one in sentences] == ["The battery of the T3 lasts 24 months."]
    assert isinstance(events[-1], Finished)
    answer = events[-1].answer
    assert answer.answer == "The battery of the T3 lasts 24 months [1]."
    assert answer.verdict == "partial"
    assert answer.missing is not None
    assert answer.language == "en"
    assert answer.request_id == "r1"
    (citation,) = answer.citations
    assert store.text(citation.document_id)[citation.start : citation.end] == citation.quote
    assert citation.quote == "The battery of the T3 lasts 24 months."
    assert "".join(event.text for event in events if isinstance(event, DraftToken)).startswith("The battery")
    assert answer.usage.prompt_tokens > 0 < answer.usage.completion_tokens
    assert answer.timings_ms.total >= answer.timings_ms.retrieve > 0


@pytest.mark.parametrize(
    ("question", "script", "language", "answer", "missing"),
    [
        ("What is the price?", "NOT FOUND", "en", REFUSAL_EN, "The passages do not mention: price."),
        ("价格是多少？", "未找到", "zh", "文档中没有这个问题的答案。", "段落里没有提到：价格。"),
        ("What is the price?", "The price is 99 euros [1].", "en", REFUSAL_EN, "The passages do not mention: price."),
        ("What is the price?", "", "en", REFUSAL_EN, "The passages do not mention: price."),
    ],
)
def test_it_abstains_without_support(make: Make, question: str, script: str, language: str, answer: str, missing: str) -> None:
    result = asyncio.run(make(ScriptedGenerator(script)).answer(Ask(question)))
    assert (result.verdict, result.answer, result.language) == ("abstained", answer, language)
    assert result.citations == [] == result.sentences
    assert result.passages
    assert result.missing == missing


def test_a_draft_of_markers_only_is_answered_by_the_passage(make: Make) -> None:
    answer = asyncio.run(make(ScriptedGenerator("[1]")).answer(Ask("How long does the battery of the T3 last?")))
    assert (answer.verdict, answer.answer) == ("answered", "The battery of the T3 lasts 24 months [1].")


def test_no_marker_leaves_that_was_not_shown(make: Make) -> None:
    script = "The battery of the T3H lasts 18 months [7][99]. 员工每年有十五天年假 [0]."
    answer = asyncio.run(make(ScriptedGenerator(script)).answer(Ask("battery of the T3H and 年假")))
    shown = sum(bool(passage.used) for passage in answer.passages)
    assert answer.sentences
    assert all(1 <= marker <= shown for sentence in answer.sentences for marker in sentence.markers)
    assert "99" not in answer.answer


def test_the_prompt_is_in_the_language_of_the_question_and_within_the_budget(make: Make) -> None:
    generator = ScriptedGenerator("未找到")
    asyncio.run(make(generator, passage_tokens=64).answer(Ask("年假有几天？")))
    system, user = generator.prompts[0]
    assert system.content == prompting.SYSTEM["zh"]
    assert user.content.endswith("问题：年假有几天？")
    blocks = user.content.split("\n\n")[:-1]
    assert sum(asyncio.run(generator.count_tokens(blocks))) <= 64 + len(blocks)
    generator = ScriptedGenerator("NOT FOUND")
    asyncio.run(make(generator).answer(Ask("年假有几天？", language="en")))
    assert generator.prompts[0][0].content == prompting.SYSTEM["en"]


def test_a_question_that_fills_the_context_is_refused(make: Make) -> None:
    generator = ScriptedGenerator("x")
    generator.context_tokens = 350
    with pytest.raises(InvalidQuestion, match="YOUJU_GENERATOR_CONTEXT"):
        asyncio.run(make(generator).answer(Ask("word " * 300)))


def test_without_passages_the_generator_is_not_asked(make: Make) -> None:
    generator = ScriptedGenerator("Invented [1].")
    answer = asyncio.run(make(generator).answer(Ask("battery?", scope=Scope(uri_prefix="/nowhere"))))
    assert (answer.verdict, answer.passages, generator.prompts) == ("abstained", [], [])


def test_history_helps_retrieval(make: Make) -> None:
    answerer = make(ScriptedGenerator("NOT FOUND"))
    ask = Ask("And the other one?", history=(Turn("How long does the battery of the T3 last?"),), top_k=1)
    assert "battery" in asyncio.run(answerer.answer(ask)).passages[0].text


@pytest.mark.parametrize("question", ["", "   ", "?!", "x" * 2001])
def test_questions_that_are_none(make: Make, question: str) -> None:
    with pytest.raises(InvalidQuestion):
        asyncio.run(make(ScriptedGenerator("")).answer(Ask(question)))


def test_an_empty_index(settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    with pytest.raises(EmptyIndex):
        asyncio.run(
            Answerer(settings, retriever, open_gatekeeper(embedder), ScriptedGenerator(""), embedder).answer(Ask("battery?"))
        )


def test_a_deadline_stops_the_generator(make: Make) -> None:
    async def run() -> ScriptedGenerator:
        generator = ScriptedGenerator("late", gate=asyncio.Event())
        with pytest.raises(DeadlineExceeded, match="500 ms"):
            await make(generator).answer(Ask("battery?", deadline_ms=500))
        return generator

    assert asyncio.run(run()).stopped_early == 1


def test_leaving_a_stream_stops_the_generator_and_frees_its_turn(make: Make) -> None:
    async def run() -> None:
        generator = ScriptedGenerator("The battery of the T3 lasts 24 months [1]. " * 20)
        answerer = make(generator)
        stream = answerer.stream(Ask("battery?"))
        await anext(stream)
        await anext(stream)
        await stream.aclose()
        assert generator.stopped_early == 1
        assert (await asyncio.wait_for(answerer.answer(Ask("battery of the T3?")), 10)).verdict == "answered"

    asyncio.run(run())


def test_one_answer_is_written_at_a_time(make: Make) -> None:
    async def run() -> None:
        gate, running, most = asyncio.Event(), 0, 0

        class Counting(ScriptedGenerator):
            async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
                nonlocal running, most
                running += 1
                most = max(most, running)
                async for piece in super().stream(messages, sampling):
                    yield piece
                running -= 1

        answerer = make(Counting("NOT FOUND", gate=gate))
        asks = [asyncio.create_task(answerer.answer(Ask("battery?"))) for _ in range(4)]
        gate.set()
        await asyncio.gather(*asks)
        assert most == 1

    asyncio.run(run())


def test_the_trace_tells_of_the_very_prompt_that_was_sent(make: Make) -> None:
    """Also where the context has no room for all of the evidence, and where the gate lets nothing through."""
    for context_tokens in (3072, 390):
        generator = ScriptedGenerator("The battery of the T3 lasts 24 months [1].")
        generator.context_tokens = context_tokens
        steps: list[Step] = []

        async def run() -> list[Event]:
            question = Ask("How long does the battery of the T3 in the box last?")
            return [event async for event in make(generator).stream(question, steps.append)]  # noqa: B023

        events = asyncio.run(run())
        assert isinstance(events[-1], Finished)
        understood, judged, prompted = steps
        assert isinstance(understood, Understanding)
        assert isinstance(judged, Judged)
        assert isinstance(prompted, Prompted)
        assert [prompted.messages] == generator.prompts
        assert events[-1].answer.confidence == pytest.approx(judged.decision.confidence, abs=0.5)
        shown = [passage.text for passage in events[-1].answer.passages if passage.used]
        assert shown
        assert all(text in prompted.messages[-1].content for text in shown)
