"""Passages and what was read in them -> the few that the generator gets to see (context selection).

Passages stay whole: a command, a list item or a row of a table that is cut off is what the question asked for more often than
not. The best of both languages are among them, since the reader compares poorly between languages.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from service.reading import Reading, Span
from service.reading.gate import GateDecision
from service.reading.reranking import Pair, reranked
from youju.records import Language, Passage
from youju.text.language import HAN_CHARACTER, query_words, sentences, words
from youju.text.rows import named_rows, rows

PASSAGES = 4  # shown at most, within the usual budget
TOKENS_EACH = 175  # of a larger budget one more for each so many
BESIDE = 0.15  # confidence below which passages in one language may be left out beside those in the other
FAR_MORE = 3.0  # times as likely to answer that those in the other must be
MOSTLY = 0.5  # share of its text from which on a passage is a table


def select_evidence(question: str, read: Sequence[Pair], reader: str, asked: Language, budget: int) -> list[Passage]:
    """The evidence, best first: whole passages as long as there is room, and the best one in any case, narrowed if it must be.
    Of tables, the rows that the question names.

    Args:
        read: the passages with what was read in each, as retrieved, best first.
        reader: name of the reader.
        asked: language of the question.
        budget: tokens of the generator, about, that all of it may take.
    """
    chosen: list[Passage] = []
    left = budget
    for passage, reading in reranked(with_rows_named(question, read), reader, asked, most_passages(budget)):
        whole = passage if chosen else narrowed(passage, reading, budget)
        if not chosen or size(whole.text) <= left:
            chosen.append(whole)
            left -= size(whole.text)
    return chosen


def telling(read: Sequence[Pair], decision: GateDecision) -> Sequence[Pair]:
    """Those of the passages that are worth the generator's time: without those in the question's language, or those in others,
    where these say next to nothing and the rest far more."""
    own, other = decision.own, decision.other
    if not own or not other or min(own, other) >= min(BESIDE, max(own, other) / FAR_MORE):
        return read
    asked = {passage.language for passage in decision.passages}  # those that the decision went by
    return [pair for pair in read if (pair[0].language in asked) == (decision.across == (other > own))]


def most_passages(budget: int) -> int:
    """How many passages may be shown within so many tokens."""
    return max(PASSAGES, budget // TOKENS_EACH)


def with_rows_named(question: str, read: Sequence[Pair]) -> list[Pair]:
    """The passages without the rows of tables that the question does not name, if it names some better than others: between
    many rows that are alike a small model takes the value of the wrong one. Passages with much else in them stay whole, and
    those of which another line says more of what is asked."""
    named = named_rows(question, [passage.text for passage, _ in read])
    if not any(named):
        return list(read)
    found = []
    for (passage, reading), spans in zip(read, named, strict=True):
        whole = sum(end - start for start, end in rows(passage.text))
        if whole < MOSTLY * len(passage.text) or (spans and _says_more(question, passage.text, spans)):
            found.append((passage, reading))
        elif spans:
            start, end = min(spans)[0], max(spans)[1]
            inside = (one for one in reading.spans if start <= one.start and one.end <= end)
            kept = tuple(Span(one.start - start, one.end - start, one.score) for one in inside)
            found.append((_cut(passage, start, end), replace(reading, spans=kept)))
    return found


def _says_more(question: str, text: str, named: Collection[tuple[int, int]]) -> bool:
    """Whether a line of prose holds more words of the question than any of the rows that it names."""
    asked, of_rows = set(query_words(question)), rows(text)
    prose = text
    for start, end in reversed(of_rows):
        prose = prose[:start] + prose[end:]
    most = max(len(asked & set(words(text[start:end]))) for start, end in named)
    return any(len(asked & set(words(line))) > most for line in prose.split("\n") if line.strip())


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
    return _cut(passage, spans[first][0], spans[last][1])


def _cut(passage: Passage, start: int, end: int) -> Passage:
    """The characters `start` to `end` of a passage. That is still a `Passage`: its text is `document_text[start:end]`, so that
    citations stay exact."""
    return replace(passage, start=passage.start + start, end=passage.start + end, text=passage.text[start:end])


def size(text: str) -> int:
    """About how many tokens a generator takes for the text: a token of Chinese is 1.5 characters, others four."""
    han = len(HAN_CHARACTER.findall(text))
    return round(han / 1.5 + (len(text) - han) / 4)
