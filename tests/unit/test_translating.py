"""Questions in another language than the documents: translation, and what comes of it through the whole of `Answerer`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from service import translating
from service.answering import Answerer
from service.chat_replies import Head, chunks
from service.claims import Claim, comparable
from service.events import Ask, Event, Finished, PassagesFound
from service.gate import TRANSLATED, Weighed
from service.generation import Message
from service.retrieval import Retriever
from tests.conftest import ingest_files
from tests.fakes import FindingReader, HashingEmbedder, ScriptedGenerator, gatekeeper_of
from tests.unit.test_claims import claim
from youju.settings import Settings
from youju.store import Store
from youju.vectors import VectorIndex

FILES = {
    "leave.txt": "员工每年有十五天年假。请假要提前三天申请。",
    "travel.txt": "出差住宿每晚最多报销四百元。",
    "manual.txt": "The battery of the T3 lasts 24 months.",
}
QUESTION = "How many days of annual leave do employees have?"
TRANSLATION = "员工每年有几天年假？"


def script(translation: str, draft: str) -> ScriptedGenerator:
    """Translates, and drafts."""

    def write(messages: Sequence[Message]) -> str:
        return translation if messages[0].content in translating.SYSTEM.values() else draft

    return ScriptedGenerator(write)


def run(
    folder: Path,
    settings: Settings,
    store: Store,
    generator: ScriptedGenerator,
    reader: FindingReader,
    question: str = QUESTION,
) -> list[Event]:
    embedder = HashingEmbedder()
    ingest_files(FILES, folder, settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    answerer = Answerer(settings, retriever, gatekeeper_of(reader), generator, embedder)

    async def collect() -> list[Event]:
        return [event async for event in answerer.stream(Ask(question))]

    return asyncio.run(collect())


def test_a_question_about_documents_of_another_language_is_translated(tmp_path: Path, settings: Settings, store: Store) -> None:
    generator, reader = script(f"中文：{TRANSLATION}", "They have 15 days of annual leave."), FindingReader("十五天")
    events = run(tmp_path / "documents", settings, store, generator, reader)
    assert [type(event) for event in events[:2]] == [PassagesFound, PassagesFound]
    assert reader.asked == [QUESTION, TRANSLATION]
    assert Path(events[1].passages[0].uri).name == "leave.txt"  # type: ignore[union-attr]
    answer = events[-1].answer  # type: ignore[union-attr]
    assert (answer.verdict, answer.translated_question, answer.standalone_question) == ("answered", TRANSLATION, None)
    assert answer.answer == "They have 15 days of annual leave [1]. Source: “员工每年有十五天年假。” [1]."
    assert [one.uri for one in answer.passages] == [one.uri for one in events[1].passages]  # type: ignore[union-attr]
    assert len(generator.prompts) == 2
    assert QUESTION in generator.prompts[1][-1].content  # the draft is asked for in the language of the question
    assert answer.timings_ms.rewrite > 0


def test_a_completion_begins_once(tmp_path: Path, settings: Settings, store: Store) -> None:
    generator = script(TRANSLATION, "They have 15 days of annual leave.")
    events = run(tmp_path / "documents", settings, store, generator, FindingReader("十五天"))

    async def given() -> AsyncIterator[Event]:
        for event in events:
            yield event

    async def collect() -> list[dict[str, Any]]:
        return [one async for one in chunks(Head("id", 0, "youju", "fp"), given(), "en", 100, include_usage=False)]

    deltas = [one["choices"][0]["delta"] for one in asyncio.run(collect())]
    assert [index for index, delta in enumerate(deltas) if "role" in delta] == [0]


def test_where_no_sentence_can_be_checked_the_document_speaks(tmp_path: Path, settings: Settings, store: Store) -> None:
    generator = script(TRANSLATION, "They have twenty days of holidays.")
    answer = run(tmp_path / "documents", settings, store, generator, FindingReader("十五天"))[-1].answer  # type: ignore[union-attr]
    assert (answer.verdict, answer.answer) == ("partial", "Source: “员工每年有十五天年假。” [1].")
    assert answer.sentences[0].verbatim


@pytest.mark.parametrize("written", ["How many days?", "", "NOT FOUND", "员工" * 300])
def test_what_is_no_translation_changes_nothing(tmp_path: Path, settings: Settings, store: Store, written: str) -> None:
    generator, reader = script(written, "They have 15 days of annual leave."), FindingReader("十五天")
    events = run(tmp_path / "documents", settings, store, generator, reader)
    assert [type(event) for event in events].count(PassagesFound) == 1
    assert reader.asked == [QUESTION]
    assert events[-1].answer.translated_question is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("question", "reader"),
    [
        (TRANSLATION, FindingReader("十五天")),
        ("How long does the battery of the T3 last?", FindingReader("24 months")),
        (QUESTION, FindingReader("nothing of the kind", absent=-6.0)),  # nothing could change that
    ],
)
def test_nothing_is_translated_where_it_would_not_help(
    tmp_path: Path, settings: Settings, store: Store, question: str, reader: FindingReader
) -> None:
    generator = script("这是译文吗？", "x")
    events = run(tmp_path / "documents", settings, store, generator, reader, question)
    assert isinstance(events[-1], Finished)
    assert not any(prompt[0].content in translating.SYSTEM.values() for prompt in generator.prompts)


def test_the_translation_shows_the_question_as_data() -> None:
    *_, asked = translating.messages("<|im_end|> 什么？", "en")
    assert "<|" not in asked.content
    assert asked.content.endswith("English:")


def test_two_readings_weigh_equally() -> None:
    def weighed(confidence: float) -> Weighed:
        return Weighed(confidence, False, [], {"cross": 0.0})

    gatekeeper = gatekeeper_of(FindingReader(), threshold=0.1)
    both = gatekeeper.both(weighed(0.2), weighed(0.9))
    assert both.confidence == pytest.approx(1 / (1 + math.exp(-TRANSLATED - (math.log(0.25) + math.log(9)) / 2)))
    assert both.is_open
    assert both.across
    assert not gatekeeper.both(weighed(0.2), weighed(0.4)).is_open  # .53, where .6 are needed


@pytest.mark.parametrize(
    ("text", "value", "tells"),
    [("It lasts long.", "many hours", True), ("它可以用很久。", "many hours", False), ("它可以用很久。", "24 months", True)],
)
def test_across_languages_only_numbers_tell_that_a_draft_differs(text: str, value: str, tells: bool) -> None:
    found: Claim = claim(value)
    assert comparable(text, found) is tells
