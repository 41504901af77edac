"""Answers that code gives by itself: greetings, the collection, where something is mentioned, what is no question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.events import Ask, Finished, PassagesFound, Turn
from service.query.subject import subject_of
from service.resources import Resources, make_resources
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.errors import UnknownCollection
from youju.index.sqlite.store import Store
from youju.records import Answer, Scope
from youju.settings import Settings

FILES = {
    "manual.txt": "The battery of the T3 lasts 24 months. The gasket is made of rubber.\n\nThe gasket is changed every year.",
    "minutes.md": "# Minutes\n\nThe gasket failed in the salt-fog test. The launch was moved.",
    "leave.txt": "员工每年有十五天年假。垫片每年更换一次。",
}
Answering = Callable[..., Answer]


@pytest.fixture
def resources(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[Resources]:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    made = make_resources(settings, embedder, ScriptedGenerator("Invented [1]."), ThreadWorker)
    yield made
    asyncio.run(made.close())


@pytest.fixture
def answer(resources: Resources) -> Answering:
    return lambda question, **given: asyncio.run(resources.answerer.answer(Ask(question, **given)))


def wrote_nothing(resources: Resources) -> bool:
    assert isinstance(resources.generator, ScriptedGenerator)
    return resources.generator.prompts == [] and resources.generator.weighed == []


@pytest.mark.parametrize(
    ("question", "form", "begins"),
    [
        ("Hello!", "social", "Hello!"),
        ("Thank you very much", "social", "You're welcome!"),
        ("who are you", "social", "I am Youju"),
        ("谢谢", "social", "不客气"),
        ("你好", "social", "你好！"),
        ("write a poem about the sea", "instruction", "That is not what I am for"),
        ("写一首关于大海的诗", "instruction", "这件事不在我的范围内"),
    ],
)
def test_what_asks_nothing_of_documents_gets_a_friendly_sentence(
    answer: Answering, resources: Resources, question: str, form: str, begins: str
) -> None:
    found = answer(question)
    assert (found.form, found.verdict, found.missing) == (form, "answered", None)
    assert found.answer.startswith(begins)
    assert (len(found.sentences), found.citations, found.passages) == (1, [], [])
    assert wrote_nothing(resources)


@pytest.mark.parametrize(
    ("question", "begins"),
    [("Book a table for two in Rome", "That is not what I am for"), ("给我定个明早的闹钟", "这件事不在我的范围内")],
)
def test_what_a_handbook_may_tell_is_looked_for_first(answer: Answering, question: str, begins: str) -> None:
    found = answer(question)
    assert (found.form, found.verdict, found.missing) == ("instruction", "answered", None)
    assert found.answer.startswith(begins)
    assert (len(found.sentences), found.citations, found.passages) == (1, [], [])


def test_what_was_shown_of_the_search_is_taken_back(resources: Resources) -> None:
    async def run() -> list[object]:
        return [event async for event in resources.answerer.stream(Ask("Book a table for two in Rome"))]

    shown = [event for event in asyncio.run(run()) if isinstance(event, PassagesFound)]
    assert shown[0] != PassagesFound([])
    assert shown[-1] == PassagesFound([])


def test_an_order_that_a_document_tells_how_to_carry_out_is_answered_from_it(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files({"mail.txt": "To send an email to my boss, press F5."}, tmp_path / "documents", settings, store, embedder)
    made = make_resources(settings, embedder, ScriptedGenerator("To send an email to my boss, press F5 [1]."), ThreadWorker)
    found = asyncio.run(made.answerer.answer(Ask("Send an email to my boss")))
    assert (found.form, found.verdict) == ("fact", "answered")
    assert found.citations[0].quote == "To send an email to my boss, press F5."
    asyncio.run(made.close())


def test_a_thanks_after_an_answer_is_not_rewritten(answer: Answering, resources: Resources) -> None:
    found = answer("谢谢", history=(Turn("年假有几天？", "十五天。"),))
    assert (found.form, found.standalone_question) == ("social", None)
    assert wrote_nothing(resources)


def test_the_first_event_tells_of_passages_though_there_are_none(resources: Resources) -> None:
    async def run() -> list[object]:
        return [event async for event in resources.answerer.stream(Ask("Hello!"))]

    first, *_, last = asyncio.run(run())
    assert first == PassagesFound([])
    assert isinstance(last, Finished)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("How many documents are there?", ["There are 3 documents here: TXT (2), MD (1); 2 in English, 1 in Chinese."]),
        ("一共有多少份文档？", ["这里共有 3 份文档：TXT (2)、MD (1)；英文 2 份、中文 1 份。"]),
        ("Which of your documents is the longest?", ["The longest is “manual.txt” (103 characters)."]),
        ("Which documents do you have here?", ["### Their titles", "- manual", "- Minutes", "- leave"]),
        ("Which folder were the files read from?", ["They were read from"]),
        ("What collections are there?", ["They are in one collection: default."]),
        ("What is the newest document?", ["The newest is “"]),
    ],
)
def test_about_the_collection(answer: Answering, resources: Resources, question: str, says: list[str]) -> None:
    found = answer(question)
    assert (found.form, found.verdict, found.citations) == ("about", "answered", [])
    for one in says:
        assert one in found.answer
    assert wrote_nothing(resources)


def test_about_tells_nothing_beyond_the_scope(answer: Answering) -> None:
    question = "How many documents are there?"
    assert "There is one document here: TXT; 1 in Chinese." in answer(question, scope=Scope(language="zh")).answer
    assert "no documents" in answer(question, scope=Scope(allowed=("other",))).answer
    with pytest.raises(UnknownCollection):
        answer(question, scope=Scope(collection="other"))


def test_about_an_empty_index(settings: Settings, embedder: HashingEmbedder) -> None:
    async def run() -> Answer:
        resources = make_resources(settings, embedder, ScriptedGenerator(""), ThreadWorker)
        try:
            return await resources.answerer.answer(Ask("How many documents are there?"))
        finally:
            await resources.close()

    assert "no documents here yet" in asyncio.run(run()).answer


def test_locate_names_each_document_with_its_best_sentence(answer: Answering, resources: Resources, store: Store) -> None:
    found = answer("Which documents mention the gasket?")
    assert (found.form, found.verdict) == ("locate", "answered")
    assert found.answer.startswith("2 documents mention “gasket”")
    assert {citation.title or citation.uri.rsplit("/", 1)[-1] for citation in found.citations} == {"manual.txt", "Minutes"}
    for citation in found.citations:
        assert store.text(citation.document_id)[citation.start : citation.end] == citation.quote
        assert "gasket" in citation.quote
        assert citation.quote in found.answer
    assert [sentence.block for sentence in found.sentences] == ["sentence", "item", "item"]
    assert wrote_nothing(resources)


def test_locate_counts(answer: Answering) -> None:
    assert answer("How many documents mention the salt-fog test?").answer.startswith("One document mentions “salt-fog test”")
    assert answer("哪些文档提到垫片？").answer.startswith("有 1 份文档提到“垫片”")


def test_locate_says_that_nothing_mentions_it(answer: Answering, resources: Resources) -> None:
    found = answer("Which documents mention unicorns?")
    assert (found.verdict, found.missing, found.citations) == ("abstained", "No document mentions “unicorns”.", [])
    assert wrote_nothing(resources)


def test_locate_shows_what_is_nearest_where_no_document_holds_all_words(answer: Answering) -> None:
    found = answer("Which documents mention the gasket of the moon?")
    assert (found.verdict, found.missing) == ("partial", "No document mentions “gasket of the moon”.")
    assert found.citations


def test_locate_finds_nothing_beyond_the_scope(answer: Answering, store: Store) -> None:
    minutes = next(one.id for one in store.documents() if one.title == "Minutes")
    found = answer("Which documents mention the gasket?", scope=Scope(document_ids=(minutes,)))
    assert {citation.document_id for citation in found.citations} == {minutes}


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Which contracts contain a penalty clause?", "penalty clause"),
        ("On which page is the torque given?", "torque"),
        ("How many documents mention the Peterson case?", "Peterson case"),
        ('where is "dry dock" mentioned', "dry dock"),
        ("Which documents are there?", ""),
        ("哪些文件提到了石棉？", "石棉"),
        ("给我看看讲太阳能板的文件", "太阳能板"),
        ("有没有关于数据保护的文档？", "数据保护"),
        ("她在哪封邮件里提到“搬家”？", "搬家"),
    ],
)
def test_what_a_question_for_documents_looks_for(question: str, subject: str) -> None:
    assert subject_of(question) == subject
