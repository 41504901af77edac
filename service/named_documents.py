"""Passages of the documents that a question names by a word of their titles, in place of those of documents titled by another.

Reports, contracts and manuals of several firms or products say the same things in the same words; which of them is meant only
their titles tell, and ranks hardly go by these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.grounding.rows import is_titled_otherwise
from service.query.titles import TitleIndex
from service.retrieval.retriever import Retriever
from youju.records import Passage, Scope
from youju.text.language import detect_language
from youju.text.names import named

MOST_TITLED = 200  # documents that a name stands in the titles of; one of more tells little


def retrieve(retriever: Retriever, titles: TitleIndex, asked: Sequence[str], limit: int, scope: Scope) -> list[Passage]:
    """The best `limit` passages of all questions that are not empty (a part, and the whole that tells what it is about).

    Where a question names what some documents are titled by, those of documents of that kind titled by another name are left
    out, and the best of the former are taken along. Raises what `Retriever.retrieve` raises.
    """
    return _merged([_of_one(retriever, titles, question, limit, scope) for question in asked if question])[:limit]


def _of_one(retriever: Retriever, titles: TitleIndex, question: str, limit: int, scope: Scope) -> list[Passage]:
    found = retriever.retrieve(question, limit, scope)
    kept = [passage for passage in found if not is_titled_otherwise(passage, question, found)]
    if len(kept) == len(found):
        return found
    documents = titles.current().titled_by(named(question, detect_language(question)), scope)
    if not 0 < len(documents) <= MOST_TITLED:
        return kept
    return _merged([kept, retriever.retrieve(question, limit, replace(scope, document_ids=documents))])


def _merged(lists: Sequence[Sequence[Passage]]) -> list[Passage]:
    """Each passage once, by the best of its ranks."""
    best: dict[object, tuple[int, Passage]] = {}
    for passages in lists:
        for rank, passage in enumerate(passages):
            if passage.key not in best or rank < best[passage.key][0]:
                best[passage.key] = (rank, passage)
    return [passage for _, passage in sorted(best.values(), key=lambda one: one[0])]
