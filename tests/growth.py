"""Whether a piece of work grows with what it is given, or with its square: a ratio within one run, on any machine."""

from __future__ import annotations

import time
from collections.abc import Callable


def growth(work: Callable[[int], object], small: int, times: int = 4) -> float:
    """How much longer `work(times * small)` takes than `work(small)`, over `times`: about 1 where it is linear.

    The best of three of each, in seconds of this process; below a millisecond the clock would tell of itself.
    """
    found = _seconds(work, small * times) / max(_seconds(work, small), 0.001) / times
    print(f"growth {found:.2f}")
    return found


def _seconds(work: Callable[[int], object], size: int) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        work(size)
        taken.append(time.process_time() - began)
    return min(taken)
