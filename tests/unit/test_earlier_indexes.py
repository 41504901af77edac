"""Indexes that earlier versions wrote are taken over as they are and answered from.

`tests/indexes` holds one of the oldest schema that is taken over (2) and one of the last before 0.2.0 (12), each written by the
code of its time from five of `examples/documents` with `HashingEmbedder`, its paths made plain.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ingest.pipeline import Pipeline, make_plan
from service.http.app import create_app
from tests.conftest import ROOT
from tests.earlier import VERSIONS, write_earlier
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from tests.serving import sensible
from youju.index.opening import Index, open_index
from youju.maintenance.deletion import delete_and_prove
from youju.settings import Settings

# A question, the document that answers it, and what stands there.
ASKED = [
    ("What counts as faulty?", "warranty-terms.html", "stated accuracy"),
    ("一次订购多少台以上的订单需要客户经理书面确认交期？", "shipping-policy.txt", "300 台以上"),
]


@pytest.fixture(params=VERSIONS)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path / "data", reader="similarity", strictness="off", allowed_hosts="testserver")
    write_earlier(request.param, settings.database)
    return settings


@pytest.fixture
def index(earlier: Settings) -> Iterator[Index]:
    opened = open_index(earlier)
    yield opened
    opened.close()


def test_it_is_whole_and_of_this_version(index: Index) -> None:
    checked = index.integrity
    assert (checked.damage(), checked.count_dangling(), checked.full_text_gaps()) == ([], 0, (0, 0))
    assert checked.documents_without_place() == checked.incomplete_documents() == checked.misplaced_tables() == []
    assert checked.misplaced_chunks() == checked.altered_chunks() == []
    assert checked.holds_unit_vectors()
    assert [one.characters for one in index.store.documents()] == [
        len(index.store.text(one.id)) for one in index.store.documents()
    ]
    assert len(index.vectors().keys()) == index.store.count_chunks() > 50


@pytest.mark.parametrize(("question", "name", "quote"), ASKED, ids=["en", "zh"])
def test_it_is_answered_from(earlier: Settings, question: str, name: str, quote: str) -> None:
    app = create_app(earlier, HashingEmbedder(), ScriptedGenerator(sensible()), ThreadWorker)
    with TestClient(app) as client:
        answer = client.post("/ask", json={"question": question}).json()
        (citation, *_) = answer["citations"]
        assert citation["uri"] == f"documents/{name}"
        assert quote in citation["quote"]
        text = client.get(f"/documents/{citation['document_id']}/text").text
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_the_pages_of_what_was_kept_are_drawn(earlier: Settings, index: Index) -> None:
    (manual,) = [one for one in index.store.documents() if one.uri.endswith(".pdf")]
    app = create_app(earlier, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)
    with TestClient(app) as client:
        drawn = client.get(f"/documents/{manual.id}/pages/1")
    assert drawn.status_code == (200 if manual.original_kept else 404)
    data = index.store.original(manual.id)
    assert data is None or hashlib.sha256(data).hexdigest() == manual.digest


def test_what_is_deleted_from_it_is_gone(index: Index) -> None:
    ids = [document.id for document in index.store.documents()[:2]]
    assert delete_and_prove(index.store, index.vectors(), ids).clean
    assert index.store.count_documents() == 3


def test_what_was_ingested_is_known_and_replaced(index: Index, tmp_path: Path) -> None:
    """A file that was moved is known by its content; changed content takes its place."""
    embedder, documents = HashingEmbedder(), tmp_path / "documents"
    documents.mkdir()
    shutil.copy(ROOT / "examples" / "documents" / "price-list-2024.md", documents)
    work = make_plan([documents], index.settings, index.store)
    assert Pipeline(index.settings, index.store, lambda: embedder).run(work).linked == 1
    (documents / "price-list-2024.md").write_text("The lid is green.")
    work = make_plan([documents], index.settings, index.store)
    assert Pipeline(index.settings, index.store, lambda: embedder).run(work).documents == 1
    assert index.store.count_documents() == 5
