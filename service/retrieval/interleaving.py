"""One list of two ranked ones, of the question's own language and of the other, whose scores cannot be compared."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeVar

OTHERS, OF = 3, 8  # passages in another language than the question's among so many

T = TypeVar("T")


def interleaved(own: Sequence[T], others: Sequence[T], limit: int) -> list[T]:
    """The first `limit` of two ranked lists in one, each in its order.

    Of the first n, n * 3 / 8 (rounded down) are `others`: own, own, other, own, own, other, own, other. What one list lacks
    the other fills.
    """
    left, right, found = iter(own), iter(others), list[T]()
    for place in range(1, limit + 1):
        first, second = (right, left) if place * OTHERS // OF > (place - 1) * OTHERS // OF else (left, right)
        found += itertools.islice(itertools.chain(first, second), 1)
    return found
