"""uvicorn with a better end and a start that cannot be dragged out.

uvicorn stops listening the moment it is told to stop, so that a new client finds a closed port, and sse-starlette then breaks
off every open stream. Here the first SIGTERM or SIGINT only begins the end: readiness and new questions are answered with 503
over a port that is still open, until the requests in progress are done or their time is over. Only then uvicorn closes. A
second signal ends at once.
"""

from __future__ import annotations

import asyncio
import time
from types import FrameType
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from service.http.traffic import Traffic
from youju.settings import Settings

CLOSING_SECONDS = 2  # for requests that began after the end did; when it is over they are cancelled
HEAD_BYTES = 64 << 10  # longest head that is parsed; what is accepted is less, and is answered with 431


class Protocol(H11Protocol):
    """HTTP/1.1 over one connection; closes it when the head of a request does not come within `head_seconds`."""

    head_seconds = 15.0
    _slow: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget()

    def _watch(self) -> None:
        """Run the clock while part of a head, or nothing at all, has come. A connection between two requests is uvicorn's."""
        if self.conn.their_state is not h11.IDLE or (self.cycle is not None and not self.conn.trailing_data[0]):
            self._forget()
        elif self._slow is None:
            self._slow = self.loop.call_later(self.head_seconds, self.timeout_keep_alive_handler)

    def _forget(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None


class Server(uvicorn.Server):
    def __init__(self, app: Any, traffic: Traffic, settings: Settings) -> None:
        """`traffic`: counts the requests of `app`."""
        super().__init__(
            uvicorn.Config(
                app, http=Protocol, log_config=None, access_log=False, server_header=False,  # the log is ours
                timeout_graceful_shutdown=CLOSING_SECONDS, h11_max_incomplete_event_size=HEAD_BYTES,
            )
        )  # fmt: skip
        self._traffic = traffic
        self._seconds = settings.shutdown_seconds
        self._latest: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._captured_signals.append(sig)  # raised again by uvicorn in the end
        if not self.started:
            self.should_exit = True
        elif not self._traffic.stopping:
            self.begin_to_stop()
        else:
            self.should_exit = self.force_exit = True

    def begin_to_stop(self) -> None:
        """Let nothing new in; stop when all that is in progress is done."""
        self._latest = time.monotonic() + self._seconds
        self._traffic.stop()

    async def on_tick(self, counter: int) -> bool:
        """Called by uvicorn ten times a second."""
        if self._latest is not None and (self._traffic.finished or time.monotonic() >= self._latest):
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: Any = None) -> None:
        await super().shutdown(sockets)
        if self.force_exit:  # uvicorn leaves it out then, and the worker would outlive the service
            for task in list(self.server_state.tasks):
                task.cancel()
            await self.lifespan.shutdown()
