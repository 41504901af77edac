"""A question -> the same question in the language of the documents, so that search and reading need not cross languages.

Both are far better within one language (docs/decisions/0018-across-languages.md). The generator translates; what it writes is
searched and read, never given as an answer.
"""

from __future__ import annotations

from service.followup import clipped, tidy
from service.generation import Generator, Message, Sampling, written
from service.grounding import is_refusal
from service.prompting import as_data
from youju.language import detect_language
from youju.records import Language

TOKENS = 80  # of the translation
LONGEST = 400  # characters
SYSTEM: dict[Language, str] = {
    "en": "Translate the question into English. Do not answer it. Write only the translation, one line.",
    "zh": "把问题翻译成中文，不要回答，只写译文，一行。",
}
ASKED: dict[Language, str] = {"en": "Question: {question}\nEnglish:", "zh": "问题：{question}\n中文："}
# Without examples the bundled generator answers one question in ten instead of translating it.
EXAMPLES: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        ("谁写了《红楼梦》？", "Who wrote Dream of the Red Chamber?"),
        ("保修期有多长？", "How long is the warranty period?"),
    ),
    "zh": (
        ("Who wrote Pride and Prejudice?", "《傲慢与偏见》是谁写的？"),
        ("How long is the warranty period?", "保修期有多长？"),
    ),
}


async def translated(question: str, generator: Generator) -> str | None:
    """The question in the other language; None if the generator wrote something else.

    Raises:
        GeneratorUnavailable: see `Generator.stream`.
    """
    into: Language = "en" if detect_language(question) == "zh" else "zh"
    translation = tidy(await written(generator, messages(question, into), Sampling(TOKENS)))
    return translation if is_sound(translation, into) else None


def messages(question: str, into: Language) -> tuple[Message, ...]:
    """The chat that asks for the translation."""
    shown = [
        message
        for example, translation in EXAMPLES[into]
        for message in (Message("user", ASKED[into].format(question=example)), Message("assistant", translation))
    ]
    return (Message("system", SYSTEM[into]), *shown, Message("user", ASKED[into].format(question=as_data(clipped(question)))))


def is_sound(translation: str, into: Language) -> bool:
    """Whether it is in the language and of a sensible length. How good it is shows in what it finds."""
    return 0 < len(translation) <= LONGEST and not is_refusal(translation) and detect_language(translation) == into
