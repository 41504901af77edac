"""Threads for what is written to disk. A disk that hangs, or a writer that waits for its turn, holds up only other writers:
questions are answered in threads of their own.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
AT_ONCE = 4  # SQLite lets one write at a time; the others are for the bytes of uploads


class Writers:
    """Carries out what writes; further work waits."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, "writer")

    async def run(self, work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """What `work` returns or raises, as with `asyncio.to_thread`."""
        context = contextvars.copy_context()
        call = functools.partial(context.run, work, *arguments, **options)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def close(self) -> None:
        """Finish what was begun."""
        await asyncio.to_thread(self._threads.shutdown)
