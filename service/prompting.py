"""Passages -> prompt, within an explicit budget of tokens.

Knows nothing of how passages were found or of the generator that reads the prompt. The part that never changes stands
first, so that a generator which keeps prefixes reads it once.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence

from service.generation.base import Message
from youju.errors import InvalidQuestion
from youju.records import Language, Passage

CountTokens = Callable[[Sequence[str]], Awaitable[list[int]]]

NOT_FOUND: dict[Language, str] = {"en": "NOT FOUND", "zh": "未找到"}

# Nothing is said of refusing or of citing: the gate decides on the one and code finds the other. Told that it may refuse, the
# bundled generator does so for a quarter of the questions that it would answer rightly.
SYSTEM: dict[Language, str] = {
    "en": "Answer the question from the text below and from nothing else. Answer in English with one complete sentence in the "
    "words of the text.",
    "zh": "只根据下面的文字回答问题，不使用其他知识。用一个完整的中文句子回答，尽量使用原文的词语。",
}
QUESTION: dict[Language, str] = {"en": "Question: {question}", "zh": "问题：{question}"}


OVERHEAD = 120  # tokens of the chat template, estimated from above


async def fitting(
    question: str, shown: Sequence[Passage], language: Language, room: int, count_tokens: CountTokens
) -> Sequence[Passage]:
    """The passages that the prompt has room for: the last ones are left out if they do not fit, never the first.

    Args:
        shown: best first.
        room: tokens that the whole prompt may take.

    Raises:
        InvalidQuestion: the question alone takes all of the room.
    """
    fixed, *sizes = await count_tokens([SYSTEM[language] + question, *(passage_text(passage) for passage in shown)])
    left = room - fixed - OVERHEAD
    if left <= 0:
        raise InvalidQuestion(
            f"the question takes {fixed} tokens; the generator has room for {room}.",
            "Shorten it, or raise YOUJU_GENERATOR_CONTEXT.",
        )
    count = sum(total <= left for total in itertools.accumulate(sizes))
    return shown[: max(1, count)]


def messages(question: str, shown: Sequence[Passage], language: Language) -> tuple[Message, ...]:
    """The chat that asks the question about the passages."""
    blocks = [passage_text(passage) for passage in shown]
    asked = QUESTION[language].format(question=question)
    return (Message("system", SYSTEM[language]), Message("user", "\n\n".join([*blocks, asked])))


def passage_text(passage: Passage) -> str:
    """A passage as the generator sees it: title and headings on a line of their own, then the text."""
    line = " > ".join(part for part in (passage.document.title, passage.heading) if part)
    return f"({line})\n{passage.text}" if line else passage.text
