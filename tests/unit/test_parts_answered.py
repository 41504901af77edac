"""Several questions in one, and documents that are named, on the whole way to an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from service.answering import Answerer
from service.events import Ask, Finished, PassagesFound, SentenceReady, Step, Turn, Understanding
from service.generation import Message
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, gatekeeper_of, open_gatekeeper
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer
from youju.settings import Settings

FILES = {
    "Harbour agreement.txt": "The Harbour agreement ends on 30 September 2026. The deposit is 900 euros.",
    "Tanner agreement.txt": "The Tanner agreement ends on 1 May 2030. The deposit is 500 euros.",
    "garden.txt": "The garden is watered at night. The pump is checked in April.",
}
BOTH = "When does the Harbour agreement end, and how is the garden watered?"
Make = Callable[..., Answerer]


@pytest.fixture
def make(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Make:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)

    def build(script: str | Callable[[Sequence[Message]], str], reader: FindingReader | None = None) -> Answerer:
        retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
        gate = gatekeeper_of(reader) if reader else open_gatekeeper(embedder)
        return Answerer(settings, retriever, gate, ScriptedGenerator(script), embedder)

    return build


def told(messages: Sequence[Message]) -> str:
    """Answers the question in a prompt, and nothing but what it asks."""
    question = messages[-1].content.rpartition("Question:")[2]
    if "Harbour" in question:
        return "The Harbour agreement ends on 30 September 2026 [1]."
    return "The garden is watered at night [1]." if "garden" in question else "NOT FOUND"


def test_each_part_is_answered_in_turn_with_markers_that_count_on(make: Make, store: Store) -> None:
    steps: list[Step] = []

    async def run() -> list[object]:
        return [
            event async for event in make(told, FindingReader("30 September 2026", "at night")).stream(Ask(BOTH), steps.append)
        ]

    events = asyncio.run(run())
    assert isinstance(events[0], PassagesFound)
    assert isinstance(events[-1], Finished)
    answer = events[-1].answer
    assert answer.verdict != "abstained"
    first, second = answer.sentences
    assert "30 September 2026" in first.text
    assert "watered at night" in second.text
    assert set(first.markers) & set(second.markers) == set()
    for citation in answer.citations:
        assert store.text(citation.document_id)[citation.start : citation.end] == citation.quote
    sent = [event.sentence for event in events if isinstance(event, SentenceReady)]
    assert sent == answer.sentences
    understood = [step for step in steps if isinstance(step, Understanding)]
    assert understood[0].parts == tuple(one.question for one in understood[1:])


def test_a_part_without_an_answer_is_named(make: Make) -> None:
    question = "When does the Harbour agreement end, and what is the phone number of the plumber?"
    answer = asyncio.run(make(told).answer(Ask(question)))
    assert answer.verdict == "partial"
    assert answer.missing is not None
    assert "What is the phone number of the plumber?" in answer.missing
    assert "Harbour" not in answer.missing
    assert len(answer.sentences) == 1


def test_no_part_with_an_answer_is_an_abstention(make: Make) -> None:
    question = "Who painted the ceiling, and what is the phone number of the plumber?"
    answer = asyncio.run(make("NOT FOUND").answer(Ask(question)))
    assert (answer.verdict, answer.sentences, answer.citations) == ("abstained", [], [])


def documents_of(answer: Answer) -> set[str]:
    return {passage.uri.rsplit("/", 1)[-1] for passage in answer.passages}


def test_a_named_document_is_searched_alone(make: Make) -> None:
    answer = asyncio.run(make("The deposit is 900 euros [1].").answer(Ask("How high is the deposit in the Harbour agreement?")))
    assert answer.verdict == "answered"
    assert documents_of(answer) == {"Harbour agreement.txt"}


def test_where_the_named_document_holds_nothing_all_are_searched(make: Make) -> None:
    answerer = make("The pump is checked in April [1].", FindingReader("April"))
    answer = asyncio.run(answerer.answer(Ask("When is the pump checked, says the Harbour agreement?")))
    assert "April" in answer.answer
    assert "garden.txt" in documents_of(answer)


def test_a_follow_up_keeps_the_document_that_was_named(make: Make) -> None:
    def script(messages: Sequence[Message]) -> str:
        return "How high is the deposit?" if "Last question" in messages[-1].content else "The deposit is 900 euros [1]."

    history = (Turn("When does the Harbour agreement end?", "On 30 September 2026."),)
    answer = asyncio.run(make(script).answer(Ask("And the deposit?", history=history)))
    assert answer.standalone_question is not None
    assert documents_of(answer) == {"Harbour agreement.txt"}
