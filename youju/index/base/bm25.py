"""What words weigh: BM25 as SQLite's FTS5 computes it, so that a score means the same in every engine."""

from __future__ import annotations

import math

K1, B = 1.2, 0.75
LEAST = 1e-6  # weight of a word that more than half of all texts hold


def word_weight(total: int, count: int) -> float:
    """What BM25 gives a word that `count` of `total` texts hold. Counted after them, it may be more: others write meanwhile."""
    return max(math.log((max(total, count) - count + 0.5) / (count + 0.5)), LEAST)
