"""The HTTP application: `create_app(settings)`. Resources are built once, in the lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from service.background.worker import ProcessWorker, Worker
from service.events import Ask
from service.generation import Generator
from service.http import problems
from service.http.access import Access
from service.http.forwarded import Forwarded
from service.http.middleware import BodyLimits, CountRequests, HeaderLimits, PlainFailure, RequestIds
from service.http.observing import Observed, RouteTemplates, note_answer
from service.http.origins import OriginGuard
from service.http.routes import (
    ask,
    contents,
    documents,
    feedback,
    health,
    jobs,
    mcp,
    metrics,
    openai,
    overview,
    page,
    reference,
    search,
    unanswered,
)
from service.http.traffic import Traffic
from service.monitoring.inspection import Inspector
from service.monitoring.metrics import Metrics
from service.monitoring.tracing import Tracing, make_tracing
from service.resources import Resources, make_resources
from youju import __version__
from youju.embedding.base import Embedder
from youju.errors import YoujuError
from youju.index.protocols import Jobs
from youju.records import Answer
from youju.settings import Settings

DESCRIPTION = "Answers from your own documents, each sentence on a passage that you can open. Errors are problem details."
# FastAPI's own would send paths and the messages of exceptions, which quote questions, to whatever collector is configured.
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}


def create_app(
    settings: Settings,
    embedder: Embedder | None = None,
    generator: Generator | None = None,
    worker: Callable[[Settings, Jobs], Worker] = ProcessWorker,
    tracing: Tracing | None = None,
) -> FastAPI:
    """The application. What is given here is used in place of what the settings name."""
    traffic, measured, templates = Traffic(settings.requests), Metrics(), RouteTemplates()
    tracing = tracing or make_tracing(os.environ)

    def told(question: Ask, answer: Answer) -> None:
        measured.answered(answer)
        note_answer(question, answer, settings.log_text)

    def build() -> Resources:
        return make_resources(settings, embedder, generator, worker, told=told)

    app = FastAPI(
        title="Youju 有据", version=__version__, description=DESCRIPTION, docs_url=None, redoc_url=None, telemetry=NO_TELEMETRY,
        lifespan=functools.partial(_lifespan, build=build, settings=settings, templates=templates, tracing=tracing),
    )  # fmt: skip
    app.state.failure = None
    app.state.traffic = traffic
    app.state.metrics = measured
    app.add_middleware(BodyLimits, uploads=settings.max_upload_mb << 20, seconds=settings.body_seconds)
    app.add_middleware(Access, settings=settings)
    app.add_middleware(OriginGuard, settings=settings)
    app.add_middleware(HeaderLimits)
    app.add_middleware(CountRequests, traffic=traffic)
    app.add_middleware(Observed, metrics=measured, templates=templates, tracing=tracing, with_text=settings.log_text)
    app.add_middleware(PlainFailure)
    app.add_middleware(Forwarded)
    app.add_middleware(RequestIds)  # the outermost
    problems.install(app)
    kept = (documents, contents, jobs, unanswered, feedback)
    for routes in (ask, search, overview, *kept, openai, health, metrics, reference, page):
        app.include_router(routes.router)
    reference.mount_assets(app)
    mcp.mount(app)
    reference.tell_of_keys(app, settings.require_keys)
    return app


@contextlib.asynccontextmanager
async def _lifespan(
    app: FastAPI, build: Callable[[], Resources], settings: Settings, templates: RouteTemplates, tracing: Tracing | None
) -> AsyncIterator[None]:
    """Build what the application answers with, and close it once the last request is served."""
    try:
        resources = await asyncio.to_thread(build)
    except YoujuError as error:
        app.state.failure = error
        raise
    app.state.resources = resources
    app.state.traffic.when_stopping(resources.admission.stop)
    app.state.inspector = Inspector(resources.store, resources.jobs, settings)
    app.state.metrics.watch(resources, app.state.inspector)
    templates.learn(app)
    if await asyncio.to_thread(resources.jobs.has_work):  # left by a former run
        await asyncio.to_thread(resources.worker.wake)
    try:
        async with mcp.running(app, resources):
            yield
    finally:
        app.state.inspector.close()
        try:
            await resources.close()
        finally:
            if tracing is not None:
                await asyncio.to_thread(tracing.close)
