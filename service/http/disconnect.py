"""Clients that go away: what is done for them is cancelled, so that it holds nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping
from typing import Any, TypeVar

import anyio
from fastapi import Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

T = TypeVar("T")
SEND_TIMEOUT = 30  # seconds that a reader who does not read may hold the generator
PING_SECONDS = 15
UNBUFFERED = {"X-Accel-Buffering": "no", "Cache-Control": "no-store"}


class ClientGone(Exception):
    """Nobody is there any more to whom this could be said."""


async def unless_disconnected(request: Request, work: Awaitable[T]) -> T:
    """What `work` gives, done in this task. The body of the request must have been read: what still came of it would be lost.

    Raises:
        ClientGone: the client closed its connection first; the work is cancelled and has ended.
    """
    with anyio.CancelScope() as scope:
        watching = asyncio.create_task(_cancel_when_gone(request, scope))
        try:
            return await work
        finally:
            watching.cancel()
            with anyio.CancelScope(shield=True):  # so that nobody else waits for messages beside it
                await asyncio.wait([watching])
    raise ClientGone


async def _cancel_when_gone(request: Request, scope: anyio.CancelScope) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def sse(name: str, data: dict[str, Any]) -> ServerSentEvent:
    """An event of a stream."""
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name)


class EventStream(EventSourceResponse):
    """Server-sent events, made from a source that is closed however the response ends: also one that never began to send."""

    def __init__(
        self, events: AsyncIterator[ServerSentEvent], source: AsyncGenerator[Any] | None = None,
        headers: Mapping[str, str] = UNBUFFERED, sep: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(events, ping=PING_SECONDS, send_timeout=SEND_TIMEOUT, headers=headers, sep=sep)
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._source is not None:
                await self._source.aclose()
