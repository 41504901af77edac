"""Answers that compare: what the documents say of either side, side by side, and which side they do not know.

Each side is searched by itself, since a question for both finds what is most like the question, which often is one of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from service.composing.base import Composition, Run, Search
from service.composing.comparing_documents import DocumentComparison
from service.composing.listing import beginning
from service.composing.verbatim import Verbatim, spanning
from service.grounding.quotable import Quote, answer_of
from service.grounding.selection import read_in
from service.query.sides import Sides, sides_of
from service.query.understanding import Understanding
from service.reading.gate import AnswerabilityGate
from service.reading.reranking import Pair
from service.retrieval.retriever import Retriever
from youju.embedding.base import Embedder
from youju.embedding.scale import scale_of
from youju.records import Language, Passage
from youju.text.language import ROW_CELLS, query_words, sentences, words
from youju.text.rows import cells

PASSAGES = 6  # of a side that are looked at
OF_BOTH = 2  # of these, found for the whole question, that name both sides
SAID = 3  # sentences of a side
NEARLY = 0.8  # share of the best sentence's score that a further one needs
LEAST = 0.3  # score of a side's best sentence
OF_ASPECT = 0.5  # share of the words of an aspect that what is said of it must hold, its heading included
WORD = re.compile(r"[^\W\d_]{2}")
ARTICLE = re.compile(r"^[\"“‘「『《]?(?:(?:the|an?)\s+)?[\"“‘「『《]?", re.IGNORECASE)
PLURAL = re.compile(r"^e?s(?![a-z0-9])")
CONTRASTS = re.compile(
    r"\b(?:differ\w*|distinct\w*|while|whereas|unlike|compared|contrast|instead|rather|than|but|both)\b"
    r"|区别|區別|不同|差别|差別|差异|差異|而不?是|相比|相对|相對|但|比.+更|都",
    re.IGNORECASE,
)
OF_SIDE = 0.6  # share of the words of a side that a sentence or what it stands under must hold
SUB_QUESTION: dict[Language, tuple[str, str]] = {
    "en": ("What is {side}?", "What {aspect} does {side} have?"),
    "zh": ("{side}是什么？", "{side}的{aspect}是什么？"),
}
MISSING: dict[Language, str] = {"en": "The documents do not tell this of {side}.", "zh": "文档中没有说明“{side}”的这一点。"}

Span = tuple[Passage, int, int]


@dataclass(frozen=True)
class ComparisonComposer:
    """Answers questions that compare two things."""

    retriever: Retriever
    gate: AnswerabilityGate
    embedder: Embedder

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        if understood.form != "comparison" or (sides := sides_of(understood.question)) is None:
            return None
        named = understood.documents if len(understood.documents) == 2 else ()
        if search is None:
            return await run.step("verify", self._documents, named) if named and not sides.aspect else None
        beside = [one for one in search.passages if _names_both(sides, one.context)]
        told = [
            await self._told(run, sides, side, document, beside[:OF_BOTH])
            for side, document in zip((sides.first, sides.second), named or (None, None), strict=True)
        ]
        both = self._of_both(search, sides, run.language)
        known = [spans for spans in told if spans is not None]
        # One sentence on both says more than half of a comparison, and a side that is only mentioned is not compared.
        if len(known) < len(told) or not any(known) or (not all(known) and both):
            return None
        return self._composed(run.language, sides, known, both, search.decision.confidence)

    def _documents(self, identities: Sequence[str]) -> Composition | None:
        """Documents that are compared as a whole."""
        store = self.retriever.store
        return DocumentComparison(store, self.embedder).of([store.document(one) for one in identities])

    async def _told(
        self, run: Run, sides: Sides, side: str, document: str | None, beside: Sequence[Passage]
    ) -> list[Span] | None:
        """What answers the question for one side; nothing where no passage names it, None where none tells what it is.

        Args:
            document: the one that the side is, if it is one.
            beside: passages that name both sides.
        """
        plain, of_aspect = SUB_QUESTION[run.language]
        asked = of_aspect.format(side=side, aspect=sides.aspect) if sides.aspect else plain.format(side=side)
        scope = replace(run.ask.scope, document_ids=(document,)) if document else run.ask.scope
        passages = await run.step("retrieve", self.retriever.retrieve, asked, 2 * PASSAGES, scope)
        own = [one for one in passages if document or _is_of(side, one.context)]
        own = own if document else list({one.key: one for one in [*beside, *own]}.values())
        own = [one for one in own if one.language == run.language][:PASSAGES] or own[:PASSAGES]
        of_both = len({one.key for one in beside} & {one.key for one in own})
        if not own:
            return []
        found = await run.step(
            "gate", self._best, asked, side, sides.aspect, self.gate.read(asked, own), bool(document), of_both
        )
        return found or ([] if sides.aspect else None)

    def _best(self, asked: str, side: str, aspect: str, read: Sequence[Pair], is_document: bool, of_both: int) -> list[Span]:
        """What tells best of a side; of the first passages, `of_both` in number, if they do: what stands side by side in the
        document can be compared."""
        passages = [passage for passage, _ in read]
        found = ([] if aspect else self._named(side, passages[:of_both], is_document)) or self._named(
            side, passages, is_document, aspect
        )
        if not found:
            return []
        texts = [passage.text[start:end] for passage, start, end in found]
        vectors = self.embedder.embed_queries([asked, *texts])
        scale, sought = scale_of(self.embedder), set(query_words(aspect or side))
        readings = {passage.key: reading for passage, reading in read}
        scores = [
            scale.share(float(likeness))
            + len(sought & set(words(_above(*span)))) / max(1, len(sought)) / 2
            + read_in(readings[span[0].key], 0, *span[1:])
            for span, likeness in zip(found, vectors[1:] @ vectors[0], strict=True)
        ]
        best = int(np.argmax(scores))
        if aspect:
            beside = self._beside(found, scores, best)
            told = "\n".join(_above(*span) for span in beside)
            return beside if scores[best] >= LEAST and _is_of(aspect, told, OF_ASPECT) else []
        return self._near(found, scores, best) if scores[best] >= LEAST else []

    def _named(self, side: str, passages: Sequence[Passage], is_document: bool, aspect: str = "") -> list[Span]:
        """Items and sentences that begin with the side; of an aspect all sentences of what stands under it."""
        items = [] if aspect else self._items(side, passages)
        return items or [
            span
            for passage in passages
            for span in _quotable(passage)
            if (is_document or _is_of(side, _above(*span))) and (aspect or _begins(passage.text[slice(*span[1:])], side))
        ]

    def _near(self, found: Sequence[Span], scores: Sequence[float], best: int) -> list[Span]:
        """The best sentence, and those of its passage that are nearly as good."""
        near = [place for place, one in enumerate(found) if one[0] is found[best][0] and scores[place] >= NEARLY * scores[best]]
        return _apart([found[place] for place in sorted(sorted(near, key=lambda place: -scores[place])[:SAID])])

    def _beside(self, found: Sequence[Span], scores: Sequence[float], best: int) -> list[Span]:
        """The sentences of the section in which the best one stands, the best few of many."""
        passage, start, _ = found[best]
        section = self.retriever.store.outlines.get(passage.document.id).section(passage.start + start)
        inside = [
            place
            for place, one in enumerate(found)
            if one[0] is passage and section.body <= passage.start + one[1] < section.end
        ]
        kept = sorted(inside, key=lambda place: (place != best, -scores[place]))[:SAID]
        return _apart([found[place] for place in sorted(kept)])

    def _items(self, side: str, passages: Sequence[Passage]) -> list[Span]:
        """Items of lists that begin with the side: a term and what it stands for."""
        store, found = self.retriever.store, list[Span]()
        for passage in passages:
            for one in store.outlines.get(passage.document.id).lists_within(passage.start, passage.end):
                for item in one.items:
                    inside = passage.start <= item.start < passage.end
                    if inside and (whole := spanning(store, [passage], item.start, item.end)):
                        start, end = beginning(whole.text)
                        if end - start > 2 * len(side) and _begins(whole.text[start:end], side):
                            found.append((whole, start, end))
        return found

    def _of_both(self, search: Search, sides: Sides, language: Language) -> list[Span]:
        """The first sentence among the best passages in the language of the question that sets one side against the other."""
        for passage in [one for one in search.passages if one.language == language][:PASSAGES]:
            for span in _quotable(passage):
                text = passage.text[span[1] : span[2]]
                if CONTRASTS.search(text) and _names_both(sides, text):
                    return [span]
        return []

    def _composed(
        self, language: Language, sides: Sides, told: Sequence[list[Span]], both: Sequence[Span], confidence: float
    ) -> Composition:
        said = Verbatim(self.retriever.store)
        for span in both:
            if not any(
                Quote(0, *span).overlaps(Quote(0, *one)) for spans in told for one in spans
            ):  # else it is said of its side
                said.say(*span)
        for side, spans in zip((sides.first, sides.second), told, strict=True):
            if spans:
                said.name(side)
            for span in spans:
                said.say(*span, "item")
        lacking = [side for side, spans in zip((sides.first, sides.second), told, strict=True) if not spans]
        missing = " ".join(MISSING[language].format(side=side) for side in lacking) or None
        confidence = round(max(confidence, 0.5), 3)
        return Composition(tuple(said.said), tuple(said.shown), "partial" if missing else "answered", confidence, missing)


def _quotable(passage: Passage) -> list[Span]:
    """The sentences of a passage as they are quoted, without headings."""
    spans = sentences(passage.text)
    found = (answer_of(passage.text, spans, place) for place in range(len(spans)))
    return [(passage, start, end) for start, end in dict.fromkeys(found) if WORD.search(passage.text, start, end)]


def _above(passage: Passage, start: int, end: int) -> str:
    """A sentence with what it stands under; the first line of a chunk often is its heading."""
    first, _, _ = passage.text.partition("\n")
    return f"{passage.title_line}\n{first}\n{passage.text[start:end]}"


def _is_of(side: str, text: str, share: float = OF_SIDE) -> bool:
    """Whether a text names a side: this share of its words."""
    sought = query_words(side)
    there = set(words(text))
    held = sum(word in there or f"{word}s" in there for word in sought)  # stems of "CPUs" and "CPU" differ
    return bool(sought) and held >= share * len(sought)


def _names_both(sides: Sides, text: str) -> bool:
    return all(
        _is_of(side, text) and _tells_apart(side, other, text) for side, other in permutations((sides.first, sides.second))
    )


def _tells_apart(side: str, other: str, text: str) -> bool:
    """Whether a text has most of the words that one side has and the other has not: of two editors it names which."""
    own, there = set(query_words(side)) - set(query_words(other)), set(words(text))
    return len(own & there) >= OF_SIDE * len(own)


def _begins(text: str, side: str) -> bool:
    """Whether a text, or the first cell of a row of a table, begins with a side, an article before it or not."""
    first = cells(text)[0][1] if ROW_CELLS in text else text
    bare = ARTICLE.sub("", first.strip()).casefold()
    behind = PLURAL.sub("", bare[len(side) :])[:1]
    return bare.startswith(side.casefold()) and not (behind.isascii() and behind.isalnum())


def _apart(spans: Sequence[Span]) -> list[Span]:
    """Spans in order without those that overlap the one before."""
    kept: list[Span] = []
    for one in spans:
        if not kept or one[1] >= kept[-1][2]:
            kept.append(one)
    return kept
