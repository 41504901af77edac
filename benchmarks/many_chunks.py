"""How long a search takes in an index of many chunks: in all of it, in one collection, with a key for two collections.

    python benchmarks/many_chunks.py /tmp/many --chunks 100000

Vectors lie in clusters and have the dimension of the bundled embedder; words have the frequencies of language (Zipf), and the
questions none of the hundred most common. Ten collections hold a tenth each. The index is made once and kept. Printed are
median and 95 % of the time of `Retriever.retrieve` for 60 questions, also as a multiple of one flat scan over all vectors in
the same run, and the first search after a commit.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import faiss
import numpy as np

from service.retrieval.retriever import Retriever
from youju.embedding.base import Vectors
from youju.index.base.records import Source
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import EVERYTHING, Chunk, Extracted, Scope

DIMENSION, CLUSTERS, COLLECTIONS, OF_A_DOCUMENT, VOCABULARY, WORDS = 384, 2000, 10, 25, 60_000, 90
SEED, QUESTIONS, TOP, COMMON = 7, 60, 40, 100


class Clusters:
    """Stands in for an embedder: a text is near the centre that its first word names."""

    name = fingerprint = "clusters"
    dimension = DIMENSION

    def __init__(self) -> None:
        self._random = np.random.default_rng(SEED)
        self._centres = self._random.standard_normal((CLUSTERS, DIMENSION)).astype(np.float32)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        centres = self._centres[[int(text.split()[0][1:]) % CLUSTERS for text in texts]]
        found = centres + 0.8 * self._random.standard_normal(centres.shape, dtype=np.float32)
        unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_documents(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


def words_of(random: np.random.Generator, count: int) -> list[str]:
    return [f"w{rank}" for rank in np.minimum(random.zipf(1.15, count), VOCABULARY)]


def fill(store: Store, embedder: Clusters, chunks: int) -> None:
    random = np.random.default_rng(SEED)
    for number in range(store.count_chunks() // OF_A_DOCUMENT, chunks // OF_A_DOCUMENT):
        texts = [" ".join(words_of(random, WORDS)) for _ in range(OF_A_DOCUMENT)]
        pieces = [Chunk(0, len(text), text, "", "en", None) for text in texts]
        collection = f"c{number % COLLECTIONS}"
        source = Source(collection, f"/{number}", f"{number}.txt", str(number), 1, 1)
        store.put(source, Extracted(texts[0], "text/plain"), "en", pieces, embedder.embed_documents(texts), "clusters")


def timed(search: Callable[[str], object], questions: Sequence[str]) -> tuple[float, float]:
    """Median and 95 % in milliseconds."""
    spent = []
    for question in questions:
        began = time.perf_counter()
        search(question)
        spent.append((time.perf_counter() - began) * 1000)
    return float(np.median(spent)), float(np.quantile(spent, 0.95))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, default=100_000)
    options = parser.parse_args()
    embedder = Clusters()
    store = Store(options.folder / "youju.db")
    fill(store, embedder, options.chunks)
    vectors = VectorIndex(store, options.folder / "vectors.index", DIMENSION, "clusters")
    vectors.refresh()
    retriever = Retriever(store, vectors, embedder)
    random = np.random.default_rng(SEED + 1)
    telling = (word for word in words_of(random, 400 * QUESTIONS) if int(word[1:]) > COMMON)
    questions = [" ".join(itertools.islice(telling, 8)) for _ in range(QUESTIONS)]
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(embedder.embed_documents([f"w{number}" for number in range(len(vectors))]))
    scan, _ = timed(lambda question: flat.search(embedder.embed_queries([question]), TOP), questions)
    print(f"{len(vectors)} chunks, seed {SEED}; flat scan {scan:.1f} ms")
    scopes = {"no scope": EVERYTHING, "a collection": Scope("c3"), "a key for two": Scope(allowed=("c1", "c2"))}
    for name, scope in scopes.items():
        fill(store, embedder, store.count_chunks() + OF_A_DOCUMENT)
        first, _ = timed(lambda question, scope=scope: retriever.retrieve(question, TOP, scope), questions[:1])  # type: ignore[misc]
        middle, most = timed(lambda question, scope=scope: retriever.retrieve(question, TOP, scope), questions)  # type: ignore[misc]
        print(f"{name:14} {middle:7.1f} / {most:7.1f} ms, {middle / scan:5.1f} scans; after a commit {first:7.1f} ms")
    store.close()


if __name__ == "__main__":
    main()
