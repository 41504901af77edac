"""Which vector index (vector store) an index has. The one place that chooses, for the service and for every command."""

from __future__ import annotations

from youju.embedding.base import Embedder
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.settings import Settings


def open_vectors(store: Store, settings: Settings, embedder: Embedder | None = None) -> VectorIndex:
    """The vectors of the store, ready to search.

    Args:
        embedder: what made them, where it is known; else the store tells, which has none before the first document.
    """
    if embedder is None:
        return VectorIndex(store, settings.vector_file, max(1, store.dimension()))
    return VectorIndex(store, settings.vector_file, embedder.dimension, embedder.fingerprint)
