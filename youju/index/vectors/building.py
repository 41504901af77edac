"""Makes the lists of very many vectors beside what serves meanwhile, and puts in what came in the meantime."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from youju.index.sqlite.history import StoredVectors
from youju.index.sqlite.members import Places
from youju.index.vectors.shards import OF_A_LIST, Keys, Lists, Shard, empty, learning, lists_for

BATCH = 10_000  # vectors read at once
SEED = 7  # of the sample that lists are learned from
At = Callable[[Keys], StoredVectors]


def built(keys: Keys, places: Places, dimension: int, at: At, large: int, is_wanted: Callable[[], bool]) -> Shard | None:
    """These vectors in as many lists as suit them, or flat up to `large` of them.

    Args:
        keys: ascending.
        places: the collection of each.
        at: reads vectors.
        is_wanted: asked before each step of some seconds.

    Returns:
        None when it is not wanted any more.
    """
    shard = _lists(keys, at, is_wanted) if len(keys) > large else empty(dimension)
    if shard is None:
        return None
    for part in _batches(keys):
        if not is_wanted():
            return None
        _add(shard, part, places, at)
    return shard


def _lists(keys: Keys, at: At, is_wanted: Callable[[], bool]) -> Lists | None:
    lists, found = lists_for(len(keys)), None
    chosen = np.random.default_rng(SEED).choice(keys, min(len(keys), lists * OF_A_LIST), replace=False)
    parts = [stored.vectors for part in _batches(np.sort(chosen)) if len((stored := at(part)).keys)]
    sample = np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
    if len(sample) < lists:  # most were deleted meanwhile
        return None
    for found in learning(sample, lists):  # noqa: B007 - the last one is the result
        if not is_wanted():
            return None
    return found


def settle(shard: Shard, before: Shard, at: At) -> None:
    """Let it hold what `before` holds by now."""
    held, keys = np.sort(before.keys()), np.sort(shard.keys())
    shard.remove(np.setdiff1d(keys, held, assume_unique=True))
    for part in _batches(np.setdiff1d(held, keys, assume_unique=True)):
        _add(shard, part, before.places, at)


def _add(shard: Shard, keys: Keys, places: Places, at: At) -> None:
    stored = at(keys)
    if len(stored.keys):
        names = np.array(places.names, np.object_)[places.of[stored.keys]]
        shard.add(stored.keys, names, stored.vectors)


def _batches(keys: Keys) -> list[Keys]:
    return [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
