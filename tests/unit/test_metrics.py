"""`/metrics`: what Prometheus would read, by its own parsers."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import get_args

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from pydantic import ValidationError

from service.generation import Delta, Message, Sampling
from service.http.app import create_app
from service.http.observing import RouteTemplates
from service.monitoring.inspection import Inspector
from service.monitoring.metrics import Metrics
from service.resources import make_resources
from tests.conftest import ROOT, ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.base.records import FileState, Job
from youju.index.sqlite.jobs import Jobs
from youju.index.sqlite.store import Store
from youju.records import Stage, Timings
from youju.settings import Settings

FILES = {"manual.txt": "The battery of the T3 lasts 24 months.", "leave.txt": "员工每年有十五天年假。"}
SCRIPT = "The battery of the T3 lasts 24 months [1]."
REFUSED = "What is the share price of the maker?"
QUESTION = {"question": "How long does the battery of the T3 last?"}
LABELS = {
    "method", "route", "status", "status_class", "problem", "verdict", "language", "stage", "kind", "result", "state", "le",
    "version", "generator", "embedder",
}  # fmt: skip


@pytest.fixture
def client(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[TestClient]:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    with TestClient(create_app(settings, embedder, ScriptedGenerator(write), ThreadWorker)) as opened:
        yield opened


def write(messages: Sequence[Message]) -> str:
    return "I don't know." if REFUSED in messages[-1].content else SCRIPT


def scrape(client: TestClient) -> dict[str, Metric]:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in parse_text(response.text)}


def value(families: dict[str, Metric], sample: str, **labels: str) -> float:
    """The sum of the samples of that name that carry these labels; there must be one."""
    found = [
        one.value
        for family in families.values()
        for one in family.samples
        if one.name == sample and labels.items() <= one.labels.items()
    ]
    assert found, sample
    return sum(found)


def test_it_keeps_to_the_rules_of_prometheus(client: TestClient) -> None:
    client.post("/ask", json=QUESTION)
    client.post("/ask", json={})
    text = client.get("/metrics").text
    announced = {kind: set(re.findall(rf"^# {kind} (\S+)", text, re.MULTILINE)) for kind in ("HELP", "TYPE")}
    assert announced["HELP"] == announced["TYPE"] != set()
    for family in parse_text(text):
        assert re.fullmatch(r"(youju|process)_[a-z0-9_]+", family.name)
        assert not re.search(r"_(ms|milliseconds|mb|mib|kb|percent)\b", family.name)
        assert family.documentation
        for sample in family.samples:
            assert set(sample.labels) <= LABELS
            assert sample.name.endswith("_total") == (family.type == "counter") or family.type == "histogram"


def test_openmetrics_is_given_to_who_accepts_it(client: TestClient) -> None:
    response = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0, text/plain;q=0.5"})
    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert {family.name for family in parse_openmetrics(response.text)} >= {"youju_http_requests", "youju_build"}


def test_answers_are_counted_with_their_tokens_and_stages(client: TestClient) -> None:
    for question in (QUESTION, QUESTION, QUESTION | {"stream": True}, {"question": REFUSED}):
        assert client.post("/ask", json=question).status_code == 200
    found = scrape(client)
    assert value(found, "youju_answers_total", verdict="answered", language="en") == 3
    assert value(found, "youju_answers_total", language="zh") == 0
    assert value(found, "youju_abstentions_total") == value(found, "youju_answers_total", verdict="abstained") == 1
    assert value(found, "youju_answer_cache_lookups_total", result="hit") == 2
    assert value(found, "youju_answer_cache_lookups_total", result="miss") == 2
    assert value(found, "youju_answer_cache_entries") == 2
    assert value(found, "youju_stage_duration_seconds_count", stage="retrieve") == 2
    assert value(found, "youju_stage_duration_seconds_count", stage="generate") == 2
    assert value(found, "youju_stage_duration_seconds_count", stage="rewrite") == 0
    assert value(found, "youju_generator_tokens_total", kind="completion") > 0
    assert value(found, "youju_http_requests_total", route="/ask", method="POST", status="200") == 4


def test_the_index_and_the_build_are_described(client: TestClient, settings: Settings) -> None:
    found = scrape(client)
    assert value(found, "youju_index_up") == 1
    assert value(found, "youju_index_documents") == value(found, "youju_index_chunks") == 2
    assert value(found, "youju_index_database_bytes") >= settings.database.stat().st_size
    assert value(found, "youju_index_vector_file_bytes") == settings.vector_file.stat().st_size
    assert value(found, "youju_index_last_change_timestamp_seconds") > 1.7e9
    assert value(found, "youju_build_info", generator="scripted", embedder="hashing") == 1
    assert value(found, "process_resident_memory_bytes") > 1e6
    assert value(found, "process_open_fds") > 1
    before = value(found, "youju_index_sequence")
    client.delete(f"/documents/{client.get('/documents').json()['documents'][0]['id']}")
    assert value(scrape(client), "youju_index_sequence") == before + 1


def test_jobs_are_counted_by_their_state(settings: Settings, store: Store) -> None:
    jobs = Jobs(store.database, settings.spool_dir)
    made = []
    for name in ("a.txt", "b.txt", "c.txt", "d.txt"):
        folder = jobs.new_folder()
        (folder / f"0000-{name}").write_text("text")
        made.append(jobs.submit(folder, "default", [name]))
    assert jobs.counts() == {"queued": 4, "running": 0, "failed": 0}
    jobs.update(made[0], 0, "embedding", chunks=1)
    ends: list[tuple[Job, FileState]] = [(made[1], "failed"), (made[2], "done")]
    for job, state in ends:
        jobs.update(job, 0, state)
        jobs.finish(job)
    assert jobs.counts() == {"queued": 1, "running": 1, "failed": 1}


def test_no_caller_can_make_new_series(client: TestClient) -> None:
    def series(number: int) -> int:
        for one in range(number):
            client.request(f"VERB{one}" if one % 2 else "GET", f"/secret-{one}/of/{number}?a={one}")
            client.get(f"/documents/{number}-{one}/text", headers={"x-request-id": f"id-{one}"})
            client.get(f"/docs/assets/{number}-{one}.js")
        return sum(len(family.samples) for family in scrape(client).values())

    scrape(client)
    few = series(4)
    assert series(500) == few
    text = client.get("/metrics").text
    assert "secret-" not in text
    assert 'route="unmatched"' in text
    assert 'route="/documents/{document_id}/text"' in text
    assert 'route="/docs/assets/*"' in text
    assert 'method="other"' in text


def test_problems_are_counted_also_in_streams(settings: Settings, embedder: HashingEmbedder, client: TestClient) -> None:
    without = settings.model_copy(update={"generator_model": "no-such-model"})
    with TestClient(create_app(without, embedder, worker=ThreadWorker)) as failing:
        assert failing.post("/ask", json=QUESTION | {"stream": True}).status_code == 200
        found = scrape(failing)
        assert value(found, "youju_problems_total", problem="generator-unavailable") == 1
    assert "generator-unavailable" not in client.get("/metrics").text  # another application, other counts


class HeldGenerator(ScriptedGenerator):
    """Says when it was asked and writes when it may."""

    def __init__(self) -> None:
        super().__init__(SCRIPT)
        self.entered, self.go_on = threading.Event(), asyncio.Event()

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        self.entered.set()
        await self.go_on.wait()
        async for delta in super().stream(messages, sampling):
            yield delta


def test_a_stream_is_served_until_its_last_byte(
    tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder
) -> None:
    ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
    generator = HeldGenerator()
    with TestClient(create_app(settings, embedder, generator, ThreadWorker)) as client:
        asking = threading.Thread(target=lambda: client.post("/ask", json=QUESTION | {"stream": True}))
        asking.start()
        assert generator.entered.wait(30)
        during = scrape(client)
        assert client.portal is not None
        client.portal.call(generator.go_on.set)
        asking.join()
        after = scrape(client)
    assert value(during, "youju_http_requests_in_progress") == 2  # the stream, and who asks
    assert value(after, "youju_http_requests_in_progress") == 1
    assert 'route="/ask"' not in str(during["youju_http_requests"].samples)
    assert value(after, "youju_http_request_duration_seconds_count", route="/ask", status_class="2xx") == 1


def test_a_damaged_index_does_not_fail_the_scrape(client: TestClient, settings: Settings) -> None:
    other = Store(settings.database)
    with other.database.transaction() as (connection, _):
        connection.execute("DROP TABLE failures")
    other.close()
    found = scrape(client)
    assert value(found, "youju_index_up") == 0
    assert "youju_index_chunks" not in found
    assert value(found, "youju_ingest_worker_up") == 1


class HangingStore(Store):
    """Does not answer before it is let go, like a file on a disk that hangs."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go_on = threading.Event()
        self.asked = 0

    def sequence(self) -> int:
        self.asked += 1
        assert self.go_on.wait(30)
        return super().sequence()


def test_a_hanging_index_does_not_hold_the_scrape(settings: Settings, embedder: HashingEmbedder) -> None:
    async def main() -> None:
        resources = make_resources(settings, embedder, ScriptedGenerator(SCRIPT), ThreadWorker)
        store, metrics = HangingStore(settings.database), Metrics()
        inspector = Inspector(store, resources.jobs, settings)
        metrics.watch(resources, inspector)
        try:
            for _ in range(3):
                body, _ = await metrics.exposition("")
                assert b"youju_index_up 0.0" in body
            assert store.asked == 1  # they do not pile up
            store.go_on.set()
            assert (await inspector.look(30)).sequence == 0
            body, _ = await metrics.exposition("")
            assert b"youju_index_up 1.0" in body
        finally:
            store.go_on.set()
            inspector.close()
            store.close()
            await resources.close()

    asyncio.run(main())


def test_counting_is_not_done_at_every_look(
    settings: Settings, store: Store, embedder: HashingEmbedder, tmp_path: Path
) -> None:
    async def main() -> None:
        now = 0.0
        inspector = Inspector(store, Jobs(store.database, settings.spool_dir), settings, lambda: now)
        try:
            assert (await inspector.look(30)).counts.documents == 0
            ingest_files(FILES, tmp_path / "documents", settings, store, embedder)
            seen = await inspector.look(30)
            assert (seen.counts.documents, seen.sequence) == (0, store.sequence())
            now = 10.0
            assert (await inspector.look(30)).counts.documents == 2
        finally:
            inspector.close()

    asyncio.run(main())


def test_every_metric_is_documented(client: TestClient) -> None:
    client.post("/ask", json=QUESTION)
    client.post("/ask", json={})
    text = client.get("/metrics").text
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `((?:youju|process)_\w+)` \| (.*) \|$", page, re.MULTILINE))
    exported = {name for name in re.findall(r"^# TYPE (\S+)", text, re.MULTILINE) if not name.endswith("_created")}
    assert {name for name in exported if name.startswith("youju")} == {name for name in rows if name.startswith("youju")}
    for family in parse_text(text):
        name = family.name.removesuffix("_created")
        row = rows.get(f"{name}_total") or rows.get(name) or ""
        for sample in family.samples if family.name.startswith("youju") else ():
            for label in set(sample.labels) - {"le"}:
                assert f"`{label}`" in row, (sample.name, label)


def test_what_is_refused_before_it_is_routed_has_its_template(client: TestClient) -> None:
    templates = RouteTemplates()
    assert isinstance(client.app, FastAPI)
    templates.learn(client.app)
    for path, template in (
        ("/ask", "/ask"), ("/documents/ab/text", "/documents/{document_id}/text"), ("/jobs/1", "/jobs/{job_id}"),
        ("/openapi.json", "/openapi.json"), ("/docs/assets/a.js", "/docs/assets/*"), ("/documents/a/b/c", "unmatched"),
    ):  # fmt: skip
        assert templates.of({"type": "http", "path": path}) == template
        assert templates.of({"type": "http", "path": f"/below{path}", "root_path": "/below"}) == template


def test_there_is_one_list_of_stages() -> None:
    """What is timed is told in answers, counted, drawn and named, in both languages."""
    stages = set(get_args(Stage))
    assert set(Timings.model_fields) == stages | {"total"}
    with pytest.raises(ValidationError):
        Timings(rerank=5)  # type: ignore[call-arg]
    page = ROOT / "service" / "ui" / "js"
    drawn = re.search(r"const STAGES = \[(.*?)\]", (page / "health.js").read_text(encoding="utf-8"))
    assert drawn is not None
    assert set(re.findall(r'"(\w+)"', drawn[1])) | {"first_token"} == stages
    for language in ("en", "zh"):
        named = re.findall(r'"stage\.(\w+)":', (page / "strings" / f"{language}.js").read_text(encoding="utf-8"))
        assert set(named) == stages
