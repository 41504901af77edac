"""Which chunks lie within a scope.

The collection of every chunk is kept up with each commit: a scope that names nothing but collections is read off it. Other
scopes are told by their documents and kept as long as nothing changes. The chunks of a document are stored in one transaction,
so that their keys follow one another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from youju.index.sqlite.view import DOCUMENT_IN_SCOPE, WITHIN_SCOPE, View
from youju.records import Scope

KEPT = 32  # scopes asked last; of each one bit a chunk
FIRST = "documents d CROSS JOIN chunks c ON c.document_id = d.id AND c.ordinal = 0"
RANGES = f"SELECT c.key, d.chunks FROM {FIRST} WHERE {DOCUMENT_IN_SCOPE}"
RANGES_SINCE = f"SELECT c.key, d.chunks, d.collection FROM {FIRST} WHERE c.sequence > ?"
RECENT = """SELECT c.key, d.chunks, d.collection FROM chunks c CROSS JOIN documents d ON d.id = c.document_id
    WHERE c.sequence > ? AND c.ordinal = 0"""
NOWHERE = -1


State = tuple[str, int]  # identity and sequence of the index


@dataclass(frozen=True)
class KeySet:
    """Keys of chunks, `count` of them: bit `key & 7` of `bits[key >> 3]` tells whether a key is among them."""

    bits: npt.NDArray[np.uint8]
    count: int

    def holds(self, keys: npt.NDArray[np.int64] | npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Of each key whether it is in the set."""
        known = keys < 8 * len(self.bits)
        places = np.where(known, keys, 0)
        among: npt.NDArray[np.bool_] = (self.bits[places >> 3] >> (places & 7).astype(np.uint8)) & 1 == 1
        return known & among


@dataclass(frozen=True)
class Places:
    """The collection of each chunk at a sequence: `names[of[key]]`, where `of[key]` is not `NOWHERE`."""

    sequence: int
    names: tuple[str, ...]
    of: npt.NDArray[np.int32]

    def within(self, scope: Scope) -> KeySet:
        """The chunks in the scope's collections; nothing else of it is looked at."""
        asked = set(self.names) if scope.allowed is None else set(scope.allowed)
        if scope.collection is not None:
            asked &= {scope.collection}
        chosen = np.array([name in asked for name in self.names] + [False], np.bool_)  # the last one for `NOWHERE`
        inside = chosen[self.of]
        return KeySet(np.packbits(inside, bitorder="little"), int(np.count_nonzero(inside)))

    def later(self, sequence: int, added: Sequence[tuple[int, int, str]], removed: Sequence[tuple[int]] = ()) -> Places:
        """
        Args:
            added: first key, number of keys that follow one another, collection.
        """
        names = tuple(dict.fromkeys([*self.names, *(name for *_, name in added)]))
        numbers = {name: number for number, name in enumerate(names)}
        last = max([len(self.of), *(first + count for first, count, _ in added)])
        of = np.full(last, NOWHERE, np.int32)
        of[: len(self.of)] = self.of
        for first, count, name in added:
            of[first : first + count] = numbers[name]
        gone = np.array(removed, np.int64).reshape(-1)
        of[gone[gone < last]] = NOWHERE
        return Places(sequence, names, of)


NO_PLACES = Places(0, (), np.full(1, NOWHERE, np.int32))  # no key is 0


class KnownMembers:
    """The sets of the scopes asked last, of one state of the index. Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._state: State = ("", -1)
        self._sets: OrderedDict[Scope, KeySet] = OrderedDict()
        self._places = NO_PLACES

    def get(self, state: State, scope: Scope) -> KeySet | None:
        with self._guard:
            if state != self._state or scope not in self._sets:
                return None
            self._sets.move_to_end(scope)
            return self._sets[scope]

    def places(self, state: State) -> Places:
        """The latest that this state can follow."""
        with self._guard:
            return self._places if self._state[0] == state[0] and self._places.sequence <= state[1] else NO_PLACES

    def add(self, state: State, scope: Scope, found: KeySet, places: Places | None) -> None:
        with self._guard:
            # Another state comes later, unless it is one that a slow reader still sees; or an older one was put in its place.
            if state[0] != self._state[0] or state[1] > self._state[1] or state[1] < self._state[1] - 1:
                self._sets.clear()
                if state[0] != self._state[0] or self._places.sequence > state[1]:
                    self._places = NO_PLACES
                self._state = state
            if state == self._state:
                self._places = places or self._places
                self._sets[scope] = found
                while len(self._sets) > KEPT:
                    self._sets.popitem(last=False)


@dataclass(frozen=True)
class Members:
    """The chunks that a view shows."""

    view: View
    known: KnownMembers = field(default_factory=KnownMembers)

    def of(self, scope: Scope) -> KeySet:
        """The keys of the chunks within a scope."""
        scope = replace(scope, allowed=scope.within(self.view.allowed).allowed)
        with self.view.database.snapshot():
            state = (self.view.database.meta("identity") or "", self.view.database.sequence())
            found = self.known.get(state, scope)
            if found is None:
                places = self._places(state) if scope == Scope(scope.collection, allowed=scope.allowed) else None
                found = self._found(scope) if places is None else places.within(scope)
                self.known.add(state, scope, found, places)
        return found

    def _places(self, state: State) -> Places:
        before, database = self.known.places(state), self.view.database
        if before.sequence == state[1]:
            return before
        added = database.rows(RECENT if before.sequence else RANGES_SINCE, (before.sequence,))
        removed = database.rows("SELECT key FROM tombstones WHERE sequence > ?", (before.sequence,)) if before.sequence else []
        return before.later(state[1], added, removed)

    def _found(self, scope: Scope) -> KeySet:
        if scope.language:  # chunks may be in another language than their document
            rows = self.view.rows_within(scope, f"SELECT c.key, 1 FROM {WITHIN_SCOPE}")
        else:
            rows = self.view.rows_within(scope, RANGES)
        ranges = np.array(rows, np.int64).reshape(-1, 2)
        first, last = ranges[:, 0], ranges.sum(axis=1)
        steps = np.zeros(int(last.max(initial=0)) + 1, np.int8)
        steps[first] += 1
        steps[last] -= 1
        return KeySet(np.packbits(np.cumsum(steps, dtype=np.int8).astype(bool), bitorder="little"), int(ranges[:, 1].sum()))
