"""Rows of large tables as passages: those whose cells hold the words of a question.

Only their first rows are chunks of the index; the others are looked up by their words and judged like passages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from youju.embedding.base import Embedder, Vectors
from youju.index.base.records import TooLong
from youju.index.protocols import Store
from youju.records import Language, Passage, Scope, Scores
from youju.structure import TableCard
from youju.text.language import passage_terms

FROM_A_TABLE, FROM_ALL = 3, 12  # rows
MOST_TABLES = 50  # looked through; each look takes some milliseconds
ROW_SHARE = 0.7  # of a word's highest weight: what BM25 gives a text of few words that holds it once
HEADING = 160  # characters
Judge = Callable[[float, float, Language], Scores]
"""Similarity, share of the words, language -> scores."""


def record_passages(
    store: Store,
    embedder: Embedder,
    asked: Sequence[str],
    queries: Mapping[Language, Vectors],
    scope: Scope,
    weights: dict[str, float],
    judge: Judge,
) -> list[Passage]:
    """The rows behind the text of their document that hold words asked for.

    Args:
        queries: the question's vector, for rows in each language.
        weights: what each word of the question weighs.
    """
    large = store.table_cards(scope, only_large=True)[:MOST_TABLES]
    found = [passage for card in large for passage in _passages(store, card, asked)][:FROM_ALL]
    if not found:
        return []
    vectors = embedder.embed_documents([f"{passage.title_line}\n{passage.text}" for passage in found])
    total = max(sum(weights.values()), 1e-6)
    judged = []
    for passage, vector in zip(found, vectors, strict=True):
        similarity = vector @ queries[passage.language]
        held = set(passage_terms(passage.text))
        share = ROW_SHARE * sum(weight for word, weight in weights.items() if word in held) / total
        judged.append(replace(passage, scores=judge(float(similarity), share, passage.language)))
    return judged


def _passages(store: Store, card: TableCard, asked: Sequence[str]) -> list[Passage]:
    document = store.document(card.document_id)
    try:
        found = store.records.named(card.document_id, card.ordinal, asked, FROM_A_TABLE)
    except TooLong:
        return []
    heading = " ".join(card.title.split())[:HEADING]
    return [
        Passage(
            key=_key(document.id, row.start), chunk_id=f"{document.id}-at-{row.start}", ordinal=document.chunks,
            document=document, start=row.start, end=row.end, text=row.line, heading=heading, language=document.language,
            page=document.page_at(card.start), scores=Scores(0.0, 0.0, 0.0),
        )
        for row in found if row.start > document.characters
    ]  # fmt: skip


def _key(document_id: str, start: int) -> int:
    """Below zero, where no chunk has its key."""
    return -1 - int.from_bytes(hashlib.sha256(f"{document_id} {start}".encode()).digest()[:7], "big")
