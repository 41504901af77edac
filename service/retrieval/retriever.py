"""Question -> passages: dense and lexical search, fused by what the languages allow.

Knows nothing of generators or HTTP.

Fusion is a convex-style sum of scores, not of ranks (Bruch et al. 2023, https://arxiv.org/abs/2210.11934): cosine
similarity plus a weighted BM25 share. The share is the BM25 score divided by the highest that any text could reach with
the words of the question, so that it lies between 0 and 1 and means the same in every index. Words hardly ever match
across languages, so there they weigh less: rank fusion, which cannot know this, halves cross-lingual recall. Of a Chinese
question only names and terms in Latin letters can stand in an English text, so that there they alone are the words.

Passages are ranked within each language, and the list takes from both in a fixed proportion: embedders find any passage in the
language of the question more similar than a relevant one in another language, by how much depends on what the index
holds of each, and no correction of the similarity makes them comparable in every index (docs/decisions/0020). The
similarity of an average passage of its language is taken away from that of each (see `youju.index.vectors`), so that what is
told of it means about the same in either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

from service.retrieval.interleaving import interleaved
from service.retrieval.records import record_passages
from service.retrieval.shifting import lift_scale, moved
from service.retrieval.spelling import Spelled, spelled
from youju.embedding.base import Embedder, Vectors
from youju.errors import EmptyIndex
from youju.index.base.bm25 import word_weight
from youju.index.base.records import Neighbour
from youju.index.protocols import Store, VectorIndex
from youju.records import EVERYTHING, Language, Passage, Scope, Scores
from youju.text.language import HAN_CHARACTER, detect_language, query_words, question_terms

CANDIDATES = 100  # looked at by each side before fusion
WEIGHT_SAME_LANGUAGE = 0.20
WEIGHT_CROSS_LANGUAGE = 0.10
USUAL = 10  # passages that tell which share of words is usual
BM25_CEILING = 2.2  # k1 + 1 of SQLite's FTS5: what a word's weight tends to, however often it occurs


def require_passages(store: Store, scope: Scope) -> None:
    """Raise `EmptyIndex` or `UnknownCollection` where there is nothing to search; needs no model."""
    if store.count_chunks() == 0:
        if store.allowed is not None:
            raise EmptyIndex("the collections that the key allows are empty.", "Upload documents to one of them first.")
        raise EmptyIndex(f"the index in {store.place} is empty.", "Run `youju ingest FOLDER` first.")
    store.require_collection(scope.collection)


@dataclass(frozen=True)
class Retriever:
    """Searches one index. Safe to use from several threads."""

    store: Store
    vectors: VectorIndex
    embedder: Embedder
    spelling: Callable[[str, Store], Spelled] = field(default=spelled, kw_only=True)

    def retrieve(self, question: str, limit: int, scope: Scope = EVERYTHING) -> list[Passage]:
        """The best `limit` passages of either language, each content once: see `interleaved`.

        Those of one language come best first; the scores of two languages cannot be compared.

        Raises:
            EmptyIndex: nothing has been ingested.
            UnknownCollection: no document is in the collection.
            EmbedderMismatch: the index was made by another embedder.
        """
        seen = self.limited_to(scope.allowed)
        scope = scope.within(seen.store.allowed)
        with seen.store.reading():
            seen.require_ready(scope)
            meant = self.spelling(question, seen.store)
        query = self.embedder.embed_retrieval_queries([meant.question])[0]  # nothing is held of the index meanwhile
        with seen.store.reading():
            found = without_duplicates(seen._found(question, meant, query, scope, limit))
        asked = detect_language(meant.question)
        own = [passage for passage in found if passage.language == asked]
        return interleaved(own, [passage for passage in found if passage.language != asked], limit)

    def as_meant(self, question: str, scope: Scope = EVERYTHING) -> str:
        """The question without what is mistyped in it, as `retrieve` searches it (see `service.retrieval.spelling`)."""
        return self.spelling(question, self.limited_to(scope.allowed).store).question

    def limited_to(self, allowed: tuple[str, ...] | None) -> Retriever:
        """The same for a caller who may see these collections only: what a word weighs and which similarity is usual come
        from them alone too, so that scores tell nothing of the rest."""
        return self if allowed is None else replace(self, store=self.store.limited_to(allowed))

    def require_ready(self, scope: Scope = EVERYTHING) -> None:
        """Raise what `retrieve` would raise."""
        require_passages(self.store, scope)
        self.store.require_embedder(self.embedder.fingerprint)

    def _found(self, typed: str, meant: Spelled, query: Vectors, scope: Scope, limit: int) -> list[Passage]:
        """The best `limit` candidates of either language, and rows of large tables, the best fused score first."""
        question = meant.question
        terms = self._terms(question)
        lexical = self.store.search_words([*terms, *meant.besides], CANDIDATES, scope)
        weights, asked = self._weights(terms), detect_language(question)
        there = moved(self.embedder.name, query, asked)
        near, expected = self.vectors.search(query, CANDIDATES, scope, list(lexical), there)
        most = {language: BM25_CEILING * _sum(weights, asked, language) for language in get_args(Language)}
        shares = {n.key: min(1.0, lexical.get(n.key, 0.0) / max(most[n.language], 1e-6)) for n in near}
        usual = _usual_share([n for n in near if n.language == asked], shares)
        level = max(expected.values(), default=0.0)

        def judge(similarity: float, share: float, language: Language) -> Scores:
            lift = lift_scale(self.embedder.name, asked, language).usual(similarity - expected.get(language, level))
            return fuse(lift, level, share, language == asked, usual)

        judged = {n.key: judge(n.similarity, shares[n.key], n.language) for n in near}
        found = self._read({n.key: n.language for n in near}, judged, limit)
        # What is only in a large table may look mistyped to whoever knows the text alone.
        words = list(dict.fromkeys([*query_words(typed), *query_words(question)]))
        queries = {language: there.get(language, query) for language in get_args(Language)}
        rows = record_passages(self.store, self.embedder, words, queries, scope, weights, judge)
        return sorted([*found, *rows], key=lambda passage: -passage.scores.fused) if rows else found

    def _read(self, languages: Mapping[int, Language], judged: Mapping[int, Scores], limit: int) -> list[Passage]:
        """The best `limit` passages of each language, each text once; what ranks behind them is not read."""
        ranked: dict[Language, list[int]] = {}
        for key in sorted(judged, key=lambda key: (-judged[key].fused, key)):
            ranked.setdefault(languages[key], []).append(key)
        found: dict[Language, list[Passage]] = {language: [] for language in ranked}
        while lacking := [language for language in ranked if ranked[language] and len(found[language]) < limit]:
            read = self.store.passages({key: judged[key] for language in lacking for key in ranked[language][:limit]})
            for language in lacking:
                more = [passage for passage in read if languages[passage.key] == language]
                found[language] = without_duplicates([*found[language], *more])
                ranked[language] = ranked[language][limit:]
        every = [passage for own in found.values() for passage in own]
        return sorted(every, key=lambda passage: (-passage.scores.fused, passage.key))

    def _terms(self, question: str) -> list[str]:
        """The words of a question; its quantities and dates in one form too, where any text holds them."""
        known, found = question_terms(question)
        counts = self.store.word_counts(found) if found else {}
        return list(dict.fromkeys([*known, *(form for form in found if counts[form])]))

    def _weights(self, terms: Sequence[str]) -> dict[str, float]:
        """What each word weighs; times `BM25_CEILING` it is the most that any text can get for it. Words in no text count: that
        they are missing everywhere tells how little the words found may mean."""
        total = self.store.count_chunks()
        return {word: word_weight(total, count) for word, count in self.store.word_counts(terms).items()}


def _sum(weights: Mapping[str, float], asked: Language, language: Language) -> float:
    """Of the words of a question in one language that can stand in a text in another."""
    only_names = asked == "zh" and language != asked
    return sum(weight for word, weight in weights.items() if not (only_names and HAN_CHARACTER.search(word)))


def fuse(lift: float, level: float, share: float, same_language: bool, usual_share: float) -> Scores:
    """Fuse a similarity, corrected for the language of the passage, and a BM25 share.

    `lift` is by how much the passage is more similar than the average one of its language, `level` how similar that one is
    in the language most similar: the same for all passages of a question, so that scores look like similarities.
    `usual_share` is what a near passage in the language of the question has anyway. Only what goes beyond it speaks for
    a passage; else each would be ahead of all those in another language.
    """
    dense = lift + level
    if same_language:
        return Scores(dense, share, dense + WEIGHT_SAME_LANGUAGE * (share - usual_share), lift)
    return Scores(dense, share, dense + WEIGHT_CROSS_LANGUAGE * share, lift)


def _usual_share(near: Sequence[Neighbour], shares: dict[int, float]) -> float:
    """Mean share of the nearest passages by similarity alone."""
    nearest = sorted(near, key=lambda n: -n.similarity)[:USUAL]
    return sum(shares[n.key] for n in nearest) / max(1, len(nearest))


def without_duplicates(passages: Sequence[Passage]) -> list[Passage]:
    """Passages whose text was not seen before, in order; white space does not make a difference."""
    seen: set[str] = set()
    found = []
    for passage in passages:
        content = "".join(passage.text.split())
        if content not in seen:
            seen.add(content)
            found.append(passage)
    return found
