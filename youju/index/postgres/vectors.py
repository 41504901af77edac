"""Nearest chunks by pgvector. What each method promises, `protocols` says.

Up to `EXACT` chunks in a scope each vector is compared, language by language (the partitions), by an expression that no
index answers; so it is where the scope is but a small share, or not made of collections. Else the graph of the
language is asked (`graphs.py`), where there is one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pgvector import Vector

from youju.embedding.base import Vectors
from youju.errors import EmbedderMismatch
from youju.index.base.averages import averages_of
from youju.index.base.records import UNMOVED, Neighbour
from youju.index.postgres import graphs
from youju.index.postgres.schema import LANGUAGES
from youju.index.postgres.view import View
from youju.records import EVERYTHING, Language, Scope

EXACT = 12_000  # chunks in a scope up to which each is compared: some 5 ms, about as long as a graph takes for a tenth
LEAST_SHARE = 0.1  # of all chunks; of fewer a graph would find most outside the scope
LARGE = 50_000  # chunks of a language from which on it gets a graph
SCOPES_KEPT = 32  # whose averages stay known
NEAREST = """(SELECT v.key, -(v.embedding <#> %(query_{language})s) similarity, '{language}' FROM vectors_{language} v
    WHERE {within} ORDER BY similarity DESC, v.key LIMIT %(limit)s)"""
FURTHER = """(SELECT v.key, -(v.embedding <#> CASE v.language {queries} END), v.language FROM vectors v
    WHERE v.key = ANY(%(also)s) ORDER BY 2 DESC)""".format(
    queries=" ".join(f"WHEN '{language}' THEN %(query_{language})s" for language in LANGUAGES)
)
Averages = dict[Language, npt.NDArray[np.float64]]


@dataclass(frozen=True)
class _State:
    """Which state of the index something was read from."""

    sequence: int
    embedder: str | None


class VectorIndex:
    """The vectors of the whole index; a scope tells what a caller may see. Safe to use from several threads."""

    is_usable = True  # it keeps nothing for the next start

    def __init__(self, view: View, embedder: str | None = None, exact: int = EXACT, large: int = LARGE) -> None:
        """
        Args:
            embedder: fingerprint of the embedder whose vectors it shall hold; else that of the store.
            exact: chunks in a scope up to which each is compared.
            large: chunks of a language from which on it gets a graph.
        """
        self._exact, self._large = exact, large
        self._view = view
        self._embedder = embedder
        self._guard = threading.Lock()
        self._averages: OrderedDict[Scope, tuple[_State, Averages]] = OrderedDict()

    def __len__(self) -> int:
        return int(self._view.database.value("SELECT count(*) FROM vectors"))

    def keys(self) -> npt.NDArray[np.int64]:
        return np.fromiter((key for (key,) in self._view.database.rows("SELECT key FROM vectors ORDER BY key")), np.int64)

    def search(
        self, query: Vectors, limit: int, scope: Scope = EVERYTHING, also: Sequence[int] = (),
        moved: Mapping[Language, Vectors] = UNMOVED,
    ) -> tuple[list[Neighbour], dict[Language, float]]:  # fmt: skip
        queries = {language: moved.get(language, query) for language in LANGUAGES}
        with self._view.database.snapshot():
            state = self._state()
            within, bound = self._view.within(scope, "v")
            bound |= {f"query_{language}": Vector(one) for language, one in queries.items()}
            bound |= {"limit": max(1, limit), "more": int(graphs.MORE * limit) + 1}
            walked = self._walked(scope, limit)
            asked = [
                (graphs.NEAR if language in walked else NEAREST).format(
                    within=within, language=language, dimension=len(query)
                )
                for language in LANGUAGES if scope.language in (None, language)
            ]  # fmt: skip
            if also:
                asked.append(FURTHER)
                bound["also"] = [int(key) for key in also]
            # One statement, since each way to the server and back takes as long as many comparisons. Those that are near come
            # first, so that of what is found twice the place is that one.
            found: dict[int, Neighbour] = {}
            for key, similarity, language in self._view.rows(" UNION ALL ".join(asked), **bound):
                found.setdefault(key, Neighbour(key, similarity, language))
            averages = self._averages_within(Scope(allowed=scope.allowed), state)
        return list(found.values()), {language: float(queries[language] @ average) for language, average in averages.items()}

    def save(self) -> None:
        """Nothing is kept for a start. Graphs that have become worth it are built."""
        graphs.build(self._view.database, self._large)

    def _walked(self, scope: Scope, limit: int) -> set[Language]:
        """The languages whose graphs are asked for the nearest within a scope."""
        if scope.document_ids or scope.uri_prefix or limit > graphs.MOST:
            return set()
        seen = [name for name, _ in self._view.limited_to(scope.allowed).totals() if scope.collection in (None, name)]
        totals = self._view.database.totals()
        within, every = sum(totals[name].chunks for name in seen), sum(one.chunks for one in totals.values())
        if within <= self._exact or within < LEAST_SHARE * every:
            return set()
        return graphs.usable(self._view.database)

    def _state(self) -> _State:
        state = _State(self._view.database.sequence(), self._view.database.meta("embedder"))
        self._embedder = self._embedder or state.embedder
        if state.embedder not in (None, self._embedder):
            raise EmbedderMismatch(
                f"the index in {self._view.database.place} was embedded again with another model.",
                "Restart with that model as YOUJU_EMBEDDING_MODEL.",
            )
        return state

    def _averages_within(self, scope: Scope, state: _State) -> Averages:
        with self._guard:
            known = self._averages.get(scope)
        if known is None or known[0] != state:
            within, bound = self._view.within(scope, "s")
            sums = self._view.rows(
                f"SELECT s.language, sum(s.chunks), sum(s.total) FROM document_sums s WHERE {within} GROUP BY s.language",
                **bound,
            )
            totals = {language: total.to_numpy().astype(np.float64) for language, _, total in sums}
            known = state, averages_of(totals, {language: int(count) for language, count, _ in sums})
        with self._guard:
            self._averages[scope] = known
            self._averages.move_to_end(scope)
            while len(self._averages) > SCOPES_KEPT:
                self._averages.popitem(last=False)
        return known[1]
