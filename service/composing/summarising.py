"""Summaries word for word: of a document its outline and the sentences that carry it, of a topic those of the best sections."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.composing.base import Composition, Run, Search
from service.composing.listing import beginning
from service.composing.salient import Candidate, candidates, centre_of, chosen
from service.composing.verbatim import Verbatim, named_after, spanning, stretch
from service.query.understanding import Understanding
from youju.embedding.base import Embedder
from youju.errors import UnknownDocument
from youju.index.base.bm25 import word_weight
from youju.index.protocols import Store
from youju.records import Document, Passage, Scope
from youju.text.language import query_words, words
from youju.text.outline import Outline, Section
from youju.text.rows import rows

SENTENCES = 8  # of a summary
EACH = 2  # of a part
PARTS = 8  # with a heading and a sentence each; of more parts the headings are listed behind the sentences
HEADINGS = 40  # listed at most
LOOKED_AT = 6  # sentences of a part that are compared
BEGINNING = 6000  # characters of a part in which they are looked for
EVEN_PARTS, SHORTEST_PART = 6, 600  # stretches of a document without headings, and the characters of each at least
ITEMS = 2  # of a list that stands for a part without sentences
MOST_VECTORS = 2000  # of a document that are looked at
DOCUMENTS = 4  # summarised at once
OF_ONE = 0.6  # share of the best passages from which on a topic is a document
BEST = 5
# Words that ask for a summary and name nothing.
ASKING = frozenset(
    query_words(
        "summary summarise summarize overview outline gist give tell show main key points contents brief briefly short please "
        "说明 总结 概括 概述 摘要 简介 介绍 主要 要点 内容 大意 讲 讲了 一下"
    )
)
# "What does the agreement say about termination": of a document only that.
TOPIC = re.compile(
    r"\b(?:say|says|said|tells?|states?|writes?|written|mentions?|covers?|provides?|has)\b[^?？]*?"
    r"\b(?:about|on|regarding|concerning)\s+(?P<topic>[^?？]+)|"
    r"(?:关于|有关|针对|对于?)(?P<zh>[^?？，,]{1,20}?)(?:方面)?(?:是|都|又|的)?(?:怎么|怎样|如何|有?什么|有?哪些|啥)?"
    r"(?:说|规定|要求|写|讲|介绍|约定|内容|条款)",
    re.IGNORECASE,
)
HELD = 0.6  # share of what the best passage holds of the question's words that another one must hold


def topic_of(question: str) -> str | None:
    """What is asked about in a document, where it is not asked for as a whole."""
    found = TOPIC.search(question)
    topic = (found["topic"] or found["zh"]).strip() if found else ""
    return topic if query_words(topic) else None


@dataclass(frozen=True)
class SummaryComposer:
    """Answers questions for a summary, or what a document is about."""

    store: Store
    embedder: Embedder

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        if understood.form != "summary":
            return None
        topic = topic_of(understood.question)
        if search is None and topic:
            return None  # to be looked for, in the documents that are named
        if search is None:
            named = await run.step("retrieve", self._named, understood, run.ask.scope)
            return await run.step("verify", self.of_documents, named) if named else None
        if not search.decision.is_open:
            return None
        return await run.step("verify", self._of_topic, search, topic)

    def _named(self, understood: Understanding, scope: Scope) -> list[Document]:
        """The documents that the question names, those that it is limited to, or the only one there is."""
        store = self.store.limited_to(scope.allowed)
        identities = understood.documents or scope.document_ids
        if not identities and not scope.uri_prefix and store.count_documents(scope.collection) == 1:
            return store.documents(scope.collection)
        found = []
        for identity in identities[:DOCUMENTS]:
            try:
                document = store.document(identity)
            except UnknownDocument:
                continue
            if scope.collection in (None, document.collection) and document.uri.startswith(scope.uri_prefix):
                found.append(document)
        return found

    def of_documents(self, documents: Sequence[Document]) -> Composition | None:
        """What they are about: a few sentences of each, under their headings."""
        said = Verbatim(self.store)
        for document in documents:
            self.summarise(said, document, max(2, SENTENCES // len(documents)))
        return Composition(tuple(said.said), tuple(said.shown)) if said.said else None

    def _of_topic(self, search: Search, topic: str | None) -> Composition | None:
        """Of the document that the question means, or of the best sections of several, or of what is told about a topic."""
        best = self._about(search, topic)[:BEST]
        if not best:
            return None
        if topic is None and (document := self._meant(search.question, best)):
            return self.of_documents([document])
        said = Verbatim(self.store)
        vector = self.embedder.embed_queries([topic or search.question])[0]
        found = [one for part, passage in enumerate(best) for one in candidates([passage], part, LOOKED_AT)]
        last = None
        for one in chosen(found, vector, self.embedder, SENTENCES, EACH):
            if one.part != last:
                outline = self.store.outlines.get(one.passage.document.id)
                self._say_heading(said, outline.section(one.passage.start + one.start), one.passage)
            last = one.part
            _say(said, one)
        confidence = round(search.decision.confidence, 3)
        return Composition(tuple(said.said), tuple(said.shown), confidence=confidence) if said.said else None

    def _about(self, search: Search, topic: str | None) -> list[Passage]:
        """The passages that hold most of what the question, or its topic, names, among the words that any text holds; those
        with a word of the document that a topic is asked of, where there are any."""
        named = query_words(topic or search.question)
        asked = [word for word in named if word not in ASKING]
        counts, total = self.store.word_counts(asked), self.store.count_chunks()
        weights = {word: word_weight(total, counts[word]) for word in asked if counts[word]}
        held = [set(words(one.context)) for one in search.passages]
        shares = [sum(weights[word] for word in weights.keys() & there) for there in held]
        least = HELD * max(shares, default=0.0)
        of = set(query_words(search.question)) - set(named) - ASKING if topic else set()
        inside = {place for place, there in enumerate(held) if of & there} or set(range(len(held)))
        return [one for place, one in enumerate(search.passages) if place in inside and shares[place] >= least > 0]

    def _meant(self, question: str, best: Sequence[Passage]) -> Document | None:
        """The document that most of these passages are from; where all of several have its name, the one whose title is nearest
        to the question."""
        documents = {one.document.id: one.document for one in best}
        (identity, count), *_ = Counter(one.document.id for one in best).most_common(1)
        if count >= OF_ONE * len(best) and identity == best[0].document.id:
            return documents[identity]
        asked = set(query_words(question))
        titled = [one for one in documents.values() if asked & set(query_words(one.title))]
        if len(titled) < len(documents):
            return None
        vectors = self.embedder.embed_queries([question, *(one.title for one in titled)])
        return titled[int(np.argmax(vectors[1:] @ vectors[0]))]

    def summarise(self, said: Verbatim, document: Document, most: int) -> None:
        """Say at most so many sentences of a document, under its headings."""
        outline = self.store.outlines.get(document.id)
        parts = parts_of(outline)
        _, vectors = self.store.outlines.vectors(document.id, MOST_VECTORS)
        if not len(vectors):
            return
        passages = {place: self._beginning(document, part) for place, part in enumerate(parts)}
        looked_at = max(LOOKED_AT, LOOKED_AT * EVEN_PARTS // len(parts))
        found = [
            one
            for place, part in enumerate(parts)
            for one in candidates(passages[place], place, looked_at, part.body, part.end)
        ]
        picked = chosen(found, centre_of(vectors), self.embedder, most, EACH if len(parts) >= PARTS // 2 else 2 * EACH)
        with_headings = len(parts) <= PARTS
        anchor = next((one for some in passages.values() for one in some), None)
        for place, part in enumerate(parts):
            mine = [one for one in picked if one.part == place]
            if with_headings:
                self._say_part(said, part, passages[place] or [anchor] if anchor else [], mine, outline)
            else:
                for one in mine:
                    _say(said, one)
        if not with_headings:
            for place, part in list(enumerate(parts))[:HEADINGS]:
                self._say_heading(said, part, next(iter(passages[place]), anchor), listed=True)

    def _beginning(self, document: Document, part: Section) -> list[Passage]:
        return stretch(self.store, document.id, part.start, min(part.end, part.start + BEGINNING))

    def _say_part(
        self, said: Verbatim, part: Section, passages: Sequence[Passage], mine: Sequence[Candidate], outline: Outline
    ) -> None:
        """A part with its heading; where no sentence stands alone, by the first items of its list or rows of its table."""
        if part.heading is not None:
            self._say_heading(said, part, next(iter(passages), None))
        for one in mine:
            _say(said, one)
        if mine or part.heading is None:
            return
        lists = outline.lists_within(part.start, part.end)
        for item in lists[0].items[:ITEMS] if lists else ():
            if passage := spanning(self.store, passages, item.start, item.end):
                said.say(passage, *beginning(passage.text), "item")
        for passage, start, end in _rows_of(passages, part)[: 0 if lists else ITEMS]:
            said.say(passage, start, end, "item")

    def _say_heading(self, said: Verbatim, section: Section, passage: Passage | None, listed: bool = False) -> None:
        if section.heading is not None and passage is not None:
            named = named_after(self.store, passage, section.heading.start, section.heading.end)
            said.say(named, 0, len(named.text), "item" if listed else "heading")


def _rows_of(passages: Sequence[Passage], part: Section) -> list[tuple[Passage, int, int]]:
    """The rows of tables that stand in a part."""
    return [
        (one, start, end)
        for one in passages
        for start, end in rows(one.text)
        if part.body <= one.start + start and one.start + end <= part.end
    ]


def _say(said: Verbatim, one: Candidate) -> None:
    said.say(one.passage, one.start, one.end, "item" if one.listed else "sentence")


def parts_of(outline: Outline) -> list[Section]:
    """The sections of the highest level that has more than one; where there is none, equal stretches of the document."""
    whole = Section(0, outline.characters)
    parts = outline.below(whole)
    title = None
    while len(parts) == 1 and (inner := outline.below(parts[0])):
        title, parts = parts[0], inner
    if len(parts) < 2:
        start = title.body if title else parts[0].body if parts else 0
        step = max(SHORTEST_PART, (outline.characters - start) // EVEN_PARTS + 1)
        return [Section(one, min(one + step, outline.characters)) for one in range(start, outline.characters, step)]
    before = Section(title.body if title else 0, parts[0].start)
    return [before, *parts] if before.end > before.start else list(parts)
