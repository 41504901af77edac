"""Parts of an answer that stand in a document word for word, each with its own citation. Knows nothing of questions."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import replace

from service.grounding.citations import Supported, cite
from service.grounding.sanitising import addresses, prose
from youju.index.protocols import Store
from youju.records import Block, Passage, Scores, Sentence
from youju.text.markdown import as_read
from youju.text.wrapping import one_line

UNSCORED = Scores(0.0, 0.0, 0.0)


class Verbatim:
    """Collects what is said: spans of documents, each cited as a passage of its own, numbered in the order of saying."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.said: list[Supported] = []
        self.shown: list[Passage] = []

    def say(self, passage: Passage, start: int, end: int, block: Block = "sentence", text: str | None = None) -> None:
        """Say the characters `start` to `end` of a passage, white space folded; `text` is another setting of the same words."""
        cited = replace(
            passage, start=passage.start + start, end=passage.start + end, text=passage.text[start:end],
            page=passage.document.page_at(passage.start + start),
        )  # fmt: skip
        marker = self._marker(cited)
        quote = cited.text
        read = as_read(quote if text is None else text, passage.document.media_type)
        said = prose(one_line(read), addresses(quote))
        citation = cite(marker, self.shown[marker - 1], 0, end - start, 1.0)
        self.said.append(Supported(Sentence(text=said, markers=[marker], support=1.0, verbatim=True, block=block), (citation,)))

    def name(self, text: str) -> None:
        """Say what the following is of: a document, a side. Nothing is cited."""
        self.said.append(Supported(Sentence(text=prose(text), markers=[], support=1.0, block="heading"), ()))

    def _marker(self, cited: Passage) -> int:
        for marker, one in enumerate(self.shown, 1):
            if (one.document.id, one.start, one.end) == (cited.document.id, cited.start, cited.end):
                return marker
        self.shown.append(cited)
        return len(self.shown)


def stretch(store: Store, document_id: str, start: int, end: int) -> list[Passage]:
    """The chunks that hold the characters `start` to `end` of a document, in order."""
    found = store.passages(dict.fromkeys(store.outlines.chunks(document_id, start, end), UNSCORED))
    return sorted(found, key=lambda passage: passage.start)


def spanning(store: Store, chunks: Sequence[Passage], start: int, end: int) -> Passage | None:
    """The characters `start` to `end` as one passage, named after the chunk (of `stretch`) in which they begin; None where they
    begin outside of all: then they are in the document, but in nothing that is searched."""
    place = bisect.bisect_right(chunks, start, key=lambda one: one.start) - 1
    if place < 0 or chunks[place].end <= start:
        return None
    first = chunks[place]
    inside = end <= first.end
    text = first.text[start - first.start : end - first.start] if inside else store.excerpt(first.document.id, start, end)
    return replace(first, start=start, end=end, text=text, page=first.document.page_at(start))


def named_after(store: Store, passage: Passage, start: int, end: int) -> Passage:
    """The characters `start` to `end` of the document as a passage that is named after another one: a heading may stand outside
    of what is searched."""
    text = store.excerpt(passage.document.id, start, end)
    return replace(passage, start=start, end=end, text=text, page=passage.document.page_at(start))
