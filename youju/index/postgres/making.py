"""Makes the tables in PostgreSQL, or takes over those of an earlier version, and says how that goes."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator

from psycopg import errors

from youju.errors import StoreUnusable
from youju.index.postgres import postings
from youju.index.postgres.pool import Connection
from youju.index.postgres.schema import MIGRATIONS, NAMESPACE, PACKED_BEHIND, SCHEMA, SCHEMA_VERSION, lock_key, set_meta

LEAST_SERVER, LEAST_PGVECTOR = 16, (0, 8)
EVERY = 10.0  # seconds between two lines
log = logging.getLogger("youju")  # a command, where nobody sets logging up, has its warnings on standard error as they are


def make_tables(connection: Connection, place: str) -> None:
    """Make or check them. One program at a time makes them; those that are up to date are only read.

    Args:
        place: the database, in words.

    Raises:
        StoreUnusable: it lacks pgvector, it or its server is too old, or the tables were made by another version.
    """
    if _version(connection) != SCHEMA_VERSION:
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock_key("schema"),))
            _migrate(connection, place)
    _require_versions(connection, place)


def _migrate(connection: Connection, place: str) -> None:
    version = _version(connection)
    if version in MIGRATIONS:
        with told(version) as reached:
            while version in MIGRATIONS:
                connection.execute(MIGRATIONS[version].encode())
                if version == PACKED_BEHIND:
                    with connection.cursor() as cursor:
                        postings.write_all(cursor, watch=reached)
                version += 1
                set_meta(connection, "schema", str(version))
    if version not in (0, SCHEMA_VERSION):
        age = "a newer" if version > SCHEMA_VERSION else "an older"
        raise StoreUnusable(
            f"{place} was written by {age} version (schema {version}; this one knows {SCHEMA_VERSION}).",
            "Use another database, or that version.",
        )
    if version == 0:
        _make_extension(connection, place)
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {NAMESPACE}".encode())
        connection.execute(SCHEMA.encode())
        for name, value in (("sequence", "0"), ("identity", uuid.uuid4().hex), ("schema", str(SCHEMA_VERSION))):
            set_meta(connection, name, value)


@contextlib.contextmanager
def told(version: int, every: float = EVERY) -> Iterator[Callable[[str], None]]:
    """Say that tables are taken over inside, and every few seconds how far that has come: whoever waits must see it.

    Args:
        version: of the tables.

    Yields:
        What is to be told how far it has come.
    """
    log.warning(
        f"The index is taken over from an earlier version (schema {version}, now {SCHEMA_VERSION}); it takes minutes where it "
        "is large. What is there stays until it is done; let it finish."
    )
    began, ended, last = time.monotonic(), threading.Event(), ""

    def reached(where: str) -> None:
        nonlocal last
        last = f", {where}"

    def tell() -> None:
        while not ended.wait(every):
            log.warning(f"The index is being taken over: {time.monotonic() - began:.0f} s so far{last}.")

    telling = threading.Thread(target=tell, name="taking over")
    telling.start()
    try:
        yield reached
    finally:
        ended.set()
        telling.join()
    log.warning(f"The index is taken over, in {time.monotonic() - began:.0f} s.")


def _make_extension(connection: Connection, place: str) -> None:
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except (errors.FeatureNotSupported, errors.UndefinedFile, errors.InsufficientPrivilege) as error:
        raise StoreUnusable(
            f"{place} has no pgvector ({' '.join(str(error).split())}).",
            "Install it on the server, and let its administrator run `CREATE EXTENSION vector` in this database.",
        ) from error


def _require_versions(connection: Connection, place: str) -> None:
    server = connection.info.server_version // 10_000
    if server < LEAST_SERVER:
        raise StoreUnusable(f"{place} is PostgreSQL {server}.", f"Use version {LEAST_SERVER} or newer.")
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
    version = str(row[0]) if row else "none"
    if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < LEAST_PGVECTOR:
        raise StoreUnusable(
            f"{place} has pgvector {version}; it has to be {LEAST_PGVECTOR[0]}.{LEAST_PGVECTOR[1]} or newer.",
            "Install that on the server, and let its administrator run `ALTER EXTENSION vector UPDATE` in this database.",
        )


def _version(connection: Connection) -> int:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{NAMESPACE}.meta",)).fetchone()
    if row is None or not row[0]:
        return 0
    row = connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    return int(row[0]) if row else 0
