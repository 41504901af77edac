"""What is asked, and what comes back step by step. Knows nothing of how an answer is made."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from service.generation import Sampling
from youju.records import EVERYTHING, Answer, Citation, Language, PassageOut, Scope, Sentence


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
