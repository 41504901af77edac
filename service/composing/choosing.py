"""Which of several lines answers a question, by the word of the generator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.composing.base import Run
from service.generation import Chances, Generator, chances, prompting
from service.reading.gate import AnswerabilityGate


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
