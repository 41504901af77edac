"""Which of several lines answers a question, by the word of the generator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from service.composing.base import Run
from service.generation import Generator, prompting
from service.reading.gate import AnswerabilityGate


@dataclass(frozen=True)
class Chances:
    """How likely each line answers, and that none does; together 1."""

    of: tuple[float, ...]
    none: float

    @property
    def best(self) -> int:
        """The place of the likeliest line."""
        return max(range(len(self.of)), key=lambda place: self.of[place])


@dataclass(frozen=True)
class Chooser:
    """Asks a generator that was measured at it; another one is not asked."""

    generator: Generator
    gate: AnswerabilityGate

    async def chances(self, run: Run, question: str, lines: Sequence[str], about: str = "") -> Chances | None:
        """None where nobody can tell. Whoever asks holds a slot of the generator.

        Args:
            lines: at most as many as `prompting.LETTERS`; a single one is judged too.
            about: what is told before them.
        """
        if not self.gate.chooses or not lines:
            return None
        chat = prompting.which_answers(question, lines, run.language, about)
        letters = [*prompting.LETTERS[: len(lines)], prompting.NONE_OF]
        with run.clock.stage("verify"):
            weights = await run.deadline.keep(self.generator.weigh(chat, letters))
        if weights is None:
            return None
        most = max(weights)
        shares = [math.exp(weight - most) for weight in weights]
        return Chances(tuple(share / sum(shares) for share in shares[:-1]), shares[-1] / sum(shares))
