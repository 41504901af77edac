"""The requests in progress, and whether the service is stopping. Knows nothing of HTTP."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from youju.errors import Busy


class Traffic:
    """Counts requests. For one event loop; `stop` may also be called from a signal handler of its thread."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.stopping = False
        self._open: set[object] = set()
        self._awaited: set[object] = set()  # open when the service began to stop
        self._told: list[Callable[[], None]] = []

    @property
    def in_progress(self) -> int:
        return len(self._open)

    @property
    def finished(self) -> bool:
        """Whether all that were in progress when the service began to stop have ended. Later ones are not waited for."""
        return self.stopping and self._awaited.isdisjoint(self._open)

    @contextlib.contextmanager
    def request(self, refusable: bool = True) -> Iterator[None]:
        """One request, from its first byte to its last.

        Raises:
            Busy: it is `refusable`, and `most` are in progress.
        """
        if refusable and len(self._open) >= self.most:
            raise Busy(f"{self.most} requests are in progress.", "Try again in a moment, with fewer at once.")
        token = object()
        self._open.add(token)
        try:
            yield
        finally:
            self._open.discard(token)

    def when_stopping(self, told: Callable[[], None]) -> None:
        """Have this called as soon as the service begins to stop."""
        self._told.append(told)

    def stop(self) -> None:
        self.stopping = True
        self._awaited = set(self._open)
        for told in self._told:
            told()
