"""What the whole application does for clients that leave, come too many, or come too late: over ASGI, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import Message

from service.http.app import create_app
from service.http.disconnect import ClientGone, EventStream, unless_disconnected
from service.resources import Resources
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.sqlite.store import Store
from youju.settings import Settings

SCRIPT = "The battery of the T3 lasts 24 months [1]."


class Opened:
    """A running application, its generator held until `gate` is set."""

    def __init__(self, app: FastAPI, generator: ScriptedGenerator, gate: asyncio.Event) -> None:
        self.app, self.generator, self.gate = app, generator, gate
        self.resources: Resources = app.state.resources

    def client(self, key: str = "") -> httpx.AsyncClient:
        """A client with a new key of that name, where one is given."""
        headers = {"Authorization": f"Bearer {self.resources.keys.create(key)[0]}"} if key else {}
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://127.0.0.1", headers=headers)

    async def until(self, running: int, waiting: int) -> None:
        async with asyncio.timeout(30):
            while (self.resources.admission.running, self.resources.admission.waiting) != (running, waiting):  # noqa: ASYNC110
                await asyncio.sleep(0.001)


@pytest.fixture
def index(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Settings:
    ingest_files({"m.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "d", settings, store, embedder)
    return settings.model_copy(update={"queue": 2, "answer_cache": 0, "asks_per_key": 2})


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    gate = asyncio.Event()
    generator = ScriptedGenerator(SCRIPT, gate)
    app = create_app(settings, HashingEmbedder(), generator, ThreadWorker)
    async with app.router.lifespan_context(app):
        yield Opened(app, generator, gate)


async def post(app: FastAPI, body: bytes, leave: asyncio.Event) -> list[Message]:
    """Ask until told to leave; what was sent up to then."""
    sent: list[Message] = []

    unread = [body]

    async def receive() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/ask", "raw_path": b"/ask", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "scheme": "http", "server": ("x", 80), "http_version": "1.1",
        "asgi": {"version": "3.0"}, "client": None,
    }  # fmt: skip
    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize("body", [b'{"question": "battery?"}', b'{"question": "battery?", "stream": true}'])
@pytest.mark.parametrize("queued", [False, True])
def test_leaving_frees_what_was_held(index: Settings, body: bytes, queued: bool) -> None:
    async def run() -> None:
        async with opened(index) as service:
            stay, leave = asyncio.Event(), asyncio.Event()
            before = asyncio.create_task(post(service.app, body, stay)) if queued else None
            if before:
                await service.until(1, 0)
            leaving = asyncio.create_task(post(service.app, body, leave))
            await service.until(1, int(queued))
            leave.set()
            await asyncio.wait_for(leaving, 10)
            assert (service.resources.admission.running, service.resources.admission.waiting) == (int(queued), 0)
            assert service.generator.stopped_early == (0 if queued else 1)
            if before:
                service.gate.set()
                assert (await before)[0]["status"] == 200
            assert service.resources.admission.admitted == 0

    asyncio.run(run())


def test_leaving_while_a_follow_up_waits_to_be_rewritten(index: Settings) -> None:
    """No event has been sent yet, and no response begun."""
    body = b'{"question": "And it?", "history": [{"question": "battery of the T3?"}], "stream": true}'

    async def run() -> None:
        async with opened(index) as service:
            leave = asyncio.Event()
            leaving = asyncio.create_task(post(service.app, body, leave))
            await service.until(1, 0)
            leave.set()
            assert (await asyncio.wait_for(leaving, 10))[0]["status"] == 499
            assert (service.resources.admission.running, service.resources.admission.admitted) == (0, 0)

    asyncio.run(run())


def test_too_many_questions_are_told_when_to_come_again(index: Settings) -> None:
    async def run() -> None:
        async with opened(index) as service, service.client() as client:
            asks = [asyncio.create_task(client.post("/ask", json={"question": f"battery {n}?"})) for n in range(12)]
            await service.until(1, 2)
            service.gate.set()
            statuses = sorted([(await ask).status_code for ask in asks])
            assert statuses == [200] * 3 + [429] * 9
            refused = [(await ask) for ask in asks if (await ask).status_code == 429]
            assert all(int(one.headers["retry-after"]) >= 1 for one in refused)
            assert all("Retry-After" in one.json()["advice"] for one in refused)
            assert (await client.post("/ask", json={"question": "battery?", "stream": True})).status_code == 200

    asyncio.run(run())


def test_a_key_has_its_own_limit(index: Settings) -> None:
    async def run() -> None:
        required = index.model_copy(update={"require_keys": True})
        async with opened(required) as service, service.client("a") as one, service.client("b") as other:
            asks = [asyncio.create_task(one.post("/ask", json={"question": f"battery {n}?"})) for n in range(2)]
            await service.until(1, 1)
            refused = await one.post("/ask", json={"question": "battery?"})
            assert (refused.status_code, "of this key" in refused.json()["detail"]) == (429, True)
            asks.append(asyncio.create_task(other.post("/ask", json={"question": "battery?"})))
            await service.until(1, 2)
            service.gate.set()
            assert [(await ask).status_code for ask in asks] == [200] * 3

    asyncio.run(run())


@pytest.mark.parametrize("change", [{"deadline_ms": 200}, {}])
def test_a_deadline_holds_in_the_queue_and_frees_the_place(index: Settings, change: dict[str, int]) -> None:
    async def run() -> None:
        async with opened(index.model_copy(update={} if change else {"answer_seconds": 0.2})) as service:
            turns = service.resources.admission
            with turns.enter() as holder:
                await holder.take()
                async with service.client() as client:
                    late = await client.post("/ask", json={"question": "battery?"} | change)
                assert (late.status_code, late.json()["detail"]) == (504, "no answer within 200 ms.")
                assert (turns.running, turns.waiting, turns.admitted) == (1, 0, 1)

    asyncio.run(run())


def test_a_stopping_service_says_so(index: Settings) -> None:
    async def run() -> None:
        async with opened(index) as service, service.client() as client:
            service.app.state.traffic.stop()
            refused, ready = await client.post("/ask", json={"question": "battery?"}), await client.get("/readyz")
            assert (refused.status_code, refused.json()["type"]) == (503, "urn:youju:problem:shutting-down")
            assert (refused.headers["retry-after"], refused.headers["connection"]) == ("5", "close")
            assert (ready.status_code, ready.json()["ready"], ready.headers["connection"]) == (503, False, "close")
            assert "stopping" in ready.json()["service"]
            assert (await client.post("/search", json={"query": "battery"})).status_code == 200
            assert (await client.get("/healthz")).status_code == 200

    asyncio.run(run())


def a_request(messages: asyncio.Queue[Message]) -> Request:
    return Request({"type": "http", "headers": []}, messages.get)


def test_work_goes_on_while_the_client_stays() -> None:
    async def fails() -> None:
        raise ValueError("as it is")

    async def run() -> None:
        request = a_request(asyncio.Queue())
        assert await unless_disconnected(request, asyncio.sleep(0, "done")) == "done"
        with pytest.raises(ValueError, match="as it is"):
            await unless_disconnected(request, fails())
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_work_is_cancelled_and_over_when_the_client_leaves() -> None:
    async def run() -> None:
        ended = False

        async def work() -> None:
            nonlocal ended
            try:
                messages.put_nowait({"type": "http.disconnect"})
                await asyncio.Event().wait()
            finally:
                ended = True

        messages: asyncio.Queue[Message] = asyncio.Queue()
        with pytest.raises(ClientGone):
            await unless_disconnected(a_request(messages), work())
        assert ended
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_a_stream_that_never_begins_closes_its_source() -> None:
    async def run() -> None:
        closed = False

        async def source() -> AsyncIterator[int]:
            nonlocal closed
            try:
                yield 1
                yield 2
            finally:
                closed = True

        async def nothing() -> AsyncIterator[Any]:
            async for _ in events:
                yield None

        async def broken(_message: Message) -> None:
            raise OSError

        events = source()
        await anext(events)
        with pytest.raises(OSError):  # noqa: PT011
            await EventStream(nothing(), events)({"type": "http", "method": "POST"}, asyncio.Event().wait, broken)  # type: ignore[arg-type]
        assert closed

    asyncio.run(run())
