"""Traces, with the SDK's own exporter in memory."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service.http.app import create_app
from service.monitoring.tracing import Tracing, make_tracing
from tests.conftest import ROOT, ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.sqlite.store import Store
from youju.settings import Settings

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
QUESTION = {"question": "How long does the battery of the T3 last?"}
STAGES = ["retrieve", "gate", "queue", "first_token", "verify", "generate"]  # in the order of their ends


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_and_its_stages_are_spans(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder, stream: bool
) -> None:
    ingest_files({"a.txt": "The battery of the T3 lasts 24 months."}, tmp_path / "d", settings, store, embedder)
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    generator = ScriptedGenerator("The battery of the T3 lasts 24 months [1].")
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01", "x-request-id": "mine"}
    with TestClient(create_app(settings, embedder, generator, ThreadWorker, Tracing(provider))) as client:
        assert client.post("/ask", json=QUESTION | {"stream": stream}, headers=headers).status_code == 200
        client.get("/nowhere", headers={"traceparent": "rubbish"})
        *stages, request, lost = exporter.get_finished_spans()
    names = [span.name for span in stages]  # a stage may come in several steps
    assert list(dict.fromkeys(names))[:2] == STAGES[:2]
    assert names[-1] == STAGES[-1]
    assert set(names) == set(STAGES)
    assert request.name == "POST /ask"
    assert request.context is not None
    assert request.parent is not None
    assert (format(request.context.trace_id, "032x"), format(request.parent.span_id, "016x")) == (TRACE, CALLER)
    assert request.attributes is not None
    assert request.attributes["youju.request_id"] == "mine"
    assert request.attributes["youju.verdict"] == "answered"
    assert request.attributes["http.response.status_code"] == 200
    for span in stages:
        assert span.parent is not None
        assert span.parent.span_id == request.context.span_id
        assert span.start_time is not None
        assert span.end_time is not None
        assert request.start_time is not None
        assert request.end_time is not None
        assert request.start_time - 1_000_000 <= span.start_time <= span.end_time <= request.end_time
    assert (lost.name, lost.parent) == ("GET unmatched", None)
    assert "battery" not in str([span.to_json() for span in exporter.get_finished_spans()])


@pytest.mark.parametrize(
    "environment",
    [{}, {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
     {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}],
)  # fmt: skip
def test_they_are_off_unless_asked_for(environment: dict[str, str]) -> None:
    assert make_tracing(environment) is None


@pytest.mark.parametrize(
    "environment", [{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, {"OTEL_TRACES_EXPORTER": "console"}]
)
def test_they_are_on_when_asked_for(environment: dict[str, str]) -> None:
    tracing = make_tracing(environment)
    assert tracing is not None
    tracing.close()


def test_an_unknown_exporter_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert make_tracing({"OTEL_TRACES_EXPORTER": "zipkin"}) is None
    assert [record.getMessage() for record in caplog.records] == [
        "no traces: OTEL_TRACES_EXPORTER is 'zipkin'. Set it to `otlp`, `console` or `none`."
    ]


def test_what_is_missing_is_one_line_and_off_imports_nothing() -> None:
    """In a process where the SDK cannot be imported."""
    program = (
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.startswith('opentelemetry.sdk'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        "from service.monitoring.tracing import make_tracing\n"
        "assert make_tracing({}) is None\n"
        "assert not any(name.startswith('opentelemetry') for name in sys.modules), 'imported while off'\n"
        "make_tracing({'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:9'})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "pip install -c constraints.txt -e '.[otel]'" in done.stderr
