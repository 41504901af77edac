"""What one document holds: what it is about, its headings, questions to ask of it, its chunks."""

from __future__ import annotations

from dataclasses import dataclass

from service.composing.summarising import SummaryComposer
from service.composing.verbatim import UNSCORED
from service.overview import headings_of, questions_of
from youju.embedding.base import Embedder
from youju.index.protocols import Store
from youju.records import Citation, Document, Heading, Passage

HEADINGS = 1000  # told of a document at most
QUESTIONS = 5
SENTENCES = 5  # that say what it is about


@dataclass(frozen=True)
class Contents:
    """Sentences that say what a document is about, each where it stands; its headings with their words; questions."""

    about: tuple[Citation, ...]
    headings: tuple[tuple[Heading, str], ...]
    questions: tuple[str, ...]


def contents_of(store: Store, embedder: Embedder, document: Document) -> Contents:
    """All of it in the words of the document; knows no generator."""
    made = SummaryComposer(store, embedder).of_documents([document])
    said = [one.citations[0] for one in made.said if one.sentence.block in ("sentence", "item")] if made else []
    headings = headings_of(store, document, HEADINGS)
    return Contents(tuple(said[:SENTENCES]), tuple(headings), tuple(questions_of(store, document, QUESTIONS)))


def chunks_of(store: Store, document: Document, offset: int, limit: int) -> list[Passage]:
    """Its chunks as they are searched, in order."""
    keys = store.outlines.chunks(document.id, 0, document.characters)[offset : offset + limit]
    return sorted(store.passages(dict.fromkeys(keys, UNSCORED)), key=lambda one: one.ordinal)
