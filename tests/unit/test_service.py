from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.embedding.base import Vectors
from youju.errors import InvalidRequest
from youju.index.sqlite.store import Store
from youju.settings import Settings

FILES = {"manual.txt": "The battery of the T3 lasts 24 months.", "leave.txt": "员工每年有十五天年假。"}
SCRIPT = "The battery of the T3 lasts 24 months [1]. Cheese is blue [1]."


@pytest.fixture
def client(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[TestClient]:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    with TestClient(create_app(settings, embedder, ScriptedGenerator(SCRIPT))) as opened:
        yield opened


@pytest.fixture
def empty(settings: Settings, embedder: HashingEmbedder) -> Iterator[TestClient]:
    with TestClient(create_app(settings, embedder, ScriptedGenerator(SCRIPT))) as opened:
        yield opened


def events(text: str) -> list[tuple[str, Any]]:
    found, name = [], ""
    for line in text.splitlines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            found.append((name, json.loads(line[6:])))
    return found


def check_problem(response: Any, status: int, problem: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"].endswith(problem)
    assert body["status"] == status
    assert body["detail"]
    assert body["request_id"] == response.headers["x-request-id"]
    return body


def test_ask_answers_with_the_agreed_fields(client: TestClient) -> None:
    body = client.post("/ask", json={"question": "How long does the battery of the T3 last?"}).json()
    assert set(body) == {
        "answer", "verdict", "form", "language", "citations", "sentences", "passages", "missing", "nearest", "model", "usage",
        "timings_ms", "request_id", "cached", "confidence", "standalone_question",
        "translated_question",
    }  # fmt: skip
    assert set(body["citations"][0]) == {
        "marker", "document_id", "title", "uri", "page", "last_page", "chunk_id", "quote", "start", "end", "score", "table",
    }  # fmt: skip
    assert set(body["timings_ms"]) == {"rewrite", "queue", "retrieve", "gate", "first_token", "generate", "verify", "total"}
    assert set(body["usage"]) == {"prompt_tokens", "completion_tokens", "passages_dropped"}
    assert body["model"] == {"generator": "scripted", "embedder": "hashing"}
    citation = body["citations"][0]
    text = client.get(f"/documents/{citation['document_id']}/text").text
    assert text[citation["start"] : citation["end"]] == citation["quote"]


@pytest.mark.parametrize(("body", "headers"), [({"stream": True}, {}), ({}, {"accept": "text/event-stream"})])
def test_the_stream_ends_with_the_same_answer(client: TestClient, body: dict[str, Any], headers: dict[str, str]) -> None:
    question = {"question": "How long does the battery of the T3 last?"}
    response = client.post("/ask", json=question | body, headers=headers)
    assert response.headers["content-type"].startswith("text/event-stream")
    received = events(response.text)
    assert [name for name, _ in received] == ["passages", "sentence", "answer"]
    plain = client.post("/ask", json=question).json()
    streamed = received[-1][1]
    assert (streamed["cached"], plain["cached"]) == (False, True)
    for changing in ("timings_ms", "request_id", "cached", "confidence", "standalone_question", "usage"):
        del plain[changing], streamed[changing]
    assert streamed == plain
    assert received[1][1]["sentence"] == streamed["sentences"][0]


def test_a_kept_answer_is_streamed_like_the_first(client: TestClient) -> None:
    question = {"question": "How long does the battery of the T3 last?", "stream": True}
    first, again = (events(client.post("/ask", json=question).text) for _ in range(2))
    assert again[:-1] == first[:-1]
    assert again[-1][1]["cached"]
    assert again[-1][1]["request_id"] != first[-1][1]["request_id"]
    assert again[-1][1]["usage"]["completion_tokens"] == 0


def test_the_draft_is_streamed_only_when_asked_for(client: TestClient) -> None:
    response = client.post("/ask", json={"question": "battery of the T3?", "stream": True, "draft": True})
    tokens = [data["text"] for name, data in events(response.text) if name == "token"]
    assert "".join(tokens) == SCRIPT


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"question": ""}, 422, "invalid-question"),
        ({"question": "？？"}, 422, "invalid-question"),
        ({"question": "x" * 2001}, 422, "invalid-question"),
        ({"question": "x" * 300_000}, 422, "invalid-request"),
        ({}, 422, "invalid-request"),
        ({"question": 5}, 422, "invalid-request"),
        ({"question": "battery", "top_k": 0}, 422, "invalid-request"),
        ({"question": "battery", "top_k": 51}, 422, "invalid-request"),
        ({"question": "battery", "unknown": 1}, 422, "invalid-request"),
        ({"question": "battery", "generation": {"temperature": -1}}, 422, "invalid-request"),
        ({"question": "battery", "collection": "other"}, 404, "unknown-collection"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_wrong_questions_are_problems(
    client: TestClient, body: dict[str, Any], status: int, problem: str, stream: bool
) -> None:
    check_problem(client.post("/ask", json=body | ({"stream": True} if stream else {})), status, problem)


def test_bad_json_and_not_a_number(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    check_problem(client.post("/ask", content=b"{not json", headers=headers), 400, "invalid-request")
    nan = b'{"question": "battery", "generation": {"temperature": NaN}}'
    check_problem(client.post("/ask", content=nan, headers=headers), 422, "invalid-request")


@pytest.mark.parametrize(
    ("content", "headers", "detail"),
    [
        ("question=battery", {"content-type": "application/x-www-form-urlencoded"}, "a form"),
        ("--x--", {"content-type": "multipart/form-data; boundary=x"}, "a form"),
        ('{"question": "battery"}', {"content-type": "text/plain"}, "text/plain"),
        ('{"question": "battery"}', {}, "without a Content-Type"),
        ("<q>battery</q>", {"content-type": "application/xml"}, "application/xml"),
        ('["battery"]', {"content-type": "application/json"}, "no JSON object"),
        ("", {"content-type": "application/json"}, "empty"),
    ],
)
def test_a_body_of_another_kind_is_answered_with_what_would_do(
    client: TestClient, content: str, headers: dict[str, str], detail: str
) -> None:
    for path in ("/ask", "/search"):
        problem = check_problem(client.post(path, content=content, headers=headers), 422, "invalid-request")
        assert detail in problem["detail"]
        assert "errors" not in problem
        assert ("-H 'Content-Type: application/json'" in problem["advice"]) == ("a form" in detail)


def test_an_empty_index_says_what_to_run(empty: TestClient) -> None:
    for path, body in (("/ask", {"question": "battery"}), ("/search", {"query": "battery"})):
        problem = check_problem(empty.post(path, json=body), 409, "empty-index")
        assert "youju ingest" in problem["advice"]


def test_without_a_generator_search_goes_on(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    without = settings.model_copy(update={"generator_model": "no-such-model"})
    with TestClient(create_app(without, embedder)) as client:
        problem = check_problem(client.post("/ask", json={"question": "battery"}), 503, "generator-unavailable")
        assert "YOUJU_GENERATOR_MODEL" in problem["advice"]
        streamed = client.post("/ask", json={"question": "battery", "stream": True})
        assert [name for name, _ in events(streamed.text)] == ["passages", "error"]
        assert client.post("/search", json={"query": "battery"}).json()["passages"]
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert "no-such-model" in ready.json()["generator"]


def test_search(client: TestClient) -> None:
    body = client.post("/search", json={"query": "battery", "top_k": 1}).json()
    assert set(body) == {"passages", "timings_ms"}
    (passage,) = body["passages"]
    assert passage["text"] == "The battery of the T3 lasts 24 months."
    assert (passage["start"], passage["end"]) == (0, len(passage["text"]))
    assert client.post("/search", json={"query": "battery", "filters": {"uri_prefix": "/nowhere"}}).json()["passages"] == []
    chinese = client.post("/search", json={"query": "battery", "filters": {"language": "zh"}}).json()["passages"]
    assert [one["text"] for one in chinese] == [FILES["leave.txt"]]


def test_documents(client: TestClient) -> None:
    listed = client.get("/documents").json()
    assert listed["total"] == 2
    assert len(client.get("/documents", params={"limit": 1, "offset": 1}).json()["documents"]) == 1
    document = listed["documents"][0]
    assert client.get(f"/documents/{document['id']}").json() == document
    check_problem(client.get("/documents/unknown"), 404, "unknown-document")
    check_problem(client.get("/documents/unknown/text"), 404, "unknown-document")
    check_problem(client.get("/documents", params={"collection": "x"}), 404, "unknown-collection")
    check_problem(client.get("/documents", params={"limit": 0}), 422, "invalid-request")


def test_a_finished_ingest_is_seen_without_a_restart(
    client: TestClient, tmp_path: Path, settings: Settings, embedder: HashingEmbedder
) -> None:
    """Through a store of its own, as another process has it."""
    other = Store(settings.database)
    ingest_files({"new.txt": "Zebras are striped."}, tmp_path / "documents", settings, other, embedder)
    assert client.post("/search", json={"query": "zebras"}).json()["passages"][0]["text"] == "Zebras are striped."
    other.delete([one.id for one in other.documents() if "new.txt" in one.uri])
    assert "Zebras" not in client.post("/search", json={"query": "zebras"}).text
    other.close()


def test_health_and_readiness(client: TestClient, empty: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    parts = dict.fromkeys(("index", "embedder", "generator", "service", "disk", "database", "worker"), "ok")
    assert client.get("/readyz").json() == {"ready": True, "chunks": 2} | parts


def test_the_reference_works_offline(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "https://" not in page
    assert "http://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/docs/assets/{asset}" in page
        assert client.get(f"/docs/assets/{asset}").status_code == 200
    schema = client.get("/openapi.json").json()
    ask = schema["components"]["schemas"]["AskRequest"]
    assert ask["examples"]
    assert {"400", "404", "409", "422", "503"} <= set(schema["paths"]["/ask"]["post"]["responses"])


def test_request_ids_are_kept_if_plain(client: TestClient) -> None:
    assert client.get("/healthz", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/healthz", headers={"x-request-id": "a b<script>"}).headers["x-request-id"] != "a b<script>"
    check_problem(client.get("/nowhere"), 404, "about:blank")


class SlowEmbedder(HashingEmbedder):
    """Waits inside embed_queries until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go_on = threading.Event(), threading.Event()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.entered.set()
        assert self.go_on.wait(30)
        return super().embed_queries(texts)


def test_blocking_work_does_not_hold_the_event_loop(tmp_path: Path, settings: Settings, store: Store) -> None:
    """While a search blocks in the embedder, health is answered by the same event loop."""
    ingest_files(FILES, tmp_path / "documents", settings, store, HashingEmbedder())
    embedder = SlowEmbedder()
    with TestClient(create_app(settings, embedder, ScriptedGenerator(SCRIPT))) as client:
        results: list[int] = []
        search = threading.Thread(target=lambda: results.append(client.post("/search", json={"query": "battery"}).status_code))
        search.start()
        try:
            assert embedder.entered.wait(30)
            assert client.get("/healthz").status_code == 200
            assert results == []
        finally:
            embedder.go_on.set()
            search.join()
        assert results == [200]


def test_cancelled_generation_is_stopped(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    generator = ScriptedGenerator("late", gate=asyncio.Event())
    with TestClient(create_app(settings, embedder, generator)) as client:
        body = {"question": "battery?", "deadline_ms": 500}
        check_problem(client.post("/ask", json=body), 504, "deadline-exceeded")
    assert generator.stopped_early == 1


def test_what_keeps_the_service_from_starting_is_one_line(settings: Settings, embedder: HashingEmbedder) -> None:
    settings.data_dir.mkdir(parents=True)
    settings.gate_file.write_text("{}")
    app = create_app(settings, embedder, ScriptedGenerator(""), ThreadWorker)
    sent: list[Message] = []

    async def run() -> None:
        async def receive() -> Message:
            return {"type": "lifespan.startup"}

        async def send(message: Message) -> None:
            sent.append(message)

        with pytest.raises(InvalidRequest):
            await app({"type": "lifespan", "app": app, "state": {}}, receive, send)

    asyncio.run(run())
    (told,) = sent
    assert told["type"] == "lifespan.startup.failed"
    assert str(settings.gate_file) in told["message"]
    assert "\n" not in told["message"]
