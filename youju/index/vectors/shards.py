"""The vectors of one language: as they are (`Flat`), or as codes of a byte a number in lists of what lies together (`Lists`).

A flat scan is exact and takes 0.07 ms for a thousand vectors of 384, a scan of codes half of that. Of more codes than `CODES`
only the lists nearest to the query are looked through, and what lies in no one of them is not found; similarities are of codes,
so that the best are compared again by their vectors (FAISS: `IndexIVFScalarQuantizer`,
https://github.com/facebookresearch/faiss/wiki). Both follow every change at once.
"""

from __future__ import annotations

import contextlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.index.base.averages import VectorSums
from youju.index.sqlite.members import NO_PLACES, KeySet, Places

Keys = npt.NDArray[np.int64]
CODES = 250_000  # compared for a question, where there are more: lists that hold as many, about 8 ms
CHECKED = 4  # chunks of which to ask whether they may be found takes as long as to compare one
WHOLE = 5_000  # so many that may be found are all compared, wherever they lie
FEW = 1_000  # vectors
ITERATIONS, OF_A_LIST = 8, 64  # of k-means, and vectors that a list's centre is learned from
SHRUNK = 4  # so many times fewer than are kept in lists are kept as they are again
SPREAD = 6  # standard deviations to either side of a number's mean that its codes reach


class Shard(ABC):
    """The vectors of one language. It knows the collection of each, and keeps the sums of what it holds."""

    is_exact: bool

    def __init__(self, index: Any, sums: VectorSums | None = None, places: Places = NO_PLACES) -> None:
        self.index = index
        self.sums = sums or VectorSums()
        self.places = places

    def __len__(self) -> int:
        return int(self.index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self.index.d)

    @abstractmethod
    def keys(self) -> Keys:
        """Of the chunks it holds, in no order."""

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        known = keys < len(self.places.of)
        held: npt.NDArray[np.bool_] = self.places.of[np.where(known, keys, 0)] >= 0
        return known & held

    def add(self, keys: Keys, collections: npt.NDArray[np.object_], vectors: Vectors) -> None:
        """
        Args:
            collections: of each key, shape (len(keys),).
            vectors: shape (len(keys), dimension).
        """
        with _cores(len(keys)):
            self.index.add_with_ids(np.ascontiguousarray(vectors), keys)
        self.places = self.places.later(
            0, [(key, 1, name) for key, name in zip(keys.tolist(), collections.tolist(), strict=True)]
        )
        kept = self._kept(vectors)
        for name in np.unique(collections).tolist():
            self.sums.add(name, kept[collections == name])

    def remove(self, keys: Keys) -> None:
        """Those that it holds."""
        gone = keys[self.holds(keys)]
        if not len(gone):
            return
        vectors, numbers = self._vectors(gone), self.places.of[gone]
        for number in np.unique(numbers).tolist():
            self.sums.remove(self.places.names[number], vectors[numbers == number])
        self.index.remove_ids(self._selected(gone))
        self.places = self.places.later(0, [], [(key,) for key in gone.tolist()])

    def search(self, query: Vectors, limit: int, members: KeySet | None = None) -> tuple[Keys, Vectors]:
        """Keys and similarities of the nearest, best first.

        Args:
            members: what may be found; None for all.
        """
        chosen = None if members is None else faiss.IDSelectorBitmap(members.bits)  # type: ignore[arg-type, call-arg]
        similarities, near = self.index.search(query.reshape(1, -1), max(1, limit), params=self._parameters(chosen, members))
        found = near[0] >= 0
        return near[0][found], similarities[0][found]

    @abstractmethod
    def is_due(self, large: int) -> bool:
        """Whether as many vectors should be kept in another way.

        Args:
            large: up to so many are kept as they are.
        """

    @abstractmethod
    def _kept(self, vectors: Vectors) -> Vectors:
        """What it makes of them."""

    @abstractmethod
    def _vectors(self, keys: Keys) -> Vectors:
        """What it holds of these keys, which it has."""

    @abstractmethod
    def _selected(self, keys: Keys) -> Any: ...

    @abstractmethod
    def _parameters(self, chosen: Any, members: KeySet | None) -> Any: ...


class Flat(Shard):
    is_exact = True

    def keys(self) -> Keys:
        keys: Keys = faiss.vector_to_array(self.index.id_map)
        return keys

    def is_due(self, large: int) -> bool:
        return len(self) > large

    def among(self, query: Vectors, keys: Keys) -> tuple[Keys, Vectors]:
        """Keys and similarities of these chunks, of those that it holds, best first."""
        only = faiss.SearchParameters(sel=faiss.IDSelectorBatch(keys))  # type: ignore[call-arg]
        similarities, near = self.index.search(query.reshape(1, -1), max(1, len(keys)), params=only)
        found = near[0] >= 0
        return near[0][found], similarities[0][found]

    def _kept(self, vectors: Vectors) -> Vectors:
        return vectors

    def _vectors(self, keys: Keys) -> Vectors:
        flat: Any = faiss.downcast_index(self.index.index)
        rows: Vectors = faiss.rev_swig_ptr(flat.get_xb(), len(self) * self.dimension).reshape(-1, self.dimension)
        held = self.keys()
        order = np.argsort(held)
        return rows[order[np.searchsorted(held, keys, sorter=order)]]

    def _selected(self, keys: Keys) -> Any:
        return faiss.IDSelectorBatch(keys)

    def _parameters(self, chosen: Any, members: KeySet | None) -> Any:
        return None if chosen is None else faiss.SearchParameters(sel=chosen)  # type: ignore[call-arg]


class Lists(Shard):
    is_exact = False

    def __init__(self, index: Any, sums: VectorSums | None = None, places: Places = NO_PLACES) -> None:
        super().__init__(index, sums, places)
        self._held: tuple[Places | None, npt.NDArray[np.uint8]] = None, np.zeros(0, np.uint8)  # bit `key` of what it holds

    def keys(self) -> Keys:
        return np.flatnonzero(self.places.of >= 0)

    @property
    def count(self) -> int:
        """Of lists."""
        return int(self.index.nlist)

    def is_due(self, large: int) -> bool:
        return lists_for(len(self)) >= 2 * self.count or len(self) < large // SHRUNK

    def _kept(self, vectors: Vectors) -> Vectors:
        decoded: Vectors = self.index.sq.decode(self.index.sq.compute_codes(np.ascontiguousarray(vectors)))
        return decoded

    def _vectors(self, keys: Keys) -> Vectors:
        vectors: Vectors = self.index.reconstruct_batch(keys)
        return vectors

    def _selected(self, keys: Keys) -> Any:
        return faiss.IDSelectorArray(keys)  # the one kind that does not walk through all lists

    def _parameters(self, chosen: Any, members: KeySet | None) -> Any:
        if members is None:
            cost = len(self)
        elif (count := self._count(members)) > WHOLE:
            cost = count + len(self) // CHECKED
        else:
            cost = 0
        looked_at = math.ceil(self.count * min(1.0, CODES / max(1, cost)))
        return faiss.SearchParametersIVF(nprobe=looked_at, sel=chosen)  # type: ignore[call-arg]

    def _count(self, members: KeySet) -> int:
        """How many of them it holds."""
        if self._held[0] is not self.places:
            self._held = self.places, np.packbits(self.places.of >= 0, bitorder="little")
        both = min(len(self._held[1]), len(members.bits))
        return int(np.bitwise_count(self._held[1][:both] & members.bits[:both]).sum())


@contextlib.contextmanager
def _cores(count: int) -> Iterator[None]:
    """Few vectors are added by this thread alone: on a machine at work the others are waited for longer than that takes."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1 if count < FEW else before)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def lists_for(count: int) -> int:
    """How many lists so many vectors are best kept in: a power of two near twice the root."""
    return 1 << max(0, round(math.log2(2 * math.sqrt(max(1, count)))))


def empty(dimension: int) -> Flat:
    return Flat(faiss.IndexIDMap(faiss.IndexFlatIP(dimension)))


def learning(sample: Vectors, lists: int) -> Iterator[Lists | None]:
    """Empty lists whose centres and codes are learned from a sample, shape (n, dimension), n at least `lists`. It comes last;
    before, None after each step, so that the caller may stop."""
    dimension = sample.shape[1]
    centres = np.ascontiguousarray(sample[:: len(sample) // lists][:lists])
    for _ in range(ITERATIONS):
        one = faiss.Clustering(dimension, lists)
        one.niter, one.min_points_per_centroid, one.max_points_per_centroid = 1, 1, OF_A_LIST
        one.spherical = True
        faiss.copy_array_to_vector(centres.ravel(), one.centroids)
        one.train(sample, faiss.IndexFlatIP(dimension))
        centres = faiss.vector_to_array(one.centroids).reshape(lists, dimension)
        yield None
    nearest = faiss.IndexFlatIP(dimension)
    nearest.add(centres)
    index = faiss.IndexIVFScalarQuantizer(
        nearest, dimension, lists, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT, False
    )
    index.sq.rangestat, index.sq.rangestat_arg = faiss.ScalarQuantizer.RS_meanstd, SPREAD
    index.train(sample)
    index.set_direct_map_type(faiss.DirectMap.Hashtable)  # type: ignore[attr-defined]
    yield Lists(index)
