"""Watches every request from its first to its last byte: counts it, logs one line, and opens its trace. Plain ASGI."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import Any

from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, Route, compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.events import Ask
from service.monitoring.metrics import Metrics
from service.monitoring.tracing import RequestSpan, Tracing
from youju import logs
from youju.records import Answer

log = logging.getLogger("youju.access")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
POLLED = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds: logged when they fail
UNMATCHED = "unmatched"
CLIENT_LEFT = 499  # as nginx calls it; nothing was sent


class RouteTemplates:
    """The template of a path, so that no path of a caller becomes a label: `/documents/{document_id}`."""

    def __init__(self) -> None:
        self._known: list[tuple[re.Pattern[str], str]] = []

    def learn(self, app: FastAPI) -> None:
        """Learn what `app` serves; requests that are refused before they are routed have templates too then."""
        here = [_compiled(route) for route in app.router.routes if isinstance(route, Route | Mount)]
        documented = [(compile_path(path)[0], path) for path in app.openapi().get("paths", {})]
        self._known = documented + here

    def of(self, scope: Scope) -> str:
        path = getattr(scope.get("route"), "path_format", None)
        if path is not None:
            return str(path)
        wanted = scope["path"].removeprefix(scope.get("app_root_path", scope.get("root_path", "")))
        return next((template for pattern, template in self._known if pattern.match(wanted)), UNMATCHED)


def note_answer(ask: Ask, answer: Answer, with_text: bool) -> None:
    """Let the line of the request tell what became of its question."""
    logs.annotate(
        verdict=answer.verdict, language=answer.language, cached=answer.cached,
        prompt_tokens=answer.usage.prompt_tokens, completion_tokens=answer.usage.completion_tokens,
    )  # fmt: skip
    if with_text:
        logs.annotate(question=ask.question, answer=answer.answer)


def _compiled(route: BaseRoute) -> tuple[re.Pattern[str], str]:
    assert isinstance(route, Route | Mount)
    return route.path_regex, f"{route.path}/*" if isinstance(route, Mount) else route.path


class Observed:
    """Around the application, inside of what gives requests their ids."""

    def __init__(
        self, app: ASGIApp, metrics: Metrics, templates: RouteTemplates, tracing: Tracing | None, with_text: bool = False
    ) -> None:
        """`with_text`: log paths too."""
        self._app, self._metrics, self._templates, self._tracing = app, metrics, templates, tracing
        self._with_text = with_text

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        facts = logs.begin_request(scope["state"]["request_id"])
        if self._with_text:
            logs.annotate(path=scope["path"])
        span = self._tracing.begin(scope["headers"]) if self._tracing else None
        began = last_byte = time.perf_counter()
        status = 0

        async def send_watched(message: Message) -> None:
            nonlocal status, last_byte
            await send(message)
            status = message.get("status", status)
            last_byte = time.perf_counter()

        self._metrics.in_progress.inc()
        try:
            await self._app(scope, receive, send_watched)
        except asyncio.CancelledError:
            status = status or CLIENT_LEFT
            raise
        except BaseException:
            status = status or 500
            raise
        finally:
            self._metrics.in_progress.dec()
            seconds = (last_byte if status and last_byte > began else time.perf_counter()) - began
            self._finish(scope, status or CLIENT_LEFT, seconds, facts, span)

    def _finish(self, scope: Scope, status: int, seconds: float, facts: dict[str, Any], span: RequestSpan | None) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = self._templates.of(scope)
        self._metrics.served(method, route, status, seconds, facts.get("problem"))
        if span is not None:
            facts["trace_id"] = span.trace_id
            span.end(method, route, status, facts)
        if route in POLLED and status < 400:
            level = logging.DEBUG
        elif status in (429, 503):  # meant: it says so to the caller
            level = logging.WARNING
        else:
            level = logging.ERROR if status >= 500 else logging.INFO
        more = {name: value for name, value in facts.items() if name != "request_id" and value is not None}
        logs.event(
            log, level, "request",
            method=method, route=route, status=status, duration_ms=round(seconds * 1000, 1), **more,
        )  # fmt: skip
