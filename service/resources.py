"""Everything that a running service or a command needs, built once and closed once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from service import gate
from service.answering import Answerer
from service.cache import CachingAnswerer
from service.gate import Gatekeeper
from service.generation import Delta, Generator, Message, Sampling, make_generator
from service.pictures import PagePictures
from service.reading import make_reader
from service.retrieval import Retriever
from service.unanswered import UnansweredNotes
from service.worker import ProcessWorker, Worker
from youju.embedders import make_embedder
from youju.embedding import Embedder
from youju.errors import GeneratorUnavailable, ModelUnavailable
from youju.jobs import Jobs
from youju.models import Progress, no_progress
from youju.settings import Settings
from youju.store import Store
from youju.unanswered import UnansweredQuestions
from youju.vectors import VectorIndex


class AbsentGenerator:
    """Stands in for a generator that could not be loaded: search goes on, and asking says what is wrong."""

    name = "none"
    context_tokens = 0

    def __init__(self, reason: ModelUnavailable | GeneratorUnavailable) -> None:
        self._reason = reason

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        await self.check()
        yield Delta("")

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        await self.check()
        return []

    async def check(self) -> None:
        raise GeneratorUnavailable(self._reason.detail, self._reason.advice)

    async def close(self) -> None:
        """It holds nothing."""


@dataclass(frozen=True)
class Resources:
    settings: Settings
    store: Store
    embedder: Embedder
    retriever: Retriever
    generator: Generator
    gatekeeper: Gatekeeper
    answerer: CachingAnswerer
    jobs: Jobs
    worker: Worker
    pictures: PagePictures
    unanswered: UnansweredQuestions
    notes: UnansweredNotes

    async def close(self) -> None:
        await asyncio.to_thread(self.worker.close)
        await self.generator.close()
        await self.notes.close()
        self.store.close()


def make_retriever(settings: Settings, store: Store, embedder: Embedder) -> Retriever:
    return Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)


def make_resources(
    settings: Settings,
    embedder: Embedder | None = None,
    generator: Generator | None = None,
    worker: Callable[[Settings, Jobs], Worker] = ProcessWorker,
    progress: Progress = no_progress,
) -> Resources:
    """Build all of it; what is given is used in place of what the settings name.

    Raises:
        StoreUnusable, ModelUnavailable: the index cannot be opened, or the embedder is missing. A missing generator
            is no reason to stop: see `AbsentGenerator`.
    """
    store = Store(settings.database)
    embedder = embedder or make_embedder(settings, progress)
    if generator is None:
        try:
            generator = make_generator(settings, progress)
        except (ModelUnavailable, GeneratorUnavailable) as error:
            generator = AbsentGenerator(error)
    retriever = make_retriever(settings, store, embedder)
    reader = make_reader(settings, embedder, progress)
    calibration = gate.load_for(settings, reader.name)
    agreement = gate.load_agreement(reader.name, generator.name)
    gatekeeper = Gatekeeper(reader, calibration, settings.strictness, agreement)
    unanswered = UnansweredQuestions(store.database)
    notes = UnansweredNotes(unanswered, settings.keep_unanswered)
    answerer = CachingAnswerer(
        Answerer(settings, retriever, gatekeeper, generator, embedder), store, settings,
        (generator.name, embedder.fingerprint, calibration.fingerprint, agreement), notes.note,
    )  # fmt: skip
    jobs = Jobs(store.database, settings.spool_dir)
    return Resources(
        settings,
        store,
        embedder,
        retriever,
        generator,
        gatekeeper,
        answerer,
        jobs,
        worker(settings, jobs),
        PagePictures(store),
        unanswered,
        notes,
    )
