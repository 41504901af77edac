"""The HTTP application: `create_app(settings)`. Resources are built once, in the lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.generation import Generator
from service.resources import make_resources
from service.routes import ask, documents, health, jobs, page, problems, reference, search, unanswered
from service.worker import ProcessWorker, Worker
from youju import __version__
from youju.embedding import Embedder
from youju.jobs import Jobs
from youju.settings import Settings

DESCRIPTION = "Answers from your own documents, each sentence on a passage that you can open. Errors are problem details."
BODY_BYTES = 16 << 20  # longest request but for uploads
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """Gives every request an id (the caller's `X-Request-ID`, if it is a plain one) and returns it. Plain ASGI."""

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


class BodyLimit:
    """Ends a request whose body is longer than it may be, before it is taken in. Plain ASGI."""

    def __init__(self, app: ASGIApp, uploads: int) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._uploads if scope["path"].rstrip("/").endswith("/documents") else BODY_BYTES
        taken = 0

        async def receive_within() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, f"The request is longer than {limit >> 20} MiB")
            return message

        await self._app(scope, receive_within, send)


def create_app(
    settings: Settings,
    embedder: Embedder | None = None,
    generator: Generator | None = None,
    worker: Callable[[Settings, Jobs], Worker] = ProcessWorker,
) -> FastAPI:
    """The application. What is given here is used in place of what the settings name."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        resources = await asyncio.to_thread(make_resources, settings, embedder, generator, worker)
        app.state.resources = resources
        if await asyncio.to_thread(resources.jobs.next) is not None:  # left by a former run
            await asyncio.to_thread(resources.worker.wake)
        try:
            yield
        finally:
            await resources.close()

    app = FastAPI(
        title="Youju 有据", version=__version__, description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.add_middleware(BodyLimit, uploads=settings.max_upload_mb << 20)
    app.add_middleware(RequestIds)
    problems.install(app)
    for routes in (ask, search, documents, jobs, unanswered, health, reference, page):
        app.include_router(routes.router)
    reference.mount_assets(app)
    return app
