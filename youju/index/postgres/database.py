"""The connections to PostgreSQL: a pool, transactions, snapshots, errors in words.

MVCC gives every snapshot a state of its own, so that nothing is marked as deleted and no cache has to follow. A thread that
is inside a transaction or a snapshot reads and writes through its connection; else each statement takes one from the pool.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import conninfo, errors, pq

from youju.errors import StorageFull, StoreUnusable
from youju.index.postgres.making import make_tables
from youju.index.postgres.pool import Connection, Pool
from youju.index.postgres.schema import LOOKED_AT, NAMESPACE, set_meta

MOST_CONNECTIONS = 16  # of one process
WAIT_SECONDS = 10.0  # for a free connection, and for the server to answer at all
RETRY_SECONDS = 2  # after which to try again when the server is away
OPTIONS = " ".join((
    f"-c search_path={NAMESPACE},public",
    # The server notices within a minute that a machine with a connection has gone, and lets go of its locks.
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3",
    # How wide the walks through graphs over vectors are, and that they go on until enough lie within the scope.
    f"-c hnsw.ef_search={LOOKED_AT} -c hnsw.iterative_scan=relaxed_order",
    # What an index costs on disks of now. As it is by default the planner would rather read all vectors than a fifth of them.
    "-c random_page_cost=1.1",
))  # fmt: skip
LOCK_MS = 30_000  # how long a writer waits for another one
AWAY = "Start it, or check YOUJU_DATABASE_URL; what was committed is kept, and answers go on by themselves once it is back."
ADDRESS = "It has to look like postgresql://user@host/database, or be empty for an index in SQLite."
WHO = "Check user, password and database in YOUJU_DATABASE_URL, and whom the server lets in (pg_hba.conf, max_connections)."
LOG = "The server's log tells more; if its tables are damaged, restore a backup of the database."
FULL = "Make room there, then try again; nothing is half-written."
RIGHTS = "Give the user of YOUJU_DATABASE_URL the rights for it; docs/operations.md has the commands."


# What is known of the index as a whole comes with the beginning of a snapshot, in one way to the server and back.
READ, WRITE = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT name, value FROM meta", "BEGIN"
TOTALS = """SELECT d.collection, d.documents, d.chunks, coalesce(s.words, 0)::bigint FROM
    (SELECT collection, count(*) documents, sum(chunks) chunks FROM documents GROUP BY 1) d
    LEFT JOIN (SELECT collection, sum(words) words FROM document_sums GROUP BY 1) s ON s.collection = d.collection
    ORDER BY 1"""


class Total(NamedTuple):
    """How much a collection holds."""

    documents: int
    chunks: int
    words: int


Totals = dict[str, Total]


class Database:
    """One database. Safe to use from several threads; other processes and machines may use it at the same time."""

    def __init__(self, url: str, busy_ms: int = LOCK_MS) -> None:
        """Connect, and make the tables if they are not there.

        Args:
            busy_ms: how long a writer waits for another one.

        Raises:
            StoreUnusable: the server is away or refuses, lacks pgvector, or the tables were made by another version.
        """
        try:
            known = conninfo.conninfo_to_dict(url)
        except psycopg.ProgrammingError as error:
            said = " ".join(str(error).split())
            raise StoreUnusable(f"YOUJU_DATABASE_URL is no address of PostgreSQL ({said}).", ADDRESS) from None
        host, port = known.get("host") or os.environ.get("PGHOST", "localhost"), known.get("port") or "5432"
        self.place = f"PostgreSQL at {host}:{port}/{known.get('dbname') or os.environ.get('PGDATABASE', '')}"
        options = f"{OPTIONS} -c lock_timeout={busy_ms} {known.get('options') or ''}"
        self._url = conninfo.make_conninfo(
            url, options=options, application_name=known.get("application_name") or "youju",
            connect_timeout=known.get("connect_timeout") or int(WAIT_SECONDS),
            keepalives_idle=known.get("keepalives_idle") or 30,
        )  # fmt: skip
        self._local = threading.local()
        self._totals: tuple[int, Totals] = (-1, {})
        with self.translated(), psycopg.connect(self._url, autocommit=True) as connection:
            make_tables(connection, self.place)
        self._pool = Pool(self._url, MOST_CONNECTIONS, WAIT_SECONDS)
        self._own: set[Connection] = set()
        self._closing = weakref.finalize(self, _close, self._pool, self._own)

    def close(self) -> None:
        self._closing()

    def connect(self) -> Connection:
        """A connection of its own, for a lock that is held for long.

        Raises:
            StoreUnusable: there is none to be had.
        """
        with self.translated():
            connection = psycopg.connect(self._url, autocommit=True)
        self._own -= {one for one in self._own if one.closed}
        self._own.add(connection)
        return connection

    def rows(self, sql: str, bindings: Mapping[str, Any] | Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.connection() as connection:
            return connection.execute(sql.encode(), bindings or {}, binary=True).fetchall()

    def value(self, sql: str, bindings: Mapping[str, Any] | Sequence[Any] = ()) -> Any:
        rows = self.rows(sql, bindings)
        return rows[0][0] if rows else None

    def meta(self, name: str) -> str | None:
        known: dict[str, str] | None = getattr(self._local, "meta", None)
        if known is not None:
            return known.get(name)
        value = self.value("SELECT value FROM meta WHERE name = %s", (name,))
        return None if value is None else str(value)

    def sequence(self) -> int:
        """Number of the last committed change of the index."""
        return int(self.meta("sequence") or 0)

    def kept(self, name: str) -> dict[str, int]:
        """Numbers that were read before in the same snapshot; outside of one there are none."""
        numbers: dict[str, dict[str, int]] | None = getattr(self._local, "numbers", None)
        return {} if numbers is None else numbers.setdefault(name, {})

    def totals(self) -> Totals:
        """Of each collection; counted once for each state of the index."""
        # What a transaction has written may come to nothing.
        is_writing = getattr(self._local, "held", None) is not None and self._local.is_writing
        if not is_writing and (known := self._totals)[0] == self.sequence():
            return known[1]
        with self.snapshot():
            sequence = self.sequence()
            found = {name: Total(*counts) for name, *counts in self.rows(TOTALS)}
        if not is_writing and self._totals[0] < sequence:  # a snapshot may be older than what others have counted
            self._totals = sequence, found
        return found

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """That of the transaction or snapshot that this thread is in, or one from the pool."""
        held: Connection | None = getattr(self._local, "held", None)
        with self.translated():
            if held is not None:
                yield held
            else:
                with self._pool.connection() as connection:
                    yield connection

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside comes from one consistent view."""
        with self._holding(READ):
            yield

    @contextlib.contextmanager
    def within(self, seconds: float, too_long: type[Exception]) -> Iterator[None]:
        """Like `snapshot`; a statement that takes longer is ended with `too_long`."""
        try:
            with self.snapshot():
                before = self.value("SELECT current_setting('statement_timeout')")  # of the snapshot that this one is in
                limit = "SELECT set_config('statement_timeout', %s, true)"
                self.rows(limit, (f"{int(seconds * 1000)}ms",))
                yield
                self.rows(limit, (before,))
        except StoreUnusable as error:
            if isinstance(error.__cause__, errors.QueryCanceled):
                raise too_long from error
            raise

    @contextlib.contextmanager
    def transaction(self, changes_index: bool = True) -> Iterator[Connection]:
        """A write transaction. The sequence is raised last, so that other writers wait for the commit alone."""
        with self._holding(WRITE) as connection:
            yield connection
            if changes_index:
                connection.execute("UPDATE meta SET value = (value::bigint + 1)::text WHERE name = 'sequence'")
                set_meta(connection, "changed_at", str(int(time.time())))

    def afterwards(self, work: Callable[[], None]) -> None:
        """Do this once the transaction that this thread is in is committed, or now if it is in none; each work once."""
        if getattr(self._local, "held", None) is None:
            work()
        else:
            self._local.later[work] = None

    @contextlib.contextmanager
    def _holding(self, begin: str) -> Iterator[Connection]:
        held: Connection | None = getattr(self._local, "held", None)
        if held is not None:
            yield held
            return
        local = self._local
        with self.translated(), self._pool.connection() as connection:
            later = local.later = dict[Callable[[], None], None]()
            try:
                begun = connection.execute(begin.encode(), prepare=False)  # of two statements none can be prepared
                if begin == READ:
                    begun.nextset()
                    local.meta, local.numbers = dict(begun.fetchall()), {}
                local.held, local.is_writing = connection, begin == WRITE
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(psycopg.Error):  # a connection that is lost has undone it
                    connection.execute("ROLLBACK")
                raise
            finally:
                local.held = local.meta = local.numbers = None
        for work in later:
            work()

    @contextlib.contextmanager
    def translated(self) -> Iterator[None]:
        """Turn what psycopg raises into StoreUnusable."""
        try:
            yield
        except psycopg.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: psycopg.Error) -> StoreUnusable:
        """What a failure of the server means to people."""
        said = " ".join(str(error).split())
        match error:
            case errors.DiskFull():
                return StorageFull(f"the disk of {self.place} is full.", FULL)
            case errors.LockNotAvailable() | errors.DeadlockDetected():
                return StoreUnusable(f"{self.place} is being written by another program.", "Try again when that is done.")
            case errors.ReadOnlySqlTransaction():
                return StoreUnusable(f"{self.place} cannot be written: it is a replica.", "Write to the primary server.")
            case errors.InsufficientPrivilege() | errors.InvalidAuthorizationSpecification() | errors.InvalidPassword():
                return StoreUnusable(f"{self.place} refuses ({said}).", RIGHTS)
            case errors.OperationalError() | errors.InterfaceError() if not isinstance(error, errors.QueryCanceled):
                refuses = self._lets_nobody_in(error)
                away = StoreUnusable(
                    f"{self.place} {'lets nobody in' if refuses else 'does not answer'} ({said}).", WHO if refuses else AWAY
                )
                away.retry_after = RETRY_SECONDS
                return away
            case _:
                return StoreUnusable(f"{self.place} cannot be used as an index ({said}).", LOG)

    def _lets_nobody_in(self, error: psycopg.Error) -> bool:
        """Whether a server is there that took no connection: for a wrong password, for a database that it does not have."""
        failed = error.pgconn
        has_answered = "FATAL" in str(error) or (failed is not None and (failed.used_password or failed.needs_password))
        return error.sqlstate is None and has_answered and pq.PGconn.ping(self._url.encode()) == pq.Ping.OK


def _close(pool: Pool, own: set[Connection]) -> None:
    pool.close()
    for connection in own:
        connection.close()
