"""Connections to one database, kept open and lent. Safe to use from several threads.

psycopg_pool tries a server that is away again after ever longer pauses and lets callers wait for it; here who asks finds out at
once why there is no connection, and the first who asks when the server is back has one.
"""

from __future__ import annotations

import contextlib
import selectors
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from pgvector.psycopg import register_vector

Connection = psycopg.Connection[tuple[Any, ...]]
FRESH = 0.5  # seconds since its last use in which a connection that the server did not end is taken to be alive


def _has_news(connection: Connection) -> bool:
    """Whether the server sent something that nobody asked for: mostly that it ends the connection."""
    if connection.closed:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))


class NoneFree(psycopg.OperationalError):
    """All connections were lent, and none came back in time."""


class Pool:
    """At most `most` connections at once; one that comes back is lent again."""

    def __init__(self, url: str, most: int, seconds: float) -> None:
        """
        Args:
            seconds: how long to wait for one that is free.
        """
        self._url, self._seconds = url, seconds
        self._free = threading.BoundedSemaphore(most)
        self._guard = threading.Lock()
        self._idle: list[tuple[float, Connection]] = []  # the one used last is the last one
        self._is_closed = False

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """
        Raises:
            psycopg.OperationalError: the server is away or refuses.
        """
        if not self._free.acquire(timeout=self._seconds):
            raise NoneFree(f"all connections were in use for {self._seconds:g} s")
        try:
            lent = self._known() or self.connect()
            try:
                yield lent
            finally:
                self._take_back(lent)
        finally:
            self._free.release()

    def connect(self) -> Connection:
        """A new connection."""
        connection = psycopg.connect(self._url, autocommit=True)
        try:
            register_vector(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        with self._guard:
            self._is_closed = True
            for _, connection in self._idle:
                connection.close()
            self._idle.clear()

    def _known(self) -> Connection | None:
        """One that is alive, if there is any."""
        while True:
            with self._guard:
                if not self._idle:
                    return None
                used, connection = self._idle.pop()
            try:
                if time.monotonic() - used >= FRESH or _has_news(connection):
                    connection.execute("SELECT 1")
                return connection
            except psycopg.Error:
                connection.close()

    def _take_back(self, connection: Connection) -> None:
        is_usable = not connection.closed and connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        with self._guard:
            if is_usable and not self._is_closed:
                self._idle.append((time.monotonic(), connection))
                return
        connection.close()
