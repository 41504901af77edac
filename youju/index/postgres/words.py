"""The full text: which chunks hold which words, and what a word weighs (BM25). What each method promises, `protocols` says.

A plain table of words gives the scores of SQLite's FTS5, which PostgreSQL's own full text cannot: it ranks without the number
of texts that hold a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from youju.index.base.bm25 import K1, B, word_weight
from youju.index.postgres.chunks import Chunks
from youju.index.postgres.view import View
from youju.records import Scope
from youju.text.spelling import nearest

SCORE = f"sum(a.weight * p.tf * {K1 + 1} / (p.tf + {K1} * ({1 - B} + {B} * p.length / %(mean)s::float8)))"
SOUGHT = "unnest(%(words)s::text[], %(weights)s::float8[]) a (word, weight) JOIN postings p ON p.word = a.word"
# Words in their order, each found in the index behind the one before: reading all postings of a letter would take long.
BEGINNING = """WITH RECURSIVE found (word) AS (
    (SELECT p.word FROM postings p WHERE p.word >= %(first)s AND p.word < %(behind)s ORDER BY p.word LIMIT 1)
    UNION ALL
    SELECT (SELECT p.word FROM postings p WHERE p.word > found.word AND p.word < %(behind)s ORDER BY p.word LIMIT 1)
    FROM found WHERE found.word IS NOT NULL
) SELECT word FROM found WHERE word IS NOT NULL"""


@dataclass(frozen=True)
class Words:
    """The words that a view shows."""

    view: View

    def search(self, query: Sequence[str], limit: int, scope: Scope) -> dict[int, float]:
        if not query:
            return {}
        with self.view.database.snapshot():
            rows = self._scored(query, scope, "p.key", "TRUE", limit)
        return {int(key): float(score) for key, score in rows}

    def mentioning(self, query: Sequence[str], scope: Scope) -> list[tuple[int, str]]:
        if not query:
            return []
        with self.view.database.snapshot():
            rows = self._scored(query, scope, "p.key, p.document_id", f"count(*) = {len(set(query))}", None)
        return [(int(key), str(document_id)) for key, document_id, _ in rows]

    def counts(self, query: Sequence[str]) -> dict[str, int]:
        asked = dict.fromkeys(query, 0)
        found = f"SELECT p.word, count(*) FROM postings p WHERE p.word = ANY(%(words)s) AND {self._shown} GROUP BY p.word"
        return asked | dict(self.view.rows(found, words=list(asked)))

    def holding(self, sought: Sequence[str]) -> set[str]:
        single = [word for word in sought if " " not in word]
        held = {word for (word,) in self._holding(single)} if single else set()
        return held | {words for words in sought if " " in words and self._is_held(words)}

    def near(self, word: str) -> list[str]:
        rows = self.view.rows(BEGINNING, first=word[0], behind=chr(ord(word[0]) + 1))
        found = nearest(word, [term for (term,) in rows])
        held = self.holding(found)
        return [term for term in found if term in held]

    @property
    def _shown(self) -> str:
        return self.view.shown("p.collection")

    def _holding(self, words: Sequence[str]) -> list[tuple[str]]:
        held = (
            "SELECT a.word FROM unnest(%(words)s::text[]) a (word) "
            f"WHERE EXISTS (SELECT 1 FROM postings p WHERE p.word = a.word AND {self._shown})"
        )
        return self.view.rows(held, words=list(words))

    def _is_held(self, words: str) -> bool:
        """Whether a chunk holds these words side by side: looked for in the chunks that hold all of them."""
        parts = list(dict.fromkeys(words.split()))
        held = (
            "SELECT EXISTS (SELECT 1 FROM chunks c JOIN (SELECT p.key, p.document_id FROM postings p "
            f"WHERE p.word = ANY(%(parts)s) AND {self._shown} GROUP BY p.key, p.document_id HAVING count(*) = %(count)s) f "
            "ON f.document_id = c.document_id AND f.key = c.key "
            "WHERE strpos(' ' || c.words || ' ', ' ' || %(words)s || ' ') > 0)"
        )
        return bool(self.view.value(held, parts=parts, count=len(parts), words=words))

    def _scored(
        self, query: Sequence[str], scope: Scope, columns: str, having: str, limit: int | None
    ) -> list[tuple[Any, ...]]:
        """Rows of the chunks within a scope that hold words asked for, with their scores, best first. What a word weighs is
        counted over what the caller may see; the mean length is that of all, as in FTS5."""
        allowed = self.view.limited_to(scope.allowed)
        with self.view.database.snapshot():  # counts and what is counted, of one state
            counts, total = Words(allowed).counts(query), Chunks(allowed).count()
            within, bound = self.view.within(scope, "p")
            if scope.language is not None:
                within += " AND EXISTS (SELECT 1 FROM chunks c WHERE c.document_id = p.document_id AND c.key = p.key "
                within += "AND c.language = %(language)s)"
                bound["language"] = scope.language
            return self.view.rows(
                f"SELECT {columns}, {SCORE} score FROM {SOUGHT} WHERE {within} GROUP BY {columns} HAVING {having} "
                "ORDER BY score DESC, p.key LIMIT %(limit)s",
                words=list(counts),
                weights=[word_weight(total, count) for count in counts.values()],
                mean=self._mean_length(),
                limit=limit,
                **bound,
            )

    def _mean_length(self) -> float:
        found = "SELECT sum(words)::float8 / nullif(sum(chunks), 0) FROM document_sums"
        return float(self.view.database.value(found) or 1.0)
