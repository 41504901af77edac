"""Faithfulness: does a passage that was shown support a sentence of the draft? What none supports is a hallucination.

A sentence leaves the service only if a passage that was shown supports it; the markers that the model wrote are hints, the
passage's own words decide. Knows nothing of prompts, generators or HTTP.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.grounding.citations import Supported, cite
from service.grounding.draft_parser import Drafted
from service.grounding.sanitising import addresses
from youju.embedding.base import Embedder
from youju.embedding.scale import SimilarityScale, scale_of
from youju.records import Passage, Sentence
from youju.text.language import detect_language, query_words, sentences, words
from youju.text.quantities import codes, numbers, other_units

SUPPORTED = 0.5  # least support of a sentence that is sent
KNOWN_WORD = 0.25  # weight of a word that the question already held, against 1 for a new one
AGREEMENT = re.compile(r"\byes\b|^(?:是|对|可以|能)", re.IGNORECASE)
CLAUSE_END = re.compile(r"[，,；;：:。.!?！？\n](?!\d)")
NEGATION = re.compile(
    r"\b(?:not?|never|none|neither|nor|cannot|without)\b|n['’]t\b|"
    r"不(?!锈|同|仅|但|过|断|久|少)|没|未(?!来)|无(?!线|论)|非(?!常|洲)",
    re.IGNORECASE,
)


class Verifier:
    """Checks sentences of a draft against the passages that the model was shown."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def verify(self, drafted: Drafted, question: str, shown: Sequence[Passage]) -> Supported | None:
        """The sentence with its support and exact citations, or None if no passage shown supports it.

        The passages that the model cited are tried first; if none of them supports the sentence, the others are.
        """
        cited = [marker for marker in dict.fromkeys(drafted.markers) if 1 <= marker <= len(shown)]
        others = [marker for marker in range(1, len(shown) + 1) if marker not in cited]
        for markers in (cited, others):
            evidence = [(marker, self._evidence(drafted.text, question, shown[marker - 1])) for marker in markers]
            good = [(marker, span) for marker, span in evidence if span.support >= SUPPORTED]
            if not good:
                continue
            if markers is others:  # the model did not choose, so the best one does
                good = [max(good, key=lambda pair: pair[1].support)]
            citations = tuple(cite(marker, shown[marker - 1], span.start, span.end, span.support) for marker, span in good)
            support = max(span.support for _, span in good)
            sentence = Sentence(text=drafted.text, markers=[marker for marker, _ in good], support=round(support, 3))
            return Supported(sentence, citations)
        return None

    def extract(self, question: str, shown: Sequence[Passage], markers: Sequence[int]) -> Supported | None:
        """The sentence of the passages pointed at that is nearest to the question, as it stands; None in another language.

        For a model that names the right passage and writes nothing: the passage itself then speaks.
        """
        asked = detect_language(question)
        pointed = [marker for marker in dict.fromkeys(markers) if 1 <= marker <= len(shown)]
        candidates = [
            (marker, span)
            for marker in pointed
            if shown[marker - 1].language == asked
            for span in _spans(shown[marker - 1].text)
        ]
        if not candidates:
            return None
        texts = [shown[marker - 1].text[start:end] for marker, (start, end) in candidates]
        vectors = self._embedder.embed_queries([question, *texts])
        marker, (start, end) = candidates[int((vectors[1:] @ vectors[0]).argmax())]
        citation = cite(marker, shown[marker - 1], start, end, 1.0)
        text = " ".join(citation.quote.split())
        return Supported(Sentence(text=text, markers=[marker], support=1.0), (citation,))

    def _evidence(self, sentence: str, question: str, passage: Passage) -> SupportingSpan:
        """The part of the passage that supports the sentence best, and how well."""
        denies = bool(NEGATION.search(sentence))
        spans = _spans(passage.text) if denies else _windows(passage.text)  # a denial must stand in the sentence itself
        if says_more(sentence, passage.context):
            return SupportingSpan(*spans[0], 0.0)
        said = [_of_same_polarity(passage.text[start:end], denies) for start, end in spans]
        supports = [_coverage(sentence, question, text) for text in said]
        # A name or a number may stand literally in a passage of another language; else only likeness can tell.
        if max(supports) < SUPPORTED and detect_language(sentence) != passage.language:
            supports = self._likeness(f"{question} {sentence}", [passage.text[start:end] for start, end in spans])
        best = max(range(len(spans)), key=lambda i: (supports[i], spans[i][0] - spans[i][1]))  # of equals the shortest
        return SupportingSpan(*spans[best], supports[best])

    def _likeness(self, sentence: str, texts: Sequence[str]) -> list[float]:
        """How much each text says what the sentence says, 0 to 1, by similarity: for another language, where words fail."""
        vectors = self._embedder.embed_queries([sentence, *texts])
        similarities = (vectors[1:] @ vectors[0]).tolist()
        return [self._scale.share(one) for one in similarities]

    @functools.cached_property
    def _scale(self) -> SimilarityScale:
        return scale_of(self._embedder)


def says_more(sentence: str, context: str) -> bool:
    """Whether a sentence has a number, code or address that does not stand in the context, or a number with another unit."""
    stands = all(kind(sentence) <= kind(context) for kind in (numbers, codes, addresses))
    return not stands or other_units(sentence, context)


@dataclass(frozen=True)
class SupportingSpan:
    """A span in the text of a passage and how much of a sentence it supports, 0 to 1."""

    start: int
    end: int
    support: float


def _spans(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a passage."""
    return sentences(text) or [(0, len(text))]


def _windows(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a passage and of neighbouring pairs of them."""
    single = _spans(text)
    return single + [(first[0], second[1]) for first, second in zip(single, single[1:], strict=False)]


def _of_same_polarity(evidence: str, denies: bool) -> str:
    """What of the evidence may support a denial (all, if it denies something) or an affirmation (what denies nothing)."""
    if denies:
        return evidence if NEGATION.search(evidence) else ""
    return " ".join(clause for clause in CLAUSE_END.split(evidence) if not NEGATION.search(clause))


def _coverage(sentence: str, question: str, evidence: str) -> float:
    """Weighted share of the sentence's words that the evidence holds; words new against the question weigh more.

    `Yes.` says what the question says. Other sentences without words of their own, as `No.`, stay unsupported.
    """
    said = [word for word in query_words(sentence) if word != "yes"]
    if not said and AGREEMENT.search(sentence):
        said = query_words(question)
    if not said:
        return 0.0
    known, there = set(query_words(question)), set(words(evidence)) | numbers(evidence)
    weights = {word: KNOWN_WORD if word in known else 1.0 for word in said}
    held = sum(weight for word, weight in weights.items() if word in there)
    return held / sum(weights.values())
