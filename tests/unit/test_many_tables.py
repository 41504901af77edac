"""Which of many tables alike are read, and which of them are left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from service.composing.table_reading import NEAR, TABLES, Readings, TableReader, is_sure, tables_of
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, NarrowEmbedder
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Passage
from youju.settings import Settings

FIRMS = ("Otter", "Heron", "Tern", "Osprey", "Kestrel", "Plover", "Curlew", "Dunlin", "Gannet", "Puffin", "Petrel", "Avocet")
REVENUE = "What was the revenue of {firm} in 2021?"
Find = Callable[[str], list[Passage]]


@pytest.fixture
def find(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Find:
    files = {
        f"{firm} report.csv": f"Item,2020,2021\nRevenue,{place}50,{place}60\nStaff,{place}4,{place}5\n"
        for place, firm in enumerate(FIRMS, 1)
    }
    files |= {f"note{place}.txt": f"Note {place}. The lid of box {place} is blue." for place in range(NEAR)}
    ingest_files(files, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    return lambda question: retriever.retrieve(question, 40)


def last(firm: str, passages: list[Passage]) -> list[Passage]:
    """The passages with those of a firm behind all others."""
    return sorted(passages, key=lambda one: firm in one.document.uri)


@pytest.mark.parametrize("firm", ["Avocet", "Heron"])
def test_a_table_behind_all_others_is_read_first_if_it_holds_most(firm: str, find: Find, store: Store) -> None:
    question = REVENUE.format(firm=firm)
    passages = last(firm, find(question))
    assert next(place for place, one in enumerate(passages) if firm in one.document.uri) >= NEAR
    tables = tables_of(question, passages, store)
    assert len(tables) == TABLES
    assert firm in tables[0][1][0].document.uri


def test_a_table_far_behind_that_holds_little_is_not_read(find: Find, store: Store) -> None:
    question = "Which colour has the lid of box 3 in Avocet?"
    passages = find(question)
    notes, tables = ([one for one in passages if (".csv" in one.document.uri) is is_table] for is_table in (False, True))
    assert len(notes) == NEAR
    assert tables_of(question, [*notes, *tables], store) == []
    assert len(tables_of(question, [*tables, *notes], store)) == TABLES


def read(question: str, passages: list[Passage], store: Store) -> Readings:
    found = TableReader(NarrowEmbedder()).read_any([question], passages, store)
    assert found is not None
    return found


def test_the_tables_of_other_firms_are_left_out(find: Find, store: Store) -> None:
    question = REVENUE.format(firm="Petrel")
    found = read(question, last("Petrel", find(question)), store)
    assert {one.passages[0].document.uri.rsplit("/", 1)[-1] for one in found.all} == {"Petrel report.csv"}
    assert found.best.choice.best.answers == ("1160",)
    assert is_sure(found.best.choice)


def test_where_no_firm_is_named_none_is_sure(find: Find, store: Store) -> None:
    question = "What was the revenue in 2021?"
    found = read(question, find(question), store)
    assert len(found.all) == TABLES
    assert "rival" in found.best.choice.gaps


def test_a_table_with_more_words_of_the_question_casts_doubt(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    files = {
        "contracts.csv": "Partner,2020,2021\nOtter,3%,1%\nHeron,4%,5%\n",
        "balance.csv": "Assets,Q1 2021,Q2 2021\nCurrent ones,88,92\nOthers,14,15\n",
    }
    ingest_files(files, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    question = "What were the current assets of Otter in 2021?"
    choice = read(question, retriever.retrieve(question, 40), store).best.choice
    assert choice.best.answers == ("1%",)  # it has a row for Otter
    assert "rival" in choice.gaps
    assert not is_sure(choice)
