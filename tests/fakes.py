"""Genuine implementations of the product's seams that need no model files."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Sequence

import numpy as np

from service.generation import Delta, Message, Sampling
from youju.embedding import Vectors
from youju.language import query_words, words


class HashingEmbedder:
    """Bags of words hashed to a few hundred dimensions: texts with the same words are near each other."""

    name = "hashing"
    dimension = 256

    def __init__(self, fingerprint: str = "hashing-256") -> None:
        self.fingerprint = fingerprint
        self.embedded = 0

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self.embedded += len(texts)
        return self._vectors(texts, words)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._vectors(texts, query_words)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]

    def _vectors(self, texts: Sequence[str], split: Callable[[str], list[str]]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[0] = 0.01  # a text without words still has a direction
            for word in split(text):
                digest = hashlib.sha256(word.encode()).digest()
                row[1 + int.from_bytes(digest[:4], "big") % (self.dimension - 1)] += 1.0
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class ScriptedGenerator:
    """Writes what a function of the prompt returns, a few characters at a time."""

    name = "scripted"
    context_tokens = 100_000

    def __init__(self, script: Callable[[Sequence[Message]], str] | str, gate: asyncio.Event | None = None) -> None:
        """`gate`: wait for it before the first piece."""
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

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words(text)) for text in texts]

    async def check(self) -> None:
        """It always answers."""

    async def close(self) -> None:
        """It holds nothing."""
