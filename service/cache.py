"""Answers kept in memory: the same question, index and settings give the same verified answer at once.

An answer is kept for the state of the index in which it was made. Every commit to the index, also one of another process,
makes a new state, and with it all that was kept goes. Two equal questions at the same time are both worked out: letting one
wait for the other would hold back its passages and tie it to a reader who may be slow or leave.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Hashable
from dataclasses import dataclass, replace

from service.answering import Answerer
from service.events import Ask, DraftToken, Event, Finished, final_answer
from service.query.checking import check_question
from service.timing import Clock
from youju.errors import StoreUnusable
from youju.index.protocols import Store
from youju.records import Answer
from youju.settings import Settings
from youju.text.dates import Date, day_asked

StateMark = tuple[str, int, str | None]


@dataclass(frozen=True)
class CachedAnswer:
    """What a stream said, without the draft: the events before the answer, and the answer."""

    events: tuple[Event, ...]
    answer: Answer


class AnswerCache:
    """The answers of one state of the index, at most `most`; those not asked for the longest go first. Safe to use from
    several threads.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.hits = self.misses = 0
        self._state: Hashable = None
        self._kept: OrderedDict[Hashable, CachedAnswer] = OrderedDict()
        self._guard = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, state: Hashable, key: Hashable) -> CachedAnswer | None:
        """What was put under `key` in the same state. In another one all is dropped: what was deleted shall not stay here."""
        with self._guard:
            self._enter(state)
            found = self._kept.get(key)
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
            self._kept.move_to_end(key)
            return found

    def put(self, state: Hashable, key: Hashable, kept: CachedAnswer) -> None:
        with self._guard:
            self._enter(state)
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

    def _enter(self, state: Hashable) -> None:
        if state != self._state:
            self._state = state
            self._kept.clear()


def index_state(store: Store) -> StateMark:
    """A mark that every committed change of the index changes: which index it is, its last change, its embedder.

    Raises:
        StoreUnusable: it cannot be read.
    """
    with store.snapshot():
        return store.identity(), store.sequence(), store.embedder()


def question_key(ask: Ask) -> tuple[Ask, Date | None]:
    """The question with all that shapes its answer, and without what does not; the day that it is about, if it says `today`."""
    question = unicodedata.normalize("NFC", ask.question.strip())
    plain = replace(ask, question=question, deadline_ms=None, asker="", request_id="")
    return plain, day_asked(question)


class CachingAnswerer:
    """An answerer that gives again what it has said before, if nothing has changed since."""

    def __init__(
        self, answerer: Answerer, store: Store, settings: Settings, shaped_by: Hashable, note: Callable[[Ask, Answer], None]
    ) -> None:
        """
        Args:
            shaped_by: what besides the settings shapes answers: the generator, the embedder.
            note: told of each answer before it is given, also of those given again. Must not wait or raise.
        """
        self.uncached = answerer
        self._store = store
        self._longest = settings.max_question_chars
        self._fingerprint = (settings.model_dump_json(), shaped_by)
        self._note = note
        self.cache = AnswerCache(settings.answer_cache)
        self._allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> CachingAnswerer:
        """The same for a caller who may see these collections only; None for all. What is kept is kept for all such callers,
        since a question's key tells what its caller may see."""
        limited = copy.copy(self)
        limited._allowed = allowed
        return limited

    async def answer(self, ask: Ask) -> Answer:
        """The finished answer, without what comes before it. Raises what `stream` raises."""
        return await final_answer(self.stream(ask))

    async def stream(self, ask: Ask) -> AsyncGenerator[Event]:
        """The events of `Answerer.stream`, which tells what is raised; those of a kept answer without the draft."""
        ask = replace(ask, scope=ask.scope.within(self._allowed))
        events = self._kept_or_new(ask) if self.cache.most and _is_greedy(ask) else self.uncached.stream(ask)
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, Finished):
                    self._note(ask, event.answer)
                yield event

    async def _kept_or_new(self, ask: Ask) -> AsyncGenerator[Event]:
        clock = Clock()
        check_question(ask.question, self._longest)
        key = (question_key(ask), self._fingerprint)
        state = await asyncio.to_thread(index_state, self._store)  # before anything is retrieved
        kept = self.cache.get(state, key)
        if kept is not None:
            for event in kept.events:
                yield event
            yield Finished(_given_again(kept.answer, ask, clock))
            return
        said: list[Event] = []
        async with contextlib.aclosing(self.uncached.stream(ask)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    # Here, since whoever has the answer need not come back for more.
                    await self._keep(state, key, CachedAnswer(tuple(said), event.answer))
                elif not isinstance(event, DraftToken):
                    said.append(event)
                yield event

    async def _keep(self, state: StateMark, key: Hashable, kept: CachedAnswer) -> None:
        """Keep it, unless the index has changed meanwhile: then nobody knows which state the answer shows."""
        with contextlib.suppress(StoreUnusable):  # the answer is there all the same
            if await asyncio.to_thread(index_state, self._store) == state:
                self.cache.put(state, key, kept)


def _is_greedy(ask: Ask) -> bool:
    return ask.sampling is None or ask.sampling.temperature == 0


def _given_again(answer: Answer, ask: Ask, clock: Clock) -> Answer:
    usage = answer.usage.model_copy(update={"prompt_tokens": 0, "completion_tokens": 0})
    return answer.model_copy(
        update={"usage": usage, "timings_ms": clock.timings(), "request_id": ask.request_id, "cached": True}
    )
