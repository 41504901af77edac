"""How a reading stands among the others of its table: what the question names that it leaves, how far its cell lies behind the
one that is named best, and whether as many things are told as are asked for."""

from __future__ import annotations

import functools
import re
from typing import Literal

from service.tables.linking import Link, Mention
from service.tables.reading import Candidate
from service.tables.role_features import Features
from youju.text.quantities import ENGLISH_NUMBERS

MOST_LEFT = 3
SMALL_NUMBERS = "|".join(word for word, number in ENGLISH_NUMBERS.items() if 1 < number <= 10)
SO_MANY = re.compile(
    rf"\b(?:which|what|name|list|give|tell|who|were|are)\s+(?:me\s+)?(?:(?:the|any|of)\s+)?(?P<count>[2-9]|{SMALL_NUMBERS})\s+"
    r"(?!or\b|and\b|more\b|times\b|years?\b|percent\b|million\b|thousand\b)[a-z]"
)
AGREEING = re.compile(r"\b(?:which|what|who)(?:\s+[\w'-]+){0,3}?\s+(?P<verb>is|was|has|does|are|were|have|do)\b")
PLURAL = ("are", "were", "have", "do")
Number = Literal["one", "several", ""]


@functools.lru_cache(maxsize=1024)
def asked_count(question: str) -> int | None:
    """How many things a question asks for by a number (`which two teams`)."""
    match = SO_MANY.search(question)
    return None if match is None else int(ENGLISH_NUMBERS.get(match["count"], 0) or match["count"])


@functools.lru_cache(maxsize=1024)
def asked_number(question: str) -> Number:
    """Whether the verb beside the word that asks is one of one thing or of several; empty if there is none."""
    match = AGREEING.search(question)
    return "" if match is None else "several" if match["verb"] in PLURAL else "one"


def standing(link: Link, question: str, one: Candidate, words: frozenset[str]) -> Features:
    """
    Args:
        question: `Asked.plain`.
        words: those of the table that the reading takes up.
    """
    left = [mention for mention in link.mentions if mention.is_exact and not _is_taken(mention, one, words)]
    found: Features = {
        "mention.left": min(sum(not mention.is_number for mention in left), MOST_LEFT) / MOST_LEFT,
        "mention.left.number": float(any(mention.is_number for mention in left)),
    }
    if (count := asked_count(question)) is not None:
        found[f"asked.count={len(one.answers) == count}"] = 1.0
    if number := asked_number(question):
        found[f"asked.number={number}&{len(one.answers) > 1}"] = 1.0
    told = one.columns or (() if one.column is None else (one.column,))
    if one.operation == "look_up" and len(one.selection.rows) == 1:
        rows, columns = link.rows.scores, link.columns.scores
        found["cell.row.behind"] = float(rows.max() - rows[one.selection.rows[0]])
        found["cell.column.behind"] = float(columns.max() - columns[told[0]])
        found["cell.best"] = float(found["cell.row.behind"] <= 0 >= found["cell.column.behind"])
    elif told:
        found["told.behind"] = float(link.columns.scores.max() - link.columns.scores[list(told)].min())
    return found


def _is_taken(mention: Mention, one: Candidate, words: frozenset[str]) -> bool:
    if mention in one.selection.mentions or (one.column == mention.column and mention.text in one.answers):
        return True
    return bool(mention.words) and mention.words <= words
