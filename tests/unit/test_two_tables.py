"""What an amount of one table and one of another table of the same document differ by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from service.answering import Answerer
from service.composing.tables import TableComposer
from service.events import Ask
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, NarrowEmbedder, ScriptedGenerator, open_gatekeeper
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Answer
from youju.settings import Settings

CLUB = """# Club accounts 2026

## Income

| Income | Q1 | Q2 | Year |
|---|---|---|---|
| Fees | 40 | 45 | 85 |
| Rents | 20 | 30 | 50 |
| Total income | 60 | 75 | 135 |

## Expenses

| Expenses | Q1 | Q2 | Year |
|---|---|---|---|
| Salaries | 30 | 31 | 61 |
| Repairs | 9 | 12 | 21 |
| Total expenses | 39 | 43 | 82 |
"""


@pytest.fixture
def ask(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Callable[[str], Answer]:
    ingest_files({"accounts.md": CLUB}, tmp_path / "documents", settings, store, embedder)
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    composers = (TableComposer(store, NarrowEmbedder()),)
    answerer = Answerer(settings, retriever, open_gatekeeper(embedder), ScriptedGenerator("-"), embedder, None, composers)
    return lambda question: asyncio.run(answerer.answer(Ask(question)))


def test_the_difference_stands_on_a_row_of_each(ask: Callable[[str], Answer]) -> None:
    answer = ask("What is the difference between total income and total expenses in Q2?")
    assert answer.sentences[0].text == "Difference: 75 (Total income, Q2) − 43 (Total expenses, Q2) = 32."
    marked = [(citation.table.rows[0][0], citation.table.marked) for citation in answer.citations if citation.table]
    assert ("Total income", [(0, 2)]) in marked
    assert ("Total expenses", [(0, 2)]) in marked
    assert [one.block for one in answer.sentences] == ["sentence", "row", "row"]


def test_nothing_is_taken_off_what_no_table_has(ask: Callable[[str], Answer]) -> None:
    answer = ask("What is the difference between total income and total donations in Q2?")
    assert "=" not in answer.answer
