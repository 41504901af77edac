"""Follow-up questions that are understood without a generator: the same in another language, a point of the answer before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.events import Ask, Turn
from service.query.follow_ups import meant, with_item
from service.query.history import items
from service.query.rewriting import standalone
from service.resources import Resources, make_resources
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.sqlite.store import Store
from youju.records import Language
from youju.settings import Settings

ANSWER = (
    "Whoever leaves does this [1]:\n\n1. Hand in the keys. [1]\n2. Return the devices, all of them [2]\n   - the laptop\n"
    "3. Sign the form\n\nSources:\n\n- [1] Handbook\n- [2] Leaflet"
)
LEAVING = Turn("What must be done by whoever leaves?", ANSWER)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("and in Chinese?", "zh"),
        ("Please say it again in English.", "en"),
        ("Translate that into Chinese", "zh"),
        ("那用英文呢？", "en"),
        ("用中文再说一遍", "zh"),
        ("把它翻译成英文吧", "en"),
    ],
)
def test_the_same_in_another_language_is_the_question_before(question: str, language: Language) -> None:
    asked, ask = meant(Ask(question, history=(Turn("Who?"), LEAVING)))
    assert (asked, ask.language, ask.history, ask.question) == (LEAVING.question, language, (Turn("Who?"),), question)


@pytest.mark.parametrize(
    "question",
    [
        "And in China?",
        "in Chinese restaurants?",
        "中文手册在哪？",
        "英文版有吗？",
        "What is the English word for it?",
        "和中文版比呢？",
    ],
)
def test_what_only_speaks_of_a_language_asks_something_new(question: str) -> None:
    ask = Ask(question, history=(LEAVING,))
    assert meant(ask) == (question, ask)


def test_without_a_question_before_nothing_can_be_said_again() -> None:
    for ask in (Ask("and in Chinese?"), Ask("and in Chinese?", history=(Turn(" "),))):
        assert meant(ask) == (ask.question, ask)


def test_items_of_an_answer_are_those_of_its_lists_without_sources() -> None:
    assert items(ANSWER) == ["Hand in the keys.", "Return the devices, all of them", "Sign the form"]
    assert items("It lasts 24 months [1].\n\n[1] Handbook") == []


@pytest.mark.parametrize(
    ("question", "meaning"),
    [
        ("And the second one?", "And “Return the devices, all of them”?"),
        ("What about point 3?", "What about “Sign the form”?"),
        ("How is the 1st step done?", "How is “Hand in the keys” done?"),
        ("那第二点呢？", "那“Return the devices, all of them”呢？"),
        ("最后一条是什么意思？", "“Sign the form”是什么意思？"),
        ("And the fifth?", "And the fifth?"),
        ("那第九点呢？", "那第九点呢？"),
        ("What happens in the second year?", "What happens in the second year?"),
        ("第二个月呢？", "第二个月呢？"),
    ],
)
def test_a_point_of_the_answer_before_is_named(question: str, meaning: str) -> None:
    assert with_item(question, [LEAVING]) == meaning


def test_a_long_item_is_named_by_its_first_clause() -> None:
    listed = f"- Return the devices. {'They are counted by the caretaker. ' * 5}\n- Sign"
    assert with_item("And the first?", [Turn("What?", listed)]) == "And “Return the devices”?"


def test_the_rewriting_is_shown_the_point_itself() -> None:
    generator = ScriptedGenerator("How is “Return the devices, all of them” done by whoever leaves?")
    got = asyncio.run(standalone("那第二点呢？", [LEAVING], generator))
    assert "那“Return the devices, all of them”呢？" in generator.prompts[0][-1].content
    assert got.startswith("那“Return the devices, all of them”呢？")  # an English rewriting of it is not used


@pytest.fixture
def resources(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[Resources]:
    files = {"manual.txt": "The battery of the T3 lasts 24 months. The gasket is made of rubber."}
    ingest_files(files, tmp_path / "documents", settings, store, embedder)
    made = make_resources(settings, embedder, ScriptedGenerator("T3 的 battery 能用 24 个月 [1]。"), ThreadWorker)
    yield made
    asyncio.run(made.close())


def test_an_answer_is_given_once_more_in_the_other_language(resources: Resources) -> None:
    before = Turn("How many months does the battery of the T3 last?", "24 months [1].")
    answer = asyncio.run(resources.answerer.answer(Ask("and in Chinese?", history=(before,))))
    assert answer.standalone_question == before.question
    assert isinstance(resources.generator, ScriptedGenerator)
    (prompt,) = resources.generator.prompts
    assert before.question in prompt[-1].content
    assert "根据" in prompt[0].content or "中文" in prompt[0].content
