"""Which of several lines answers a question, and whether one does, by the word of the generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.composing.base import Run
from service.generation import Chances, Generator, chances, prefers, prompting
from service.reading.gate import AnswerabilityGate


async def answers(run: Run, generator: Generator, question: str, text: str, title: str) -> float | None:
    """The log odds by which the generator says that a text below this title answers; None where it cannot tell. Whoever asks
    holds a slot of it."""
    chat = prompting.whether_answered(question, text, title, run.language)
    with run.clock.stage("verify"):
        return await run.deadline.keep(prefers(generator, chat, *prompting.YES_NO[run.language]))


@dataclass(frozen=True)
class Chooser:
    """Asks a generator that was measured at it; another one is not asked."""

    generator: Generator
    gate: AnswerabilityGate

    async def among(self, run: Run, question: str, lines: Sequence[str], about: str = "") -> Chances | None:
        """None where nobody can tell. Whoever asks holds a slot of the generator.

        Args:
            lines: at most as many as `prompting.LETTERS`; a single one is judged too.
            about: what is told before them.
        """
        if not self.gate.chooses or not lines:
            return None
        chat = prompting.which_answers(question, lines, run.language, about)
        letters = prompting.LETTERS[: len(lines)]
        with run.clock.stage("verify"):
            return await run.deadline.keep(chances(self.generator, chat, letters, prompting.NONE_OF))
