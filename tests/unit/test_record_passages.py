"""Rows of large tables are found like passages, and text beside such a table as well as without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ingest.loaders.grid import LARGE, SAMPLE
from service.http.app import create_app
from service.retrieval.retriever import Retriever
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Scope
from youju.settings import Settings

ROWS = [f"ORD-{n:05},{'Otter' if n == LARGE else 'Rope'} Museum {n},{n}" for n in range(LARGE + 99)]
TABLE = "\n".join(["Order,Museum,Price", *ROWS])
FILES = {"a.csv": TABLE, "b.txt": "The battery lasts long.", "c.txt": "The box is blue."}


@pytest.fixture
def retriever(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Retriever:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    return Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)


@pytest.mark.parametrize(
    ("question", "number"), [("What is the price of order ORD-00777?", 777), ("What does the Otter Museum cost?", LARGE)]
)
def test_a_row_is_found_by_its_key(retriever: Retriever, question: str, number: int) -> None:
    first = retriever.retrieve(question, 3)[0]
    name = "Otter" if number == LARGE else "Rope"
    assert first.text == f"Order: ORD-{number:05} | Museum: {name} Museum {number} | Price: {number}"
    assert retriever.store.excerpt(first.document.id, first.start, first.end) == first.text
    assert first.start > first.document.characters


def test_text_beside_a_large_table_is_found(retriever: Retriever) -> None:
    assert retriever.retrieve("How long does the battery last?", 3)[0].document.uri.endswith("b.txt")
    assert retriever.store.count_chunks() < SAMPLE + 3


def test_rows_are_found_within_the_scope_only(retriever: Retriever) -> None:
    text = next(one for one in retriever.store.documents() if one.uri.endswith("b.txt"))
    found = retriever.retrieve("What is the price of order ORD-00777?", 5, Scope(document_ids=(text.id,)))
    assert {passage.document.id for passage in found} == {text.id}
    everywhere = retriever.retrieve("Otter Museum, ORD-00777, ORD-01111?", 8)
    assert len({passage.key for passage in everywhere}) == len(everywhere) > 4


def test_the_page_gets_a_cited_row_by_its_place(retriever: Retriever, settings: Settings) -> None:
    row = retriever.retrieve("What is the price of order ORD-00777?", 3)[0]
    path = f"/documents/{row.document.id}/text"
    with TestClient(create_app(settings, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)) as client:
        assert client.get(path, params={"start": row.start, "end": row.end}).text == row.text
        whole = client.get(path).text
        assert client.get(path, params={"start": 3, "end": 40}).text == whole[3:40]
        assert client.get(path, params={"start": 3}).text == whole[3:]
        assert client.get(path, params={"start": -1}).status_code == 422
