"""What the gate and the narrowed evidence do to an answer, through the whole of `Answerer`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from service.answering import Answerer
from service.events import Ask, Event, Finished, PassagesFound
from service.generation import Generator
from service.reading.base import Reading
from service.reading.evidence import size
from service.replying import ABSTENTION
from service.resources import AbsentGenerator
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, gatekeeper_of
from youju.errors import DeadlineExceeded, GeneratorUnavailable, ModelUnavailable
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer, Language
from youju.settings import Settings

BEFORE = "It has a green lid. " + "".join(f"Before it comes sentence {number} of the manual. " for number in range(9))
BEHIND = "".join(f" Behind it comes sentence {number} of the manual." for number in range(7)) + " It is made of steel."
FILES = {
    "manual.txt": f"{BEFORE}The battery of the T3 lasts 24 months.{BEHIND}",
    "box.txt": "The box holds one logger and a bracket of steel.",
    "leave.txt": "员工每年有十五天年假。请假要提前三天申请。",
}
QUESTION = "How long does the battery of the T3 last?"
SAID = "The battery of the T3 lasts 24 months."

Make = Callable[..., Answerer]


@pytest.fixture
def make(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Make:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)

    def build(generator: Generator, reader: FindingReader, **changes: object) -> Answerer:
        changed = settings.model_copy(update=changes)
        retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
        return Answerer(changed, retriever, gatekeeper_of(reader), generator, embedder)

    return build


def events(answerer: Answerer, ask: Ask) -> list[Event]:
    async def run() -> list[Event]:
        return [event async for event in answerer.stream(ask)]

    return asyncio.run(run())


@pytest.mark.parametrize(("question", "language"), [(QUESTION, "en"), ("员工每年有几天年假？", "zh")])
def test_a_closed_gate_keeps_the_question_from_the_generator(make: Make, question: str, language: Language) -> None:
    generator = ScriptedGenerator(SAID)
    first, last = events(make(generator, FindingReader("nothing of the kind", absent=-2.0)), Ask(question))
    assert generator.prompts == []
    assert isinstance(first, PassagesFound)
    assert isinstance(last, Finished)
    answer = last.answer
    assert (answer.verdict, answer.answer) == ("abstained", ABSTENTION[language])
    assert answer.confidence == pytest.approx(0.119, abs=0.0005)  # 1 / (1 + e²)
    assert (answer.citations, answer.sentences) == ([], [])
    assert len(answer.passages) == len(first.passages) == 3
    assert not any(passage.used for passage in answer.passages)
    assert answer.missing
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.passages_dropped) == (0, 0, 3)
    assert answer.timings_ms.gate > 0
    assert answer.timings_ms.queue == answer.timings_ms.first_token == answer.timings_ms.generate == 0
    assert answer.timings_ms.rewrite == 0


def test_an_open_gate_says_how_sure_it_is(make: Make) -> None:
    answer: Answer = asyncio.run(make(ScriptedGenerator(SAID), FindingReader("24 months", found=2.0)).answer(Ask(QUESTION)))
    assert answer.verdict == "answered"
    assert answer.confidence == pytest.approx(0.881, abs=0.0005)
    assert answer.standalone_question is None
    assert answer.timings_ms.total >= answer.timings_ms.retrieve + answer.timings_ms.gate
    assert answer.timings_ms.generate > 0 < answer.timings_ms.gate


def test_a_closed_gate_waits_for_no_turn_and_needs_no_generator(make: Make) -> None:
    async def run() -> None:
        class LastsOnly(FindingReader):
            def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
                return super().read(question, passages if "last" in question else [("", "")] * len(passages))

        held = asyncio.Event()
        answerer = make(ScriptedGenerator(SAID, gate=held), LastsOnly("24 months"))
        writing = asyncio.create_task(answerer.answer(Ask(QUESTION)))
        refused = await asyncio.wait_for(answerer.answer(Ask("What is the price?", deadline_ms=5000)), 10)
        assert (refused.verdict, writing.done()) == ("abstained", False)
        held.set()
        assert (await writing).verdict == "answered"

    asyncio.run(run())
    absent = AbsentGenerator(ModelUnavailable("no model."))
    assert asyncio.run(make(absent, FindingReader("none")).answer(Ask(QUESTION))).verdict == "abstained"
    with pytest.raises(GeneratorUnavailable, match="no model"):
        asyncio.run(make(absent, FindingReader("24 months")).answer(Ask(QUESTION)))


def test_the_prompt_shows_the_narrowed_evidence(make: Make, store: Store) -> None:
    generator = ScriptedGenerator(f"{SAID} [1]")
    answer = asyncio.run(make(generator, FindingReader("24 months"), passage_tokens=64).answer(Ask(QUESTION)))
    ((_, user),) = generator.prompts
    assert SAID in user.content
    assert "green lid" not in user.content
    assert "made of steel" not in user.content
    shown = user.content.removeprefix("<text>\n").split("\n</text>")[0]
    assert size(shown) <= 64
    assert [passage.used for passage in answer.passages].count(True) == 1
    assert answer.passages[0].text == FILES["manual.txt"]  # callers get the whole of it
    (citation,) = answer.citations
    assert citation.quote == SAID == store.text(citation.document_id)[citation.start : citation.end]
    generator = ScriptedGenerator(SAID)
    asyncio.run(make(generator, FindingReader("24 months"), passage_tokens=900).answer(Ask(QUESTION)))
    assert FILES["manual.txt"] in generator.prompts[0][1].content


def test_what_the_prompt_left_out_supports_nothing(make: Make) -> None:
    """The model may know or guess what stands in the passage but was not shown to it."""
    generator = ScriptedGenerator("It has a green lid [1].")
    narrow = asyncio.run(make(generator, FindingReader("24 months"), passage_tokens=64).answer(Ask(QUESTION)))
    assert "green" not in generator.prompts[0][1].content
    assert "green" not in narrow.answer
    assert narrow.answer == f"Source: “{SAID}” [1]."  # what the reader found stands in for the draft
    whole = asyncio.run(make(generator, FindingReader("24 months"), passage_tokens=900).answer(Ask("What is it?")))
    assert whole.verdict == "answered"


def test_what_the_context_had_no_room_for_supports_nothing(make: Make) -> None:
    written = "The box holds one logger and a bracket of steel."

    def ask(context: int, question: str = "What is it?") -> tuple[Answer, str]:
        generator = ScriptedGenerator(f"{written} [2]")
        generator.context_tokens = context
        answerer = make(generator, FindingReader("24 months", "bracket"), passage_tokens=900)
        return asyncio.run(answerer.answer(Ask(question))), generator.prompts[0][1].content

    answer, prompt = ask(2000)
    assert (answer.verdict, sum(bool(passage.used) for passage in answer.passages)) == (
        "answered",
        2,
    )  # the Chinese one says next to nothing
    assert next(passage for passage in answer.passages if passage.text == written).used
    assert written in prompt
    answer, prompt = ask(500, QUESTION)
    assert (answer.verdict, [passage.used for passage in answer.passages]) == ("answered", [True, False, False])
    assert written not in answer.answer
    assert answer.usage.passages_dropped == 2
    assert written not in prompt


def test_a_reader_that_takes_too_long_meets_the_deadline(make: Make) -> None:
    free = threading.Event()

    class Slow(FindingReader):
        def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
            free.wait(10)
            return super().read(question, passages)

    async def run() -> None:
        try:
            with pytest.raises(DeadlineExceeded, match="200 ms"):
                await make(ScriptedGenerator(SAID), Slow("24 months")).answer(Ask(QUESTION, deadline_ms=200))
        finally:
            free.set()

    asyncio.run(run())
