"""What is asked, and what comes back step by step. Knows nothing of how an answer is made."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from service.generation import Message, Sampling
from service.reading.gate import GateDecision
from youju.records import EVERYTHING, Answer, Citation, Form, Language, PassageOut, Scope, Sentence


@dataclass(frozen=True)
class Turn:
    """An earlier question with its answer."""

    question: str
    answer: str = ""


@dataclass(frozen=True)
class Ask:
    """A question with all that belongs to it."""

    question: str
    scope: Scope = EVERYTHING
    top_k: int | None = None
    language: Language | None = None
    history: tuple[Turn, ...] = ()
    sampling: Sampling | None = None
    deadline_ms: int | None = None
    asker: str = ""  # name of the key it came with; so many of one name may be in progress
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class PassagesFound:
    """What was retrieved: the first event, before the generator begins."""

    passages: list[PassageOut]


@dataclass(frozen=True)
class DraftToken:
    """A piece of the unverified draft."""

    text: str


@dataclass(frozen=True)
class SentenceReady:
    """A verified sentence; it is never taken back."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Finished:
    answer: Answer


Event = PassagesFound | DraftToken | SentenceReady | Finished


async def final_answer(stream: AsyncGenerator[Event]) -> Answer:
    """The answer with which a stream ends."""
    async with contextlib.aclosing(stream) as events:
        async for event in events:
            if isinstance(event, Finished):
                return event.answer
    raise AssertionError("a stream ends with its answer")


@dataclass(frozen=True)
class Understanding:
    """A step: what a question asks for. `parts` are the questions it consists of (itself, if it is one); `documents` the ids of
    those that it names; `confidence` how sure the form is, 0 to 1: an unsure one is `fact`. `otherwise` is the form that it is
    answered by where the documents hold nothing: that of an order or a search whose wording does not say so. `whole` is the
    question that this one is a part of, "" if it is none."""

    question: str
    form: Form = "fact"
    confidence: float = 1.0
    parts: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    otherwise: Form | None = None
    whole: str = ""


@dataclass(frozen=True)
class Judged:
    """A step: what the gate saw and said of a question, and the confidence that it needed. Across languages there are three:
    of the question, of its translation, and of both together."""

    question: str
    decision: GateDecision
    needed: float


@dataclass(frozen=True)
class Prompted:
    """A step: the prompt, as it is sent."""

    messages: Sequence[Message]


Step = Understanding | Judged | Prompted
Trace = Callable[[Step], None]
"""Told of each step of an answer as it is taken, for `youju explain`."""


def untraced(step: Step) -> None:
    """Nobody watches."""
