"""What can be said of the index at any time, cheaply and without waiting: for metrics and for readiness.

A locked or failing disk holds up whoever reads from it. So one thread of its own reads, and who asks waits only so long.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from youju.errors import StoreUnusable
from youju.index.protocols import Jobs, Store
from youju.settings import Settings

T = TypeVar("T")
PATIENCE = 1.0  # seconds that a caller waits
RECOUNT_SECONDS = 10.0  # counting walks through a whole table: not more often than this, however often is asked


@dataclass(frozen=True)
class Counts:
    """`jobs` and `files_failed` are of uploads and of files that could not be read."""

    documents: int
    chunks: int
    jobs: dict[str, int]
    files_failed: int


@dataclass(frozen=True)
class IndexState:
    """The index as it is; `changed_at` in seconds since 1970, None where it was never noted."""

    counts: Counts
    sequence: int
    changed_at: int | None
    database_bytes: int
    vector_file_bytes: int
    free_bytes: int


class Inspector:
    """Reads the state of the index in its own thread. For one event loop."""

    def __init__(self, store: Store, jobs: Jobs, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._jobs, self._settings, self._clock = store, jobs, settings, clock
        self._thread = ThreadPoolExecutor(1, "inspector")
        self._running: dict[Hashable, Future[Any]] = {}
        self._counted: tuple[float, Counts] | None = None

    async def look(self, seconds: float = PATIENCE) -> IndexState:
        """
        Raises:
            StoreUnusable: it cannot be read, or not in time.
        """
        return await self.run(self._look, seconds)

    async def run(self, function: Callable[[], T], seconds: float = PATIENCE) -> T:
        """What `function` returns or raises. One that still runs is not started again: all who ask wait for the same.

        Raises:
            StoreUnusable: it took longer than `seconds`.
        """
        running = self._running.get(function)
        if running is None or running.done():
            running = self._running[function] = self._thread.submit(function)
        result = asyncio.wrap_future(cast(Future[T], running))
        result.add_done_callback(_seen)
        await asyncio.wait({result}, timeout=seconds)
        if not result.done():
            raise StoreUnusable(
                f"the index did not answer within {seconds:g} s.", "Check the disk, and what else uses the file."
            )
        return result.result()

    def write_trouble(self) -> str | None:
        """Why nothing can be written to the index, if so."""
        return self._store.write_trouble()

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _look(self) -> IndexState:
        with self._store.snapshot():
            counts = self._count()
            sequence, changed_at = self._store.sequence(), self._store.changed_at()
        try:
            return IndexState(
                counts, sequence, changed_at, self._store.bytes_used(), _size(self._settings.vector_file),
                shutil.disk_usage(self._settings.data_dir).free,
            )  # fmt: skip
        except OSError as error:
            raise StoreUnusable(f"the index cannot be read ({error.strerror}).", "Check the disk.") from error

    def _count(self) -> Counts:
        now = self._clock()
        if self._counted is None or now - self._counted[0] >= RECOUNT_SECONDS:
            store = self._store
            counts = Counts(store.count_documents(), store.count_chunks(), self._jobs.counts(), store.count_failures())
            self._counted = (now, counts)
        return self._counted[1]


def _size(path: Path) -> int:
    try:
        return int(path.stat().st_size)
    except FileNotFoundError:
        return 0


def _seen(result: asyncio.Future[Any]) -> None:
    """An error that came too late is nobody's: the next who asks gets the next one."""
    if not result.cancelled():
        result.exception()
