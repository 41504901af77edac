"""OpenTelemetry traces, if they are asked for: a span for each request and one for each stage of its answer.

Nothing is imported and nothing costs while they are off. Spans carry routes, numbers and the request id, never a text.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from service.timing import stage_watcher
from youju import __version__
from youju.errors import to_install
from youju.records import Stage

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

log = logging.getLogger("youju")
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
SHOWN = ("verdict", "language", "cached", "prompt_tokens", "completion_tokens", "problem")


class Tracing:
    """Makes spans with a provider of its own."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("youju", __version__)
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, headers: Iterable[tuple[bytes, bytes]]) -> RequestSpan:
        """The span of a request, below the caller's if its `traceparent` is valid; stages in this task go below it."""
        from opentelemetry.trace import SpanKind

        carrier = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        span = RequestSpan(self, self._tracer.start_span("request", self._propagator.extract(carrier), SpanKind.SERVER))
        stage_watcher.set(span.stage)
        return span

    def child(self, parent: Span, name: str, began_ns: int, ended_ns: int) -> None:
        """A span that is over. Times in nanoseconds since 1970."""
        from opentelemetry.trace import set_span_in_context

        self._tracer.start_span(name, set_span_in_context(parent), start_time=began_ns).end(ended_ns)

    def close(self) -> None:
        """Send what is waiting; may take some seconds if nobody takes it."""
        self._provider.shutdown()


class RequestSpan:
    """The span of one request."""

    def __init__(self, tracing: Tracing, span: Span) -> None:
        self._tracing, self._span = tracing, span
        self.trace_id = format(span.get_span_context().trace_id, "032x")

    def stage(self, name: Stage, milliseconds: float) -> None:
        """A stage that has just ended."""
        now = time.time_ns()
        self._tracing.child(self._span, name, now - int(milliseconds * 1e6), now)

    def end(self, method: str, route: str, status: int, facts: Mapping[str, Any]) -> None:
        from opentelemetry.trace import StatusCode

        self._span.update_name(f"{method} {route}")
        known = {f"youju.{name}": facts[name] for name in ("request_id", *SHOWN) if facts.get(name) is not None}
        named: dict[str, Any] = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        self._span.set_attributes(named | known)
        if status >= 500:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


def make_tracing(environment: Mapping[str, str]) -> Tracing | None:
    """What OpenTelemetry's own variables ask for; None, with a line in the log if that is not what they say."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    wanted = bool(exporter) or any(environment.get(name) for name in ENDPOINTS)
    if not wanted or exporter == "none" or environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    if exporter not in ("", "otlp", "console"):
        log.warning("no traces: OTEL_TRACES_EXPORTER is %r. Set it to `otlp`, `console` or `none`.", exporter)
        return None
    try:
        return Tracing(_provider(environment, exporter))
    except ImportError as error:
        log.warning("no traces: %s is not installed. Run %s, or unset OTEL_*.", error.name, to_install("otel"))
        return None


def _provider(environment: Mapping[str, str], exporter: str) -> TracerProvider:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter

    target: SpanExporter
    if exporter == "console":
        target = ConsoleSpanExporter()
    else:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        target = OTLPSpanExporter()
    name = environment.get("OTEL_SERVICE_NAME", "youju")
    provider = TracerProvider(resource=Resource.create({"service.name": name, "service.version": __version__}))
    provider.add_span_processor(BatchSpanProcessor(target))
    return provider
