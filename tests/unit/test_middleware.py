from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.types import Message, Scope, Send

from service.http import problems
from service.http.middleware import BODY_BYTES, TEXT_BYTES, BodyLimits, CountRequests, HeaderLimits, RequestIds
from service.http.traffic import Traffic

Receive = Callable[[], Awaitable[Message]]


class Sent:
    """What an application answered to one request."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def __call__(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    def json(self) -> Any:
        return json.loads(b"".join(message.get("body", b"") for message in self.messages[1:]))


def application(traffic: Traffic, seconds: float = 30.0) -> FastAPI:
    app = FastAPI()
    app.add_middleware(BodyLimits, uploads=10 << 20, seconds=seconds)
    app.add_middleware(HeaderLimits)
    app.add_middleware(CountRequests, traffic=traffic)
    app.add_middleware(RequestIds)
    problems.install(app)

    @app.post("/echo")
    @app.post("/documents")
    async def echo(request: Request) -> dict[str, int]:
        return {"length": len(await request.body())}

    @app.post("/json")
    async def take(body: dict[str, str]) -> dict[str, str]:
        return body

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {}

    return app


async def call(app: FastAPI, path: str, receive: Receive, method: str = "POST", query: bytes = b"", headers: Any = ()) -> Sent:
    sent = Sent()
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "",
        "headers": [(b"content-type", b"application/json"), *headers], "scheme": "http", "server": ("x", 80),
        "http_version": "1.1", "asgi": {"version": "3.0"}, "client": None,
    }  # fmt: skip
    await app(scope, receive, sent)
    return sent


def pieces(*content: bytes, end: bool = True) -> Receive:
    """Receive these; without `end`, nothing more ever comes."""

    async def messages() -> AsyncIterator[Message]:
        for number, one in enumerate(content):
            yield {"type": "http.request", "body": one, "more_body": not end or number < len(content) - 1}
        await asyncio.Event().wait()

    return messages().__anext__


@pytest.mark.parametrize("path", ["/echo", "/json"])
def test_a_body_that_stops_coming_is_given_up(path: str) -> None:
    sent = asyncio.run(call(application(Traffic(9), 0.05), path, pieces(b'{"a":', end=False)))
    assert (sent.status, sent.headers["connection"]) == (408, "close")
    assert sent.json()["title"] == "The body of the request came too slowly"


def test_what_comes_fast_enough_may_take_longer() -> None:
    async def run() -> Sent:
        clock = asyncio.get_running_loop()
        rest = 6

        async def receive() -> Message:
            nonlocal rest
            await asyncio.sleep(0.04)
            rest -= 1
            return {"type": "http.request", "body": b"x" * 2048, "more_body": rest > 0}

        began = clock.time()
        sent = await call(application(Traffic(9), 0.1), "/echo", receive)
        assert clock.time() - began > 0.2
        return sent

    sent = asyncio.run(run())
    assert (sent.status, sent.json()) == (200, {"length": 6 * 2048})


def test_time_that_the_application_takes_is_not_the_clients() -> None:
    """And once the body is there, waiting for the end of the connection has no limit."""

    async def run() -> None:
        async def slow(scope: Any, receive: Receive, send: Any) -> None:
            await asyncio.sleep(0.1)
            assert (await receive())["more_body"]
            assert not (await receive())["more_body"]
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(receive(), 0.2)

        limits = BodyLimits(slow, uploads=100, seconds=0.05)
        await limits({"type": "http", "path": "/"}, pieces(b"a", b"b"), Sent())

    asyncio.run(run())


def test_bodies_have_a_length_of_their_own_for_uploads() -> None:
    def status(path: str, length: int) -> int:
        return asyncio.run(call(application(Traffic(9)), path, pieces(b"x" * 1000, b"x" * (length - 1000)))).status

    assert [status("/echo", BODY_BYTES), status("/echo", BODY_BYTES + 1)] == [200, 413]
    assert [status("/documents", BODY_BYTES + 1), status("/documents", (10 << 20) + 1)] == [200, 413]


@pytest.mark.parametrize(("media_type", "passes"), [(b"Multipart/form-data; boundary=x", True), (b"application/json", False)])
def test_texts_are_held_in_memory_and_so_shorter_than_files(media_type: bytes, passes: bool) -> None:
    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    async def run() -> None:
        scope = {"type": "http", "path": "/documents", "headers": [(b"content-type", media_type)]}
        limits = BodyLimits(read, uploads=100 << 20, seconds=1)
        with contextlib.nullcontext() if passes else pytest.raises(HTTPException, match="64 MiB"):
            await limits(scope, pieces(bytes(TEXT_BYTES + 1)), Sent())

    asyncio.run(run())


@pytest.mark.parametrize(
    ("change", "status", "title"),
    [
        ({"query": b"q" * 9000}, 414, "The address is longer than 8 KiB"),
        ({"headers": [(b"x", b"1")] * 100}, 431, "There are more than 100 headers"),
        ({"headers": [(b"x", b"1" * 16384)]}, 431, "The headers are longer than 16 KiB"),
        ({"query": b"q" * 8000, "headers": [(b"x", b"1" * 100)] * 90}, 200, ""),
    ],
)
def test_heads_have_limits(change: dict[str, Any], status: int, title: str) -> None:
    sent = asyncio.run(call(application(Traffic(9)), "/healthz", pieces(b""), "GET", **change))
    assert sent.status == status
    if title:
        assert sent.json() == {
            "type": "about:blank", "title": title, "status": status, "detail": f"GET /healthz: {title}.",
            "advice": "See /docs.", "request_id": sent.headers["x-request-id"],
        }  # fmt: skip


def test_too_many_requests_are_refused_but_those_that_watch() -> None:
    async def run() -> None:
        traffic = Traffic(2)
        app = application(traffic)
        held = [asyncio.create_task(call(app, "/echo", pieces(b"a", end=False))) for _ in range(2)]
        while traffic.in_progress < 2:  # noqa: ASYNC110
            await asyncio.sleep(0)
        refused = await call(app, "/echo", pieces(b"a"))
        assert (refused.status, refused.headers["retry-after"], refused.json()["type"]) == (429, "1", "urn:youju:problem:busy")
        assert (await call(app, "/healthz", pieces(b""), "GET")).status == 200
        held[0].cancel()
        await asyncio.wait(held[:1])
        assert (await call(app, "/echo", pieces(b"a"))).status == 200
        held[1].cancel()
        await asyncio.wait(held)
        assert traffic.in_progress == 0

    asyncio.run(run())


def test_a_stop_waits_for_what_was_in_progress_and_lets_clients_go() -> None:
    told: list[bool] = []
    traffic = Traffic(9)
    traffic.when_stopping(lambda: told.append(True))
    with traffic.request():
        assert not traffic.finished
        traffic.stop()
        assert (told, traffic.finished) == ([True], False)
        sent = asyncio.run(call(application(traffic), "/echo", pieces(b"a")))
        assert (sent.status, sent.headers["connection"]) == (200, "close")
    with traffic.request():  # began later
        assert traffic.finished
