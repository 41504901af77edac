"""A question -> the same question in the language of the documents, so that search and reading need not cross languages.

Both are far better within one language (docs/decisions/0018-across-languages.md). The generator translates; what it writes is
searched and read, never given as an answer.
"""

from __future__ import annotations

from service.generation import Message, Sampling, Writer, written
from service.generation.prompting import as_data
from service.generation.refusal import is_refusal
from service.query.rewriting import tidy
from youju.records import Language
from youju.text.language import detect_language
from youju.text.quantities import figures, numbers

LONGEST_ASKED = 300  # characters of a question; of a longer one a part would be lost
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


async def translated(question: str, writer: Writer) -> str | None:
    """The question in the other language; None if it is too long, or the writer wrote something else.

    Raises:
        GeneratorUnavailable: see `Writer.stream`.
    """
    if len(question) > LONGEST_ASKED:
        return None
    into: Language = "en" if detect_language(question) == "zh" else "zh"
    longest = 32 + len(question)  # tokens; one for each character is much
    translation = tidy(await written(writer, messages(question, into), Sampling(longest)))
    return translation if is_sound(translation, question, into) else None


def messages(question: str, into: Language) -> tuple[Message, ...]:
    """The chat that asks for the translation."""
    shown = [
        message
        for example, translation in EXAMPLES[into]
        for message in (Message("user", ASKED[into].format(question=example)), Message("assistant", translation))
    ]
    return (Message("system", SYSTEM[into]), *shown, Message("user", ASKED[into].format(question=as_data(question))))


def is_sound(translation: str, question: str, into: Language) -> bool:
    """Whether it is in the language, of a sensible length, and with the figures of the question, also those of its codes. How
    good it is otherwise shows in what it finds."""
    longest = 4 * len(question) + 40  # characters of English for one of Chinese, with a margin
    if not 0 < len(translation) <= longest or is_refusal(translation) or detect_language(translation) != into:
        return False
    return figures(translation) <= numbers(question) and figures(question) <= numbers(translation)
