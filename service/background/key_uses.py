"""Notes when keys were last used, in a thread of its own: no request waits for a database that another writer has locked."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor

from youju.index.base.keys import NOTED_EVERY, Keys

log = logging.getLogger("youju")


class KeyUses:
    """Writes to the keys of a store, at most once a minute for each key. Called by one thread, that of the event loop."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._writer = ThreadPoolExecutor(1, "key-uses")
        self._noted: dict[str, tuple[float, Future[None]]] = {}  # id -> when, in seconds, and the writing of it

    def note(self, key_id: str) -> None:
        """It was used now. Returns at once; a failure is logged."""
        now = time.monotonic()
        when, written = self._noted.get(key_id, (0.0, None))
        if written is not None and (now - when < NOTED_EVERY.total_seconds() or not written.done()):
            return
        try:
            written = self._writer.submit(self._keys.note_use, key_id)
        except RuntimeError:  # closed already: the service stops
            return
        self._noted[key_id] = (now, written)
        written.add_done_callback(_done)

    async def close(self) -> None:
        """Write what is waiting."""
        await asyncio.to_thread(self._writer.shutdown)


def _done(written: Future[None]) -> None:
    if (error := written.exception()) is not None:
        log.warning("the use of a key was not noted: %s", error)
