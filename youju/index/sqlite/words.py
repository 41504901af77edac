"""The full text: which chunks hold which words, and what a word weighs (BM25). What each method promises, `Store` says."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from youju.index.sqlite.chunks import Chunks
from youju.index.sqlite.view import VISIBLE, WITHIN_SCOPE, View
from youju.records import Scope
from youju.text.spelling import nearest

# Chunks that hold a word and may be seen. `CROSS JOIN` keeps the order: else SQLite asks the full text anew for every chunk.
VISIBLE_WORDS = f"""FROM words CROSS JOIN chunks c ON c.key = words.rowid CROSS JOIN documents d ON d.id = c.document_id
    WHERE words MATCH :word AND {VISIBLE}"""
# Of a JSON list of words, those in a chunk that may be seen, and those in any.
LITERALLY = """'"' || replace(sought.value, '"', '""') || '"'"""
SOUGHT = "SELECT sought.value FROM json_each(:sought) sought WHERE EXISTS"
HELD = f"{SOUGHT} (SELECT 1 {VISIBLE_WORDS})".replace(":word", LITERALLY)
HELD_ANYWHERE = f"{SOUGHT} (SELECT 1 FROM words WHERE words MATCH {LITERALLY})"
# A connection's own; it holds nothing but reads the words of the index, in order, those of deleted chunks among them.
VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab(main, words, row)"


@dataclass(frozen=True)
class Words:
    """The words that a view shows."""

    view: View

    def search(self, query: Sequence[str], limit: int, scope: Scope) -> dict[int, float]:
        if not query:
            return {}
        seen = Words(self.view.limited_to(scope.allowed))
        if seen.view.allowed is not None:
            return seen._search_visible(query, limit, scope)
        either = " OR ".join(_quoted(word) for word in dict.fromkeys(query))
        # The plus keeps SQLite from asking the full text anew for every key.
        within = "" if scope.is_everything else f"AND +words.rowid IN (SELECT c.key FROM {WITHIN_SCOPE})"
        rows = self.view.rows_within(
            scope,
            f"SELECT words.rowid, bm25(words) FROM words WHERE words MATCH :words {within} ORDER BY rank LIMIT :limit",
            words=either,
            limit=limit,
        )
        return {key: -score for key, score in rows}

    def counts(self, query: Sequence[str]) -> dict[str, int]:
        if self.view.allowed is None:
            return {word: self._count_everywhere(word) for word in dict.fromkeys(query)}
        counted = f"SELECT count(*) {VISIBLE_WORDS}"
        return {word: int(self.view.value(counted, word=_quoted(word))) for word in dict.fromkeys(query)}

    def holding(self, sought: Sequence[str]) -> set[str]:
        held = HELD_ANYWHERE if self.view.allowed is None else HELD
        return {word for (word,) in self.view.rows(held, sought=json.dumps(sought))} if sought else set()

    def near(self, word: str) -> list[str]:
        with self.view.database.snapshot():
            self.view.rows(VOCABULARY)
            begins = "SELECT term FROM temp.vocabulary WHERE term >= :first AND term < :behind"
            rows = self.view.rows(begins, first=word[0], behind=chr(ord(word[0]) + 1))
        found = nearest(word, [term for (term,) in rows])
        held = self.holding(found)
        return [term for term in found if term in held]

    def _search_visible(self, query: Sequence[str], limit: int, scope: Scope) -> dict[int, float]:
        """Like `search`, with weights that do not tell how often a word occurs in what this view does not show.

        FTS5 multiplies a word's weight with a share that depends on the chunk alone (and on the mean length of all), so that
        the weight in the whole can be taken out and the own one put in.
        """
        chunks = Chunks(self.view)
        with self.view.database.snapshot():
            is_all = replace(scope, allowed=None).is_everything  # then what is visible is within the scope
            within = set() if is_all else set(chunks.keys(scope).tolist())
            visible, total = chunks.count(), Chunks(View(self.view.database)).count()
            scores: dict[int, float] = {}
            for word in dict.fromkeys(query):
                found = self._visible(word)
                factor = word_weight(visible, len(found)) / word_weight(total, self._count_everywhere(word))
                for key, score in found.items():
                    if is_all or key in within:
                        scores[key] = scores.get(key, 0.0) + score * factor
        return dict(sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:limit])

    def _visible(self, word: str) -> dict[int, float]:
        """Key of each chunk shown that holds the word -> its BM25 score, with the word's weight in the whole."""
        rows = self.view.rows(f"SELECT words.rowid, bm25(words) {VISIBLE_WORDS}", word=_quoted(word))
        return {key: -score for key, score in rows}

    def _count_everywhere(self, word: str) -> int:
        return int(self.view.value("SELECT count(*) FROM words WHERE words MATCH :word", word=_quoted(word)))


def word_weight(total: int, count: int) -> float:
    """What FTS5's BM25 gives a word that `count` of `total` texts hold."""
    return max(math.log((total - count + 0.5) / (count + 0.5)), 1e-6)


def _quoted(word: str) -> str:
    """A word as FTS5 takes it literally."""
    return '"' + word.replace('"', '""') + '"'
