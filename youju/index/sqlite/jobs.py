"""Uploads that wait to be ingested: jobs in the store, bytes in a spool folder beside it.

The service writes them, the ingest worker carries them out; a job survives the end of either. A job's bytes are on disk before
its row, and its row says finished before they are removed, so a kill leaves at most bytes that nobody needs.
"""

from __future__ import annotations

import contextlib
import copy
import fcntl
import json
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import filelock

from youju.errors import UnknownJob
from youju.files import disk_errors, sync
from youju.index.base.records import ENDED, AnotherWorks, FileState, Job, JobFile
from youju.index.base.uploads import KEPT_JOBS, after, now, path_of
from youju.index.sqlite.database import Database

LOOK_SECONDS = 0.5
VISIBLE_JOBS = "(:allowed IS NULL OR collection IN (SELECT value FROM json_each(:allowed)))"


class Jobs:
    """The jobs of a store. Safe to use from several threads and processes; one worker at a time carries them out."""

    def __init__(self, database: Database, spool: Path) -> None:
        self._database = database
        self._spool = spool
        self._allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> Jobs:
        """The same for a caller who may see the jobs of these collections only; None for all."""
        limited = copy.copy(self)
        limited._allowed = allowed
        return limited

    def new_folder(self) -> Path:
        """A folder for the bytes of a job to be; its name becomes the job's id. Made, filled and submitted within `receiving`.

        Raises:
            StorageFull, StoreUnusable: it cannot be made.
        """
        folder = self._spool / uuid.uuid4().hex
        with disk_errors(folder):
            folder.mkdir(parents=True)
        return folder

    @contextlib.contextmanager
    def receiving(self) -> Iterator[None]:
        """While an upload is taken in, which has a folder and no job yet, no leftovers are removed.

        Raises:
            StorageFull, StoreUnusable: the lock cannot be made.
        """
        with disk_errors(self._spool), self._locked(fcntl.LOCK_SH):
            yield

    def remove_leftovers(self) -> None:
        """Remove what nobody needs, unless an upload is being taken in: then another time."""
        with contextlib.suppress(BlockingIOError), self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
            for leftover in self._leftovers():
                shutil.rmtree(leftover, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self, operation: int) -> Iterator[None]:
        """A lock that the system lets go of when its holder dies. A clock may jump, so that age tells nothing."""
        self._spool.parent.mkdir(parents=True, exist_ok=True)
        with self._spool.with_name("uploads.lock").open("ab") as file:
            fcntl.flock(file, operation)
            yield

    def submit(self, folder: Path, collection: str, names: Sequence[str]) -> Job:
        """Queue the files that were written to `path_of(folder, ordinal, name)`.

        Raises:
            StorageFull, StoreUnusable: they, or the job, cannot be written.
        """
        sizes = []
        with disk_errors(folder):
            for ordinal, name in enumerate(names):
                path = path_of(folder, ordinal, name)
                sync(path)
                sizes.append(path.stat().st_size)
            sync(folder)
        with self._database.transaction(changes_index=False) as (connection, _):
            latest = self._database.value("SELECT max(created_at) FROM jobs")
            connection.execute("INSERT INTO jobs VALUES (?, ?, ?, NULL)", (folder.name, collection, after(latest)))
            connection.executemany(
                "INSERT INTO job_files VALUES (?, ?, ?, ?, 'queued', '', NULL, 0)",
                [(folder.name, n, name, size) for n, (name, size) in enumerate(zip(names, sizes, strict=True))],
            )
        return self.get(folder.name)

    def take(self, job: Job, folder: Path | None) -> None:
        """Keep a job of another index as it was there."""
        if folder is not None:
            with disk_errors(self._spool):
                shutil.copytree(folder, self._spool / job.id)
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute(
                "INSERT INTO jobs VALUES (?, ?, ?, ?)", (job.id, job.collection, job.created_at, job.finished_at)
            )
            rows = [(job.id, *astuple(file)) for file in job.files]
            connection.executemany("INSERT INTO job_files VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def get(self, job_id: str) -> Job:
        """
        Raises:
            UnknownJob: there is none of that id.
        """
        rows = self._database.rows(
            "SELECT id, collection, created_at, finished_at FROM jobs WHERE id = :id AND " + VISIBLE_JOBS,
            self._limit(id=job_id),
        )
        for name, collection, created_at, finished_at in rows:
            columns = "ordinal, name, size, state, reason, document_id, chunks"
            files = self._database.rows(f"SELECT {columns} FROM job_files WHERE job_id = ? ORDER BY ordinal", (job_id,))
            return Job(name, collection, created_at, finished_at, tuple(JobFile(*file) for file in files))
        raise UnknownJob(f"there is no job {job_id!r}.", "`GET /jobs` lists them.")

    def latest(self, limit: int = 100) -> list[Job]:
        """Jobs, newest first."""
        rows = self._database.rows(
            f"SELECT id FROM jobs WHERE {VISIBLE_JOBS} ORDER BY created_at DESC, id LIMIT :limit", self._limit(limit=limit)
        )
        return [self.get(job_id) for (job_id,) in rows]

    def counts(self) -> dict[str, int]:
        """How many jobs are queued, running (a file was begun), and how many finished ones have a file that failed."""
        begun = "EXISTS (SELECT 1 FROM job_files WHERE job_id = id AND state <> 'queued')"
        waiting = self._database.rows(f"SELECT {begun} FROM jobs WHERE finished_at IS NULL")
        failed = self._database.value(
            "SELECT count(DISTINCT job_id) FROM job_files f WHERE state = 'failed' "
            "AND (SELECT finished_at FROM jobs WHERE id = f.job_id) IS NOT NULL"
        )
        running = sum(has_begun for (has_begun,) in waiting)
        return {"queued": len(waiting) - running, "running": running, "failed": int(failed)}

    @contextlib.contextmanager
    def at_work(self, stays: bool = False) -> Iterator[None]:
        lock = filelock.FileLock(self._spool.with_name("worker.lock"), blocking=False)
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(lock)
            except filelock.Timeout:
                what = f"another worker is at work on {self._database.path.parent}, and SQLite takes one at a time."
                raise AnotherWorks(what, "Leave it at work, or stop the service that has started it.") from None
            yield

    def is_attended(self) -> bool:
        return False  # nobody tells a worker that stays from one that ends when idle

    def next(self) -> Job | None:
        rows = self._database.rows("SELECT id FROM jobs WHERE finished_at IS NULL ORDER BY created_at, id LIMIT 1")
        if not rows:
            return None
        job = self.get(rows[0][0])
        return replace(job, files=tuple(file for file in job.files if file.state not in ENDED))

    def has_work(self) -> bool:
        return bool(self._database.value("SELECT EXISTS (SELECT 1 FROM jobs WHERE finished_at IS NULL)"))

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.has_work() and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)  # SQLite tells nobody of a change

    @contextlib.contextmanager
    def storing(self, job: Job, ordinal: int, path_key: str) -> Iterator[None]:
        yield  # one worker at a time: a file that it stored and did not note is found unchanged by the next one

    def waiting(self) -> list[Job]:
        """The jobs that are not finished, oldest first."""
        rows = self._database.rows("SELECT id FROM jobs WHERE finished_at IS NULL ORDER BY created_at, id")
        return [self.get(job_id) for (job_id,) in rows]

    def ids(self) -> list[str]:
        return [job_id for (job_id,) in self._database.rows(f"SELECT id FROM jobs WHERE {VISIBLE_JOBS}", self._limit())]

    def update(
        self, job: Job, ordinal: int, state: FileState, reason: str = "", document_id: str | None = None, chunks: int = 0
    ) -> None:
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute(
                "UPDATE job_files SET state = ?, reason = ?, document_id = ?, chunks = ? WHERE job_id = ? AND ordinal = ?",
                (state, reason, document_id, chunks, job.id, ordinal),
            )

    def finish(self, job: Job) -> None:
        """Note the end of a job and remove its bytes; of those that ended long ago forget the records too."""
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute("UPDATE jobs SET finished_at = ? WHERE id = ?", (now(), job.id))
            old = "SELECT id FROM jobs WHERE finished_at IS NOT NULL ORDER BY created_at DESC, id LIMIT -1 OFFSET ?"
            gone = connection.execute(old, (KEPT_JOBS,)).fetchall()
            connection.executemany("DELETE FROM job_files WHERE job_id = ?", gone)
            connection.executemany("DELETE FROM jobs WHERE id = ?", gone)
        shutil.rmtree(self.folder(job), ignore_errors=True)

    def folder(self, job: Job) -> Path:
        return self._spool / job.id

    def _limit(self, **bindings: Any) -> dict[str, Any]:
        """Bindings with what `VISIBLE_JOBS` takes."""
        return bindings | {"allowed": None if self._allowed is None else json.dumps(self._allowed)}

    def leftovers(self) -> list[Path]:
        """Folders whose job is finished or was never queued; none as long as an upload is being taken in."""
        if not self._spool.exists():
            return []
        try:
            with self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB):
                return self._leftovers()
        except OSError:  # somebody holds the lock, or nothing can be written here and so nothing is left over
            return []

    def _leftovers(self) -> list[Path]:
        waiting = {job_id for (job_id,) in self._database.rows("SELECT id FROM jobs WHERE finished_at IS NULL")}
        return [path for path in sorted(self._spool.glob("*")) if path.name not in waiting]


def forget_names(connection: Any, document_id: str) -> None:
    """The record of an upload shall not tell of a document that was deleted."""
    connection.execute("UPDATE job_files SET name = '(deleted)', document_id = NULL WHERE document_id = ?", (document_id,))
