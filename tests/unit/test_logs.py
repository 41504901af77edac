"""What is logged, what never is, and that nobody can forge a line."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from service.generation import Delta, Message, Sampling
from service.http.app import create_app
from tests.conftest import ROOT, ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju import logs
from youju.embedding.base import Vectors
from youju.index.sqlite.store import Store
from youju.settings import Settings

CANARY = "zanzibarcanary"
SCRIPT = "The battery of the T3 lasts 24 months [1]."
QUESTION = {"question": "How long does the battery of the T3 last?"}


class Heard:
    """The lines of a log, in JSON."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def events(self, message: str | None = None) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.text.splitlines()]
        return [one for one in found if message in (None, one["message"])]


@pytest.fixture
def heard(settings: Settings) -> Iterator[Heard]:
    """All that is logged with the default settings of text."""
    with hearing(settings) as found:
        yield found


@contextlib.contextmanager
def hearing(settings: Settings) -> Iterator[Heard]:
    """All that is logged from the debug level up."""
    found, root = Heard(), logging.getLogger()
    handler, before = logs.make_handler(settings, found.stream), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield found
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


class FailingEmbedder(HashingEmbedder):
    """Fails over certain queries, and says over which."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        if any("crash" in text for text in texts):
            raise ValueError(f"cannot embed {texts}")
        return super().embed_queries(texts)


class FailingGenerator(ScriptedGenerator):
    """Fails with its whole prompt in the message."""

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        raise RuntimeError(f"bad prompt: {messages}") from KeyError(messages[-1].content)
        yield Delta("")


def served(settings: Settings, generator: ScriptedGenerator) -> TestClient:
    app = create_app(settings, FailingEmbedder(), generator, ThreadWorker)
    return TestClient(app, raise_server_exceptions=False)


def test_a_request_is_one_line_with_what_became_of_it(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, heard: Heard
) -> None:
    ingest_files({"a.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "d", settings, store, embedder)
    with served(settings, ScriptedGenerator(SCRIPT)) as client:
        client.post("/ask", json=QUESTION, headers={"x-request-id": "first"})
        client.post("/ask", json=QUESTION | {"stream": True}, headers={"x-request-id": "again"})
        client.post("/ask", json={}, headers={"x-request-id": "wrong"})
        client.get("/healthz", headers={"x-request-id": "poll"})
    lines = {one["request_id"]: one for one in heard.events("request")}
    first = lines["first"]
    assert datetime.fromisoformat(first.pop("time")).utcoffset() is not None
    assert first.pop("duration_ms") > 0
    assert first.pop("prompt_tokens") > 0
    assert first.pop("completion_tokens") > 0
    assert first == {
        "level": "info", "logger": "youju.access", "message": "request", "request_id": "first", "method": "POST",
        "route": "/ask", "status": 200, "verdict": "answered", "language": "en", "cached": False,
    }  # fmt: skip
    assert lines["again"]["cached"]
    assert (lines["wrong"]["status"], lines["wrong"]["problem"]) == (422, "invalid-request")
    assert lines["poll"]["level"] == "debug"


def every_route(client: TestClient) -> Iterator[int]:
    """Send the canary wherever a caller can send something."""
    question = {"question": f"How is {CANARY}?", "collection": "default"}
    headers = {"Authorization": f"Bearer {CANARY}", "X-Api-Key": CANARY, "X-Request-ID": f"{CANARY} {CANARY}", "Cookie": CANARY}
    for path, body in (
        ("/ask", question), ("/ask", question | {"stream": True}), ("/ask", question | {"history": [question | {}]}),
        ("/ask", {CANARY: 1}), ("/ask", question | {"question": f"crash {CANARY}"}), ("/ask", question | {"top_k": CANARY}),
        ("/ask", question | {"history": [{"question": CANARY}], "question": f"And {CANARY}?"}),
        ("/search", {"query": CANARY}), ("/search", {"query": f"crash {CANARY}"}),
        ("/search", {"query": "x", "collection": CANARY}),
        ("/documents", {"title": CANARY, "text": CANARY}), ("/documents", {"title": CANARY, "text": "\ud800" + CANARY}),
    ):  # fmt: skip
        yield client.post(path, content=json.dumps(body), headers=headers | {"Content-Type": "application/json"}).status_code
    files = [("files", (f"{CANARY}.txt", CANARY.encode())), ("files", (f"{CANARY}.docx", b"PK\x03\x04" + CANARY.encode()))]
    job = client.post("/documents", files=files, data={"collection": CANARY}, headers=headers)
    yield job.status_code
    client.get(job.headers["location"], headers={"Accept": "text/event-stream"})
    for document in client.get("/documents").json()["documents"]:
        for rest in ("", "/text", "/boxes"):
            yield client.get(f"/documents/{document['id']}{rest}", headers=headers).status_code
        yield client.delete(f"/documents/{document['id']}", params={"verify": "true"}, headers=headers).status_code
    for path in (
        f"/{CANARY}", f"/documents/{CANARY}", f"/jobs/{CANARY}?{CANARY}=1", f"/docs/assets/{CANARY}", "/jobs", "/docs",
        f"/documents?collection={CANARY}", f"/unanswered?collection={CANARY}", "/readyz", "/metrics", "/openapi.json",
        "/healthz", "/",
    ):  # fmt: skip
        yield client.request("GET", path, headers=headers).status_code
    yield client.delete(f"/unanswered?collection={CANARY}", headers=headers).status_code


@pytest.mark.parametrize(
    "generator", [ScriptedGenerator(f"The {CANARY} is [1]."), FailingGenerator("")], ids=["writes", "fails"]
)
def test_no_line_holds_what_was_asked_or_stored(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, heard: Heard, generator: ScriptedGenerator
) -> None:
    keeping = settings.model_copy(update={"keep_unanswered": True})
    files = {f"{CANARY}.txt": f"The {CANARY} is blue and {CANARY} is red.", "bad.pdf": f"%PDF-1.4 {CANARY}"}
    ingest_files(files, tmp_path / "d", settings, store, embedder)
    with served(keeping, generator) as client:
        statuses = list(every_route(client))
    assert {200, 202, 404, 422, 500} <= set(statuses)
    assert heard.events("files carried out")
    assert any("traceback" in one for one in heard.events())
    assert not [one for one in heard.events() if CANARY in str(one).lower()]


def test_the_text_is_logged_where_that_is_wanted(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files({"a.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "d", settings, store, embedder)
    talking = settings.model_copy(update={"log_text": True})
    with hearing(talking) as heard, served(talking, ScriptedGenerator(SCRIPT)) as client:
        client.post("/ask", json=QUESTION, headers={"Authorization": f"Bearer {CANARY}"})
        client.post("/search", json={"query": "crash here"})
    asked, searched = heard.events("request")
    assert (asked["path"], asked["question"]) == ("/ask", QUESTION["question"])
    assert "24 months" in asked["answer"]
    assert searched["path"] == "/search"
    assert [one for one in heard.events() if "cannot embed ['crash here']" in one.get("traceback", "")]
    assert CANARY not in heard.text  # keys never are


def formatted(formatter: logging.Formatter, name: str, message: str, error: BaseException | None = None, **fields: Any) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, "%s", (message,), info)
    record.fields = fields
    return formatter.format(record)


@given(st.text(), st.text())
def test_nobody_can_forge_a_line(message: str, value: str) -> None:
    line = formatted(logs.JsonLines(), "youju", message, route=value)
    assert line.isascii()
    assert line.isprintable()
    assert (json.loads(line)["message"], json.loads(line)["route"]) == (message, value)
    assert len(formatted(logs.TextLines(), "youju", message, route=value).splitlines()) == 1


def raised() -> BaseException:
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            raise ExceptionGroup(CANARY, [ValueError(CANARY), OSError(CANARY)]) from error
    except ExceptionGroup as group:
        return group


@pytest.mark.parametrize("formatter", [logs.JsonLines(), logs.TextLines()])
def test_a_traceback_says_where_and_what_kind(formatter: logging.Formatter) -> None:
    text = formatted(formatter, "youju", "it failed", raised())
    for part in ("KeyError", "ExceptionGroup", "ValueError", "OSError", "test_logs.py", "in raised"):
        assert part in text
    assert CANARY not in text
    assert CANARY in formatted(type(formatter)(with_text=True), "youju", "it failed", raised())  # type: ignore[call-arg]


def test_libraries_are_heard_from_warnings_up(heard: Heard) -> None:
    logging.getLogger("sse_starlette.sse").debug("chunk: %s", CANARY)
    logging.getLogger("httpx").info("POST %s", CANARY)
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Task exception=%s>", CANARY)
    logging.getLogger("uvicorn.error").info("Application startup complete.")
    assert [one["message"] for one in heard.events()] == ["Task exception was never retrieved", "Application startup complete."]


@pytest.mark.parametrize("format_", ["json", "text", "auto"])
def test_what_nobody_catches_is_logged_like_the_rest(tmp_path: Path, format_: str) -> None:
    program = (
        "import threading, warnings\n"
        "from pathlib import Path\n"
        "from youju import logs\n"
        "from youju.settings import Settings\n"
        f"logs.configure(Settings(data_dir=Path({str(tmp_path)!r}), log_format={format_!r}))\n"
        f"warnings.warn('line one\\n{CANARY}')\n"
        f"thread = threading.Thread(target=lambda: {{}}['{CANARY[:4]}' + '{CANARY[4:]}']); thread.start(); thread.join()\n"
        f"raise ValueError('{CANARY[:4]}' + '{CANARY[4:]}')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert CANARY not in done.stderr
    if format_ == "text":
        assert "CRITICAL youju: the program failed" in done.stderr
    else:
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert [one["level"] for one in lines] == ["warning", "critical", "critical"]
        assert [one["traceback"].splitlines()[-1] for one in lines[1:]] == ["builtins.KeyError", "builtins.ValueError"]
