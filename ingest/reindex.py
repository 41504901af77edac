"""Embeds every chunk again with another model while the index goes on with the old one, then swaps in one transaction.

May be killed at any moment and goes on where it was. Documents may be ingested (with the old model) and deleted
beside it: the walk meets them, and the few that come at the very end are embedded in the last transaction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from youju.embedding.base import Embedder, Vectors
from youju.files import require_space
from youju.index.base.records import Goal, Waiting
from youju.index.opening import Index, index_of, open_vectors
from youju.index.protocols import NewVectors, Store
from youju.settings import Settings

EMBED_AT_ONCE = 128  # chunks in one transaction: as many are lost by a kill
OVERHEAD = 64  # bytes of a row beside its vector, amply

Watch = Callable[[int, int], None]  # chunks that have their new vector, and all


@dataclass(frozen=True)
class Estimate:
    """What is left to do. `bytes_needed` on the disk: the new vectors, and the journal of the swap."""

    chunks: int
    waiting: int
    bytes_needed: int


@dataclass(frozen=True)
class ReindexReport:
    """What a reindex did. `kept` chunks had their new vector from a run before; `embedded` counts what went through the
    embedder, `same` chunks whose content was embedded already. `swap_seconds` is how long writers waited at the end.
    """

    model: str
    fingerprint: str
    chunks: int
    kept: int
    embedded: int
    same: int
    seconds: float
    swap_seconds: float


def estimate(index: Index, goal: Goal, dimension: int) -> Estimate:
    new, chunks = index.new_vectors, index.store.count_chunks()
    known = new.goal()
    kept = new.count() if known is not None and known.fingerprint == goal.fingerprint else 0
    row = 4 * dimension + OVERHEAD
    # The swap writes every chunk to the journal once: its text, and the new vector; and frees the new vectors' table.
    return Estimate(chunks, chunks - kept, (chunks - kept) * row + new.text_bytes() + 2 * chunks * row)


def reindex(
    store: Store, settings: Settings, embedder: Embedder, model: str, watch: Watch = lambda done, total: None
) -> ReindexReport:
    """Replace all vectors by those of `embedder`. Searching and ingesting go on until the last moment; from then on only
    services and commands with the new embedder are served.

    Args:
        model: the name that YOUJU_EMBEDDING_MODEL will have to have.

    Raises:
        IndexInUse: another reindex is at work.
        StorageFull: the disk has no room for the new vectors beside the old ones.
    """
    index = index_of(store, settings)
    goal, new = Goal(embedder.fingerprint, model), index.new_vectors
    began = time.monotonic()
    with new.alone():
        require_space(settings.data_dir, estimate(index, goal, embedder.dimension).bytes_needed, "The reindex")
        new.begin(goal)
        work = _Work(new, embedder)
        kept, done = new.count(), False
        while not done:
            _walk(store, new, goal, work, watch)
            swap_began = time.monotonic()
            done = new.put_in_place(goal, work.embed)
        swap = time.monotonic() - swap_began
        open_vectors(store, settings, embedder).save()
    chunks, seconds = store.count_chunks(), time.monotonic() - began
    watch(chunks, chunks)
    return ReindexReport(model, goal.fingerprint, chunks, kept, work.embedded, work.same, seconds, swap)


def _walk(store: Store, new: NewVectors, goal: Goal, work: _Work, watch: Watch) -> None:
    """Embed what waits, a batch a transaction, until nothing does."""
    after, done = 0, new.count()  # counting anew for each batch would read all of them each time
    while batch := new.waiting(after, EMBED_AT_ONCE):
        new.add(goal, work.embed(batch))
        after, done = batch[-1].key, done + len(batch)
        total = store.count_chunks()
        watch(min(done, total), total)


class _Work:
    """Embeds each content once, and counts."""

    def __init__(self, new: NewVectors, embedder: Embedder) -> None:
        self._new = new
        self._embedder = embedder
        self.embedded = 0
        self.same = 0

    def embed(self, waiting: Sequence[Waiting]) -> Mapping[int, Vectors]:
        texts = {one.content_hash: one.text for one in waiting}
        known = self._new.of_contents(list(texts))
        missing = {digest: text for digest, text in texts.items() if digest not in known}
        known |= dict(zip(missing, self._embedder.embed_documents(list(missing.values())), strict=True))
        self.embedded += len(missing)
        self.same += len(waiting) - len(missing)
        return {one.key: known[one.content_hash] for one in waiting}
