"""A follow-up question and what was said before -> a question that stands on its own, in the same language.

The generator rewrites; where it fails to, the question before is searched along with this one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from service.events import Turn
from service.generation import Message, Sampling, Writer, written
from service.generation.refusal import is_refusal
from service.query.follow_ups import with_item
from service.query.history import plain
from youju.records import Language
from youju.text.language import HAN_CHARACTER, detect_language, query_words
from youju.text.quantities import codes, numbers

EARLIER_CHARACTERS = 300  # of a question or an answer before that are shown
TOKENS = 80  # of the question that is written
LONGEST = 400  # characters
OWN_WORDS = 4  # a question with so many words of its own, none of which points back, needs no rewriting

POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|one|ones|there|then|so|same|other|else|former|latter)\b|"
    r"^(?:and|but|or|what about|how about|why|when|where|who)\b[^?]{0,12}\?*$|^(?:and|but|or|what about|how about)\b|"
    r"(?<!其)它|(?<![其吉])他|她|这|那|其(?!他|它|实|中)|(?<!应)该|此|上述|前者|后者|呢[？?]?$|还有|另外|同样|^(?:那么|那|为什么|何时|在哪)",
    re.IGNORECASE,
)
SYSTEM: dict[Language, str] = {
    "en": "Rewrite the last question so that it can be understood without the conversation: put the names in place of words "
    "like 'it', 'they' or 'there', and add what was left out. Keep its meaning. Do not answer it. Write only the question, "
    "in English.",
    "zh": "改写最后一个问题，使它脱离对话也能看懂：把“它”“那里”“这个”等换成所指的名称，补上省略的内容。意思不变，不要回答。"
    "只写改写后的问题，用中文。",
}
TURN: dict[Language, str] = {
    "en": "Earlier question: {question}\nAnswer: {answer}", "zh": "之前的问题：{question}\n回答：{answer}"
}  # fmt: skip
LAST: dict[Language, str] = {"en": "Last question: {question}\nRewritten:", "zh": "最后的问题：{question}\n改写："}
LABEL = re.compile(
    r"^(?:rewritten(?: question)?|english|translation|question|改写后的问题|改写|中文|译文|翻译|问题)\s*[:：]\s*", re.IGNORECASE
)
LATIN = re.compile(r"[A-Za-z]{2,}")
NAME = re.compile(r"(?<=[^.?!:：。？！\s]\s)[A-Z][A-Za-z]+")  # capitals inside a sentence


def needs_context(question: str) -> bool:
    """Whether the question points back, or says too little to stand on its own. A long one says enough, and a rewriting would
    be cut."""
    if len(question) > EARLIER_CHARACTERS:
        return False
    return bool(POINTS_BACK.search(question.strip())) or len(query_words(question)) < OWN_WORDS


async def standalone(question: str, history: Sequence[Turn], writer: Writer) -> str:
    """The question as it would be asked without what was said before. A question that needs nothing comes back as it is.

    Raises:
        GeneratorUnavailable: see `Writer.stream`.
    """
    if not history or not needs_context(question):
        return question
    question = with_item(question, history)
    history = [replace(turn, answer=plain(turn.answer)) for turn in history]
    rewritten = tidy(await written(writer, messages(question, history), Sampling(TOKENS)))
    return rewritten if is_sound(rewritten, question, history) else f"{question} {clipped(history[-1].question)}".strip()


def messages(question: str, history: Sequence[Turn]) -> tuple[Message, ...]:
    """The chat that asks for the rewriting. Only the last two turns are shown."""
    language = detect_language(question)
    turns = [
        TURN[language].format(question=clipped(turn.question), answer=clipped(turn.answer) or "-") for turn in history[-2:]
    ]
    asked = LAST[language].format(question=question)
    return (Message("system", SYSTEM[language]), Message("user", "\n\n".join([*turns, asked])))


def tidy(text: str) -> str:
    """The first line that says something, without a label or quotes around it."""
    lines = (LABEL.sub("", line.strip()).strip("\"'“”「」` ") for line in text.splitlines())
    return next((line for line in lines if line), "")


def is_sound(rewritten: str, question: str, history: Sequence[Turn]) -> bool:
    """Whether a rewriting may be used: in the same language, of a sensible length, and without names, numbers or codes that
    nobody mentioned."""
    if len(rewritten) > LONGEST or is_refusal(rewritten):
        return False
    said = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in history)])
    invented = (numbers(rewritten) | codes(rewritten)) - (numbers(said) | codes(said))
    invented |= _names(rewritten) - {word.lower() for word in LATIN.findall(said)}
    known = set(query_words(said))
    words = query_words(rewritten)
    new = [word for word in words if word not in known]
    same_script = bool(HAN_CHARACTER.search(rewritten)) == bool(HAN_CHARACTER.search(question))
    return same_script and not invented and len(new) < len(words) and len(new) <= max(2, len(words) // 3)


def _names(text: str) -> set[str]:
    """Latin words that look like names: all of a Chinese text, those with capitals of an English one."""
    return {word.lower() for word in (LATIN if HAN_CHARACTER.search(text) else NAME).findall(text)}


def clipped(text: str) -> str:
    """The beginning of a text on one line."""
    return " ".join(text.split())[:EARLIER_CHARACTERS]
