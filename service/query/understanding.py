"""A question -> what it asks for: its form, its parts, the documents that it names. No generator is asked."""

from __future__ import annotations

from dataclasses import dataclass

from youju.records import Form


@dataclass(frozen=True)
class Understanding:
    """What a question asks for. `parts` are the questions it consists of (itself, if it is one); `documents` the ids of those
    that it names; `confidence` how sure the form is, 0 to 1: an unsure one is `fact`."""

    question: str
    form: Form = "fact"
    confidence: float = 1.0
    parts: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


def understand(question: str) -> Understanding:
    return Understanding(question, parts=(question,))
