"""Rows of tables, as the loaders write them: a line each, its cells parted by ` | `, each behind the name of its column."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from youju.text.language import HAN, ROW_CELLS, query_words, words

COLUMN = re.compile(r"^[^:：]{1,60}[:：]\s+(?=\S)")
LISTED = re.compile(r"\s*[、,;；/]\s*")
ASKED_FOR = re.compile(rf"\b(?:which|what|whose)\s+(\w+)|(?:哪[个些种条位款项一]|什么)([{HAN}]{{2}})", re.IGNORECASE)
PATH = re.compile(r"(?:^|[\s(（“\"'])[~.]{0,2}/\w|\w/[\w.-]+/|://")
SENTENCE = re.compile(r"[。！？]|[.!?](?:\s|$)")
Span = tuple[int, int]


def rows(text: str) -> list[Span]:
    """Spans (start, end) of the lines that are rows, in order."""
    spans, start = [], 0
    for line in text.split("\n"):
        if ROW_CELLS in line:
            spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def cells(row: str) -> list[tuple[str, str]]:
    """The cells of a row in order: the name of the column, empty where it has none, and the value."""
    found = []
    for cell in row.strip().split(ROW_CELLS):
        name = COLUMN.match(cell.strip())
        found.append((name.group().strip().rstrip(":：") if name else "", cell.strip()[name.end() if name else 0 :]))
    return found


def named_rows(question: str, texts: Sequence[str]) -> list[set[Span]]:
    """Of each text the rows that the question names best; none where a row of another text is named better.

    A row is named by a cell, or one item of a list in it, all words of which stand in the question; numbers tell among rows
    that are named, and name none by themselves. Empty for all texts where no row is named: then the question asks for the
    largest of all, say, or words its key otherwise.
    """
    asked, kinds = set(query_words(question)), _kinds(question)
    told = [{span: _named_by(text[slice(*span)], asked, kinds) for span in rows(text)} for text in texts]
    best = max((names for one in told for names in one.values()), default=(0, 0))
    if not best[0]:
        return [set() for _ in texts]
    return [{span for span, names in one.items() if names == best} for one in told]


def _kinds(question: str) -> set[str]:
    """The words for the kind of what a question asks for (`which command`), said but once."""
    counts = Counter(words(question))
    return {word for kind in ASKED_FOR.findall(question) for word in words("".join(kind)) if counts[word] == 1}


def _items(cell: str) -> list[str]:
    """The items of a list in a cell; a path or sentences (`see /etc/apt/sources.list.`) are one."""
    return [cell] if PATH.search(cell) or SENTENCE.search(cell) else LISTED.split(cell)


def _named_by(row: str, asked: set[str], kinds: set[str]) -> tuple[int, int]:
    """How many words of the question name the row, and how many of its numbers stand in its cells. The kind of what is asked
    for names a row alone (`battery`), not with words that happen to stand in the question too (`command < file`)."""
    names, numbers = set[str](), set[str]()
    for cell in row.split(ROW_CELLS):
        for item in _items(COLUMN.sub("", cell.strip())):
            held = set(query_words(item))
            if held and held <= asked and (held <= kinds or held.isdisjoint(kinds)):
                (numbers if all(word.isdigit() for word in held) else names).update(held)
    return len(names), len(numbers)
