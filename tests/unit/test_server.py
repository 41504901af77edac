from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from service.http.server import Protocol

ASK = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"


class Impatient(Protocol):
    head_seconds = 0.1


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """To a server in the same loop."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(echo, http=Impatient, lifespan="off", log_config=None, timeout_keep_alive=60))
    running = asyncio.create_task(server._serve([listener]))  # `serve` would take over the signals of the tests
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.001)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await running


@pytest.mark.parametrize("head", [b"", b"GET / HTT", ASK[:-2]])
@pytest.mark.parametrize("second", [False, True])
def test_a_head_that_does_not_come_closes_the_connection(head: bytes, second: bool) -> None:
    async def run() -> None:
        async with connection() as (reader, writer):
            if second:
                writer.write(ASK + b"ab")
                await asyncio.wait_for(reader.readuntil(b"ab"), 10)
            writer.write(head)
            if second and not head:  # the pause between two requests, which is uvicorn's to end
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(reader.read(), 0.3)
            else:
                assert await asyncio.wait_for(reader.read(), 10) == b""

    asyncio.run(run())


def test_bodies_and_pauses_between_requests_have_their_own_limits() -> None:
    async def run() -> None:
        async with connection() as (reader, writer):
            for _ in range(2):
                writer.write(ASK)
                await asyncio.sleep(0.2)  # more than a head may take
                writer.write(b"ab")
                assert (await asyncio.wait_for(reader.readuntil(b"ab"), 10)).startswith(b"HTTP/1.1 200")
                await asyncio.sleep(0.2)

    asyncio.run(run())
