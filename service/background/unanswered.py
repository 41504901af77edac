"""Notes questions that found no answer, in a thread of its own: an answer neither waits for it nor fails with it."""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait

from service.events import Ask
from youju.index.protocols import UnansweredQuestions
from youju.records import Answer, Form

log = logging.getLogger("youju")
NO_QUESTIONS: frozenset[Form] = frozenset({"social", "instruction", "about"})  # not about what documents hold
MOST_WAITING = 1000  # notes not yet written; beyond it, as when the disk hangs, further ones are dropped
CLOSE_SECONDS = 3.0  # to write what is waiting when the service stops


def collection_asked(ask: Ask) -> str | None:
    """The collection of which it was asked; None where it was more than one. A caller who may see only one asks that one."""
    allowed = ask.scope.allowed
    return ask.scope.collection or (allowed[0] if allowed is not None and len(allowed) == 1 else None)


class UnansweredNotes:
    """Writes to the list of unanswered questions. One thread: a writer that waits for its turn holds up nobody else."""

    def __init__(self, questions: UnansweredQuestions, kept: bool) -> None:
        """`kept`: whether questions are to be kept at all."""
        self._questions = questions
        self._kept = kept
        self._writer = ThreadPoolExecutor(1, "unanswered")
        self._room = threading.Semaphore(MOST_WAITING)

    def note(self, ask: Ask, answer: Answer) -> None:
        """Take note of an answer, if it is none or a part of one. Returns at once; a failure is logged."""
        if not self._kept or answer.verdict == "answered" or answer.form in NO_QUESTIONS:
            return
        if not self._room.acquire(blocking=False):
            return
        places = [one.uri for one in answer.nearest] or [one.uri for one in answer.passages]
        nearest = places[0] if places else None
        question, missing = ask.question.strip(), answer.missing or ""
        try:
            written = self._writer.submit(
                self._questions.add, question, answer.language, collection_asked(ask), missing, nearest
            )
        except RuntimeError:  # closed already: the service stops while an answer is on its way out
            log.warning("an unanswered question was not noted: the service is stopping")
            return
        written.add_done_callback(self._done)

    async def close(self) -> None:
        """Write what is waiting; what another writer holds up for longer is dropped."""
        last = self._writer.submit(lambda: None)
        await asyncio.to_thread(wait, [last], CLOSE_SECONDS)
        await asyncio.to_thread(self._writer.shutdown, cancel_futures=True)

    def _done(self, written: Future[None]) -> None:
        self._room.release()
        if written.cancelled():
            log.warning("an unanswered question was not noted: the index is held by another writer")
        elif (error := written.exception()) is not None:
            log.warning("an unanswered question was not noted: %s", error)
