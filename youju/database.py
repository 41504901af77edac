"""The SQLite file: connections, transactions, schema. The only place that knows apsw.

apsw, because the SQLite of many Pythons has the WAL-reset bug (3.7.0 to 3.51.2). Every committed change of the index raises
`sequence` by one, so that a cache which knows its own sequence can catch up.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw

from youju.errors import StoreUnusable
from youju.files import only_one

SCHEMA_VERSION = 4
Bindings = tuple[Any, ...] | dict[str, Any]
UNUSABLE = "If it is damaged, `youju doctor` tells more; or set YOUJU_DATA_DIR to another folder and ingest again."
BUSY_MS = 30_000  # how long a writer waits for another one

# Questions that found no answer, counted. `folded` is the form in which they are equal; collection '' stands for all.
UNANSWERED = """
CREATE TABLE unanswered (
    collection TEXT NOT NULL, folded TEXT NOT NULL, question TEXT NOT NULL, language TEXT NOT NULL, missing TEXT NOT NULL,
    nearest TEXT, times INTEGER NOT NULL, first_asked TEXT NOT NULL, last_asked TEXT NOT NULL,
    PRIMARY KEY (collection, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX unanswered_by_time ON unanswered(last_asked);
"""
# The files that documents were read from, where they are kept.
ORIGINALS = """
CREATE TABLE originals (document_id TEXT PRIMARY KEY REFERENCES documents(id), data BLOB NOT NULL) STRICT;
"""
MIGRATIONS = {
    2: UNANSWERED,
    3: ORIGINALS,
}  # version -> what makes the next one of it; files of a version that is not named are refused

# The ascii tokenizer keeps every non-ASCII character; with these signs it splits at spaces only, so that the words of
# `youju.language.words`, joined by spaces, go in and come out as they are. Any SQLite can read the file.
SCHEMA = (
    """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, collection TEXT NOT NULL, title TEXT NOT NULL, media_type TEXT NOT NULL, language TEXT NOT NULL,
    digest TEXT NOT NULL, suffix TEXT NOT NULL, characters INTEGER NOT NULL, chunks INTEGER NOT NULL,
    page_starts TEXT NOT NULL, ingested_at TEXT NOT NULL,
    boxes BLOB, text TEXT NOT NULL -- last: SQLite walks through a long text to reach what lies behind it
) STRICT;
CREATE INDEX documents_by_content ON documents(collection, digest);
-- Where a document was found. The same content in several places is one document.
CREATE TABLE locations (
    collection TEXT NOT NULL, source TEXT NOT NULL, document_id TEXT NOT NULL REFERENCES documents(id), uri TEXT NOT NULL,
    size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, PRIMARY KEY (collection, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX locations_by_document ON locations(document_id, uri);
CREATE TABLE chunks (
    key INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL, heading TEXT NOT NULL, language TEXT NOT NULL,
    page INTEGER, content_hash TEXT NOT NULL, vector BLOB NOT NULL, sequence INTEGER NOT NULL,
    UNIQUE (document_id, ordinal)
) STRICT;
CREATE INDEX chunks_by_content ON chunks(content_hash);
CREATE INDEX chunks_by_sequence ON chunks(sequence);
CREATE TABLE tombstones (key INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
CREATE INDEX tombstones_by_sequence ON tombstones(sequence);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize="ascii tokenchars '-_.+#@/:,''&%$'"
);
-- Files that could not be read, as they were then; `reader` names what tried.
CREATE TABLE failures (
    collection TEXT NOT NULL, source TEXT NOT NULL, uri TEXT NOT NULL, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    reader TEXT NOT NULL, reason TEXT NOT NULL, failed_at TEXT NOT NULL, PRIMARY KEY (collection, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, collection TEXT NOT NULL, created_at TEXT NOT NULL, finished_at TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE job_files (
    job_id TEXT NOT NULL REFERENCES jobs(id), ordinal INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL, document_id TEXT, chunks INTEGER NOT NULL, PRIMARY KEY (job_id, ordinal)
) STRICT, WITHOUT ROWID;
"""
    + UNANSWERED
    + ORIGINALS
)


class Database:
    """One SQLite file. Safe to use from several threads and processes; one writer at a time, others wait."""

    def __init__(self, path: Path) -> None:
        """Open the file, and make it if it is not there.

        Raises:
            StoreUnusable: it is not such a file, cannot be opened, or was written by another version.
        """
        self.path = path
        self._local = threading.local()
        self._connections: list[apsw.Connection] = []
        self._guard = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._migrate()
        except apsw.BusyError as error:
            raise StoreUnusable(f"{path} is being written by another program.", "Try again when that is done.") from error
        except (apsw.Error, OSError) as error:
            raise StoreUnusable(f"{path} cannot be used as an index ({error}).", UNUSABLE) from error

    def close(self) -> None:
        with self._guard:
            for connection in self._connections:
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

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside comes from one consistent view."""
        with self._connection():
            yield

    @contextlib.contextmanager
    def transaction(self, changes_index: bool = True) -> Iterator[tuple[apsw.Connection, int]]:
        """A write transaction, and the sequence that the index will have once it is committed."""
        connection = self._connection()
        with self._translated("written", "Check the disk and who else uses the file, then try again."):
            connection.execute("BEGIN IMMEDIATE")
            try:
                sequence = self.sequence() + changes_index
                yield connection, sequence
                connection.execute("UPDATE meta SET value = ? WHERE name = 'sequence'", (str(sequence),))
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def rewrite(self) -> None:
        """Write the file anew, so that nothing deleted is left in it: words, free pages, the journal."""
        connection = self._connection()
        with self._translated("written", "Check the disk and who else uses the file, then try again."):
            # Deleted words stay in their segment until it is merged with another one.
            connection.execute("INSERT INTO words(words, rank) VALUES ('merge', -500)")
            connection.execute("INSERT INTO words(words) VALUES ('optimize')")
            connection.execute("VACUUM")
        self.empty_journal()

    def empty_journal(self) -> None:
        """Take the journal into the file and leave it empty, so that nothing deleted is left in it."""
        with self._translated("written", "Check the disk and who else uses the file, then try again."):
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def _translated(self, done: str, advice: str) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            raise StoreUnusable(f"{self.path} cannot be {done} ({error}).", advice) from error

    def _connection(self) -> apsw.Connection:
        if not hasattr(self._local, "connection"):
            connection = apsw.Connection(str(self.path))
            connection.set_busy_timeout(BUSY_MS)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            with self._guard:
                self._connections.append(connection)
            self._local.connection = connection
        connection_here: apsw.Connection = self._local.connection
        return connection_here

    def _migrate(self) -> None:
        """Make or check the schema. One process at a time makes a new file; an up-to-date one is only read."""
        if self.path.exists() and int(self.value("PRAGMA user_version")) == SCHEMA_VERSION:
            return
        with only_one(self.path):
            self._make_schema()

    def _make_schema(self) -> None:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        with contextlib.ExitStack() as undo:
            undo.callback(connection.execute, "ROLLBACK")
            version = int(self.value("PRAGMA user_version"))
            while version in MIGRATIONS:
                connection.execute(MIGRATIONS[version])
                version += 1
                connection.execute(f"PRAGMA user_version = {version}")
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
