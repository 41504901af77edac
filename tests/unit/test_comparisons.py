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
    "泵.md": "# 水泵手册\n\n红泵用于抽油，每月保养一次。\n\n蓝泵用于抽水，每年保养一次。\n",
}


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    return store


def comparison(
    store: Store, settings: Settings, embedder: HashingEmbedder, question: str, form: Form = "comparison"
) -> Composition | None:
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    composer = ComparisonComposer(retriever, open_gatekeeper(embedder), embedder)
    made = compose(composer, store, settings, embedder, question, form)
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
