"""Carries out the jobs of the store, one after the other: `python -m ingest.worker`, or `youju worker`.

The service starts the first when something is uploaded and wakes it with a line on its standard input. It ends when that
closes, or when it had nothing to do for a while, so that its embedder does not stay in memory. The second stays until it is
stopped; of those any number share the jobs of an index in PostgreSQL, file by file.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

from ingest.pipeline import IngestProgress, Pipeline, make_sandbox
from ingest.plan import Item, Plan, distinct_uri, find_known_content
from ingest.sandbox import Sandbox
from youju import logs
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.errors import EmbedderMismatch, StoreUnusable, YoujuError
from youju.index.base.records import ENDED, AnotherWorks, Job, Source, TakenOver
from youju.index.base.uploads import ANOTHER_WORKS, path_of
from youju.index.opening import index_of, open_index
from youju.index.protocols import Jobs, Store
from youju.settings import Settings, load_settings

log = logging.getLogger("youju.worker")
IDLE_SECONDS = 60.0
LOOK_EVERY = 5.0  # seconds after which one that stays looks for files of workers that died
UPLOAD = "upload:"  # before the name of an upload, where other sources are paths


def work(
    settings: Settings, store: Store, embedder: Callable[[], Embedder], wait: Callable[[], bool], stays: bool = False
) -> None:
    """Do what is queued; then `wait`, which says whether to look again.

    Args:
        stays: it will go on to wait.

    Raises:
        AnotherWorks: another worker is at it, and the engine takes one at a time.
        EmbedderMismatch: the index holds vectors of another embedder; what is queued stays queued.
        StoreUnusable: the server is away; what is queued stays queued.
    """
    jobs = index_of(store, settings).jobs
    with jobs.at_work(stays), make_sandbox(settings) as sandbox:  # its child is kept: to start one takes a second
        jobs.remove_leftovers()
        while True:
            while (job := jobs.next()) is not None:
                _carry_out(job, jobs, settings, store, embedder, sandbox)
            if not wait():
                return


def stay(settings: Settings, store: Store, embedder: Callable[[], Embedder]) -> None:
    """Do what is queued, and what will be, also where the server is away for a while.

    Raises:
        AnotherWorks, EmbedderMismatch: as `work`.
    """
    jobs = index_of(store, settings).jobs

    def wait() -> bool:
        jobs.wait(LOOK_EVERY)
        return True

    while True:
        try:
            work(settings, store, embedder, wait, stays=True)
        except StoreUnusable as error:
            if error.retry_after is None:
                raise
            logs.event(log, logging.WARNING, "server away", error=str(error))
            time.sleep(error.retry_after)


def _carry_out(
    job: Job, jobs: Jobs, settings: Settings, store: Store, embedder: Callable[[], Embedder], sandbox: Sandbox
) -> None:
    items, began = {}, time.monotonic()
    plan = Plan(job.collection)
    known = {location.path_key: location for location in store.locations(job.collection)}
    shown = {location.uri: location.path_key for location in known.values()}
    for ordinal, item in _items(job, jobs, shown):
        place = known.get(item.source.path_key)
        unchanged = place is not None and (place.digest, place.suffix) == (item.source.digest, item.source.suffix)
        plan.items.append(Item(item.path, item.source, "unchanged") if unchanged else item)
        items[item.path] = ordinal
    find_known_content(plan, known)

    def storing(item: Item) -> AbstractContextManager[None]:
        return jobs.storing(job, items[item.path], item.source.path_key)

    def watch(progress: IngestProgress) -> None:
        number = items[progress.item.path]
        if progress.state == "embedding":
            jobs.update(job, number, "embedding", chunks=progress.chunks)
        elif progress.state == "failed":
            jobs.update(job, number, "failed", progress.reason)
        else:
            _note_done(job, number, progress, jobs, store)

    try:
        Pipeline(settings, store, embedder, watch, storing, sandbox).run(plan)
    except TakenOver as error:  # the server held this worker for dead
        logs.event(log, logging.WARNING, "files taken over", job=job.id, error=str(error))
        return
    except EmbedderMismatch as error:  # the index was embedded again: a worker with the right model carries the job out
        for left in _left(job, jobs):
            jobs.update(job, left, "queued", str(error))
        raise
    except YoujuError as error:  # not of one file: the embedder is missing, the index is of another one
        if isinstance(error, StoreUnusable) and error.retry_after is not None:
            raise  # it will be back
        for left in _left(job, jobs):
            jobs.update(job, left, "failed", str(error))
        logs.event(log, logging.ERROR, "job stopped", job=job.id, problem=error.problem, error=str(error))
    jobs.finish(job)
    _log_end(job, jobs, time.monotonic() - began)


def _left(job: Job, jobs: Jobs) -> list[int]:
    """Those of the files taken that have not come to their end."""
    taken = {file.ordinal for file in job.files}
    return [file.ordinal for file in jobs.get(job.id).files if file.ordinal in taken and file.state not in ENDED]


def _note_done(job: Job, ordinal: int, progress: IngestProgress, jobs: Jobs, store: Store) -> None:
    source = progress.item.source
    with store.snapshot():
        place = store.location(source.collection, source.path_key)
        document = None if place is None else store.document(place.document_id)
    if document is None:
        jobs.update(job, ordinal, "failed", "it was deleted while it was taken in")
    else:
        jobs.update(job, ordinal, "done", progress.reason, document.id, document.chunks)


def _log_end(job: Job, jobs: Jobs, seconds: float) -> None:
    """Without names: `GET /jobs/{id}` has them. Counted are the files that were taken."""
    taken = {file.ordinal for file in job.files}
    files = [file for file in jobs.get(job.id).files if file.ordinal in taken]
    failed = sum(file.state == "failed" for file in files)
    level = logging.WARNING if failed else logging.INFO
    chunks = sum(file.chunks for file in files)
    logs.event(
        log, level, "files carried out", job=job.id, files=len(files), failed=failed, chunks=chunks, seconds=round(seconds, 1)
    )


def _items(job: Job, jobs: Jobs, shown: dict[str, str]) -> Iterator[tuple[int, Item]]:
    for file in job.files:
        path = path_of(jobs.folder(job), file.ordinal, file.name)
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            jobs.update(job, file.ordinal, "failed", f"its bytes are gone ({error.strerror})")
            continue
        path_key = UPLOAD + file.name
        source = Source(job.collection, path_key, distinct_uri(file.name, path_key, shown), digest, file.size, -1)
        yield file.ordinal, Item(path, source, "new")


def main() -> None:
    try:
        settings = load_settings()
        logs.configure(settings)
        _run(settings)
    except (YoujuError, OSError) as error:  # the jobs stay queued
        sys.exit(f"the ingest worker stopped: {error}")


def _run(settings: Settings) -> None:
    store = open_index(settings).store
    embedder = functools.cache(functools.partial(make_embedder, settings))

    def wait() -> bool:
        readable, _, _ = select.select([sys.stdin], [], [], IDLE_SECONDS)
        return bool(readable) and os.read(sys.stdin.fileno(), 4096) != b""

    try:
        work(settings, store, embedder, wait)
    except AnotherWorks:
        sys.exit(ANOTHER_WORKS)
    except EmbedderMismatch as error:
        sys.exit(f"ingest worker: {error}")
    finally:
        store.close()


if __name__ == "__main__":
    main()
