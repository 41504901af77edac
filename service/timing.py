"""Time: what an answer may take, and where it went."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from youju.errors import DeadlineExceeded
from youju.records import Stage, Timings

P = ParamSpec("P")
T = TypeVar("T")
# Told of each stage that has just ended, and its milliseconds, by clocks made in the same task or in one that it started.
stage_watcher: ContextVar[Callable[[Stage, float], None] | None] = ContextVar("youju_stage_watcher", default=None)


class Deadline:
    """The moment by which an answer must be there. Bounds each step of its own, never a pause between events."""

    def __init__(self, milliseconds: int | None, longest: float = math.inf) -> None:
        """`longest`: seconds that nothing may take, whatever the caller allows."""
        seconds = min(longest, math.inf if milliseconds is None else milliseconds / 1000)
        self._milliseconds = seconds * 1000
        self._moment = None if seconds == math.inf else asyncio.get_running_loop().time() + seconds

    async def keep(self, work: Awaitable[T]) -> T:
        """
        Raises:
            DeadlineExceeded: the work was not done in time; it is cancelled.
        """
        try:
            async with asyncio.timeout_at(self._moment):
                return await work
        except TimeoutError:
            raise DeadlineExceeded(
                f"no answer within {self._milliseconds:.0f} ms.", "Allow more with `deadline_ms`, or ask with a lower `top_k`."
            ) from None

    async def keep_all(self, items: AsyncIterator[T]) -> AsyncIterator[T]:
        """The same for each item of an iterator."""
        with contextlib.suppress(StopAsyncIteration):
            while True:
                yield await self.keep(anext(items))


class Clock:
    """Milliseconds spent in each stage."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._watcher = stage_watcher.get()
        self.spent: dict[Stage, float] = {}

    @contextlib.contextmanager
    def stage(self, name: Stage) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, (time.perf_counter() - began) * 1000)

    def add(self, name: Stage, milliseconds: float) -> None:
        self.spent[name] = self.spent.get(name, 0.0) + milliseconds
        if self._watcher is not None:
            self._watcher(name, milliseconds)

    def timings(self) -> Timings:
        total = round((time.perf_counter() - self._began) * 1000, 1)
        return Timings(total=total, **{name: round(value, 1) for name, value in self.spent.items()})


class Steps:
    """Runs blocking work in a thread, as a stage of a clock and within a deadline."""

    def __init__(self, clock: Clock, deadline: Deadline) -> None:
        self._clock, self._deadline = clock, deadline

    async def __call__(self, stage: Stage, work: Callable[P, T], /, *given: P.args, **named: P.kwargs) -> T:
        """
        Raises:
            DeadlineExceeded: see `Deadline.keep`; the thread goes on, and nobody waits for it.
        """
        with self._clock.stage(stage):
            return await self._deadline.keep(asyncio.to_thread(work, *given, **named))
