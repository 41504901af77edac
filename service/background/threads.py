"""Threads of their own, so that what is quick never waits for what is not.

`asyncio.to_thread` has few threads (cores + 4), and retrieval, reading and checking share them. A deletion that is proved
copies the index, an upload copies files, and a writer waits for the writer before it: a few of those would stop every search.
And behind a crowd of searches no look-up of a key and no count should wait: then health and metrics would too.
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
LONG_WORK = 4  # threads; writers take turns anyway
QUICK = 1  # thread; a look-up takes less time than to hand it over


class Threads:
    """As `asyncio.to_thread`, in threads of its own."""

    def __init__(self, count: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(count, name)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function gives. Cancelled, it goes on by itself to its end."""
        context = contextvars.copy_context()
        call = functools.partial(context.run, function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    async def close(self) -> None:
        """Wait for what runs; what has not begun is dropped."""
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
