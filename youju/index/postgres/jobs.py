"""Uploads that wait to be ingested: jobs and their bytes in the database; any node takes them in and any carries them out.

Workers take files, not jobs (`claims.py`); a document and the end of its file are committed together.
"""

from __future__ import annotations

import contextlib
import copy
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

from youju.errors import UnknownJob
from youju.files import disk_errors
from youju.index.base.records import ENDED, FileState, Job, JobFile, TakenOver
from youju.index.base.uploads import KEPT_JOBS, after, now, path_of
from youju.index.postgres.claims import CHANNEL, Claims
from youju.index.postgres.database import Database
from youju.index.postgres.pool import Connection
from youju.index.postgres.schema import lock_key

PART = 4 << 20  # bytes of an upload in one row
ABANDONED = 86_400  # seconds after which a folder without a job belongs to an upload that was broken off
COLUMNS = "id, collection, created_at, finished_at"
PARTLY = ".partly"  # what is just being fetched


class Jobs:
    """The jobs of a database. Safe to use from several threads, programs and machines."""

    def __init__(self, database: Database, spool: Path) -> None:
        """
        Args:
            spool: folder of this machine for the bytes of a job while it is taken in or carried out.
        """
        self._database = database
        self._spool = spool
        self._allowed: tuple[str, ...] | None = None
        self._claims = Claims(database)

    def limited_to(self, allowed: tuple[str, ...] | None) -> Jobs:
        limited = copy.copy(self)
        limited._allowed = allowed
        return limited

    def new_folder(self) -> Path:
        folder = self._spool / uuid.uuid4().hex
        with disk_errors(folder):
            folder.mkdir(parents=True)
        return folder

    def receiving(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()  # the bytes are in the database as soon as there is a job

    def submit(self, folder: Path, collection: str, names: Sequence[str]) -> Job:
        paths = [path_of(folder, ordinal, name) for ordinal, name in enumerate(names)]
        with self._database.transaction(changes_index=False) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (lock_key("jobs"),))  # they have one order
            latest = self._database.value("SELECT max(created_at) FROM jobs")
            connection.execute("INSERT INTO jobs VALUES (%s, %s, %s, NULL)", (folder.name, collection, after(latest)))
            for ordinal, (name, path) in enumerate(zip(names, paths, strict=True)):
                with disk_errors(path):
                    size = path.stat().st_size
                connection.execute(
                    "INSERT INTO job_files VALUES (%s, %s, %s, %s, 'queued', '', NULL, 0)", (folder.name, ordinal, name, size)
                )
                _store_bytes(connection, folder.name, ordinal, path)
            connection.execute(f"NOTIFY {CHANNEL}".encode())  # told once it is committed
        shutil.rmtree(folder, ignore_errors=True)
        return self.get(folder.name)

    def take(self, job: Job, folder: Path | None) -> None:
        with self._database.transaction(changes_index=False) as connection:
            row = (job.id, job.collection, job.created_at, job.finished_at)
            connection.execute("INSERT INTO jobs VALUES (%s, %s, %s, %s)", row)
            for file in job.files:
                insert = "INSERT INTO job_files VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
                connection.execute(insert, (job.id, *astuple(file)))
                if folder is not None:
                    _store_bytes(connection, job.id, file.ordinal, path_of(folder, file.ordinal, file.name))

    def get(self, job_id: str) -> Job:
        rows = self._rows(f"SELECT {COLUMNS} FROM jobs WHERE id = %(id)s AND {self._shown}", id=job_id)
        if not rows:
            raise UnknownJob(f"there is no job {job_id!r}.", "`GET /jobs` lists them.")
        return self._job(rows[0])

    def latest(self, limit: int = 100) -> list[Job]:
        newest = f"SELECT {COLUMNS} FROM jobs WHERE {self._shown} ORDER BY created_at DESC, id LIMIT %(limit)s"
        return [self._job(row) for row in self._rows(newest, limit=limit)]

    def counts(self) -> dict[str, int]:
        begun = "EXISTS (SELECT 1 FROM job_files WHERE job_id = id AND state <> 'queued')"
        waiting = self._rows(f"SELECT {begun} FROM jobs WHERE finished_at IS NULL")
        failed = self._database.value(
            "SELECT count(DISTINCT f.job_id) FROM job_files f JOIN jobs j ON j.id = f.job_id "
            "WHERE f.state = 'failed' AND j.finished_at IS NOT NULL"
        )
        running = sum(has_begun for (has_begun,) in waiting)
        return {"queued": len(waiting) - running, "running": running, "failed": int(failed)}

    def at_work(self, stays: bool = False) -> contextlib.AbstractContextManager[None]:
        return self._claims.at_work(stays)

    def is_attended(self) -> bool:
        return self._claims.is_attended()

    def next(self) -> Job | None:
        taken = self._claims.take()
        if taken is None:
            return None
        job = self.get(taken[0])
        return replace(job, files=tuple(file for file in job.files if file.ordinal in taken[1]))

    def has_work(self) -> bool:
        return self._claims.has_free()

    def wait(self, seconds: float) -> None:
        self._claims.wait(seconds)

    @contextlib.contextmanager
    def storing(self, job: Job, ordinal: int, path_key: str) -> Iterator[None]:
        with self._database.transaction(changes_index=False) as connection:
            here = "SELECT worker FROM job_files WHERE job_id = %s AND ordinal = %s AND state <> ALL(%s) FOR UPDATE"
            found = connection.execute(here, (job.id, ordinal, list(ENDED))).fetchone()
            if found is None or found[0] != self._claims.me:
                raise TakenOver("another worker has taken this file.", "Leave it to that one.")
            yield
            connection.execute(
                "UPDATE job_files f SET state = 'done', document_id = d.id, chunks = d.chunks "
                "FROM locations l JOIN documents d ON d.id = l.document_id WHERE l.collection = %s AND l.source = %s "
                "AND f.job_id = %s AND f.ordinal = %s",
                (job.collection, path_key, job.id, ordinal),
            )

    def update(
        self, job: Job, ordinal: int, state: FileState, reason: str = "", document_id: str | None = None, chunks: int = 0
    ) -> None:
        with self._database.transaction(changes_index=False) as connection:
            connection.execute(
                "UPDATE job_files SET (state, reason, document_id, chunks) = (%s, %s, %s, %s) "
                "WHERE job_id = %s AND ordinal = %s AND coalesce(worker, %s) = %s",
                (state, reason.replace("\0", ""), document_id, chunks, job.id, ordinal, self._me, self._me),
            )

    def finish(self, job: Job) -> None:
        with self._database.transaction(changes_index=False) as connection:
            connection.execute("SELECT 1 FROM jobs WHERE id = %s FOR UPDATE", (job.id,))  # of two, one sees what the other did
            last = "UPDATE jobs SET finished_at = %s WHERE id = %s AND finished_at IS NULL AND NOT EXISTS "
            waiting = "(SELECT 1 FROM job_files WHERE job_id = %s AND state <> ALL(%s))"
            if connection.execute((last + waiting).encode(), (now(), job.id, job.id, list(ENDED))).rowcount:
                self._forget(connection, job.id)
        shutil.rmtree(self.folder_of(job), ignore_errors=True)

    @staticmethod
    def _forget(connection: Connection, job_id: str) -> None:
        connection.execute("DELETE FROM upload_parts WHERE job_id = %s", (job_id,))
        old = "SELECT id FROM jobs WHERE finished_at IS NOT NULL ORDER BY created_at DESC, id OFFSET %s"
        gone = [job_id for (job_id,) in connection.execute(old, (KEPT_JOBS,)).fetchall()]
        connection.execute("DELETE FROM job_files WHERE job_id = ANY(%s)", (gone,))
        connection.execute("DELETE FROM jobs WHERE id = ANY(%s)", (gone,))

    def folder(self, job: Job) -> Path:
        """The bytes are fetched when they are first asked for."""
        folder = self.folder_of(job)
        with disk_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            for file in job.files:
                path = path_of(folder, file.ordinal, file.name)
                if not path.exists():
                    with (folder / PARTLY).open("wb") as target:
                        for data in self._data(job, file.ordinal):
                            target.write(data)
                    (folder / PARTLY).rename(path)
        return folder

    def folder_of(self, job: Job) -> Path:
        """Of each worker its own: several may be at files of one job, on one machine."""
        return self._spool / (job.id if self._claims.me is None else f"{job.id}.{self._claims.me}")

    @property
    def _me(self) -> int:
        return self._claims.me or 0

    def remove_leftovers(self) -> None:
        for leftover in self.leftovers():
            shutil.rmtree(leftover, ignore_errors=True)

    def leftovers(self) -> list[Path]:
        """Of this machine; the database has none. A folder without a job may be an upload on its way and stays for a day."""
        waiting = {job_id for (job_id,) in self._database.rows("SELECT id FROM jobs WHERE finished_at IS NULL")}
        known = {job_id for (job_id,) in self._database.rows("SELECT id FROM jobs")}
        old = time.time() - ABANDONED

        def is_needed(path: Path) -> bool:
            job_id, _, worker = path.name.partition(".")
            if job_id not in known:
                return path.stat().st_mtime > old
            return job_id in waiting and (not worker or self._claims.lives(int(worker)))

        return [path for path in sorted(self._spool.glob("*")) if not is_needed(path)]

    def _data(self, job: Job, ordinal: int) -> Iterator[bytes]:
        parts = "SELECT part FROM upload_parts WHERE job_id = %(id)s AND ordinal = %(ordinal)s ORDER BY part"
        one = "SELECT data FROM upload_parts WHERE job_id = %(id)s AND ordinal = %(ordinal)s AND part = %(part)s"
        for (part,) in self._rows(parts, id=job.id, ordinal=ordinal):
            yield bytes(self._rows(one, id=job.id, ordinal=ordinal, part=part)[0][0])

    def _job(self, row: Sequence[Any]) -> Job:
        columns = "ordinal, name, size, state, reason, document_id, chunks"
        files = self._rows(f"SELECT {columns} FROM job_files WHERE job_id = %(id)s ORDER BY ordinal", id=row[0])
        job_id, collection, created_at, finished_at = row
        return Job(job_id, collection, created_at, finished_at, tuple(JobFile(*file) for file in files))

    @property
    def _shown(self) -> str:
        return "TRUE" if self._allowed is None else "collection = ANY(%(allowed)s)"

    def _rows(self, sql: str, **bindings: Any) -> list[tuple[Any, ...]]:
        return self._database.rows(sql, bindings | {"allowed": list(self._allowed or ())})


def _store_bytes(connection: Connection, job_id: str, ordinal: int, path: Path) -> None:
    for part, data in enumerate(_parts(path)):
        connection.execute("INSERT INTO upload_parts VALUES (%s, %s, %s, %s)", (job_id, ordinal, part, data), binary=True)


def _parts(path: Path) -> Iterator[bytes]:
    with disk_errors(path), path.open("rb") as file:
        while data := file.read(PART):
            yield data
