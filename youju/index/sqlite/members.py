"""Which chunks lie within a scope, told by their documents and not chunk by chunk, and kept as long as nothing changes.

The chunks of a document are stored in one transaction, so that their keys follow one another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from youju.index.sqlite.view import DOCUMENT_IN_SCOPE, WITHIN_SCOPE, View
from youju.records import Scope

KEPT = 32  # scopes asked last; of each one bit a chunk
RANGES = f"""SELECT c.key, d.chunks FROM documents d CROSS JOIN chunks c ON c.document_id = d.id AND c.ordinal = 0
    WHERE {DOCUMENT_IN_SCOPE}"""


@dataclass(frozen=True)
class KeySet:
    """Keys of chunks, `count` of them: bit `key & 7` of `bits[key >> 3]` tells whether a key is among them."""

    bits: npt.NDArray[np.uint8]
    count: int

    def holds(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Of each key whether it is in the set."""
        known = keys < 8 * len(self.bits)
        places = np.where(known, keys, 0)
        among: npt.NDArray[np.bool_] = (self.bits[places >> 3] >> (places & 7).astype(np.uint8)) & 1 == 1
        return known & among


class KnownMembers:
    """The sets of the scopes asked last, of one state of the index. Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._sequence = -1
        self._sets: OrderedDict[Scope, KeySet] = OrderedDict()

    def get(self, sequence: int, scope: Scope) -> KeySet | None:
        with self._guard:
            if sequence != self._sequence or scope not in self._sets:
                return None
            self._sets.move_to_end(scope)
            return self._sets[scope]

    def add(self, sequence: int, scope: Scope, found: KeySet) -> None:
        with self._guard:
            if sequence > self._sequence or sequence < self._sequence - 1:  # the latter: an older state was put in its place
                self._sets.clear()
                self._sequence = sequence
            if sequence == self._sequence:
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
            sequence = self.view.database.sequence()
            found = self.known.get(sequence, scope)
            if found is None:
                found = self._found(scope)
                self.known.add(sequence, scope, found)
        return found

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
