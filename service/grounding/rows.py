"""What a row or sentence is about: which key a row belongs to, which of several sentences names what was asked about."""

from __future__ import annotations

from collections.abc import Sequence

from youju.records import Passage
from youju.text.language import ROW_CELLS, query_words, sentences, words


def is_of_another(text: str, question: str, shown: Sequence[Passage]) -> bool:
    """Whether a row of a table is that of another key: the question names another row of the passages better than this one."""
    if ROW_CELLS not in text:
        return False
    asked = set(query_words(question))

    def named_by(row: str) -> int:
        return len(asked & set(words(row.split(ROW_CELLS)[0])))

    rows = [line for passage in shown for line in passage.text.split("\n") if ROW_CELLS in line]
    return max(map(named_by, rows), default=0) > max(named_by(line) for line in text.split("\n"))


def is_beside(shared: set[str], text: str, passage: str) -> bool:
    """Whether a sentence of a passage is about something else: it holds none of the words that question and answer share, and
    another sentence holds most of them."""
    if not shared or shared & set(words(text)):
        return False
    return any(2 * len(shared & set(words(passage[start:end]))) > len(shared) for start, end in sentences(passage))
