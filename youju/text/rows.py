"""Rows of tables, as the loaders write them: a line each, its cells parted by ` | `."""

from __future__ import annotations

from collections.abc import Sequence

from youju.text.language import ROW_CELLS, query_words, words


def rows(text: str) -> list[tuple[int, int]]:
    """Spans (start, end) of the lines that are rows, in order."""
    spans, start = [], 0
    for line in text.split("\n"):
        if ROW_CELLS in line:
            spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def best_rows(question: str, texts: Sequence[str]) -> list[set[tuple[int, int]]]:
    """Of each text the rows that hold the most words of the question; none where a row of another text holds more.

    Empty for all texts if the rows do not differ in it: then the question names none of them, but asks for the largest of all,
    say.
    """
    asked = set(query_words(question))
    held = [{(start, end): len(asked & set(words(text[start:end]))) for start, end in rows(text)} for text in texts]
    counts = [count for one in held for count in one.values()]
    most = max(counts, default=0)
    if most == min(counts, default=0):
        return [set() for _ in texts]
    return [{span for span, count in one.items() if count == most} for one in held]
