"""Answers that set two sides beside each other, with a hashing embedder."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.composing.base import Composition
from service.composing.comparing import ComparisonComposer
from service.retrieval.retriever import Retriever
from tests.composing import compose
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, open_gatekeeper
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Form
from youju.settings import Settings

FILES = {
    "alder.md": "# Agreement Alder\n\n## Payment\n\nInvoices of Alder are payable within 45 days. Late payers owe interest.\n\n"
    "## Delivery\n\nAlder delivers within six weeks.\n",
    "birch.md": "# Agreement Birch\n\n## Payment\n\nInvoices of Birch are payable within 30 days.\n\n## Law\n\n"
    "English law applies.\n",
    "pumps.md": "# Pumps\n\nUnlike the red pump, the blue pump needs no oil.\n\n- red pump: It lifts oil out of the pit.\n"
    "- blue pump: It lifts water out of the river.\n",
    "tools.csv": "Tool,Use\nleaf page editor,draws leaves\nroot page editor,digs for roots\ncutter,cuts\n",
    "notes.md": "# Notes\n\nThe page editor of old files reads but does not write them.\n",
    "lists.md": "# Lists\n\nAsk on one of these:\n\n- gnu-help, for whoever begins.\n- gnu-devel, for whoever writes GNU.\n",
    "foreign.md": "# Lists abroad\n\n- gnu-devel (in Japanese)\n- gnu-devel gnu-devel gnu-devel gnu-devel\n",
    "泵.md": "# 水泵手册\n\n红泵用于抽油，每月保养一次。\n\n蓝泵用于抽水，每年保养一次。\n",
}


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    return store


def comparison(
    store: Store, settings: Settings, embedder: HashingEmbedder, question: str, form: Form = "comparison",
    documents: tuple[str, ...] = (), searches: bool = True,
) -> Composition | None:  # fmt: skip
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    composer = ComparisonComposer(retriever, open_gatekeeper(embedder), embedder)
    made = compose(composer, store, settings, embedder, question, form, documents=documents, searches=searches)
    for said in made.said if made else ():
        assert said.sentence.block == "heading" or said.citations
        assert all(store.text(one.document_id)[one.start : one.end] == one.quote for one in said.citations)
    return made


def parts(made: Composition | None) -> list[tuple[str, str]]:
    assert made is not None
    return [(one.sentence.block, one.sentence.text) for one in made.said]


def test_what_each_side_says_of_the_aspect(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    made = comparison(filled, settings, embedder, "Compare the payment of invoices of Alder and Birch.")
    assert parts(made) == [
        ("heading", "Alder"),
        ("item", "Invoices of Alder are payable within 45 days."),
        ("item", "Late payers owe interest."),
        ("heading", "Birch"),
        ("item", "Invoices of Birch are payable within 30 days."),
    ]
    assert made is not None
    assert (made.verdict, made.missing) == ("answered", None)


def test_rows_that_begin_with_a_side_tell_what_it_is(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    """And a sentence that has but the word which both share sets neither against the other."""
    asked = "What is the difference between the leaf page editor and the root page editor?"
    assert parts(comparison(filled, settings, embedder, asked)) == [
        ("heading", "leaf page editor"),
        ("item", "Tool: leaf page editor | Use: draws leaves"),
        ("heading", "root page editor"),
        ("item", "Tool: root page editor | Use: digs for roots"),
    ]


def test_a_sentence_on_both_stands_first_and_items_tell_what_each_is(
    filled: Store, settings: Settings, embedder: HashingEmbedder
) -> None:
    said = parts(comparison(filled, settings, embedder, "What is the difference between the red pump and the blue pump?"))
    assert said[0] == ("sentence", "Unlike the red pump, the blue pump needs no oil.")
    assert said[1:] == [
        ("heading", "red pump"),
        ("item", "red pump: It lifts oil out of the pit."),
        ("heading", "blue pump"),
        ("item", "blue pump: It lifts water out of the river."),
    ]


def test_a_sentence_on_both_is_not_said_twice(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    text = "# Washing\n\n- short wash: It cleans what is nearly clean.\n- long wash: Unlike the short wash it soaks before.\n"
    ingest_files({"washing.md": text}, tmp_path / "documents", settings, store, embedder)
    made = comparison(store, settings, embedder, "What is the difference between the short wash and the long wash?")
    assert parts(made) == [
        ("heading", "short wash"),
        ("item", "short wash: It cleans what is nearly clean."),
        ("heading", "long wash"),
        ("item", "long wash: Unlike the short wash it soaks before."),
    ]


def test_chinese(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    said = parts(comparison(filled, settings, embedder, "红泵和蓝泵有什么区别？"))
    assert ("item", "红泵用于抽油，每月保养一次。") in said
    assert ("item", "蓝泵用于抽水，每年保养一次。") in said


def test_a_side_that_is_missing_is_named(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    made = comparison(filled, settings, embedder, "Compare the payment of invoices of Alder and Willow.")
    assert made is not None
    assert (made.verdict, made.missing) == ("partial", "The documents do not tell this of Willow.")


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("What is the difference between Willow and Hazel?", "comparison"),
        ("Which pump is the best?", "comparison"),
        ("What is the difference between a pit and a river?", "comparison"),  # mentioned, not explained
        ("What is the difference between the red pump and the blue pump?", "fact"),
    ],
)
def test_the_rest_is_left_to_the_draft(
    filled: Store, settings: Settings, embedder: HashingEmbedder, question: str, form: Form
) -> None:
    assert comparison(filled, settings, embedder, question, form) is None


def named(store: Store, *titles: str) -> tuple[str, ...]:
    identities = {one.title: one.id for one in store.documents()}
    return tuple(identities[title] for title in titles)


OFFERS = {
    "red.md": "# Offer Red\n\n## Price\n\nThe house costs 900 euros a month. Heating is included.\n\n## Garden\n\n"
    "There is a garden.\n\n## Moving in\n\nFrom May on.\n",
    "blue.md": "# Offer Blue\n\n## Moving in\n\nFrom July on.\n\n## Cellar\n\nThere is a cellar.\n\n## Price\n\n"
    "The house costs 800 euros a month.\n",
    "poem.md": "# Song of the sea\n\nThe sea sings to the stones of the shore at night. "
    "The stones keep silent and listen to it.\n",
}


@pytest.fixture
def offers(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files(OFFERS, tmp_path / "documents", settings, store, embedder)
    return store


def test_two_documents_are_compared_by_the_headings_that_both_have(
    offers: Store, settings: Settings, embedder: HashingEmbedder
) -> None:
    documents = named(offers, "Offer Red", "Offer Blue")
    made = comparison(offers, settings, embedder, "Compare the offer Red and the offer Blue", "comparison", documents, False)
    assert parts(made) == [
        ("heading", "Offer Red"),
        ("item", "Price: The house costs 900 euros a month. Heating is included."),
        ("item", "Moving in: From May on."),
        ("heading", "Offer Blue"),
        ("item", "Price: The house costs 800 euros a month."),
        ("item", "Moving in: From July on."),
    ]


def test_documents_without_headings_in_common_are_each_summarised(
    offers: Store, settings: Settings, embedder: HashingEmbedder
) -> None:
    documents = named(offers, "Offer Red", "Song of the sea")
    made = comparison(offers, settings, embedder, "Compare the offer Red with the Song", "comparison", documents, False)
    said = parts(made)
    assert [text for block, text in said if block == "heading" and text in ("Offer Red", "Song of the sea")] == [
        "Offer Red", "Song of the sea",
    ]  # fmt: skip
    assert any("sings to the stones" in text for _, text in said)


def test_an_aspect_of_two_documents_is_looked_for_in_each(offers: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    documents = named(offers, "Offer Red", "Offer Blue")
    question = "Compare the house costs of the offer Red and the offer Blue"
    assert comparison(offers, settings, embedder, question, "comparison", documents, False) is None
    said = parts(comparison(offers, settings, embedder, question, "comparison", documents))
    assert said[0] == ("heading", "offer Red")
    assert ("item", "The house costs 900 euros a month.") in said
    assert ("item", "The house costs 800 euros a month.") in said


def test_items_side_by_side_come_before_others(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    made = comparison(filled, settings, embedder, "I am new. What is the difference between gnu-help and gnu-devel?")
    assert parts(made) == [
        ("heading", "gnu-help"),
        ("item", "gnu-help, for whoever begins."),
        ("heading", "gnu-devel"),
        ("item", "gnu-devel, for whoever writes GNU."),
    ]
