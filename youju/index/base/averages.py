"""The average vector of each language, kept up with what comes and goes so that no change has to read all vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.records import Language

# The average of few passages tells more of their subject than of their language: as many passages as this are added
# to each language's average from the average of all.
PRIOR_PASSAGES = 5


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
    """Sums and numbers of vectors by language, in double precision: what rounding leaves behind when vectors come and go stays
    far below what a similarity is worth.
    """

    def __init__(self, vectors: Iterable[tuple[Language, Vectors]] = ()) -> None:
        self._sums: dict[Language, npt.NDArray[np.float64]] = {}
        self._counts: dict[Language, int] = {}
        for language, rows in vectors:
            self.add(language, rows)

    def add(self, language: Language, vectors: Vectors) -> None:
        """
        Args:
            vectors: shape (n, dimension).
        """
        self._change(language, vectors.sum(axis=0, dtype=np.float64), len(vectors))

    def remove(self, language: Language, vectors: Vectors) -> None:
        """Take away vectors that were added before."""
        self._change(language, -vectors.sum(axis=0, dtype=np.float64), -len(vectors))

    def averages(self) -> dict[Language, Vectors]:
        """The average vector of each language that has any, drawn towards that of all by `PRIOR_PASSAGES`."""
        found = averages_of(self._sums, self._counts)
        return {language: average.astype(np.float32) for language, average in found.items()}

    def _change(self, language: Language, total: npt.NDArray[np.float64], count: int) -> None:
        left = self._counts.get(language, 0) + count
        if left:
            self._sums[language] = self._sums.get(language, 0.0) + total
            self._counts[language] = left
        else:  # nothing is left, and no rounding of what was there either
            self._sums.pop(language, None)
            self._counts.pop(language, None)
