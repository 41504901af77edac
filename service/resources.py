"""Everything that a running service or a command needs, built once and closed once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from service.answering import Answerer
from service.generation import Delta, Generator, Message, Sampling, make_generator
from service.retrieval import Retriever
from youju.embedders import make_embedder
from youju.embedding import Embedder
from youju.errors import GeneratorUnavailable, ModelUnavailable
from youju.models import Progress, no_progress
from youju.settings import Settings
from youju.store import Store
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
    answerer: Answerer

    async def close(self) -> None:
        await self.generator.close()
        self.store.close()


def make_retriever(settings: Settings, store: Store, embedder: Embedder) -> Retriever:
    return Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)


def make_resources(
    settings: Settings, embedder: Embedder | None = None, generator: Generator | None = None, progress: Progress = no_progress
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
    return Resources(settings, store, embedder, retriever, generator, Answerer(settings, retriever, generator, embedder))
