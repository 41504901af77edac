"""Everything that a running service or a command needs, built once and closed once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace

from service.admission import AdmissionQueue
from service.answering import Answerer
from service.background.key_uses import KeyUses
from service.background.pictures import PagePictures
from service.background.threads import LONG_WORK, QUICK, Threads
from service.background.unanswered import UnansweredNotes
from service.background.worker import ProcessWorker, Worker
from service.cache import CachingAnswerer
from service.composing.about import About
from service.composing.base import Composer
from service.composing.choosing import Chooser
from service.composing.comparing import ComparisonComposer
from service.composing.listing import ListComposer
from service.composing.locate import Locate
from service.composing.social import Social
from service.composing.summarising import SummaryComposer
from service.composing.tables import TableComposer
from service.events import Ask
from service.generation import Delta, Generator, Message, Sampling, make_generator
from service.generation.openvino.choice import machine
from service.generation.profile import place
from service.generation.profiled import Profiled
from service.grounding.abstention import without_nearest
from service.query.titles import TitleIndex
from service.reading import gate, make_reader
from service.reading.gate import AnswerabilityGate
from service.reading.self_evaluation import load_self_evaluation
from service.retrieval.batching import BatchingEmbedder
from service.retrieval.retriever import Retriever
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.errors import GeneratorUnavailable, ModelUnavailable
from youju.index.base.keys import Keys
from youju.index.opening import open_index, open_vectors
from youju.index.protocols import Feedback, Jobs, Store, UnansweredQuestions
from youju.model_files.locate import Progress, no_progress
from youju.records import Answer
from youju.settings import Settings

BUSY_MS = 10_000  # how long a request that writes waits for another writer; commands have more patience


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

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        await self.check()
        return None

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
    profiled: Profiled
    gate: AnswerabilityGate
    answerer: CachingAnswerer
    jobs: Jobs
    worker: Worker
    pictures: PagePictures
    unanswered: UnansweredQuestions
    notes: UnansweredNotes
    feedback: Feedback
    admission: AdmissionQueue
    long_work: Threads
    quick: Threads
    keys: Keys
    key_uses: KeyUses

    def limited_to(self, allowed: tuple[str, ...] | None) -> Resources:
        """The same for a caller who may see these collections only; None for all. Whatever is reached through it is limited,
        so that no route has to think of it."""
        if allowed is None:
            return self
        return replace(
            self, store=self.store.limited_to(allowed), retriever=self.retriever.limited_to(allowed),
            answerer=self.answerer.limited_to(allowed), jobs=self.jobs.limited_to(allowed),
            pictures=self.pictures.limited_to(allowed), unanswered=self.unanswered.limited_to(allowed),
            feedback=self.feedback.limited_to(allowed),
        )  # fmt: skip

    async def close(self) -> None:
        """In this order, and each whatever became of those before."""
        async with contextlib.AsyncExitStack() as closing:
            closing.callback(self.store.close)
            closing.push_async_callback(self.quick.close)
            closing.push_async_callback(self.long_work.close)
            closing.push_async_callback(self.notes.close)
            closing.push_async_callback(self.generator.close)
            closing.push_async_callback(self.profiled.close)
            closing.push_async_callback(asyncio.to_thread, self.worker.close)
            closing.push_async_callback(self.key_uses.close)


def make_retriever(settings: Settings, store: Store, embedder: Embedder) -> Retriever:
    return Retriever(store, open_vectors(store, settings, embedder), embedder)


def generator_of(settings: Settings, progress: Progress) -> Generator:
    """The generator that the settings name, or what stands in for it."""
    try:
        return make_generator(settings, progress)
    except (ModelUnavailable, GeneratorUnavailable) as error:
        return AbsentGenerator(error)


def make_composers(
    retriever: Retriever, gate: AnswerabilityGate, lists: ListComposer, titles: TitleIndex, chooser: Chooser
) -> tuple[Composer, ...]:
    """Whoever answers before the generator does, in the order in which they are asked."""
    store, embedder = retriever.store, retriever.embedder
    return (
        Social(titles),
        About(titles),
        Locate(retriever),
        TableComposer(store, embedder, chooser),
        lists,
        SummaryComposer(store, embedder),
        ComparisonComposer(retriever, gate, embedder),
    )


def make_gate(settings: Settings, embedder: Embedder, generator: str, progress: Progress = no_progress) -> AnswerabilityGate:
    """What judges passages with the reader that the settings name, fitted to this index, and to the generator of this name."""
    reader = make_reader(settings, embedder, progress)
    calibration = gate.load_for(settings, reader.name, embedder)
    return AnswerabilityGate(reader, calibration, settings.strictness, load_self_evaluation(reader.name, generator))


def make_answerer(
    settings: Settings, retriever: Retriever, gate: AnswerabilityGate, generator: Generator,
    admission: AdmissionQueue | None = None, profiled: Profiled | None = None,
) -> Answerer:  # fmt: skip
    """What answers, with all that answers before the generator does."""
    embedder = retriever.embedder
    titles, lists = TitleIndex(retriever.store), ListComposer(retriever.store, embedder, gate, generator)
    chooser = Chooser(generator, gate)
    composers = make_composers(retriever, gate, lists, titles, chooser)
    return Answerer(
        settings, retriever, gate, generator, embedder, admission, composers, profiled, titles, lists, chooser
    )  # fmt: skip


def make_resources(
    settings: Settings,
    embedder: Embedder | None = None,
    generator: Generator | None = None,
    worker: Callable[[Settings, Jobs], Worker] = ProcessWorker,
    progress: Progress = no_progress,
    told: Callable[[Ask, Answer], None] = lambda ask, answer: None,
) -> Resources:
    """Build all of it; what is given is used in place of what the settings name.

    Args:
        told: told of each finished answer before it is given. Must not wait or raise.

    Raises:
        StoreUnusable, ModelUnavailable: the index cannot be opened, or the embedder is missing. A missing generator
            is no reason to stop: see `AbsentGenerator`.
    """
    store = (index := open_index(settings, BUSY_MS)).store
    embedder = embedder or make_embedder(settings, progress)
    profile = place(settings, machine(settings.threads)) if generator is None else None
    generator = generator or generator_of(settings, progress)
    batching = BatchingEmbedder(embedder, settings.embedding_batch)  # shared by all that embed questions
    retriever = make_retriever(settings, store, batching)
    answerability = make_gate(settings, batching, generator.name, progress)
    calibration, evaluation = answerability.calibration, answerability.evaluation
    profiled = Profiled(settings, generator, bool(evaluation.stated), profile)
    notes = UnansweredNotes(index.unanswered, settings.keep_unanswered)
    admission = AdmissionQueue(settings.generator_slots, settings.queue, settings.asks_per_key)

    def note(ask: Ask, answer: Answer) -> None:
        lacking = without_nearest(answer.missing or "", answer.language)
        notes.note(ask, answer.model_copy(update={"missing": lacking or None}))
        told(ask, answer)

    answerer = CachingAnswerer(
        make_answerer(settings, retriever, answerability, generator, admission, profiled),
        store, settings, (generator.name, embedder.fingerprint, calibration.fingerprint, evaluation.model_dump_json()), note,
    )  # fmt: skip
    return Resources(
        settings=settings, store=store, embedder=embedder, retriever=retriever, generator=generator, profiled=profiled,
        gate=answerability, answerer=answerer, jobs=index.jobs, worker=worker(settings, index.jobs),
        pictures=PagePictures(store), unanswered=index.unanswered, notes=notes, feedback=index.feedback,
        keys=index.keys, key_uses=KeyUses(index.keys), admission=admission,
        long_work=Threads(LONG_WORK, "long-work"), quick=Threads(QUICK, "quick"),
    )  # fmt: skip
