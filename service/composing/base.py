"""What composes an answer: what it gets, and what it gives."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from service.admission import Ticket
from service.events import Ask, Trace
from service.generation import Counted
from service.grounding.citations import Supported
from service.grounding.editions import in_force
from service.grounding.quotable import Quote
from service.grounding.sanitising import prose
from service.query.understanding import Understanding
from service.reading.gate import GateDecision
from service.reading.reranking import Pair
from service.timing import Clock, Deadline, Steps
from youju.records import Block, Citation, Language, Passage, Sentence, Verdict


@dataclass(frozen=True)
class Run:
    """What one question carries along on its way: its place in the queue, its time, who writes for it, who watches."""

    ask: Ask
    language: Language
    ticket: Ticket
    clock: Clock
    deadline: Deadline
    writer: Counted
    trace: Trace

    @property
    def step(self) -> Steps:
        return Steps(self.clock, self.deadline)

    @contextlib.asynccontextmanager
    async def generator(self) -> AsyncIterator[Counted]:
        """Hold a slot of the generator."""
        with self.clock.stage("queue"):
            await self.deadline.keep(self.ticket.take())
        try:
            yield self.writer
        finally:
            self.ticket.give_back()


@dataclass(frozen=True)
class Search:
    """What was found for a question, as asked or translated: the passages as they are shown, and what the gate says of them.
    `older` are passages of older editions of what is shown."""

    question: str
    passages: Sequence[Passage]
    decision: GateDecision
    translation: str | None = None
    older: Sequence[Pair] = ()

    @property
    def in_their_language(self) -> str:
        """The question in the language in which the passages were found: with them it shares words."""
        return self.translation if self.translation and self.decision.by_translation else self.question

    def in_force(self) -> Search:
        """The search with what a newer edition replaces set apart."""
        decision, older = in_force(self.question, self.decision)
        return replace(self, passages=decision.ranked, decision=decision, older=older)


@dataclass(frozen=True)
class Composition:
    """An answer composed by code: what is said in order, with citations whose markers count `shown` from 1.

    `missing` tells in the language of the question what the documents do not hold, `nearest` cites what may say it.
    """

    said: tuple[Supported, ...]
    shown: tuple[Passage, ...] = ()
    verdict: Verdict = "answered"
    confidence: float = 1.0
    missing: str | None = None
    nearest: tuple[Citation, ...] = ()


def sentence(text: str, cited: Sequence[Citation] = (), block: Block = "sentence", verbatim: bool = False) -> Supported:
    """Something that code says, with what it stands on; nothing where it tells of the service or the store."""
    markers = sorted({citation.marker for citation in cited})
    return Supported(Sentence(text=prose(text), markers=markers, support=1.0, verbatim=verbatim, block=block), tuple(cited))


class Composer(Protocol):
    """Answers questions of some forms."""

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        """The answer; None to leave the question to whoever comes next, in the end to the generator.

        Args:
            search: what was found and judged; None before anything is searched, for what needs no passages.
        """
        ...


class Completer(Protocol):
    """Knows the whole of which a sentence is a part."""

    async def complete(
        self, run: Run, understood: Understanding, search: Search, quote: Quote, confidence: float
    ) -> Composition | None:
        """The whole that answers where its part does not, a step of a list of steps; None where the part may stand alone.

        Args:
            quote: the sentence that was chosen to answer.
            confidence: that it does.
        """
        ...
