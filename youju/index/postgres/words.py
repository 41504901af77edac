"""The full text: which chunks hold which words, and what a word weighs (BM25). What each method promises, `protocols` says.

The database gives out packed postings (`postings.py`), and who asks computes the scores: those of SQLite's FTS5, which
PostgreSQL's own full text cannot give, as it ranks without the number of texts that hold a word. So the one thing that all
share, the server, has the least to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from youju.index.base.bm25 import K1, B, word_weight
from youju.index.postgres.chunks import Chunks
from youju.index.postgres.postings import EVERYWHERE, Numbers, Postings
from youju.index.postgres.view import View
from youju.records import Scope
from youju.text.spelling import nearest

OF_WORDS = "p.word = ANY(%(words)s)"
# Words in their order, each found in the index behind the one before: reading all rows of a letter would take long.
BEGINNING = """WITH RECURSIVE found (word) AS (
    (SELECT p.word FROM postings p WHERE p.word >= %(first)s AND p.word < %(behind)s ORDER BY p.word LIMIT 1)
    UNION ALL
    SELECT (SELECT p.word FROM postings p WHERE p.word > found.word AND p.word < %(behind)s ORDER BY p.word LIMIT 1)
    FROM found WHERE found.word IS NOT NULL
) SELECT word FROM found WHERE word IS NOT NULL
UNION SELECT word FROM new_postings WHERE word >= %(first)s AND word < %(behind)s"""


@dataclass(frozen=True)
class _Found:
    """Chunks in the order of their keys, their scores, and how many of the words each holds."""

    keys: Numbers
    scores: npt.NDArray[np.float64]
    held: Numbers

    def best(self, limit: int | None = None) -> dict[int, float]:
        """The best first; of equal ones that of the least key."""
        order = np.lexsort((self.keys, -self.scores))[:limit]
        return dict(zip(self.keys[order].tolist(), self.scores[order].tolist(), strict=True))


@dataclass(frozen=True)
class Words:
    """The words that a view shows."""

    view: View

    def search(self, query: Sequence[str], limit: int, scope: Scope) -> dict[int, float]:
        if not query:
            return {}
        with self.view.database.snapshot():
            return self._scored(list(dict.fromkeys(query)), scope).best(limit)

    def mentioning(self, query: Sequence[str], scope: Scope) -> list[tuple[int, str]]:
        if not query:
            return []
        words = list(dict.fromkeys(query))
        with self.view.database.snapshot():
            found = self._scored(words, scope)
            every = found.held == len(words)
            best = _Found(found.keys[every], found.scores[every], found.held[every]).best()
            rows = self.view.database.rows("SELECT key, document_id FROM chunks WHERE key = ANY(%s)", (list(best),))
        documents = dict(rows)
        return [(key, documents[key]) for key in best]

    def counts(self, query: Sequence[str]) -> dict[str, int]:
        asked, known = dict.fromkeys(query, 0), self._known
        if new := [word for word in asked if word not in known]:
            found = f"SELECT p.word, sum(p.chunks) FROM {EVERYWHERE} WHERE {OF_WORDS} AND {self._shown} GROUP BY p.word"
            known.update(dict.fromkeys(new, 0) | dict(self.view.rows(found, words=new)))
        return {word: known[word] for word in asked}

    def holding(self, sought: Sequence[str]) -> set[str]:
        single = [word for word in sought if " " not in word]
        held = {word for word, count in self.counts(single).items() if count} if single else set()
        return held | {words for words in sought if " " in words and self._is_held(words)}

    def near(self, word: str) -> list[str]:
        rows = self.view.rows(BEGINNING, first=word[0], behind=chr(ord(word[0]) + 1))
        found = nearest(word, [term for (term,) in rows])
        held = self.holding(found)
        return [term for term in found if term in held]

    @property
    def _shown(self) -> str:
        return self.view.shown("p.collection")

    def _is_held(self, words: str) -> bool:
        """Whether a chunk holds these words side by side: looked for in the chunks that hold all of them."""
        with self.view.database.snapshot():
            parts = list(dict.fromkeys(words.split()))
            found = self._of(parts)
            keys, held = np.unique(np.concatenate([one.keys for one in found.values()]), return_counts=True)
            side_by_side = (
                "SELECT EXISTS (SELECT 1 FROM chunks WHERE key = ANY(%(keys)s) "
                "AND strpos(' ' || words || ' ', ' ' || %(words)s || ' ') > 0)"
            )
            every = keys[held == len(parts)].tolist()
            return bool(every and self.view.value(side_by_side, keys=every, words=words))

    @property
    def _known(self) -> dict[str, int]:
        """How many chunks hold a word, as far as it was counted in this snapshot."""
        return self.view.database.kept(repr(self.view.allowed))

    def _of(self, words: Sequence[str], collection: str | None = None) -> dict[str, Postings]:
        """The postings of each word, of one collection or all. Those of all are counted in the same statement."""
        found = f"SELECT p.first, p.last, p.chunks, p.data, p.word FROM {EVERYWHERE} WHERE {OF_WORDS} AND {self._shown}"
        if collection is not None:
            found += (
                f" AND p.collection = %(collection)s UNION ALL SELECT 0, 0, sum(p.chunks), NULL, p.word FROM {EVERYWHERE} "
                f"WHERE {OF_WORDS} AND {self._shown} GROUP BY p.word"
            )
        own: dict[str, list[tuple[int, int, int, bytes]]] = {word: [] for word in words}
        counts = dict.fromkeys(words, 0)
        for first, last, chunks, data, word in self.view.rows(found, words=list(words), collection=collection):
            if data is not None:
                own[word].append((first, last, chunks, data))
            if data is None or collection is None:
                counts[word] += int(chunks)
        self._known.update(counts)
        return {word: Postings.of(rows) for word, rows in own.items()}

    def _scored(self, words: Sequence[str], scope: Scope) -> _Found:
        """The chunks within a scope that hold words asked for. What a word weighs is counted over what the caller may see; the
        mean length is that of all, as in FTS5."""
        seen = Words(self.view.limited_to(scope.allowed))
        found = list(seen._of(words, scope.collection).items())
        counts, total, mean = seen.counts(words), Chunks(seen.view).count(), self._mean_length()
        scores = []
        for word, one in found:
            times, weight = one.times.astype(np.float64), word_weight(total, counts[word])
            scores.append(weight * times * (K1 + 1) / (times + K1 * (1 - B + B * one.lengths / mean)))
        keys = np.concatenate([one.keys for _, one in found])
        order = np.argsort(keys, kind="stable")  # quick for what consists of runs that are in order
        keys, each = keys[order], np.concatenate(scores)[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        if not len(starts):
            return _Found(keys, each, starts)
        summed = _Found(keys[starts], np.add.reduceat(each, starts), np.diff(starts, append=len(keys)))
        if not (scope.document_ids or scope.uri_prefix or scope.language):
            return summed
        here = np.isin(summed.keys, Chunks(self.view).keys(scope))
        return _Found(summed.keys[here], summed.scores[here], summed.held[here])

    def _mean_length(self) -> float:
        totals = self.view.database.totals().values()
        return (sum(one.words for one in totals) / max(1, sum(one.chunks for one in totals))) or 1.0
