"""What a generator is. Knows nothing of passages, prompts or HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Sampling:
    """How to write. Temperature 0 is greedy, so that answers repeat."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None


@dataclass(frozen=True)
class Delta:
    """A piece of the text. The last one of a stream carries the counts of tokens."""

    text: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Generator(Protocol):
    """Writes text for a chat, piece by piece.

    `name` tells people which model it is; `context_tokens` is what prompt and answer may take together.
    """

    @property
    def name(self) -> str: ...
    @property
    def context_tokens(self) -> int: ...

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        """Yield the text as it is written. Closing the iterator stops the work behind it.

        Raises:
            GeneratorUnavailable: it cannot be reached, failed, or gave no sign of life in time.
        """
        ...

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens, exact or an upper estimate."""
        ...

    async def check(self) -> None:
        """
        Raises:
            GeneratorUnavailable: it would not answer now.
        """
        ...

    async def close(self) -> None:
        """Free what it holds."""
        ...


async def written(generator: Generator, messages: Sequence[Message], sampling: Sampling) -> str:
    """The whole text at once. Raises what `stream` raises."""
    async with contextlib.aclosing(generator.stream(messages, sampling)) as pieces:
        return "".join([piece.text async for piece in pieces])
