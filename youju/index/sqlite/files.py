"""Whole SQLite files: a clean copy of one that is in use, and holding one alone so that another can take its place.

Besides `database.py` the only place that knows apsw. Knows nothing of what the tables hold, but that `words` is full text.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw

from youju.errors import BackupUnusable, IndexInUse, StoreUnusable

WAIT_MS = 2000  # for readers that are just leaving
STEPS = 100_000  # of SQLite's virtual machine between two looks at how far a copy is


def copy_clean(source: Path, target: Path, watch: Callable[[], None] = lambda: None) -> None:
    """Copy a database that others may be reading and writing, as it is at one instant. Writers are not held up.

    VACUUM INTO copies rows, not pages: what was deleted stays behind, and pages that are changed meanwhile do not make it
    start again, as they do for SQLite's backup interface. Deleted words, which the full text keeps until its segments are
    merged, are merged away in the copy.

    Args:
        target: must not exist.
        watch: called now and then.

    Raises:
        StoreUnusable: the source cannot be read, or the target cannot be written.
    """

    def look() -> bool:
        watch()
        return False  # go on

    try:
        with contextlib.closing(apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
            connection.set_busy_timeout(WAIT_MS)
            connection.set_progress_handler(look, STEPS)
            connection.execute("VACUUM INTO ?", (str(target),))
        with contextlib.closing(apsw.Connection(str(target))) as copy:
            # Nobody else knows the copy: it needs no journal. What is merged away is overwritten with zeros.
            for pragma in ("journal_mode = OFF", "secure_delete = ON", "synchronous = OFF"):
                copy.execute(f"PRAGMA {pragma}").fetchall()
            copy.execute("INSERT INTO words(words, rank) VALUES ('merge', -500)")
            copy.execute("INSERT INTO words(words) VALUES ('optimize')")
    except apsw.Error as error:
        raise StoreUnusable(f"{source} cannot be copied ({error}).", "Check the disk; `youju doctor` tells more.") from error


def schema_version(path: Path) -> int:
    """The version of the schema in a file that nobody else uses.

    Raises:
        BackupUnusable: it is no SQLite file, is damaged, or holds what an index never holds.
    """
    try:
        with contextlib.closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            damage = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
            # Code that would run with our rights whenever a row is written or read.
            strange = connection.execute("SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')").fetchall()
            version = connection.execute("PRAGMA user_version").fetchall()
    except apsw.Error as error:
        raise BackupUnusable(f"the database in the backup cannot be read ({error}).", "Use another backup.") from error
    if damage != ["ok"] or strange[0][0]:
        reason = "; ".join(map(str, damage)) if damage != ["ok"] else "it holds triggers or views"
        raise BackupUnusable(f"the database in the backup is not whole ({reason}).", "Use another backup.")
    return int(str(version[0][0]))


def holds_something(path: Path) -> bool:
    """Whether anything would be lost with a database: any change, or waiting uploads. Of one that cannot be asked: yes."""
    if not path.exists():
        return False
    try:
        with contextlib.closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
            asked = "SELECT EXISTS (SELECT 1 FROM jobs) OR (SELECT value FROM meta WHERE name = 'sequence') <> '0'"
            return bool(connection.execute(asked).fetchall()[0][0])
    except apsw.Error:
        return True


def revoked_keys(path: Path) -> list[tuple[str, str]]:
    """(Since when, id) of the keys that a database knows as revoked; none of one that cannot be asked."""
    if not path.exists():
        return []
    try:
        with contextlib.closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
            rows = connection.execute("SELECT revoked_at, id FROM keys WHERE revoked_at IS NOT NULL")
            return [(str(since), str(key_id)) for since, key_id in rows]
    except apsw.Error:
        return []


@contextlib.contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """Keep everybody else from a database while another file takes its place; its journal is taken into it before.

    Every connection of this product holds a shared lock for as long as it is open (WAL mode), so that leaving that mode shows
    whether there is any. Who comes meanwhile waits; once the file has been replaced SQLite refuses to write the old one,
    and so they fail with one line instead of writing beside the new one.
    A file that is too damaged to be locked is let pass.

    Raises:
        IndexInUse: another program has it open.
    """
    if not path.exists():
        yield
        return
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        connection.set_busy_timeout(WAIT_MS)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
        except apsw.BusyError as error:
            raise IndexInUse(
                f"{path} is in use by a service or another command.", "Stop it (`youju serve`, `youju ingest`), then try again."
            ) from error
        except apsw.Error:  # damaged: a reason to restore, and nobody can be working with it
            pass
        try:
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def leave_alone(path: Path) -> None:
    """Take the journal of a database that nobody else uses into it, so that the file alone is all of it."""
    with contextlib.closing(apsw.Connection(str(path))) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
