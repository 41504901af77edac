"""What a row or sentence is about: which key a row belongs to, which of several sentences names what was asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from youju.records import Passage
from youju.text.language import ROW_CELLS, sentences, words
from youju.text.rows import COLUMN, named_rows

# `Valve 5`, `阀门 5`, `5 号`: words, a number, or a number and its sign.
NUMBERED = re.compile(r"([^\W\d_]*)[\s#-]*(?<![\d.,])(\d+)(?![\d.,]*\d)\s*([号號栋楼层室期组班级]?)")


def is_of_another(text: str, question: str, shown: Sequence[Passage]) -> bool:
    """Whether a row of a table is that of another key: the question names another row of the passages better than this one, or
    its key with another number."""
    if ROW_CELLS not in text:
        return False
    if all(_has_another_number(line, question) for line in text.split("\n") if ROW_CELLS in line):
        return True
    texts = [passage.text for passage in shown]
    named = {whole[start:end] for whole, spans in zip(texts, named_rows(question, texts), strict=True) for start, end in spans}
    return bool(named) and named.isdisjoint(text.split("\n"))


def _has_another_number(row: str, question: str) -> bool:
    """Whether the key of a row is numbered, as `Valve 5` is, and the question has the same words with other numbers only."""
    key = COLUMN.sub("", row.split(ROW_CELLS)[0].strip()).casefold()
    asked = NUMBERED.findall(question.casefold())
    for word, number, sign in NUMBERED.findall(key):
        numbers = {other for before, other, behind in asked if before.endswith(word) and behind == sign and word + sign}
        if numbers and number not in numbers:
            return True
    return False


def is_beside(shared: set[str], text: str, passage: str) -> bool:
    """Whether a sentence of a passage is about something else: it holds none of the words that question and answer share, and
    another sentence holds most of them."""
    if not shared or shared & set(words(text)):
        return False
    return any(2 * len(shared & set(words(passage[start:end]))) > len(shared) for start, end in sentences(passage))
