"""Threads of their own for what may take long, so that what is quick never waits for it.

`asyncio.to_thread` has few threads (cores + 4), and retrieval, reading and checking share them. A deletion that is proved
copies the index, an upload copies files, and a writer waits for the writer before it: a few of those would stop every search.
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
THREADS = 4  # writers take turns anyway


class LongWork:
    """As `asyncio.to_thread`, in other threads."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, "long-work")

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function gives. Cancelled, it goes on by itself to its end."""
        context = contextvars.copy_context()
        call = functools.partial(context.run, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def close(self) -> None:
        """Wait for what runs; what has not begun is dropped."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
