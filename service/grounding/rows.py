"""What a row or sentence is about: which key a row belongs to, which of several sentences names what was asked about."""

from __future__ import annotations

from collections.abc import Sequence

from youju.records import Passage
from youju.text.language import ROW_CELLS, sentences, words
from youju.text.rows import named_rows


def is_of_another(text: str, question: str, shown: Sequence[Passage]) -> bool:
    """Whether a row of a table is that of another key: the question names another row of the passages better than this one."""
    if ROW_CELLS not in text:
        return False
    texts = [passage.text for passage in shown]
    named = {whole[start:end] for whole, spans in zip(texts, named_rows(question, texts), strict=True) for start, end in spans}
    return bool(named) and named.isdisjoint(text.split("\n"))


def is_beside(shared: set[str], text: str, passage: str) -> bool:
    """Whether a sentence of a passage is about something else: it holds none of the words that question and answer share, and
    another sentence holds most of them."""
    if not shared or shared & set(words(text)):
        return False
    return any(2 * len(shared & set(words(passage[start:end]))) > len(shared) for start, end in sentences(passage))
