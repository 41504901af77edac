"""The process that the service starts for uploads, beside others of its kind."""

from __future__ import annotations

import time
from collections.abc import Callable

import filelock
import psutil

from service.background.worker import MAX_RESTARTS, ProcessWorker
from youju.index.base.records import Job
from youju.index.base.uploads import path_of
from youju.index.sqlite.jobs import Jobs
from youju.index.sqlite.store import Store
from youju.settings import Settings

SECONDS = 60.0


def wait_for(holds: Callable[[], bool]) -> None:
    """Other processes tell nobody of what they do."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def queued(jobs: Jobs) -> Job:
    """A job whose only file is gone, so that it takes no model to end it."""
    folder = jobs.new_folder()
    path_of(folder, 0, "a.txt").write_text("x")
    job = jobs.submit(folder, "default", ["a.txt"])
    path_of(folder, 0, "a.txt").unlink()
    return job


def test_a_worker_that_finds_another_one_at_work_looks_again(settings: Settings, store: Store) -> None:
    jobs = Jobs(store.database, settings.spool_dir)
    job = queued(jobs)
    seen: set[int] = set()
    worker = ProcessWorker(settings, jobs, patience=0.01)

    def has_come_again() -> bool:
        seen.update(child.pid for child in psutil.Process().children())
        return len(seen) > MAX_RESTARTS + 1

    try:
        with filelock.FileLock(settings.data_dir / "worker.lock"):
            worker.wake()
            wait_for(has_come_again)
            assert worker.trouble() is None
            assert not jobs.get(job.id).finished_at
        wait_for(lambda: jobs.get(job.id).finished_at is not None)
        assert worker.trouble() is None
    finally:
        worker.close()


def test_a_worker_that_cannot_work_is_given_up_and_says_so(settings: Settings, store: Store) -> None:
    jobs = Jobs(store.database, settings.spool_dir)
    job = queued(jobs)
    worker = ProcessWorker(settings.model_copy(update={"embedding_batch": -1}), jobs)  # refused as it starts
    try:
        worker.wake()
        wait_for(lambda: worker.trouble() is not None)
        assert "again and again" in str(worker.trouble())
        assert not jobs.get(job.id).finished_at
    finally:
        worker.close()
