"""Two documents side by side: what each says under the headings that both have; where they share none, what each is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.composing.base import Composition
from service.composing.summarising import SummaryComposer
from service.composing.verbatim import Verbatim, spanning, stretch
from service.query.titles import name_of, plain
from youju.embedding.base import Embedder
from youju.index.protocols import Store
from youju.records import Document
from youju.text.language import sentences
from youju.text.outline import Outline, Section

FEWEST = 2  # headings that two documents must share to be compared point by point
MOST = 6  # points
WORD = re.compile(r"\w")
LONGEST = 360  # characters said of a point
SENTENCES = 4  # of each document that shares no headings


@dataclass(frozen=True)
class DocumentComparison:
    """Compares documents as a whole; aspects of them are compared as of any two sides."""

    store: Store
    embedder: Embedder

    def of(self, documents: Sequence[Document]) -> Composition | None:
        """
        Args:
            documents: in the order in which the question names them.
        """
        outlines = [self.store.outlines.get(one.id) for one in documents]
        said = Verbatim(self.store)
        shared = _shared(self.store, documents, outlines)[:MOST]
        summaries = SummaryComposer(self.store, self.embedder)
        for place, document in enumerate(documents):
            said.name(name_of(document))
            if len(shared) >= FEWEST:
                for sections in shared:
                    self._say_point(said, document, sections[place])
            else:
                summaries.summarise(said, document, SENTENCES)
        return Composition(tuple(said.said), tuple(said.shown)) if said.shown else None

    def _say_point(self, said: Verbatim, document: Document, section: Section) -> None:
        """A heading with the first sentences below it."""
        end = min(section.end, section.body + 2 * LONGEST)
        chunks = stretch(self.store, document.id, section.start, end)
        whole = spanning(self.store, chunks, section.start, end)
        if whole is None:
            return
        behind = section.body - section.start
        spans = [
            (first, last) for first, last in sentences(whole.text) if first >= behind and WORD.search(whole.text, first, last)
        ]
        fitting = [last for _, last in spans if last - behind <= LONGEST] or [last for _, last in spans[:1]]
        if not fitting:
            return
        heading, text = whole.text[:behind].strip(" #\n"), whole.text[behind : fitting[-1]].strip()
        said.say(whole, 0, fitting[-1], "item", f"{heading}: {text}")


def _shared(store: Store, documents: Sequence[Document], outlines: Sequence[Outline]) -> list[tuple[Section, ...]]:
    """The sections whose heading every document has once, in the order of the first document; those without text of their own
    only hold others."""
    named: list[dict[str, Section]] = []
    for document, outline in zip(documents, outlines, strict=True):
        sections: dict[str, Section | None] = {}
        for one in outline.sections():
            inner = next((other.start for other in outline.headings if other.start > one.start), one.end)
            if one.heading is not None and store.excerpt(document.id, one.body, min(inner, one.end)).strip():
                name = plain(store.excerpt(document.id, one.heading.start, one.heading.end))
                sections[name] = None if name in sections else one
        named.append({name: one for name, one in sections.items() if name and one is not None})
    first, *others = named
    return [(one, *(other[name] for other in others)) for name, one in first.items() if all(name in other for other in others)]
