"""What the service counts and measures, for Prometheus. Every application has a registry of its own.

Labels are bounded: templates of routes, methods, statuses, verdicts, languages, stages and types of problems; never a path, a
question, an id or a name that a caller chose. docs/operations.md explains each metric; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from service.monitoring.inspection import IndexState, Inspector
from service.resources import Resources
from youju import __version__
from youju.errors import StoreUnusable
from youju.records import Answer, Language, Stage, Verdict

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)  # upper bounds of the histograms
ALWAYS: tuple[Stage, ...] = ("retrieve", "gate")  # stages of every answer
WRITTEN: tuple[Stage, ...] = ("first_token", "generate", "verify")  # of those that the generator drafted
LOCK_PATIENCE = 0.5  # seconds that a scrape waits for the index


class Metrics:
    """Counts requests and answers; tells of the service's parts once `watch` has named them."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry(auto_describe=True)
        self._parts: Parts | None = None
        self._watched: tuple[Collector, ...] = ()
        ProcessCollector(registry=registry)
        self.in_progress = Gauge("youju_http_requests_in_progress", "Requests being served.", registry=registry)
        self._requests = Counter("youju_http_requests", "Requests served.", ("method", "route", "status"), registry=registry)
        self._request_seconds = Histogram(
            "youju_http_request_duration_seconds", "From the request to the last byte of its answer.",
            ("method", "route", "status_class"), buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._refused = Counter("youju_http_requests_refused", "Requests refused with 429.", registry=registry)
        self._problems = Counter("youju_problems", "Problems told, also in streams.", ("problem",), registry=registry)
        self._answers = Counter("youju_answers", "Finished answers.", ("verdict", "language"), registry=registry)
        self._abstentions = Counter(
            "youju_abstentions", "Answers that said that the documents hold none.", ("language",), registry=registry
        )
        self._answer_seconds = Histogram(
            "youju_answer_duration_seconds", "Making one answer; not those given again.", buckets=SECONDS, registry=registry
        )
        self._stage_seconds = Histogram(
            "youju_stage_duration_seconds", "Time of one answer in each stage; not those given again.",
            ("stage",), buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._tokens = Counter(
            "youju_generator_tokens", "Tokens that the generator read and wrote.", ("kind",), registry=registry
        )
        self._start_at_zero()

    def watch(self, resources: Resources, inspector: Inspector) -> None:
        """Tell of these from now on, in place of those before: an application may be started more than once."""
        for collector in self._watched:
            self.registry.unregister(collector)
        self._parts = Parts(resources, inspector)
        self.registry.register(self._parts)
        build = Info("youju_build", "What runs.", registry=self.registry)
        names = {"generator": resources.generator.name, "embedder": resources.embedder.name}
        build.info({"version": __version__, **names})
        self._watched = (self._parts, build)

    def served(self, method: str, route: str, status: int, seconds: float, problem: str | None) -> None:
        """Count a request whose answer is out."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(method, route, f"{status // 100}xx").observe(seconds)
        if status == 429:
            self._refused.inc()
        if problem:
            self._problems.labels(problem).inc()

    def answered(self, answer: Answer) -> None:
        """Count a finished answer."""
        self._answers.labels(answer.verdict, answer.language).inc()
        if answer.verdict == "abstained":
            self._abstentions.labels(answer.language).inc()
        if answer.cached:
            return
        self._tokens.labels("prompt").inc(answer.usage.prompt_tokens)
        self._tokens.labels("completion").inc(answer.usage.completion_tokens)
        spent = answer.timings_ms.model_dump()
        self._answer_seconds.observe(spent["total"] / 1000)
        drafted, asked = bool(spent["generate"]), bool(spent["generate"] or spent["rewrite"])
        for stage in get_args(Stage):
            if not (stage in ALWAYS or (stage in WRITTEN and drafted) or (stage == "queue" and asked) or spent[stage]):
                continue
            self._stage_seconds.labels(stage).observe(spent[stage] / 1000)

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """All of it with its media type: OpenMetrics if `accept` wants it, else Prometheus' text."""
        if self._parts is not None:
            await self._parts.look()
        encode, media_type = choose_encoder(accept)
        return encode(self.registry), media_type

    def _start_at_zero(self) -> None:
        """A counter that appears only with its first event hides that event from `rate()`."""
        for language in get_args(Language):
            self._abstentions.labels(language)
            for verdict in get_args(Verdict):
                self._answers.labels(verdict, language)
        for kind in ("prompt", "completion"):
            self._tokens.labels(kind)
        for stage in get_args(Stage):
            self._stage_seconds.labels(stage)


class Parts(Collector):
    """What is asked of the parts when somebody looks."""

    def __init__(self, resources: Resources, inspector: Inspector) -> None:
        self._resources, self._inspector = resources, inspector
        self._index: IndexState | None = None

    async def look(self) -> None:
        try:
            self._index = await self._inspector.look(LOCK_PATIENCE)
        except StoreUnusable:
            self._index = None  # said by youju_index_up

    def collect(self) -> Iterator[Metric]:
        yield from self._cache()
        yield from self._generator()
        yield _gauge("youju_ingest_worker_up", "0 while the ingest worker has crashed repeatedly.", not self._worker_trouble())
        yield _gauge("youju_index_up", "Whether the index could be read just now.", self._index is not None)
        if self._index is not None:
            yield from _of_index(self._index)

    def _cache(self) -> Iterator[Metric]:
        cache = self._resources.answerer.cache
        lookups = CounterMetricFamily("youju_answer_cache_lookups", "Looks for a kept answer.", labels=("result",))
        lookups.add_metric(["hit"], cache.hits)
        lookups.add_metric(["miss"], cache.misses)
        yield lookups
        yield _gauge("youju_answer_cache_entries", "Answers kept.", len(cache))

    def _generator(self) -> Iterator[Metric]:
        admission = self._resources.admission
        yield _gauge("youju_generator_running", "Answers being written.", admission.running)
        yield _gauge("youju_generator_waiting", "Answers waiting for the generator.", admission.waiting)

    def _worker_trouble(self) -> str | None:
        return self._resources.worker.trouble()


def _of_index(index: IndexState) -> Iterator[Metric]:
    counts = index.counts
    yield _gauge("youju_index_documents", "Documents in the index, at most ten seconds old.", counts.documents)
    yield _gauge("youju_index_chunks", "Chunks in the index, at most ten seconds old.", counts.chunks)
    yield _gauge("youju_index_files_failed", "Files that could not be read when last tried.", counts.files_failed)
    yield _gauge("youju_index_sequence", "Number of the last change of the index.", index.sequence)
    if index.changed_at is not None:
        yield _gauge("youju_index_last_change_timestamp_seconds", "When that was.", index.changed_at)
    yield _gauge("youju_index_database_bytes", "Size of the SQLite file and its journal.", index.database_bytes)
    yield _gauge("youju_index_vector_file_bytes", "Size of the FAISS file.", index.vector_file_bytes)
    yield _gauge("youju_data_free_bytes", "Free space where the index lies.", index.free_bytes)
    jobs = GaugeMetricFamily("youju_jobs", "Uploads: queued, running, or finished with a file that failed.", labels=("state",))
    for state, count in counts.jobs.items():
        jobs.add_metric([state], count)
    yield jobs


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=float(value))
