"""Uploads, questions without an answer, and what was said of answers: what a service keeps beside the documents."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from youju.index.base.records import (
    FileState,
    Job,
    Judgement,
    Unanswered,
)
from youju.records import Language


class Jobs(Protocol):
    """The uploads that wait to be ingested, and what became of them. Safe to use from several threads and processes."""

    def limited_to(self, allowed: tuple[str, ...] | None) -> Jobs:
        """The same for a caller who may see the jobs of these collections only; None for all."""

    def new_folder(self) -> Path:
        """A folder for the bytes of a job to be; its name becomes the job's id. Made, filled and submitted within `receiving`.

        Raises:
            StorageFull, StoreUnusable: it cannot be made.
        """

    def receiving(self) -> AbstractContextManager[None]:
        """While an upload is taken in, which has a folder and no job yet, no leftovers are removed.

        Raises:
            StorageFull, StoreUnusable: the lock cannot be made.
        """

    def remove_leftovers(self) -> None:
        """Remove what nobody needs, unless an upload is being taken in: then another time."""

    def leftovers(self) -> list[Path]:
        """Folders whose job is finished or was never queued; none as long as an upload is being taken in."""

    def submit(self, folder: Path, collection: str, names: Sequence[str]) -> Job:
        """Queue the files that were written to `path_of(folder, ordinal, name)`.

        Raises:
            StorageFull, StoreUnusable: they, or the job, cannot be written.
        """

    def take(self, job: Job, folder: Path | None) -> None:
        """Keep a job of another index as it was there.

        Args:
            folder: holds the bytes of its files as `path_of` names them; None for one that is finished.

        Raises:
            StorageFull, StoreUnusable: they, or the job, cannot be written.
        """

    def get(self, job_id: str) -> Job:
        """
        Raises:
            UnknownJob: there is none of that id.
        """

    def latest(self, limit: int = 100) -> list[Job]:
        """Jobs, newest first."""

    def counts(self) -> dict[str, int]:
        """How many jobs are queued, running (a file was begun), and how many finished ones have a file that failed."""

    def at_work(self, stays: bool = False) -> AbstractContextManager[None]:
        """While a worker is at work. What it has taken and not brought to its end is free afterwards.

        Args:
            stays: it waits for what comes, so that services need none of their own.

        Raises:
            AnotherWorks: there is one already, and the engine takes one at a time.
        """

    def is_attended(self) -> bool:
        """Whether a worker that stays is known to be at work."""

    def next(self) -> Job | None:
        """Files of the oldest job that wait and that no worker is at, as a job of these alone; from now on this one is. With no
        file it is a job of which all were carried out, and that only has to be finished."""

    def has_work(self) -> bool:
        """Whether there is a job to carry out that nobody has begun elsewhere."""

    def wait(self, seconds: float) -> None:
        """Until something is queued, or so long."""

    def storing(self, job: Job, ordinal: int, path_key: str) -> AbstractContextManager[None]:
        """The document that is stored inside, at `path_key`, and the file's state `done` are committed together, where the
        engine takes several workers: so it is stored by one of them, once.

        Raises:
            TakenOver: another worker has taken the file; nothing was stored.
        """

    def update(
        self, job: Job, ordinal: int, state: FileState, reason: str = "", document_id: str | None = None, chunks: int = 0
    ) -> None:
        """Note what became of a file, unless another worker has taken it."""

    def finish(self, job: Job) -> None:
        """Note the end of what `next` gave. With the last file of a job remove its bytes; forget those that ended long ago."""

    def folder(self, job: Job) -> Path:
        """Where the bytes of a job's files lie on this machine."""


class UnansweredQuestions(Protocol):
    """Questions that found no answer, counted. Safe to use from several threads and processes.

    Every method raises `StoreUnusable` when the index cannot be read or written.
    """

    def limited_to(self, allowed: tuple[str, ...] | None) -> UnansweredQuestions:
        """The same for a caller who may see these collections only: what was asked of all is not among it. None for all."""

    def add(self, question: str, language: Language, collection: str | None, missing: str, nearest: str | None) -> None:
        """Count a question; what was noted at its last asking is replaced."""

    def take(self, one: Unanswered) -> None:
        """Keep a question of another index as it was there, in place of the same one here."""

    def most_asked(self, collection: str | None = None, offset: int = 0, limit: int = ...) -> list[Unanswered]:
        """Most asked first, of these the latest first; of one collection, or all."""

    def count(self, collection: str | None = None) -> int: ...

    def clear(self, collection: str | None = None) -> int:
        """Delete the questions of one collection, or all; returns how many there were."""


class Feedback(Protocol):
    """What people said of answers, one judgement for each question. Safe to use from several threads and processes.

    Every method raises `StoreUnusable` when the index cannot be read or written.
    """

    def limited_to(self, allowed: tuple[str, ...] | None) -> Feedback:
        """The same for a caller who may see these collections only: what was asked of all is not among it. None for all."""

    def add(self, one: Judgement) -> None:
        """Keep a judgement in place of the one that the same question had."""

    def latest(self, collection: str | None = None, offset: int = 0, limit: int = ...) -> list[Judgement]:
        """The latest first; of one collection, or all."""

    def count(self, collection: str | None = None) -> int: ...

    def clear(self, collection: str | None = None) -> int:
        """Delete those of one collection, or all; returns how many there were."""
