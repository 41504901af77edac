"""The HTTP application: `create_app(settings)`. Resources are built once, in the lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import uuid
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.events import Ask
from service.generation import Generator
from service.inspection import Inspector
from service.metrics import Metrics
from service.observing import Observed, RouteTemplates, note_answer
from service.resources import make_resources
from service.routes import ask, documents, health, jobs, metrics, problems, reference, search, unanswered
from service.tracing import Tracing, make_tracing
from service.worker import ProcessWorker, Worker
from youju import __version__
from youju.embedding import Embedder
from youju.jobs import Jobs
from youju.records import Answer
from youju.settings import Settings

DESCRIPTION = "Answers from your own documents, each sentence on a passage that you can open. Errors are problem details."
BODY_BYTES = 16 << 20  # longest request but for uploads
# FastAPI's own would send paths and the messages of exceptions, which quote questions, to whatever collector is configured.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
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
    tracing: Tracing | None = None,
) -> FastAPI:
    """The application. What is given here is used in place of what the settings name."""
    measured, templates = Metrics(), RouteTemplates()
    tracing = tracing or make_tracing(os.environ)

    def told(question: Ask, answer: Answer) -> None:
        measured.answered(answer)
        note_answer(question, answer, settings.log_text)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        resources = await asyncio.to_thread(make_resources, settings, embedder, generator, worker, told=told)
        app.state.resources = resources
        app.state.inspector = Inspector(resources.store, resources.jobs, settings)
        measured.watch(resources, app.state.inspector)
        templates.learn(app)
        if await asyncio.to_thread(resources.jobs.next) is not None:  # left by a former run
            await asyncio.to_thread(resources.worker.wake)
        try:
            yield
        finally:
            app.state.inspector.close()
            await resources.close()
            if tracing is not None:
                await asyncio.to_thread(tracing.close)

    app = FastAPI(
        title="Youju 有据", version=__version__, description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None,
        telemetry=NO_TELEMETRY,
    )  # fmt: skip
    app.state.metrics = measured
    app.add_middleware(BodyLimit, uploads=settings.max_upload_mb << 20)
    app.add_middleware(Observed, metrics=measured, templates=templates, tracing=tracing, with_text=settings.log_text)
    app.add_middleware(RequestIds)
    problems.install(app)
    for routes in (ask, search, documents, jobs, unanswered, health, metrics, reference):
        app.include_router(routes.router)
    reference.mount_assets(app)
    return app
