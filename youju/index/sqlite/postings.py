"""Which chunks hold a word and how often, kept in memory once it was asked for: of an index of many chunks, where FTS5 needs
about a microsecond for each chunk that holds a word, and again for every question.

What is read comes from FTS5's own tables: `fts5vocab` (documented) tells where a word stands, and the table of sizes that every
FTS5 table has (`words_docsize`) how many words a chunk has. Behind a commit only what it added is read. Scores are FTS5's BM25,
to the last digits.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from youju.index.base.bm25 import K1, LEAST, B, word_weight
from youju.index.sqlite.database import TIMES, Database
from youju.index.sqlite.members import KeySet, State

MANY = 50_000  # chunks, from which on words are kept
KEPT = 128 << 20  # bytes of what is kept; what was asked longest ago goes first
PLAIN = re.compile(r"(?:[^\x00-\x7f]|[a-z0-9\-_.+#@/:,'&%$])+")  # one word to FTS5, as it is
WHERE = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.places USING fts5vocab(main, words, instance)"
BEHIND = f"SELECT rowid, {TIMES}(words) FROM words WHERE words MATCH ? AND rowid > ? ORDER BY rowid"
AVERAGES = "SELECT block FROM words_data WHERE id = 1"  # how many chunks, and how many words in all
Keys = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lengths:
    """How many words each chunk has at a state: `of[key]`, 0 where there is none."""

    state: State
    last: int  # the highest key that was given out
    of: npt.NDArray[np.int32]
    mean: float


@dataclass(frozen=True)
class Posting:
    """Chunks up to the key `last` that hold a word, those there at a state, ascending; and how often each."""

    last: int
    keys: npt.NDArray[np.int32]
    times: npt.NDArray[np.uint16]
    state: State

    @property
    def bytes(self) -> int:
        return self.keys.nbytes + self.times.nbytes


NO_STATE: State = ("", -1)
NOTHING = Posting(0, np.zeros(0, np.int32), np.zeros(0, np.uint16), NO_STATE)
NO_LENGTHS = Lengths(NO_STATE, 0, np.zeros(1, np.int32), 1.0)


class KnownPostings:
    """What was asked last. Safe to use from several threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._guard = threading.Lock()
        self._kept = kept
        self._bytes = 0
        self._words: OrderedDict[str, Posting] = OrderedDict()
        self.lengths = NO_LENGTHS

    def get(self, word: str) -> Posting:
        with self._guard:
            if word in self._words:
                self._words.move_to_end(word)
            return self._words.get(word, NOTHING)

    def put(self, word: str, found: Posting) -> None:
        with self._guard:
            if self.lengths.state != found.state:  # others have read on
                return
            self._bytes += found.bytes - self._words.get(word, NOTHING).bytes
            self._words[word] = found
            self._words.move_to_end(word)
            while self._bytes > self._kept:
                _, gone = self._words.popitem(last=False)
                self._bytes -= gone.bytes

    def follow(self, lengths: Lengths) -> None:
        """Keep these lengths, and of another index, or an older state of this one, no words."""
        with self._guard:
            before = self.lengths.state
            if lengths.state[0] != before[0] or lengths.state[1] < before[1]:
                self._words.clear()
                self._bytes = 0
            self.lengths = lengths


@dataclass(frozen=True)
class Postings:
    """The words of all chunks, read within a snapshot."""

    database: Database
    known: KnownPostings

    def at(self, state: State) -> Lengths | None:
        """The lengths of the chunks, or None where this snapshot is older than what others have read."""
        before = self.known.lengths
        if before.state == state:
            return before
        if before.state[0] == state[0] and before.state[1] > state[1] >= before.state[1] - 1:
            return None
        if before.state[0] != state[0] or before.state[1] > state[1]:
            before = NO_LENGTHS
        rows = self.database.rows("SELECT id, sz FROM words_docsize WHERE id > ? ORDER BY id", (before.last,))
        last = rows[-1][0] if rows else before.last
        of = np.zeros(max(len(before.of), last + 1), np.int32)
        of[: len(before.of)] = before.of
        of[[key for key, _ in rows]] = [_numbers(size)[0] for _, size in rows]
        if before.last:
            removed = self.database.rows("SELECT key FROM tombstones WHERE sequence > ?", (before.state[1],))
            gone = np.array(removed, np.int64).reshape(-1)
            of[gone[gone < len(of)]] = 0
        chunks, words, *_ = [*_numbers(self.database.value(AVERAGES)), 0, 0]
        lengths = Lengths(state, last, of, words / max(1, chunks))
        self.known.follow(lengths)
        return lengths

    def of(self, word: str, lengths: Lengths) -> Posting:
        """Of the chunks that are there."""
        before = self.known.get(word)
        if before.state == lengths.state:
            return before
        if before.state[0] != lengths.state[0]:
            before = NOTHING
        # `before` may also be of a later state, read meanwhile by others.
        keys, times = (before.keys, before.times) if before.last >= lengths.last else self._read(word, before)
        live = np.zeros(len(keys), np.bool_)
        known = keys < len(lengths.of)
        live[known] = lengths.of[keys[known]] > 0
        if not live.all():
            keys, times = keys[live], times[live]
        found = Posting(lengths.last, keys, times, lengths.state)
        self.known.put(word, found)
        return found

    def _read(self, word: str, before: Posting) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint16]]:
        """Chunks, among them such as were deleted: all, or those that are known and what lies behind them."""
        if before.last:
            quoted = '"' + word.replace('"', '""') + '"'
            rows = self.database.rows(BEHIND, (quoted, before.last))
            keys, times = np.array(rows, np.int64).reshape(-1, 2).T
        else:
            self.database.rows(WHERE)
            rows = self.database.rows("SELECT doc FROM temp.places WHERE term = ?", (word,))
            keys, times = np.unique(np.fromiter((key for (key,) in rows), np.int32, len(rows)), return_counts=True)
        few = np.minimum(times, 65_535).astype(np.uint16)
        return np.concatenate([before.keys, keys.astype(np.int32)]), np.concatenate([before.times, few])

    def best(
        self,
        query: Sequence[str],
        limit: int,
        lengths: Lengths,
        total: int,
        seen: KeySet | None,
        within: KeySet | None,
    ) -> dict[int, float]:
        """Key -> BM25 score of the best chunks, best first.

        Args:
            total: chunks that the caller may see.
            seen: which chunks these are, and so what a word weighs; None for all.
            within: which may be found; None for all.
        """
        found = [self.of(word, lengths) for word in query]
        counts = [len(one.keys) if seen is None else int(seen.holds(one.keys).sum()) for one in found]
        weighed = [(one, word_weight(total, count)) for one, count in zip(found, counts, strict=True)]
        telling = [(one, weight) for one, weight in weighed if weight > LEAST]
        for asked in (telling, weighed):  # what holds only words that most hold is never among the best
            held = np.zeros(len(lengths.of), np.bool_)  # far quicker than to sort what all of them hold
            for one, _ in asked:
                held[one.keys] = True
            keys = np.flatnonzero(held)
            keys = keys if within is None else keys[within.holds(keys)]
            if len(keys) >= limit:
                break
        scores = np.zeros(len(lengths.of))
        for one, weight in weighed:
            times = one.times.astype(np.float64)
            norm = K1 * (1 - B + B * lengths.of[one.keys] / lengths.mean)
            scores[one.keys] += weight * (times * (K1 + 1) / (times + norm))
        of_each = scores[keys]
        if len(keys) > limit:
            chosen = of_each >= np.partition(of_each, len(keys) - limit)[len(keys) - limit]
            keys, of_each = keys[chosen], of_each[chosen]
        order = np.lexsort((keys, -of_each))[:limit]
        return dict(zip(keys[order].tolist(), of_each[order].tolist(), strict=True))


def is_plain(query: Sequence[str]) -> bool:
    return all(PLAIN.fullmatch(word) for word in query)


def _numbers(packed: bytes) -> list[int]:
    """What SQLite writes as numbers of as many bytes as each needs, seven bits in each byte, the last one without its first."""
    found, number = [], 0
    for byte in packed:
        number = number << 7 | byte & 127
        if byte < 128:
            found.append(number)
            number = 0
    return found
