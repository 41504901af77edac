"""Summaries out of sentences of the documents, with a hashing embedder."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.composing.base import Composition
from service.composing.salient import stands_alone
from service.composing.summarising import SummaryComposer, parts_of, topic_of
from service.events import Ask
from tests.composing import compose, is_exact
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.records import Form, Heading, Scope
from youju.settings import Settings
from youju.text.outline import Outline

REPORT = (
    "# Mill report\n\nThe mill was built by the river in 1890.\n\n## Water\n\nThe river gives water to the mill all year.\n"
    "However, it froze once.\n\n## Staff\n\nFive millers work at the mill in two shifts.\n\n## Decisions\n\n"
    "- A new wheel is bought.\n- The roof is repaired.\n"
)
FILES = {
    "mill.md": REPORT,
    "pump.md": "# Pump\n\nThe pump lifts water out of the pit.\n\n## Care\n\nThe pump needs oil every month.\n",
    "notes.txt": "The garden opens in May. Roses are planted along the wall. " * 3
    + "\n\nTickets for the garden cost four euros.\n",
    "章程.md": "# 协会章程\n\n本协会于1990年成立。\n\n## 会员\n\n会员每年缴纳会费一百元。\n\n"
    "## 会议\n\n会员大会每年召开一次。\n",
    "long.md": "# Guide\n\n" + "".join(f"## Part {n}\n\nThe guide tells of matter number {n} here.\n\n" for n in range(1, 13)),
}


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    return store


def named(store: Store, name: str) -> str:
    return next(one.id for one in store.documents() if one.uri.endswith(name))


def summary(
    store: Store, settings: Settings, embedder: HashingEmbedder, question: str, name: str = "", form: Form = "summary",
    searches: bool = False, ask: Ask | None = None,
) -> Composition | None:  # fmt: skip
    documents = (named(store, name),) if name else ()
    composer = SummaryComposer(store, embedder)
    made = compose(composer, store, settings, embedder, question, form, documents=documents, searches=searches, ask=ask)
    assert made is None or is_exact(made, store)
    return made


def parts(made: Composition | None) -> list[tuple[str, str]]:
    assert made is not None
    return [(one.sentence.block, one.sentence.text) for one in made.said]


def test_each_section_by_its_heading_and_what_carries_it(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    assert parts(summary(filled, settings, embedder, "Summarise the mill report.", "mill.md")) == [
        ("sentence", "The mill was built by the river in 1890."),
        ("heading", "Water"),
        ("sentence", "The river gives water to the mill all year."),
        ("heading", "Staff"),
        ("sentence", "Five millers work at the mill in two shifts."),
        ("heading", "Decisions"),
        ("item", "A new wheel is bought."),
        ("item", "The roof is repaired."),
    ]


def test_chinese(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    said = parts(summary(filled, settings, embedder, "协会章程讲了什么？", "章程.md"))
    assert ("heading", "会员") in said
    assert ("sentence", "会员大会每年召开一次。") in said


def test_many_sections_are_listed_behind_eight_sentences(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    said = parts(summary(filled, settings, embedder, "Summarise the guide.", "long.md"))
    assert [block for block, _ in said].count("sentence") == 8
    assert [text for block, text in said if block == "item"] == [f"Part {n}" for n in range(1, 13)]


def test_a_document_without_headings(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    said = parts(summary(filled, settings, embedder, "What are the notes about?", "notes.txt"))
    assert ("sentence", "Tickets for the garden cost four euros.") in said
    assert len({text for _, text in said}) == len(said)


def test_the_document_that_a_question_is_limited_to(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    ask = Ask("What is this document about?", scope=Scope(document_ids=(named(filled, "pump.md"),)))
    said = parts(summary(filled, settings, embedder, ask.question, ask=ask))
    assert ("sentence", "The pump lifts water out of the pit.") in said


def test_what_a_caller_may_not_see_is_not_summarised(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    scope = Scope(document_ids=(named(filled, "pump.md"),), allowed=("other",))
    assert summary(filled, settings, embedder, "What is it about?", ask=Ask("What is it about?", scope=scope)) is None


def test_a_topic_is_summarised_from_what_is_found(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    assert summary(filled, settings, embedder, "Summarise what is said of water.") is None  # before anything is searched
    made = summary(filled, settings, embedder, "Summarise what is said of the water of the river and the pump.", searches=True)
    said = parts(made)
    assert ("sentence", "The pump lifts water out of the pit.") in said
    assert ("sentence", "The river gives water to the mill all year.") in said


def test_what_a_document_says_about_a_topic(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    question = "What does the pump manual say about water?"
    assert summary(filled, settings, embedder, question) is None  # it is looked for, not summarised whole
    said = parts(summary(filled, settings, embedder, question, searches=True))
    assert ("sentence", "The pump lifts water out of the pit.") in said
    assert not [text for _, text in said if "river" in text]
    assert summary(filled, settings, embedder, "What does the pump manual say about football?", searches=True) is None


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What does the lease say about pets?", "pets"),
        ("what do the minutes say on the new roof", "the new roof"),
        ("员工手册关于加班是怎么规定的？", "加班"),
        ("合同对交货期有什么要求？", "交货期"),
        ("What is the lease about?", None),
        ("Summarise the lease.", None),
        ("这份合同讲了什么？", None),
    ],
)
def test_the_topic_that_a_document_is_asked_about(question: str, topic: str | None) -> None:
    assert topic_of(question) == topic


def test_the_document_that_a_topic_names_by_its_title(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    said = parts(summary(filled, settings, embedder, "Give me a summary of the guide, please.", searches=True))
    assert [text for block, text in said if block == "item"] == [f"Part {n}" for n in range(1, 13)]


def test_other_forms_are_left_alone(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    assert summary(filled, settings, embedder, "Who built the mill?", "mill.md", form="fact") is None


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("The mill was built by the river.", True),
        ("会员每年缴纳会费一百元。", True),
        ("However, the mill burnt down later.", False),
        ("此外，会员可以免费入场参观。", False),
        ("Name: mill | Year: 1890.", False),
        ("Decisions of the committee", False),
        ("For more of it, see Section 3.4 of the manual.", False),
        ("No.", False),
    ],
)
def test_sentences_that_stand_alone(text: str, alone: bool) -> None:
    assert stands_alone(text) is alone


def test_parts() -> None:
    outline = Outline(1000, (Heading(0, 5, 1), Heading(100, 105, 2), Heading(500, 505, 2)))
    assert [(one.start, one.end) for one in parts_of(outline)] == [(5, 100), (100, 500), (500, 1000)]
    assert [(one.start, one.end) for one in parts_of(Outline(1000))] == [(0, 600), (600, 1000)]
