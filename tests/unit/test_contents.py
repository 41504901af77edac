"""What one document holds: about, outline, questions, chunks, the file itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator
from youju.index.sqlite.store import Store
from youju.settings import Settings

GUIDE = (
    "# Pump guide\n\nThe pump lifts water out of the pit.\n\n## Cleaning the filter\n\nThe filter is cleaned every month.\n\n"
    "### What if it is blocked?\n\nA blocked filter is soaked in warm water.\n"
)
PAGE = "<title>价格</title><h1>价格</h1><p>一台水泵卖四十欧元。</p><script>alert(1)</script>"


@pytest.fixture
def client(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[TestClient]:
    ingest_files({"guide.md": GUIDE, "价格 表.html": PAGE}, tmp_path / "d", settings, store, embedder)
    with TestClient(create_app(settings, embedder, ScriptedGenerator(""))) as opened:
        yield opened


def named(client: TestClient, name: str) -> dict[str, object]:
    found: dict[str, object] = next(one for one in client.get("/documents").json()["documents"] if one["uri"].endswith(name))
    return found


def test_all_that_is_told_stands_in_the_document(client: TestClient) -> None:
    path = f"/documents/{named(client, 'guide.md')['id']}"
    text, body = client.get(f"{path}/text").text, client.get(f"{path}/contents").json()
    assert [(one["level"], one["text"]) for one in body["headings"]] == [
        (1, "Pump guide"),
        (2, "Cleaning the filter"),
        (3, "What if it is blocked?"),
    ]
    assert "The filter is cleaned every month." in {one["text"] for one in body["about"]}
    for one in [*body["about"], *body["headings"]]:
        assert text[one["start"] : one["end"]].lstrip("# ") == one["text"]
    assert "What if it is blocked?" in body["questions"]
    chunks = client.get(f"{path}/chunks").json()
    assert chunks["total"] == len(chunks["chunks"]) > 0
    assert all(text[one["start"] : one["end"]] == one["text"] for one in chunks["chunks"])
    assert client.get(f"{path}/chunks", params={"offset": chunks["total"]}).json()["chunks"] == []


@pytest.mark.parametrize("part", ["contents", "chunks", "original"])
def test_of_a_document_that_is_not_there_nothing_is_told(client: TestClient, part: str) -> None:
    assert client.get(f"/documents/nobody/{part}").status_code == 404


def test_the_file_itself_comes_as_an_attachment_that_runs_nothing(client: TestClient) -> None:
    document = named(client, ".html")
    assert (document["original_kept"], document["page_pictures"]) == (True, False)
    answer = client.get(f"/documents/{document['id']}/original")
    assert answer.content == PAGE.encode()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename=\"__ _.html\"; filename*=UTF-8''%E4%BB%B7")
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_of_plain_text_no_second_copy_is_kept(client: TestClient) -> None:
    document = named(client, "guide.md")
    assert document["original_kept"] is False
    problem = client.get(f"/documents/{document['id']}/original")
    assert (problem.status_code, problem.json()["type"]) == (404, "urn:youju:problem:no-original")
