"""The average vector of each language, kept up with what comes and goes so that no change has to read all vectors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.records import Language

# The average of few passages tells more of their subject than of their language: as many passages as this are added
# to each language's average from the average of all.
PRIOR_PASSAGES = 5

Sum = tuple[npt.NDArray[np.float64], int]  # of vectors, and of how many
NO_SUM: Sum = (np.zeros(1), 0)  # to which one of any length can be added


def averages_of(
    sums: Mapping[Language, npt.NDArray[np.float64]], counts: Mapping[Language, int]
) -> dict[Language, npt.NDArray[np.float64]]:
    """The average vector of each language, drawn towards that of all by `PRIOR_PASSAGES`."""
    if not counts:
        return {}
    overall = sum(sums.values()) / sum(counts.values())
    return {
        language: (total + PRIOR_PASSAGES * overall) / (counts[language] + PRIOR_PASSAGES) for language, total in sums.items()
    }


class VectorSums:
    """Sums and numbers of the vectors of one language, by collection and of all, in double precision: what rounding leaves
    behind when vectors come and go stays far below what a similarity is worth.
    """

    def __init__(self, sums: Mapping[str, Sum] | None = None) -> None:
        """
        Args:
            sums: collection -> sum and number of its vectors.
        """
        self._sums: dict[str, Sum] = dict(sums or {})
        self._all = _added(self._sums.values())

    def add(self, collection: str, vectors: Vectors) -> None:
        """
        Args:
            vectors: shape (n, dimension).
        """
        self._change(collection, vectors.sum(axis=0, dtype=np.float64), len(vectors))

    def remove(self, collection: str, vectors: Vectors) -> None:
        """Take away vectors that were added before."""
        self._change(collection, -vectors.sum(axis=0, dtype=np.float64), -len(vectors))

    def within(self, allowed: Collection[str] | None) -> Sum:
        """Sum and number of the vectors of these collections; None for all."""
        if allowed is None:
            return self._all
        return _added(self._sums[name] for name in dict.fromkeys(allowed) if name in self._sums)

    def by_collection(self) -> dict[str, Sum]:
        return dict(self._sums)

    def _change(self, collection: str, total: npt.NDArray[np.float64], count: int) -> None:
        before, held = self._sums.get(collection, NO_SUM)
        if held + count:
            self._sums[collection] = before + total, held + count
        else:  # nothing is left, and no rounding of what was there either
            self._sums.pop(collection, None)
        total_of_all, all_held = self._all
        self._all = (total_of_all + total, all_held + count) if all_held + count else NO_SUM


def averages_within(languages: Mapping[Language, VectorSums], allowed: Collection[str] | None) -> dict[Language, Vectors]:
    """The average vector of each language that these collections have any of, drawn towards that of all of them by
    `PRIOR_PASSAGES`.

    Args:
        allowed: collections; None for all.
    """
    found = {language: sums.within(allowed) for language, sums in languages.items()}
    held = {language: one for language, one in found.items() if one[1]}
    averages = averages_of({key: one[0] for key, one in held.items()}, {key: one[1] for key, one in held.items()})
    return {language: average.astype(np.float32) for language, average in averages.items()}


def _added(sums: Iterable[Sum]) -> Sum:
    total, count = NO_SUM
    for one, number in sums:
        total, count = total + one, count + number
    return total, count
