"""What a reader is. Knows nothing of how passages were found, nor of generators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SPANS = 3  # given for each passage


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate answer: characters `start` to `end` (exclusive) of the passage; `score` is its logit against "none here"."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one passage.

    Attributes:
        spans: candidate answers that do not overlap, best first; empty for a passage without words.
        answerable: logit of the passage holding an answer at all.
        relevance: what a cross-encoder that only ranks says, on whatever scale; None where there is none.
    """

    spans: tuple[Span, ...]
    answerable: float
    relevance: float | None = None

    @property
    def best(self) -> float:
        """The score of the best span."""
        return self.spans[0].score if self.spans else -20.0


class Reader(Protocol):
    """Reads a question together with passages. Safe to call from several threads."""

    @property
    def name(self) -> str: ...

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        """
        Args:
            passages: title and text of each; spans count characters of the text.
        """
        ...
