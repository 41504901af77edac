"""The HTTP application: `create_app(settings)`. Resources are built once, in the lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.generation import Generator
from service.resources import make_resources
from service.routes import ask, documents, health, problems, reference, search
from youju import __version__
from youju.embedding import Embedder
from youju.settings import Settings

DESCRIPTION = "Answers from your own documents, each sentence on a passage that you can open. Errors are problem details."
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


def create_app(settings: Settings, embedder: Embedder | None = None, generator: Generator | None = None) -> FastAPI:
    """The application. An embedder or generator given here is used in place of the one that the settings name."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        resources = await asyncio.to_thread(make_resources, settings, embedder, generator)
        app.state.resources = resources
        try:
            yield
        finally:
            await resources.close()

    app = FastAPI(
        title="Youju 有据", version=__version__, description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.add_middleware(RequestIds)
    problems.install(app)
    for routes in (ask, search, documents, health, reference):
        app.include_router(routes.router)
    reference.mount_assets(app)
    return app
