"""Draft -> supported sentences with exact citations.

A sentence leaves the service only if a passage that was shown supports it; the markers that the model wrote are hints, the
passage's own words decide. Knows nothing of prompts, generators or HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.generation.prompting import NOT_FOUND
from service.grounding.sanitising import addresses
from youju.embedding.base import Embedder
from youju.records import Citation, Language, Passage, Sentence
from youju.text.language import HAN, detect_language, query_words, sentences, words
from youju.text.quantities import codes, numbers, other_units

MARKER = re.compile(r"[\[［【](\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*)[\]］】]")
OPEN_MARKER = re.compile(r"\s*[\[［【][\d\s,，、;；]*$")  # at the end of a growing draft: not yet a marker, nor text
LEADING_MARKERS = re.compile(rf"(?:{MARKER.pattern}\s*)+")
SUPPORTED = 0.5  # least support of a sentence that is sent
KNOWN_WORD = 0.25  # weight of a word that the question already held, against 1 for a new one
# Cosine similarities of the bundled embedder: unrelated sentences lie around the first, paraphrases above the second.
UNRELATED, PARAPHRASE = 0.78, 0.92
AGREEMENT = re.compile(r"\byes\b|^(?:是|对|可以|能)", re.IGNORECASE)
CLAUSE_END = re.compile(r"[，,；;：:。.!?！？\n](?!\d)")
NEGATION = re.compile(
    r"\b(?:not?|never|none|neither|nor|cannot|without)\b|n['’]t\b|"
    r"不(?!锈|同|仅|但|过|断|久|少)|没|未(?!来)|无(?!线|论)|非(?!常|洲)",
    re.IGNORECASE,
)
END_MARKS = "。！？!?.；;"
REFUSAL = re.compile(
    r"\b(?:passages?|documents?|text|context)\b[^.]{0,60}\b(?:do(?:es)? not|don't|doesn't)\b[^.]{0,30}"
    r"\b(?:mention|contain|provide|specify|state|hold|say|include|answer)|"
    r"\bnot (?:mentioned|specified|provided|stated|given|contained)\b"
    r"[^.]{0,20}\b(?:in|by)\b[^.]{0,10}\b(?:passages?|documents?|text|context)\b|"
    r"(?:段落|文档|文中|资料|上下文)[^。]{0,20}(?:没有|未|并未|无法)[^。]{0,8}(?:提及|提到|说明|给出|提供|包含|答案|找到|回答)",
    re.IGNORECASE,
)
# Sentences that only name their source: what remains of them besides markers and these words is nothing.
SOURCE_WORDS = re.compile(
    r"依据|根据|段落|编号|来源|参考|出处|分别|的|是|为|见|和|与|第|"
    r"according to|source|passages?|see|number|based on|from|is|the|and",
    re.IGNORECASE,
)
# `根据段落[1]和[2]的内容，…`, `According to [1], …`: the markers already say it.
ATTRIBUTION = re.compile(
    rf"^(?:(?:根据|依据)\s*(?:段落|文档)?|(?:according to|based on)\s+(?:the\s+)?(?:passages?)?)\s*{MARKER.pattern}"
    rf"(?:\s*(?:和|与|、|[,，]|and)?\s*{MARKER.pattern})*\s*(?:的|中的|里的)?(?:内容|信息|描述|说法)?\s*[,，:：]?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Drafted:
    """A sentence of the draft without its markers."""

    text: str
    markers: tuple[int, ...]


@dataclass(frozen=True)
class Supported:
    """A sentence that may be sent, and the citations it stands on."""

    sentence: Sentence
    citations: tuple[Citation, ...]


class DraftReader:
    """Cuts a growing draft into sentences. One is ready when the next has begun, since markers may follow its full stop."""

    def __init__(self) -> None:
        self.text = ""
        self._given = 0

    def feed(self, piece: str) -> Iterator[Drafted]:
        """Add a piece of the draft; yields the sentences that are complete now."""
        self.text += piece
        yield from self._new(split_draft(OPEN_MARKER.sub("", self.text))[:-1])

    def finish(self) -> Iterator[Drafted]:
        """The sentences that remain."""
        yield from self._new(split_draft(self.text))

    def _new(self, ready: list[Drafted]) -> Iterator[Drafted]:
        fresh, self._given = ready[self._given :], max(self._given, len(ready))
        yield from fresh


def split_draft(text: str) -> list[Drafted]:
    """Sentences with the markers in or behind them; one that only names its source belongs to the one before."""
    found: list[Drafted] = []
    for start, end in sentences(text):
        raw = text[start:end]
        leading = LEADING_MARKERS.match(raw)
        if leading and found and not found[-1].markers:  # they followed the full stop of the sentence before
            found[-1] = Drafted(found[-1].text, markers_in(leading.group()))
            raw = raw[leading.end() :]
        markers = markers_in(raw)
        plain = " ".join(MARKER.sub("", ATTRIBUTION.sub("", raw)).split())
        plain = plain[:1].upper() + plain[1:]
        plain = re.sub(rf"\s+(?=[{re.escape(END_MARKS)}，,])", "", plain)
        if re.search(r"\w", SOURCE_WORDS.sub("", plain)):
            found.append(Drafted(plain, markers))
        elif found:
            found[-1] = Drafted(found[-1].text, found[-1].markers + markers)
    return found


def markers_in(text: str) -> tuple[int, ...]:
    """The markers in a text, in order."""
    return tuple(int(number) for match in MARKER.finditer(text) for number in re.findall(r"\d+", match[1]))


def is_refusal(sentence: str) -> bool:
    """Whether the model says that the passages do not hold the answer."""
    bare = sentence.strip(END_MARKS + " ").upper()
    return bare in NOT_FOUND.values() or bool(REFUSAL.search(sentence))


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

    def _evidence(self, sentence: str, question: str, passage: Passage) -> Evidence:
        """The part of the passage that supports the sentence best, and how well."""
        denies = bool(NEGATION.search(sentence))
        spans = _spans(passage.text) if denies else _windows(passage.text)  # a denial must stand in the sentence itself
        context = f"{passage.document.title}\n{passage.heading}\n{passage.text}"
        if says_more(sentence, context):
            return Evidence(*spans[0], 0.0)
        said = [_of_same_polarity(passage.text[start:end], denies) for start, end in spans]
        supports = [_coverage(sentence, question, text) for text in said]
        # A name or a number may stand literally in a passage of another language; else only likeness can tell.
        if max(supports) < SUPPORTED and detect_language(sentence) != passage.language:
            supports = self._likeness(f"{question} {sentence}", [passage.text[start:end] for start, end in spans])
        best = max(range(len(spans)), key=lambda i: (supports[i], spans[i][0] - spans[i][1]))  # of equals the shortest
        return Evidence(*spans[best], supports[best])

    def _likeness(self, sentence: str, texts: Sequence[str]) -> list[float]:
        """How much each text says what the sentence says, 0 to 1, by similarity: for another language, where words fail."""
        vectors = self._embedder.embed_queries([sentence, *texts])
        similarities = (vectors[1:] @ vectors[0]).tolist()
        return [min(1.0, max(0.0, (one - UNRELATED) / (PARAPHRASE - UNRELATED))) for one in similarities]


def says_more(sentence: str, context: str) -> bool:
    """Whether a sentence has a number, code or address that does not stand in the context, or a number with another unit."""
    stands = all(kind(sentence) <= kind(context) for kind in (numbers, codes, addresses))
    return not stands or other_units(sentence, context)


@dataclass(frozen=True)
class Evidence:
    """A span in the text of a passage and how much of a sentence it supports, 0 to 1."""

    start: int
    end: int
    support: float


def cite(marker: int, passage: Passage, first: int, last: int, support: float) -> Citation:
    """The citation of the characters `first` to `last` (exclusive) of a passage's text."""
    start, end = passage.start + first, passage.start + last
    return Citation(
        marker=marker, document_id=passage.document.id, title=passage.document.title, uri=passage.document.uri,
        page=passage.document.page_at(start), chunk_id=passage.chunk_id, quote=passage.text[first:last],
        start=start, end=end, score=round(support, 3),
    )  # fmt: skip


def merge_citations(citations: Sequence[Citation], shown: Sequence[Passage]) -> list[Citation]:
    """One citation for each marker: the shortest span of its passage that holds all spans cited under it."""
    merged: dict[int, Citation] = {}
    for citation in citations:
        known = merged.get(citation.marker)
        if known is not None:
            passage = shown[citation.marker - 1]
            start, end = min(known.start, citation.start), max(known.end, citation.end)
            citation = known.model_copy(
                update={
                    "start": start, "end": end, "quote": passage.text[start - passage.start : end - passage.start],
                    "page": passage.document.page_at(start), "score": max(known.score, citation.score),
                }
            )  # fmt: skip
        merged[citation.marker] = citation
    return [merged[marker] for marker in sorted(merged)]


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


def compose(verified: Sequence[Sentence], language: Language) -> str:
    """The answer: sentences with their markers before the end mark, `…[1]。` and `… [1].`"""
    parts = []
    for sentence in verified:
        text = sentence.text.rstrip(END_MARKS + " ")
        end = sentence.text[len(text) :].strip() or ("。" if language == "zh" else ".")
        ending = rf"[{HAN}，。％%）”」]" if language == "zh" else rf"[{HAN}，。％%）]"
        gap = "" if re.match(ending, text[-1:]) else " "
        parts.append(f"{text}{gap}{''.join(f'[{marker}]' for marker in sentence.markers)}{end}")
    return ("" if language == "zh" else " ").join(parts)
