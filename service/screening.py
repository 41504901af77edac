"""Passages as they may be read: what orders the assistant about is blanked, so that it neither answers nor persuades.

Reader, gate, generator and verifier all get the screened passages. Blanks are as long as what they stand for, so offsets hold,
and what leaves the service is taken from the passages as they were (`exact`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from service.orders import is_about_orders, is_order, is_reply, may_be_order, opens_turn
from service.sanitising import prose
from youju.language import sentences
from youju.records import Citation, Passage

Span = tuple[int, int]


class Screen:
    """The passages of one question: as they are, and as they may be read."""

    def __init__(self, question: str, passages: Sequence[Passage]) -> None:
        self._originals = {passage.chunk_id: passage for passage in passages}
        self.passages = list(passages) if is_about_orders(question) else [screened(passage) for passage in passages]

    def exact(self, citation: Citation) -> Citation:
        """The citation with the words and the title of the document itself."""
        passage = self._originals[citation.chunk_id]
        quote = passage.text[citation.start - passage.start : citation.end - passage.start]
        return citation.model_copy(update={"quote": quote, "title": prose(passage.document.title)})


def screened(passage: Passage) -> Passage:
    """The passage without orders; the very same one where there are none."""
    text = blanked(passage.text)
    title = "" if is_order(passage.document.title) else passage.document.title
    heading = "" if is_order(passage.heading) else passage.heading
    if (text, title, heading) == (passage.text, passage.document.title, passage.heading):
        return passage
    document = dataclasses.replace(passage.document, title=title)
    return dataclasses.replace(passage, text=text, heading=heading, document=document)


def blanked(text: str) -> str:
    """The text with spaces in place of each order; as long as before."""
    spans = orders_in(text)
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def orders_in(text: str) -> list[Span]:
    """Spans of the sentences that order the assistant about, and of those around them that go on with it."""
    spans = sentences(text)
    said = [text[start:end] for start, end in spans]
    found = {number for number, sentence in enumerate(said) if is_order(sentence)}
    found |= {
        number for number in range(1, len(said)) if opens_turn(said[number - 1]) or is_reply(*said[number - 1 : number + 1])
    }
    for step in (1, -1):  # what follows an order, and what leads to it
        for number in range(len(said))[::step]:
            if number - step in found and number not in found and may_be_order(said[number]):
                found.add(number)
    return [spans[number] for number in sorted(found)]
