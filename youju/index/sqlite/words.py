"""The full text: which chunks hold which words, and what a word weighs (BM25). What each method promises, `protocols` says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from youju.index.base.bm25 import word_weight
from youju.index.sqlite.chunks import Chunks
from youju.index.sqlite.members import Members
from youju.index.sqlite.postings import MANY, KnownPostings, Lengths, Postings, is_plain
from youju.index.sqlite.view import VISIBLE, View
from youju.records import EVERYTHING, Scope
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
SCORED = "SELECT rowid, bm25(words) FROM words WHERE words MATCH ?"
MORE = 4  # times as many are looked at where too few of the best are within the scope


@dataclass(frozen=True)
class Words:
    """The words that a view shows."""

    view: View
    members: Members
    postings: KnownPostings
    many: int = MANY
    """Chunks of the whole index from which on the words asked for are kept in memory."""

    def search(self, query: Sequence[str], limit: int, scope: Scope) -> dict[int, float]:
        if not query:
            return {}
        if (kept := self._search_kept(query, limit, scope)) is not None:
            return kept
        if scope.within(self.view.allowed).allowed is not None:
            return self._search_visible(query, limit, scope)
        either = " OR ".join(_quoted(word) for word in dict.fromkeys(query))
        if scope.is_everything:
            return dict(zip(*self._best(either, limit), strict=True))
        with self.view.database.snapshot():
            within, total = self.members.of(scope), Chunks(self.view).count()
            looked_at = limit * max(1, round(total / max(1, within.count)))
            while within.count:
                keys, scores = self._best(either, looked_at)
                held = within.holds(np.array(keys, np.int64)).tolist()
                found = {key: score for key, score, is_held in zip(keys, scores, held, strict=True) if is_held}
                if len(found) >= limit or len(keys) < looked_at:
                    return dict(list(found.items())[:limit])
                looked_at *= MORE
        return {}

    def mentioning(self, query: Sequence[str], scope: Scope) -> list[tuple[int, str]]:
        if not query:
            return []
        every = " AND ".join(_quoted(word) for word in dict.fromkeys(query))
        with self.view.database.snapshot():
            rows = self.view.rows(
                "SELECT words.rowid, c.document_id FROM words CROSS JOIN chunks c ON c.key = words.rowid "
                "WHERE words MATCH :words ORDER BY rank",
                words=every,
            )
            held = self.members.of(scope).holds(np.array([key for key, _ in rows], np.int64)).tolist()
        return [(key, document) for (key, document), is_held in zip(rows, held, strict=True) if is_held]

    def counts(self, query: Sequence[str]) -> dict[str, int]:
        asked = dict.fromkeys(query)
        with self.view.database.snapshot():
            shown = None if self.view.allowed is None else self.members.of(EVERYTHING)
            lengths = self._lengths() if is_plain(query) else None
            if lengths is None and shown is None:
                return {word: self._count_everywhere(word) for word in asked}
            kept = Postings(self.view.database, self.postings)
            found = ((word, self._keys(word) if lengths is None else kept.of(word, lengths).keys) for word in asked)
            return {word: len(keys) if shown is None else int(shown.holds(keys).sum()) for word, keys in found}

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

    def _lengths(self) -> Lengths | None:
        """Of the chunks of an index of many, in the state of this snapshot; None where nothing is kept."""
        if Chunks(View(self.view.database)).count() < self.many:
            return None
        state = (self.view.database.meta("identity") or "", self.view.database.sequence())
        return Postings(self.view.database, self.postings).at(state)

    def _search_kept(self, query: Sequence[str], limit: int, scope: Scope) -> dict[int, float] | None:
        """The same by what is kept of the words; None where nothing is."""
        if not is_plain(query):
            return None
        allowed = scope.within(self.view.allowed).allowed
        with self.view.database.snapshot():
            if (lengths := self._lengths()) is None:
                return None
            shown = None if allowed is None else self.members.of(Scope(allowed=allowed))
            within = None if shown is None and scope.is_everything else self.members.of(scope)
            total = Chunks(View(self.view.database)).count() if shown is None else shown.count
            return Postings(self.view.database, self.postings).best(
                tuple(dict.fromkeys(query)), limit, lengths, total, shown, within
            )

    def _best(self, words: str, limit: int) -> tuple[list[int], list[float]]:
        """Keys and BM25 scores of the best chunks of all, best first."""
        rows = self.view.database.rows(f"{SCORED} ORDER BY rank LIMIT ?", (words, limit))
        return [key for key, _ in rows], [-score for _, score in rows]

    def _search_visible(self, query: Sequence[str], limit: int, scope: Scope) -> dict[int, float]:
        """Like `search`, with weights that do not tell how often a word occurs in what this view does not show.

        FTS5 multiplies a word's weight with a share that depends on the chunk alone (and on the mean length of all), so that
        the weight in the whole can be taken out and the own one put in.
        """
        with self.view.database.snapshot():
            shown, within = self.members.of(Scope(allowed=scope.allowed)), self.members.of(scope)
            total = Chunks(View(self.view.database)).count()
            found = [np.zeros((0, 2))]
            for word in dict.fromkeys(query):
                rows = np.array(self.view.database.rows(SCORED, (_quoted(word),)), np.float64).reshape(-1, 2)
                keys = rows[:, 0].astype(np.int64)
                weight = word_weight(shown.count, int(shown.holds(keys).sum()))
                rows[:, 1] *= -weight / word_weight(total, len(keys))
                found.append(rows[within.holds(keys)])
        keys, places = np.unique(np.concatenate([rows[:, 0] for rows in found]).astype(np.int64), return_inverse=True)
        scores = np.bincount(places, np.concatenate([rows[:, 1] for rows in found]), len(keys))
        best = np.lexsort((keys, -scores))[:limit]
        return dict(zip(keys[best].tolist(), scores[best].tolist(), strict=True))

    def _keys(self, word: str) -> npt.NDArray[np.int64]:
        """Keys of all chunks that hold a word."""
        rows = self.view.database.rows("SELECT rowid FROM words WHERE words MATCH ?", (_quoted(word),))
        return np.array(rows, np.int64).reshape(-1)

    def _count_everywhere(self, word: str) -> int:
        return int(self.view.database.value("SELECT count(*) FROM words WHERE words MATCH ?", (_quoted(word),)))


def _quoted(word: str) -> str:
    """A word as FTS5 takes it literally."""
    return '"' + word.replace('"', '""') + '"'
