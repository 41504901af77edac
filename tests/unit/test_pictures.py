"""Pages of PDFs as pictures."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from ingest.page_picture import PIXELS, png
from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from tests.unit.pdf_files import HEIGHT, WIDTH, pdf_bytes
from youju.index.base.packing import pack
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.maintenance.deletion import delete_and_prove
from youju.settings import Settings

PAGES = [[(60, 700, "The pump stops at 40 degrees.")], [(60, 100, "The lamp blinks twice at the end.")]]


@pytest.fixture
def client(settings: Settings, embedder: HashingEmbedder) -> Iterator[TestClient]:
    with TestClient(create_app(settings, embedder, ScriptedGenerator(""), ThreadWorker)) as opened:
        yield opened


@pytest.fixture
def document_id(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> str:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "manual.pdf").write_bytes(pdf_bytes(PAGES))
    (folder / "notes.txt").write_text("Nothing to draw here.")
    for path in folder.iterdir():  # of long ago: what was written just now is looked at again
        os.utime(path, (1_700_000_000, 1_700_000_000))
    ingest_files({}, folder, settings, store, embedder)
    return next(one.id for one in store.documents() if one.uri.endswith("pdf"))


def test_a_box_covers_the_ink_of_its_line(client: TestClient, document_id: str) -> None:
    boxes = client.get(f"/documents/{document_id}/boxes").json()["boxes"]
    for page in (1, 2):
        answer = client.get(f"/documents/{document_id}/pages/{page}", params={"width": 600})
        assert answer.headers["content-type"] == "image/png"
        ink = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L")) < 128
        assert ink.shape == (600 * HEIGHT // WIDTH, 600)
        (box,) = [one for one in boxes if one["page"] == page]
        rows, columns = np.nonzero(ink)
        assert box["top"] - 0.01 <= rows.min() / ink.shape[0] <= rows.max() / ink.shape[0] <= box["bottom"] + 0.01
        assert box["left"] - 0.01 <= columns.min() / 600 <= columns.max() / 600 <= box["right"] + 0.01


def test_which_documents_have_pictures(client: TestClient, document_id: str) -> None:
    documents = client.get("/documents").json()["documents"]
    assert {one["uri"].rpartition(".")[2]: one["page_pictures"] for one in documents} == {"pdf": True, "txt": False}
    text = next(one["id"] for one in documents if not one["page_pictures"])
    for path in (f"{document_id}/pages/3", f"{text}/pages/1", "nobody/pages/1"):
        answer = client.get(f"/documents/{path}")
        assert answer.status_code == 404
        assert answer.json()["detail"]
        assert answer.json()["advice"]
    for query in ({"width": 99}, {"width": 2401}):
        assert client.get(f"/documents/{document_id}/pages/1", params=query).status_code == 422
    assert client.get(f"/documents/{document_id}/pages/0").status_code == 422


def test_a_changed_document_brings_its_own_picture(
    client: TestClient, document_id: str, tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    before = client.get(f"/documents/{document_id}/pages/1").content
    (tmp_path / "documents" / "manual.pdf").write_bytes(pdf_bytes([[(60, 700, "The pump never stops.")]]))
    ingest_files({}, tmp_path / "documents", settings, store, embedder)
    assert client.get(f"/documents/{document_id}/pages/1").content != before
    assert client.get(f"/documents/{document_id}/pages/2").status_code == 404


def test_deletion_takes_the_original_away(
    settings: Settings, document_id: str, store: Store, embedder: HashingEmbedder
) -> None:
    assert store.original(document_id) == pdf_bytes(PAGES)
    index = VectorIndex(store, settings.vector_file, embedder.dimension)
    assert delete_and_prove(store, index, [document_id]).clean
    assert store.original(document_id) is None
    assert b"MediaBox" not in store.path.read_bytes()


def test_an_unchanged_document_without_its_original_gets_it(
    tmp_path: Path, settings: Settings, document_id: str, store: Store, embedder: HashingEmbedder
) -> None:
    """As in an index of the time before originals were kept."""
    with store.database.transaction(changes_index=False) as (connection, _):
        connection.execute("DELETE FROM originals")
    sequence = store.sequence()
    assert ingest_files({}, tmp_path / "documents", settings, store, embedder).unchanged == 2
    assert store.original(document_id) == pdf_bytes(PAGES)
    assert store.sequence() == sequence


def test_a_picture_is_of_the_document_that_was_asked_for(client: TestClient, document_id: str, store: Store) -> None:
    """While it waited, another file may have come in the place of the original."""
    with store.database.transaction(changes_index=False) as (connection, _):
        connection.execute("UPDATE originals SET data = ?", (pack(pdf_bytes([[(60, 700, "Secret.")]])),))
    assert client.get(f"/documents/{document_id}/pages/1").status_code == 404


def test_originals_are_not_kept_where_that_is_not_wanted(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    (tmp_path / "manual.pdf").write_bytes(pdf_bytes(PAGES))
    ingest_files({}, tmp_path, settings.model_copy(update={"keep_originals": False}), store, embedder)
    (document,) = store.documents()
    assert not document.page_pictures
    assert store.original(document.id) is None


def test_a_huge_page_makes_no_huge_picture() -> None:
    data = pdf_bytes(PAGES).replace(f"[0 0 {WIDTH} {HEIGHT}]".encode(), b"[0 0 60 9999]")
    picture = Image.open(io.BytesIO(png(data, 1, 2400)))
    assert picture.width * picture.height <= PIXELS * 1.01
    with pytest.raises(IndexError):
        png(data, 3, 100)
