"""What a generator is. Knows nothing of passages, prompts or HTTP."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Engine = Literal["llamacpp", "openvino"]
"""What can run a GGUF file on the CPU."""


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Sampling:
    """How to write. Temperature 0 is greedy, so that answers repeat. A question may leave `max_tokens` at 0: then as much as
    the generator is good for (`profile.py`)."""

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


class Writer(Protocol):
    """Writes text for a chat, piece by piece."""

    def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        """Yield the text as it is written. Closing the iterator stops the work behind it.

        Raises:
            GeneratorUnavailable: it cannot be reached, failed, or gave no sign of life in time.
        """
        ...


class Generator(Writer, Protocol):
    """A writer with all that a service needs of it.

    `name` tells people which model it is; `context_tokens` is what prompt and answer may take together.
    """

    @property
    def name(self) -> str: ...
    @property
    def context_tokens(self) -> int: ...

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Length of each text in tokens, exact or an upper estimate."""
        ...

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        """Log probabilities that it would begin its answer with each of these words, as they are written.

        Costs one token each behind the prompt, which is read once; where prefixes are kept, only what none before it had is
        read.

        Returns:
            None if it cannot tell: a server may give no probabilities, or none of the words among the most probable ones.

        Raises:
            GeneratorUnavailable: as `stream`.
        """
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


class Counted:
    """A writer that counts what it was asked for: the tokens of prompts and of what was written to their ends."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self.prompt_tokens = self.completion_tokens = 0

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        """As `Writer.stream`."""
        last = Delta("")
        try:
            async with contextlib.aclosing(self._writer.stream(messages, sampling)) as pieces:
                async for piece in pieces:
                    last = piece if piece.prompt_tokens or piece.completion_tokens else last
                    yield piece
        finally:
            self.prompt_tokens += last.prompt_tokens or 0
            self.completion_tokens += last.completion_tokens or 0


@dataclass(frozen=True)
class Chances:
    """How likely each of several things is the right one, and that none is; together 1."""

    of: tuple[float, ...]
    none: float

    @property
    def best(self) -> int:
        """The place of the likeliest."""
        return max(range(len(self.of)), key=lambda place: self.of[place])


async def chances(generator: Generator, messages: Sequence[Message], words: Sequence[str], none: str) -> Chances | None:
    """How likely it begins its answer with each of these words, or with `none`; None if it cannot tell. Raises what
    `Generator.weigh` raises."""
    weights = await generator.weigh(messages, [*words, none])
    if weights is None:
        return None
    whole = _sum(weights)
    *shares, rest = (math.exp(weight - whole) for weight in weights)
    return Chances(tuple(shares), rest)


async def prefers(generator: Generator, messages: Sequence[Message], first: str, second: str) -> float | None:
    """Log odds that it would begin its answer with `first` rather than with `second`; None if it cannot tell. Raises what
    `Generator.weigh` raises."""
    weights = await generator.weigh(messages, (first, second))
    if weights is None:
        return None
    odds = weights[0] - weights[1]
    return odds if math.isfinite(odds) else None


def log_chances(likely: Mapping[str, float], words: Sequence[str]) -> list[float] | None:
    """Log probabilities of words from the most probable first tokens and theirs.

    A token counts for the word that it begins, and for none if it begins several. A word without any is at most as probable
    as the least of them. None if all are without.
    """
    sides: list[list[float]] = [[] for _ in words]
    for token, chance in likely.items():
        begun = [place for place, word in enumerate(words) if _begins(token, word)]
        if len(begun) == 1:
            sides[begun[0]].append(chance)
    if not any(sides):
        return None
    floor = min(likely.values())
    return [_sum(chances) if chances else floor for chances in sides]


def _begins(token: str, word: str) -> bool:
    bare = token.strip()
    return bool(bare) and word.startswith(bare)


def _sum(logarithms: Sequence[float]) -> float:
    """The logarithm of the sum of what they stand for."""
    most = max(logarithms)
    return most + math.log(sum(math.exp(value - most) for value in logarithms))


async def written(writer: Writer, messages: Sequence[Message], sampling: Sampling) -> str:
    """The whole text at once. Raises what `stream` raises."""
    async with contextlib.aclosing(writer.stream(messages, sampling)) as pieces:
        return "".join([piece.text async for piece in pieces])
