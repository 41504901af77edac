"""Several generators that are one: the servers at `YOUJU_GENERATOR_URL`, which all run the same model.

A question goes to the server with the fewest that this service has in progress there. One that fails before its first word is
asked of another server; one that fails behind that fails, since its beginning was shown. A server that failed gets
questions only where no other is left, until it says again that it would answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from service.generation.base import Delta, Generator, Message, Sampling
from youju.errors import GeneratorUnavailable

PAUSE = 5.0  # seconds between two looks at a server that is down
Asked = TypeVar("Asked")
log = logging.getLogger("youju")


@dataclass(eq=False)
class _Member:
    """A server as this service knows it."""

    generator: Generator
    in_progress: int = 0
    last_turn: int = 0
    is_down: bool = False
    looking: asyncio.Task[None] | None = field(default=None, repr=False)

    @contextlib.contextmanager
    def at_work(self, turn: int) -> Iterator[None]:
        self.in_progress, self.last_turn = self.in_progress + 1, turn
        try:
            yield
        finally:
            self.in_progress -= 1


class Fleet:
    """A `Generator` over others. To be used in one event loop."""

    def __init__(self, generators: Sequence[Generator], pause: float = PAUSE) -> None:
        """
        Args:
            generators: at least one; all write with the same model.
            pause: seconds between two looks at one that is down.
        """
        self.name = generators[0].name
        self.context_tokens = generators[0].context_tokens
        self._members = [_Member(one) for one in generators]
        self._pause = pause
        self._turns = count(1)

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta]:
        has_begun, left = False, list(self._members)
        while True:
            member = self._taken(left)
            try:
                with member.at_work(next(self._turns)):
                    async with contextlib.aclosing(member.generator.stream(messages, sampling)) as pieces:
                        async for piece in pieces:
                            has_begun = True
                            yield piece
                return
            except GeneratorUnavailable as error:
                self._note_down(member, error)
                if has_begun or not left:
                    raise

    async def weigh(self, messages: Sequence[Message], words: Sequence[str]) -> Sequence[float] | None:
        return await self._first(lambda generator: generator.weigh(messages, words))

    async def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return await self._first(lambda generator: generator.count_tokens(texts))

    async def check(self) -> None:
        """Fine if one of them would answer."""
        found = await asyncio.gather(*(self._look(member) for member in self._members))
        if None not in found:
            raise next(error for error in found if error is not None)

    async def close(self) -> None:
        for member in self._members:
            if member.looking is not None:
                member.looking.cancel()
            await member.generator.close()

    async def _first(self, ask: Callable[[Generator], Awaitable[Asked]]) -> Asked:
        """What the first of them says that answers."""
        left = list(self._members)
        while True:
            member = self._taken(left)
            try:
                with member.at_work(next(self._turns)):
                    return await ask(member.generator)
            except GeneratorUnavailable as error:
                self._note_down(member, error)
                if not left:
                    raise

    @staticmethod
    def _taken(left: list[_Member]) -> _Member:
        """Take out of those left the one to ask: which is up, has the fewest in progress, and had its turn longest ago."""
        chosen = min(left, key=lambda member: (member.is_down, member.in_progress, member.last_turn))
        left.remove(chosen)
        return chosen

    def _note_down(self, member: _Member, error: GeneratorUnavailable) -> None:
        if not member.is_down:
            log.warning("a generator gets no questions for now: %s", error.detail)
        member.is_down = True
        if member.looking is None or member.looking.done():
            member.looking = asyncio.create_task(self._look_until_up(member))

    async def _look_until_up(self, member: _Member) -> None:
        while member.is_down:
            await asyncio.sleep(self._pause)
            await self._look(member)

    @staticmethod
    async def _look(member: _Member) -> GeneratorUnavailable | None:
        """Why it would not answer, or None if it would."""
        try:
            await member.generator.check()
        except GeneratorUnavailable as error:
            return error
        if member.is_down:
            log.info("a generator that was away gets questions again")
        member.is_down = False
        return None
