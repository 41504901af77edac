"""The HTTP application: `create_app(settings)`. Resources are built once, in the lifespan."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI

from service.access import Access
from service.generation import Generator
from service.middleware import BodyLimits, CountRequests, HeaderLimits, RequestIds
from service.origins import OriginGuard
from service.resources import make_resources
from service.routes import ask, documents, health, jobs, problems, reference, search, unanswered
from service.traffic import Traffic
from service.worker import ProcessWorker, Worker
from youju import __version__
from youju.embedding import Embedder
from youju.jobs import Jobs
from youju.settings import Settings

DESCRIPTION = "Answers from your own documents, each sentence on a passage that you can open. Errors are problem details."


def create_app(
    settings: Settings,
    embedder: Embedder | None = None,
    generator: Generator | None = None,
    worker: Callable[[Settings, Jobs], Worker] = ProcessWorker,
) -> FastAPI:
    """The application. What is given here is used in place of what the settings name."""
    traffic = Traffic(settings.requests)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        resources = await asyncio.to_thread(make_resources, settings, embedder, generator, worker)
        app.state.resources = resources
        traffic.when_stopping(resources.turns.stop)
        if await asyncio.to_thread(resources.jobs.next) is not None:  # left by a former run
            await asyncio.to_thread(resources.worker.wake)
        try:
            yield
        finally:
            await resources.close()

    app = FastAPI(
        title="Youju 有据", version=__version__, description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.state.traffic = traffic
    app.add_middleware(BodyLimits, uploads=settings.max_upload_mb << 20, seconds=settings.body_seconds)
    app.add_middleware(Access, settings=settings)
    app.add_middleware(OriginGuard, settings=settings)
    app.add_middleware(HeaderLimits)
    app.add_middleware(CountRequests, traffic=traffic)
    app.add_middleware(RequestIds)  # the outermost
    problems.install(app)
    for routes in (ask, search, documents, jobs, unanswered, health, reference):
        app.include_router(routes.router)
    reference.mount_assets(app)
    reference.tell_of_keys(app, settings.require_keys)
    return app
