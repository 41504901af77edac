"""Passages and what was read in them -> the few sentences that the generator gets to see.

Prompt tokens are the cost of an answer, and whatever does not bear on the question misleads a small model. A narrowed
passage is still a `Passage`: its text is `document_text[start:end]`, so that citations stay exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.reading import Reading
from youju.records import Passage
from youju.text.language import HAN_CHARACTER, sentences

PASSAGES = 3  # shown at most
WORTH = 9.0  # a passage ranked so many logits behind the best adds nothing
LEAD = 0.5  # share of the budget that the best passage may take
OTHERS = 0.25  # and each other one
FUSED_WEIGHT = 100.0  # logits that one unit of the retrieval score is worth


def select_context(passages: Sequence[Passage], readings: Sequence[Reading], budget: int) -> list[Passage]:
    """The evidence, best first.

    Args:
        passages: as retrieved, best first.
        readings: of each passage, in the same order.
        budget: tokens of the generator, about, that all of it may take.
    """
    worth = [rerank_score(passage, reading) for passage, reading in zip(passages, readings, strict=True)]
    order = sorted(range(len(passages)), key=lambda place: -worth[place])[:PASSAGES]
    return [
        narrowed(passages[place], readings[place], round(budget * (OTHERS if number else LEAD)))
        for number, place in enumerate(order)
        if worth[place] >= worth[order[0]] - WORTH
    ]


def rerank_score(passage: Passage, reading: Reading) -> float:
    """How likely the passage holds the answer, by what was read and how it was found; in logits, about."""
    return reading.best + reading.answerable + FUSED_WEIGHT * passage.scores.fused


def narrowed(passage: Passage, reading: Reading, tokens: int) -> Passage:
    """The sentences of the best span, then their neighbours in turn as long as there is room."""
    spans = sentences(passage.text)
    if len(spans) < 2 or not reading.spans or size(passage.text) <= tokens:
        return passage
    best = reading.spans[0]
    # The sentences that the span touches; of a span of white space the one behind it, or else the last.
    first = next((number for number, (_, end) in enumerate(spans) if end > best.start), len(spans) - 1)
    last = max(first, sum(start < best.end for start, _ in spans) - 1)
    while True:
        # What stands before a sentence explains it (whom a pronoun means) more often than what follows.
        wider = [(low, high) for low, high in ((first - 1, last), (first, last + 1)) if low >= 0 and high < len(spans)]
        # Measured whole: of many short lines each alone counts as nothing.
        fitting = [(low, high) for low, high in wider if size(passage.text[spans[low][0] : spans[high][1]]) <= tokens]
        if not fitting:
            break
        first, last = fitting[0]
    start, end = spans[first][0], spans[last][1]
    return replace(passage, start=passage.start + start, end=passage.start + end, text=passage.text[start:end])


def size(text: str) -> int:
    """About how many tokens a generator takes for the text: a token of Chinese is 1.5 characters, others four."""
    han = len(HAN_CHARACTER.findall(text))
    return round(han / 1.5 + (len(text) - han) / 4)
