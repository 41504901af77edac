"""Genuine implementations of the product's seams that need no model files."""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime

import numpy as np

from ingest.worker import work
from service.generation import Delta, Message, Sampling, prompting
from service.reading import Reading, Span, gate
from service.reading.self_evaluation import NOT_ASKED, SelfEvaluation
from service.reading.similarity import SimilarityReader
from youju.embedding.base import Vectors
from youju.index.opening import open_index
from youju.index.protocols import Jobs
from youju.records import Document, Passage, Scores
from youju.settings import Settings
from youju.text.language import detect_language, query_words, words

HALF = 5e-4  # by which numbers and similarities of stored unit vectors may differ, which have 16 bits


class HashingEmbedder:
    """Bags of words hashed to a few hundred dimensions: texts with the same words are near each other."""

    name = "hashing"
    dimension = 256

    def __init__(self, fingerprint: str = "hashing-256", dimension: int = 256) -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.embedded = 0

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return self._vectors(texts, words)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._vectors(texts, query_words)

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]

    def _vectors(self, texts: Sequence[str], split: Callable[[str], list[str]]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 0.01  # a text without words still has a direction
            for word in split(text):
                digest = hashlib.sha256(word.encode()).digest()
                row[1 + int.from_bytes(digest[:4], "big") % (self.dimension - 1)] += 1.0
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def a_document(name: str = "d1", title: str = "Manual", modified: str = "2025-03-01", text: str = "") -> Document:
    """A document that is in no store."""
    changed = int(datetime.fromisoformat(f"{modified}T12:00:00+00:00").timestamp()) * 10**9
    return Document(
        name, "default", f"/a/{name}", f"{name}.txt", title, "text/plain", detect_language(text), "", 1, changed, 1000, 1, (),
        "now",
    )  # fmt: skip


def a_passage(
    text: str, start: int = 0, key: int = 1, document: Document | None = None, fused: float = 0.9, heading: str = "",
    lift: float = 0.0,
) -> Passage:  # fmt: skip
    """A passage of a document that is in no store."""
    document = document or a_document(text=text)
    return Passage(
        key, f"{document.id}-{key}", key, document, start, start + len(text), text, heading, detect_language(text), None,
        Scores(fused, 0.0, fused, lift),
    )  # fmt: skip


class FindingReader:
    """Finds given strings: each that stands in a passage is a span, the first given the best."""

    name = "finding"

    def __init__(self, *sought: str, found: float = 4.0, absent: float = -6.0) -> None:
        """`found`, `absent`: the score of the best span, and of a passage without any."""
        self._sought, self._found, self._absent = sought, found, absent
        self.asked: list[str] = []

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        self.asked.append(question)
        return [self._reading(text) for _, text in passages]

    def _reading(self, text: str) -> Reading:
        starts = [(text.find(one), one) for one in self._sought if one in text]
        spans = [Span(start, start + len(one), self._found - rank) for rank, (start, one) in enumerate(starts)]
        return Reading(tuple(spans[:1]), self._found if spans else self._absent)


class NarrowEmbedder(HashingEmbedder):
    """Similarities lie as close to each other as those of trained embedders do, for which readings are weighed."""

    def _vectors(self, texts: Sequence[str], split: Callable[[str], list[str]]) -> Vectors:
        rows = super()._vectors(texts, split)
        rows[:, 0] = 3.0
        narrow: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return narrow


def gatekeeper_of(
    reader: FindingReader, threshold: float = 0.5, evaluation: SelfEvaluation = NOT_ASKED
) -> gate.AnswerabilityGate:
    """A gate that opens where the reader finds something."""
    thresholds = dict.fromkeys(gate.STRICTNESS, threshold)
    fitted = gate.Gate({"answerable": 1.0}, 0.0, thresholds, {"reader": reader.name})
    return gate.AnswerabilityGate(reader, fitted, "balanced", evaluation)


def open_gatekeeper(embedder: HashingEmbedder) -> gate.AnswerabilityGate:
    """A gate that stops nothing, over the reader that needs no model."""
    reader = SimilarityReader(embedder)
    return gate.AnswerabilityGate(reader, gate.load(gate.bundled(reader.name), reader.name), "off")


class ScriptedGenerator:
    """Writes what a function of the prompt returns, a few characters at a time."""

    name = "scripted"
    context_tokens = 100_000

    def __init__(
        self, script: Callable[[Sequence[Message]], str] | str, gate: asyncio.Event | None = None,
        preference: Callable[[Sequence[Message]], float | None] | float | None = None,
        picks: Callable[[Sequence[Message]], Mapping[str, float]] = lambda _: {},
    ) -> None:  # fmt: skip
        """
        Args:
            gate: wait for it before the first piece.
            preference: the log odds of the first of any two words; None if it cannot tell.
            picks: how likely each of several words is; it cannot tell where it gives none.
        """
        self._picks = picks
        self._preference = preference if callable(preference) else lambda _: preference
        self.weighed: list[tuple[Sequence[Message], Sequence[str]]] = []
        self._script = script if callable(script) else lambda _: script
        self._gate = gate
        self.prompts: list[Sequence[Message]] = []
        self.stopped_early = 0

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        self.prompts.append(messages)
        finished = False
        try:
            if self._gate is not None:
                await self._gate.wait()
            text = self._script(messages)
            for start in range(0, len(text), 7):
                await asyncio.sleep(0)
                yield Delta(text[start : start + 7])
            counts = await self.count_tokens([*(message.content for message in messages), text])
            yield Delta("", sum(counts[:-1]), counts[-1])
            finished = True
        finally:
            self.stopped_early += not finished

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        self.weighed.append((messages, words))
        if (picked := self._picks(messages)) and prompting.NONE_OF in words:
            return [math.log(picked.get(word, 1e-6)) for word in words]
        odds = self._preference(messages) if len(words) == 2 else None
        return None if odds is None else [odds, 0.0]

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]

    async def check(self) -> None:
        """It always answers."""

    async def close(self) -> None:
        """It holds nothing."""


class ThreadWorker:
    """The ingest worker in a thread, with the hashing embedder."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self._settings = settings
        self._woken = threading.Semaphore(0)
        self._closed = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wake(self) -> None:
        self._woken.release()

    def close(self) -> None:
        self._closed = True
        self._woken.release()
        self._thread.join()

    def trouble(self) -> str | None:
        return None

    def _run(self) -> None:
        self._woken.acquire()
        index = open_index(self._settings)
        if not self._closed:
            work(self._settings, index.store, HashingEmbedder, self._wait)
        index.close()

    def _wait(self) -> bool:
        self._woken.acquire()
        return not self._closed
