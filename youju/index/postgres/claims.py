"""Which worker is at which file of which job.

A worker has a number, and holds an advisory lock of that number by a connection of its own; the files that it has taken bear
the number. The server lets go of the lock when the connection ends: no clock tells whether a worker lives. A file whose
worker's lock is gone is free. One that was taken for dead cannot store what it has: the number on the file is another one.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator

import psycopg

from youju.index.base.records import ENDED
from youju.index.postgres.database import Database
from youju.index.postgres.pool import Connection
from youju.index.postgres.schema import lock_key

MOST = 32  # files taken at once
SHARES = 2  # of what waits, for each worker: the last ones are taken one by one, so that all end together
CHANNEL = "youju_jobs"  # on which is told that something was queued
WORKER, STAYING, TAKING = lock_key("worker"), lock_key("worker that stays"), lock_key("taking files")
# Numbers of the advisory locks that are held in this database.
HELD = """SELECT (l.classid::bigint << 32) | l.objid::bigint FROM pg_locks l JOIN pg_database b ON b.oid = l.database
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND b.datname = current_database()"""
IS_FREE = f"""f.state <> ALL(%(ended)s) AND (f.worker IS NULL OR f.worker NOT IN ({HELD}))"""
OLDEST = f"""SELECT f.job_id, count(*) FROM job_files f JOIN jobs j ON j.id = f.job_id
    WHERE j.finished_at IS NULL AND {IS_FREE} GROUP BY f.job_id, j.created_at ORDER BY j.created_at, f.job_id LIMIT 1"""
WAITING = f"""SELECT 1 FROM job_files f JOIN jobs j ON j.id = f.job_id
    WHERE j.finished_at IS NULL AND ({IS_FREE} OR f.state <> ALL(%(ended)s) AND f.worker = %(me)s::bigint)"""
TAKE = f"""UPDATE job_files t SET worker = %(me)s FROM (SELECT f.job_id, f.ordinal FROM job_files f
    WHERE f.job_id = %(job)s AND {IS_FREE} ORDER BY f.ordinal LIMIT %(most)s) c
    WHERE t.job_id = c.job_id AND t.ordinal = c.ordinal RETURNING t.ordinal"""
# Every file of them has ended, and whoever was at the last one died before it could say so.
LEFT = """SELECT j.id FROM jobs j WHERE j.finished_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM job_files f WHERE f.job_id = j.id AND f.state <> ALL(%(ended)s)) LIMIT 1"""
BOUND = {"ended": list(ENDED)}


class Claims:
    """The files that this program is at. Safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._connection: Connection | None = None
        self._stays = False
        self.me: int | None = None
        """This worker's number; None where it was never at work."""

    @contextlib.contextmanager
    def at_work(self, stays: bool) -> Iterator[None]:
        self._stays = stays
        try:
            yield
        finally:
            with self._guard:
                self._let_go()

    def is_attended(self) -> bool:
        return self.lives(STAYING)

    def lives(self, worker: int) -> bool:
        return bool(self._database.value(f"SELECT EXISTS (SELECT 1 FROM ({HELD}) l (number) WHERE number = %s)", (worker,)))

    def has_free(self) -> bool:
        """Whether there are files that no other worker is at, or a job that only has to be finished. Not on a replica."""
        return bool(
            self._database.value(
                f"SELECT NOT pg_is_in_recovery() AND (EXISTS ({WAITING}) OR EXISTS ({LEFT}))", BOUND | {"me": self.me}
            )
        )

    def take(self) -> tuple[str, list[int]] | None:
        """A job and the files of it that are from now on this worker's; without files one that only has to be finished."""
        with self._guard:
            me = self._alive()
        with self._database.transaction(changes_index=False) as connection:
            # One at a time. Who took files before this had its lock before, so that it is seen here.
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (TAKING,))
            oldest = connection.execute(OLDEST.encode(), BOUND).fetchall()
            if not oldest:
                left = connection.execute(LEFT.encode(), BOUND).fetchall()
                return (str(left[0][0]), []) if left else None
            job, count = oldest[0]
            counted = f"SELECT count(*) FROM ({HELD}) l (number) WHERE number = %s"
            workers = max(1, int(self._database.value(counted, (WORKER,))))
            most = min(MOST, max(1, int(count) // (SHARES * workers)))
            taken = connection.execute(TAKE.encode(), BOUND | {"me": me, "job": job, "most": most}).fetchall()
            return str(job), sorted(ordinal for (ordinal,) in taken)

    def wait(self, seconds: float) -> None:
        with self._guard:
            self._alive()
            assert self._connection is not None
            with contextlib.suppress(psycopg.Error):  # who takes files next is told
                list(self._connection.notifies(timeout=seconds, stop_after=1))

    def _alive(self) -> int:
        """This worker's number. With a connection that was lost the number is lost too, and the files that bear it."""
        with contextlib.suppress(psycopg.Error):
            if self._connection is not None and self.me is not None:
                self._connection.execute("SELECT 1")
                return self.me
        self._let_go()
        connection = self._database.connect()
        self._connection, self.me = connection, secrets.randbits(62)
        connection.execute("SELECT pg_advisory_lock(%s), pg_advisory_lock_shared(%s)", (self.me, WORKER))
        if self._stays:
            connection.execute("SELECT pg_advisory_lock_shared(%s)", (STAYING,))
        connection.execute(f"LISTEN {CHANNEL}".encode())
        return self.me

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):  # told before it goes: a server ends closed connections by and by
                self._connection.execute("SELECT pg_advisory_unlock_all()")
            self._connection.close()
            self._connection = None
