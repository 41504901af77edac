"""A generator that crashes, hangs or sends anything but an answer: a clear problem in time, and the next question is answered.

The server is a real one on loopback, and misbehaves as it is told; the service speaks to it over its real client.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from fastapi.testclient import TestClient

from service.generation.openai_compatible import OpenAICompatible
from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from tests.unit.test_service import check_problem, events
from youju.errors import GeneratorUnavailable
from youju.index.sqlite.store import Store
from youju.settings import Settings

TIMEOUT = 1.0  # of the client; seconds
MARGIN = 6.0  # for a busy machine
QUESTION = {"question": "How long does the battery of the T3 last?"}
SENTENCE = "The battery of the T3 lasts 24 months [1]. "
NEXT = "The box of it is blue. And "  # a sentence is complete when the next one has begun
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"

Reply = Callable[[], AsyncIterator[bytes]]


def said(text: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode() + b"\n\n"


def usage(prompt_tokens: str) -> bytes:
    return b'data: {"choices": [], "usage": {"prompt_tokens": %s}}\n\n' % prompt_tokens.encode()


def sends(*pieces: bytes) -> Reply:
    async def reply() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return reply


def sends_for_ever(piece: bytes, *first: bytes, pause: float = 0.0) -> Reply:
    async def reply() -> AsyncIterator[bytes]:
        for one in first:
            yield one
        while True:
            yield piece
            await asyncio.sleep(pause)

    return reply


def hangs(*first: bytes) -> Reply:
    async def reply() -> AsyncIterator[bytes]:
        for one in first:
            yield one
        await asyncio.Event().wait()

    return reply


WELL = sends(HEAD, said(SENTENCE), b"data: [DONE]\n\n")
COMPRESSED = HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
# What is sent, and what the problem says of it.
FAULTS: dict[str, tuple[Reply, str]] = {
    "closes at once": (sends(), "does not answer"),
    "no first byte": (hangs(), "does not answer"),
    "headers in drops": (sends_for_ever(b"x", b"HTTP/1.1 200 OK\r\nx-a: ", pause=0.05), "does not answer"),
    "no event": (hangs(HEAD), "written nothing"),
    "comments only": (sends_for_ever(b": still here\n\n", HEAD, pause=0.05), "written nothing"),
    "a flood of comments": (sends_for_ever(b": still here\n\n" * 5000, HEAD), "beyond|written nothing"),
    "empty events": (sends_for_ever(b"data: {}\n\n", HEAD, pause=0.01), "written nothing"),
    "status 500": (sends(b"HTTP/1.1 500 X\r\ncontent-length: 4\r\n\r\noops"), "answered 500: oops"),
    "an endless error": (sends_for_ever(b"x" * 65536, b"HTTP/1.1 500 X\r\n\r\n"), "answered 500: x"),
    "an error in drops": (sends_for_ever(b"x", b"HTTP/1.1 500 X\r\n\r\n", pause=0.05), "does not answer"),
    "a page": (sends(HEAD.replace(b"text/event-stream", b"text/html"), b"<html>"), "text/html in place of"),
    "no type": (sends(b"HTTP/1.1 200 OK\r\n\r\n", said(SENTENCE)), "in place of an event stream"),
    "not JSON": (sends(HEAD, b"data: {oops\n\n"), "no JSON"),
    "NaN": (sends(HEAD, usage("NaN")), "NaN"),
    "a number without end": (sends(HEAD, usage("9" * 9999)), "does not answer"),
    "nested deeply": (sends(HEAD, b"data: " + b'{"a":' * 100_000 + b"\n\n"), "nested too deeply|no JSON"),
    "choices that are none": (sends(HEAD, b'data: {"choices": 5}\n\n'), "not made as they are"),
    "text that is none": (sends(HEAD, b'data: {"choices": [{"delta": {"content": 5}}]}\n\n'), "not made as they are"),
    "a delta that is none": (sends(HEAD, b'data: {"choices": [{"delta": "x"}]}\n\n'), "not made as they are"),
    "not UTF-8": (sends(HEAD, said("a").replace(b"a", b"\xff\xfe")), "not UTF-8"),
    "a line without end": (sends_for_ever(b"x" * 65536, HEAD, b"data: "), "does not end"),
    "compressed": (sends(COMPRESSED, b"\x1f\x8b\x08\x00" + bytes(1000)), "not UTF-8|broke off"),
}
# The first sentence arrives, then this.
LATE_FAULTS: dict[str, tuple[Reply, str]] = {
    "cut off": (sends(HEAD, said(SENTENCE), said(NEXT)), "broke off"),
    "stalls": (hangs(HEAD, said(SENTENCE), said(NEXT)), "written nothing"),
    "stalls among comments": (sends_for_ever(b": wait\n\n", HEAD, said(SENTENCE + NEXT), pause=0.05), "written nothing"),
    "an error": (sends(HEAD, said(SENTENCE + NEXT), b'data: {"error": {"message": "out of memory"}}\n\n'), "out of memory"),
    "broken": (sends(HEAD, said(SENTENCE + NEXT), b"data: ]\n\n"), "no JSON"),
    "never ends": (sends_for_ever(said("and so on ") * 50, HEAD, said(SENTENCE + NEXT)), "goes on beyond"),
    "never ends, empty": (sends_for_ever(said("") * 50, HEAD, said(SENTENCE + NEXT)), "goes on beyond"),
}


class Misbehaving:
    """Answers each request with the bytes of `reply`, then closes the connection."""

    def __init__(self) -> None:
        self.reply: Reply = WELL
        self.open = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        self._ended = asyncio.Event()
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        await self._ended.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            header = await reader.readuntil(b"\r\n\r\n")
            length = [line for line in header.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            await reader.readexactly(int(length[0].split(b":")[1]) if length else 0)
            await self._send(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            self.open -= 1
            writer.close()

    async def _send(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send the reply until it ends or the client has gone."""

        async def send() -> None:
            async for piece in self.reply():
                writer.write(piece)
                await writer.drain()

        await first_of(send(), reader.read(1))


async def first_of(*works: Awaitable[Any]) -> None:
    """Wait for the first to end, and cancel the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Misbehaving]:
    opened = Misbehaving()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, server: Misbehaving) -> Iterator[TestClient]:
    folder = tmp_path_factory.mktemp("service")
    settings = Settings(
        data_dir=folder / "data", reader="similarity", strictness="off", answer_cache=0, allowed_hosts="testserver"
    )
    store, embedder = Store(settings.database), HashingEmbedder()
    ingest_files({"manual.txt": "The battery of the T3 lasts 24 months."}, folder / "documents", settings, store, embedder)
    store.close()
    with TestClient(create_app(settings, embedder, OpenAICompatible(server.address, "m", timeout=TIMEOUT))) as opened:
        yield opened


def check_next_is_answered(client: TestClient, server: Misbehaving) -> None:
    server.reply = WELL
    assert client.post("/ask", json=QUESTION).json()["verdict"] == "answered"
    began = time.monotonic()
    while server.open:
        assert time.monotonic() - began < MARGIN, "a connection was left open"
        time.sleep(0.01)


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_is_a_problem_in_time(client: TestClient, server: Misbehaving, name: str) -> None:
    server.reply, reason = FAULTS[name]
    began, memory = time.monotonic(), psutil.Process().memory_info().rss
    body = check_problem(client.post("/ask", json=QUESTION), 503, "generator-unavailable")
    assert time.monotonic() - began < TIMEOUT + MARGIN
    assert psutil.Process().memory_info().rss - memory < 64 << 20
    assert re.search(reason, body["detail"]), body["detail"]
    assert "\n" not in body["detail"]
    assert len(body["detail"]) < 500
    assert body["advice"]
    check_next_is_answered(client, server)


@pytest.mark.parametrize("name", sorted(LATE_FAULTS))
def test_sentences_that_were_sent_stay(client: TestClient, server: Misbehaving, name: str) -> None:
    server.reply, reason = LATE_FAULTS[name]
    began, memory = time.monotonic(), psutil.Process().memory_info().rss
    received = events(client.post("/ask", json=QUESTION | {"stream": True}).text)
    assert time.monotonic() - began < TIMEOUT + MARGIN
    assert psutil.Process().memory_info().rss - memory < 64 << 20
    assert [kind for kind, _ in received][:2] == ["passages", "sentence"]
    assert received[1][1]["sentence"]["text"].startswith("The battery of the T3")
    kind, problem = received[-1]
    assert (kind, problem["status"]) == ("error", 503)
    assert reason in problem["detail"]
    check_next_is_answered(client, server)


def test_half_a_surrogate_pair_is_no_character(client: TestClient, server: Misbehaving) -> None:
    server.reply = sends(HEAD, said("\ud83d" + SENTENCE), b"data: [DONE]\n\n")
    answer = client.post("/ask", json=QUESTION)
    assert answer.status_code == 200
    assert "\ud83d" not in answer.text


def test_readiness_does_not_wait_for_a_generator_that_hangs(client: TestClient, server: Misbehaving) -> None:
    server.reply = hangs()
    began = time.monotonic()
    answer = client.get("/readyz")
    assert (answer.status_code, time.monotonic() - began < TIMEOUT + MARGIN) == (503, True)
    assert "did not answer" in answer.json()["generator"]
    check_next_is_answered(client, server)


def test_questions_of_a_service_without_a_generator_are_problems(tmp_path: Path, settings: Settings, store: Store) -> None:
    ingest_files({"a.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "d", settings, store, HashingEmbedder())
    gone = Misbehaving()
    gone.close()
    with TestClient(create_app(settings, HashingEmbedder(), OpenAICompatible(gone.address, "m", timeout=TIMEOUT))) as client:
        check_problem(client.post("/ask", json=QUESTION), 503, "generator-unavailable")
        assert client.post("/search", json={"query": "battery"}).json()["passages"]


@pytest.mark.parametrize("key", ["sk-secret\nmore", "sk-secret密", "sk-secret\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(GeneratorUnavailable) as caught:
        OpenAICompatible("http://127.0.0.1:9/v1", "m", key)
    assert "YOUJU_GENERATOR_API_KEY" in str(caught.value)
    assert "secret" not in str(caught.value)
