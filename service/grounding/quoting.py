"""The words of the document: under the first sentence of an answer, and in place of a draft that did not hold.

A small generator shortens and paraphrases; beside its sentence the reader sees at once what the document itself says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.grounding.citations import Supported, cite
from service.grounding.namesakes import is_of_another_kind, is_of_another_time
from service.grounding.rows import is_of_another
from service.grounding.verifier import LEADS_IN
from service.reading import Reading
from service.reading.probability import probability_of
from service.reading.reranking import Pair
from youju.embedding.base import Embedder
from youju.embedding.scale import scale_of
from youju.records import Citation, Language, Passage, Sentence
from youju.text.language import ROW_CELLS, query_words, sentences, words

LONGEST = 500  # characters; a longer quotation is left to the citation
SAME = 0.9  # share of the quotation's words that the sentence holds, from which on it adds nothing
LABEL: dict[Language, str] = {"en": "Source: “{quote}”", "zh": "原文：“{quote}”"}
ASKS = re.compile(r"[?？]\s*$")
ENDS = re.compile(r"[。.!！;；…][\"'”’」』）)】》\]]*\s*$")
TAKES_BACK = re.compile(
    r"\W*(?:but|however|yet|in (?:practice|fact|reality)|actually|nevertheless|但|然而|不过|可是|实际上|事实上|其实)",
    re.IGNORECASE,
)
STANDS_ALONE = 40  # characters; a shorter answer to a question in the text ("No.") takes the next sentence along
# What speaks for a sentence: the share of the question's words in it, its likeness to the question, and the reader.
WORDS_SHARED = 0.5
SPAN_SCALE = 3.0  # logits of the reader


@dataclass(frozen=True)
class Quote:
    """Characters `start` to `end` (exclusive) of a passage that is number `marker`."""

    marker: int
    passage: Passage
    start: int
    end: int

    @property
    def text(self) -> str:
        return " ".join(self.passage.text[self.start : self.end].split())


def best_quote(question: str, shown: Sequence[Passage], read: Sequence[Pair], embedder: Embedder) -> Quote | None:
    """The sentence of the passages that most likely answers; of a question in the text (FAQ, heading) what follows it; None
    where that is the row of another key.

    Args:
        shown: the passages of the prompt; marker n is `shown[n - 1]`.
        read: the passages as retrieved, with what was read in each.
    """
    readings = {passage.key: (passage.start, reading) for passage, reading in read}
    found: list[tuple[Quote, float]] = []
    for marker, passage in enumerate(shown, 1):
        start, reading = readings[passage.key]
        spans = sentences(passage.text)
        for place, span in enumerate(spans):
            low, high = answer_of(passage.text, spans, place)
            if high > low:
                found.append((Quote(marker, passage, low, high), read_in(reading, start - passage.start, *span)))
    if not found:
        return None
    asked = set(query_words(question))
    texts = [quote.passage.text[quote.start : quote.end] for quote, _ in found]
    vectors = embedder.embed_queries([question, *texts])
    scale = scale_of(embedder)
    scores = [
        WORDS_SHARED * len(asked & set(words(text))) / max(1, len(asked)) + scale.share(float(likeness)) + by_reader
        for text, likeness, (_, by_reader) in zip(texts, vectors[1:] @ vectors[0], found, strict=True)
    ]
    best = found[int(np.argmax(scores))][0]
    said = best.passage.text[best.start : best.end]
    beside = is_of_another_time(best.passage, question, shown) or is_of_another_kind(said, question)
    return None if beside or is_of_another(said, question, shown) else best


def answer_of(text: str, spans: Sequence[tuple[int, int]], place: int) -> tuple[int, int]:
    """The span to quote for a sentence: itself, with the next one if it leads in or is taken back there; what follows a
    question; nothing (an empty span) of a heading."""
    start, end = spans[place]
    if ASKS.search(text[start:end]):
        rest = spans[place + 1 :]
        if not rest or ASKS.search(text[slice(*rest[0])]):
            return end, end
        start, end = rest[0]
        if end - start < STANDS_ALONE and len(rest) > 1:
            end = rest[1][1]
        return start, end
    if not (ENDS.search(text[start:end]) or ROW_CELLS in text[start:end]):
        return end, end
    if place > 1 and ASKS.search(text[slice(*spans[place - 2])]) and start - spans[place - 1][0] < STANDS_ALONE:
        return spans[place - 1][0], end  # the short answer before it, to a question
    if place + 1 < len(spans):
        low, high = spans[place + 1]
        if LEADS_IN.search(text[start:end]) or TAKES_BACK.match(text[low:high]):
            return start, high
    return start, end


def read_in(reading: Reading, shift: int, start: int, end: int) -> float:
    """How likely the reader found the answer in that sentence."""
    scores = [span.score for span in reading.spans if start <= span.start + shift and span.end + shift <= end + 1]
    return probability_of(max(scores) / SPAN_SCALE) if scores else 0.0


def instead(quote: Quote, language: Language) -> Supported:
    """A quotation as the answer itself, where no drafted sentence held."""
    citation = cite(quote.marker, quote.passage, quote.start, quote.end, 1.0)
    return _quoted(citation, quote.text, language)


def quotation(supported: Supported, language: Language) -> Supported | None:
    """The best citation of a sentence as a sentence of its own; None where it would only say the same again."""
    citation = max(supported.citations, key=lambda one: one.score)
    quote = " ".join(citation.quote.split())
    said, there = set(words(supported.sentence.text)), set(words(quote))
    if len(quote) > LONGEST or len(said & there) >= SAME * len(there):
        return None
    return _quoted(citation, quote, language)


def _quoted(citation: Citation, quote: str, language: Language) -> Supported:
    text = LABEL[language].format(quote=quote)
    return Supported(Sentence(text=text, markers=[citation.marker], support=1.0, verbatim=True), (citation,))
