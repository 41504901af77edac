"""The SQLite file: connections, transactions, schema. The only place that knows apsw.

apsw, because the SQLite of many Pythons has the WAL-reset bug (3.7.0 to 3.51.2). Every committed change of the index raises
`sequence` by one, so that a cache which knows its own sequence can catch up.
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
import time
import uuid
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from youju.errors import StorageFull, StoreUnusable
from youju.files import MAKE_ROOM, process_lock
from youju.index.sqlite.migrating import migrate, told
from youju.index.sqlite.schema import MIGRATIONS, SCHEMA, SCHEMA_VERSION

Bindings = tuple[Any, ...] | dict[str, Any]
UNUSABLE = "If it is damaged, `youju doctor` tells more; or set YOUJU_DATA_DIR to another folder and ingest again."
CHECK_DISK = "Check that the disk has room and works, then try again; what was committed is kept."
DAMAGED = "Restore a backup, or move the file away and ingest again; `youju doctor` tells where the damage is."
WRITABLE = "Make the folder and its files writable, or use a copy of the folder on a writable disk."
TIMES = "times_held"  # beside FTS5's own functions: how often a row holds what is searched
JOURNAL = 64 << 20  # bytes: what a large change, as a reindex, made the journal longer is given back to the disk by a later one
BUSY_MS = 30_000  # how long a writer waits for another one


class Database:
    """One SQLite file. Safe to use from several threads and processes; one writer at a time, others wait.

    A file or folder that cannot be written is only read; every change is refused.
    """

    def __init__(self, path: Path, busy_ms: int = BUSY_MS) -> None:
        """Open the file, and make it if it is not there.

        Args:
            busy_ms: how long a writer waits for another one.

        Raises:
            StoreUnusable: it is not such a file, cannot be opened, or was written by another version.
        """
        self.path = path
        self._busy_ms = busy_ms
        self._local = threading.local()
        # A thread owns its connection; with the thread it goes, so that threads that come and go leave none open.
        self._connections: weakref.WeakSet[apsw.Connection] = weakref.WeakSet()
        self._guard = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._read_only = path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
            self._migrate()
        except (apsw.Error, OSError) as error:
            raise self._explained(error, "used as an index", UNUSABLE) from error

    def close(self) -> None:
        with self._guard:
            for connection in list(self._connections):
                with contextlib.suppress(apsw.ThreadingViolationError):  # a thread that hangs in a read keeps its own
                    connection.close()
            self._connections.clear()
        self._local = threading.local()

    def rows(self, sql: str, bindings: Bindings = ()) -> list[tuple[Any, ...]]:
        with self._translated("used as an index", UNUSABLE):
            return list(self._connection().execute(sql, bindings))

    def value(self, sql: str, bindings: Bindings = ()) -> Any:
        rows = self.rows(sql, bindings)
        return rows[0][0] if rows else None

    def meta(self, name: str) -> str | None:
        value = self.value("SELECT value FROM meta WHERE name = ?", (name,))
        return None if value is None else str(value)

    def sequence(self) -> int:
        """Number of the last committed change of the index."""
        return int(self.meta("sequence") or 0)

    def changed_at(self) -> int | None:
        """When that was, in seconds since 1970; None for an index that has not changed since this is noted."""
        value = self.meta("changed_at")
        return None if value is None else int(value)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside comes from one consistent view."""
        with self._translated("used as an index", UNUSABLE), self._connection():
            yield

    @contextlib.contextmanager
    def within(self, seconds: float, steps: int, too_long: type[Exception]) -> Iterator[None]:
        """Like `snapshot`; what takes longer is ended with `too_long`.

        Args:
            steps: of SQLite's machine between two looks at the clock.
        """
        with self._translated("used as an index", UNUSABLE):
            connection, latest = self._connection(), time.monotonic() + seconds
            connection.set_progress_handler(lambda: time.monotonic() > latest, steps)
            try:
                with connection:
                    yield
            except (
                apsw.Error,
                StoreUnusable,
            ) as error:  # a write that is ended undoes what it belongs to, and leaving it fails
                if time.monotonic() > latest:
                    raise too_long from error
                raise
            finally:
                connection.set_progress_handler(None)

    @contextlib.contextmanager
    def transaction(self, changes_index: bool = True) -> Iterator[tuple[apsw.Connection, int]]:
        """A write transaction, and the sequence that the index will have once it is committed."""
        with self._translated("written", CHECK_DISK):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                sequence = self.sequence() + changes_index
                yield connection, sequence
                connection.execute("UPDATE meta SET value = ? WHERE name = 'sequence'", (str(sequence),))
                if changes_index:
                    connection.execute("INSERT OR REPLACE INTO meta VALUES ('changed_at', ?)", (str(int(time.time())),))
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    self._roll_back(connection)

    def rewrite(self) -> None:
        """Write the file anew, so that nothing deleted is left in it: words, free pages, the journal."""
        with self._translated("written", CHECK_DISK):
            connection = self._connection()
            # Deleted words stay in their segment until it is merged with another one.
            connection.execute("INSERT INTO words(words, rank) VALUES ('merge', -500)")
            connection.execute("INSERT INTO words(words) VALUES ('optimize')")
            connection.execute("VACUUM")
        self.empty_journal()

    def empty_journal(self) -> None:
        """Take the journal into the file and leave it empty, so that nothing deleted is left in it."""
        with self._translated("written", CHECK_DISK):
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def _translated(self, done: str, advice: str) -> Iterator[None]:
        try:
            yield
        except (apsw.Error, UnicodeDecodeError) as error:
            raise self._explained(error, done, advice) from error

    def _explained(self, error: Exception, done: str, advice: str) -> StoreUnusable:
        """What a failure of SQLite or of the system means to people."""
        match error:
            case apsw.FullError() | OSError(errno=errno.ENOSPC | errno.EDQUOT):
                return StorageFull(f"{self.path} cannot be {done}: the disk is full.", MAKE_ROOM)
            case apsw.BusyError() | apsw.LockedError():
                return StoreUnusable(f"{self.path} is being written by another program.", "Try again when that is done.")
            case apsw.CorruptError() | UnicodeDecodeError():
                return StoreUnusable(f"{self.path} is damaged ({error}).", DAMAGED)
            case OSError(errno=errno.EROFS | errno.EACCES | errno.EPERM):
                return StoreUnusable(f"{self.path} cannot be {done} ({error.strerror}).", WRITABLE)
            case apsw.ReadOnlyError() | apsw.CantOpenError() if self._read_only:
                return StoreUnusable(f"{self.path} cannot be {done}: it or its folder is read-only.", WRITABLE)
            case apsw.IOError() | apsw.CantOpenError():
                return StoreUnusable(f"{self.path} cannot be {done} ({error}).", CHECK_DISK)
            case _:
                return StoreUnusable(f"{self.path} cannot be {done} ({error}).", advice)

    def _roll_back(self, connection: apsw.Connection) -> None:
        """Undo; where even that fails, closing the connection does it."""
        try:
            connection.execute("ROLLBACK")
        except apsw.Error:
            self._drop(connection)

    def _drop(self, connection: apsw.Connection) -> None:
        with self._guard:
            self._connections.discard(connection)
        connection.close(True)
        del self._local.connection

    def _connection(self) -> apsw.Connection:
        """This thread's connection. One that cannot follow a writer is opened anew when the files have changed."""
        known: apsw.Connection | None = getattr(self._local, "connection", None)
        if known is not None and self._read_only and not known.in_transaction and self._local.files != self._files():
            self._drop(known)
            known = None
        if known is None:
            self._local.files = self._files()
            known = self._local.connection = self._open()
            with self._guard:
                self._connections.add(known)
        return known

    def _open(self) -> apsw.Connection:
        """A connection to read and write, or where that cannot be, to read.

        SQLite needs to write beside the file even to read it, unless it is told that nobody writes (`immutable`). That is true
        of a file that cannot be written and has no journal; a journal that is there is read through its `-shm`.
        """
        if not self._read_only:
            connection = apsw.Connection(str(self.path))
            pragmas = ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", f"journal_size_limit = {JOURNAL}"]
        else:
            nobody_writes = "" if self._files()[2] else "&immutable=1"
            flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
            connection = apsw.Connection(f"{self.path.absolute().as_uri()}?mode=ro{nobody_writes}", flags=flags)
            pragmas = []
        try:
            connection.set_busy_timeout(self._busy_ms)
            connection.register_fts5_function(TIMES, _times_held)
            for pragma in (*pragmas, "cache_size = -65536"):
                self._execute_patiently(connection, f"PRAGMA {pragma}")
        except BaseException:
            connection.close(True)
            raise
        return connection

    def _execute_patiently(self, connection: apsw.Connection, statement: str) -> None:
        """SQLite itself does not wait where the journal is only just made, or recovered, by somebody else."""
        latest = time.monotonic() + self._busy_ms / 1000
        while True:
            try:
                connection.execute(statement).fetchall()
                return
            except apsw.BusyError:
                if time.monotonic() >= latest:
                    raise
            time.sleep(0.02)

    def _files(self) -> tuple[int, int, int]:
        """Size and time of the file, and size of its journal: they change whenever somebody writes."""
        journal = self.path.with_name(f"{self.path.name}-wal")
        try:
            status = self.path.stat()
            return status.st_size, status.st_mtime_ns, journal.stat().st_size if journal.exists() else 0
        except OSError:
            return 0, 0, 0

    def _migrate(self) -> None:
        """Make or check the schema. One process at a time makes a new file; an up-to-date one is only read."""
        if self.path.exists() and int(self.value("PRAGMA user_version")) == SCHEMA_VERSION:
            return
        with process_lock(self.path):
            self._make_schema()

    def _make_schema(self) -> None:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        with contextlib.ExitStack() as undo:
            undo.callback(self._roll_back, connection)
            version = int(self.value("PRAGMA user_version"))
            if version in MIGRATIONS:
                with told(connection, version, sum(self._files()[::2])):
                    migrate(connection, version)
                    connection.execute("COMMIT")
                    undo.pop_all()
                    self._give_back(connection)
                return
            if version not in (0, SCHEMA_VERSION):
                age = "a newer" if version > SCHEMA_VERSION else "an older"
                raise StoreUnusable(
                    f"{self.path} was written by {age} version (schema {version}; this one knows {SCHEMA_VERSION}).",
                    "Ingest into another folder with YOUJU_DATA_DIR, or use that version.",
                )
            if version == 0:
                connection.execute(SCHEMA)
                connection.execute("INSERT INTO meta VALUES ('sequence', '0'), ('identity', ?)", (uuid.uuid4().hex,))
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
            undo.pop_all()

    def _give_back(self, connection: apsw.Connection) -> None:
        """Write a migrated file anew, so that it takes the room that it needs; not while others are at work or without room."""
        with contextlib.suppress(apsw.Error):
            connection.execute("VACUUM")


def _times_held(row: apsw.FTS5ExtensionApi, *_: Any) -> int:
    return row.inst_count
