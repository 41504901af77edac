"""What every request passes on its way in: an id, the count of requests, limits. All plain ASGI."""

from __future__ import annotations

import asyncio
import re
import time
import uuid

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http import problems
from service.http.access import path_of
from service.http.traffic import Traffic
from youju.errors import Busy, YoujuError

BODY_BYTES = 2 << 20  # longest request but for uploads: JSON is parsed in the event loop, and a longer one would hold it up
TEXT_BYTES = 64 << 20  # of a text uploaded as JSON, which is held in memory several times over; a longer one comes as a file
BODY_RATE = 16 << 10  # bytes a second; a body that comes faster may take longer than `body_seconds`
HEADERS = 100
HEADER_BYTES = 16 << 10  # names and values of all
URL_BYTES = 8 << 10  # path and query
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
WATCHED = ("/healthz", "/readyz", "/metrics")  # answered however much is going on
CLOSE = {"Connection": "close"}  # the rest of the request is not read


class RequestIds:
    """Gives every request an id (the caller's `X-Request-ID`, if it is a plain one) and returns it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)


class PlainFailure:
    """Tells in one line why the service cannot start, where its user can mend that: Starlette would send the whole trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_plain(message: Message) -> None:
            failure: YoujuError | None = scope["app"].state.failure
            if message["type"] == "lifespan.startup.failed" and failure is not None:
                message = {**message, "message": str(failure)}
            await send(message)

        await self._app(scope, receive, send_plain if scope["type"] == "lifespan" else send)


class CountRequests:
    """Refuses requests beyond those that may be in progress. While the service stops, tells clients not to keep connections."""

    def __init__(self, app: ASGIApp, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_closing(message: Message) -> None:
            if message["type"] == "http.response.start" and self._traffic.stopping:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        try:
            with self._traffic.request(refusable=path_of(scope) not in WATCHED):
                await self._app(scope, receive, send_closing)
        except Busy as error:  # only from here: what routes raise is answered inside
            await problems.known(Request(scope), error)(scope, receive, send)


class HeaderLimits:
    """Refuses requests with too long an address, or with too many or too long headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http":
            url = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
            if url > URL_BYTES:
                app = problems.http(Request(scope), 414, f"The address is longer than {URL_BYTES >> 10} KiB", CLOSE)
            elif len(scope["headers"]) > HEADERS:
                app = problems.http(Request(scope), 431, f"There are more than {HEADERS} headers", CLOSE)
            elif sum(len(name) + len(value) for name, value in scope["headers"]) > HEADER_BYTES:
                app = problems.http(Request(scope), 431, f"The headers are longer than {HEADER_BYTES >> 10} KiB", CLOSE)
        await app(scope, receive, send)


class BodyLimits:
    """Ends a request whose body is longer than it may be, before it is taken in, or which comes too slowly."""

    def __init__(self, app: ASGIApp, uploads: int, seconds: float) -> None:
        """
        Args:
            uploads: longest body of an upload, in bytes.
            seconds: that the service waits for a body in all, and one more for each `BODY_RATE` bytes that came.
        """
        self._app = app
        self._uploads = uploads
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = BODY_BYTES
        if scope["path"].rstrip("/").endswith("/documents"):
            is_form = dict(scope["headers"]).get(b"content-type", b"").lower().startswith(b"multipart/")
            limit = self._uploads if is_form else min(self._uploads, TEXT_BYTES)
        body = _Body(receive, limit, self._seconds)
        await self._app(scope, body.receive, send)


class _Body:
    """The messages of one request, held to the limits until its body is there. What follows is waited for without any."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive, self._limit, self._patience = receive, limit, seconds
        self._taken = 0
        self._is_whole = False

    async def receive(self) -> Message:
        if self._is_whole:
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._patience):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "The body of the request came too slowly", CLOSE) from None
        size = len(message.get("body", b""))
        self._patience += size / BODY_RATE - (time.monotonic() - began)
        self._taken += size
        self._is_whole = not message.get("more_body", False)
        if self._taken > self._limit:
            raise HTTPException(413, f"The request is longer than {self._limit >> 20} MiB", CLOSE)
        return message
