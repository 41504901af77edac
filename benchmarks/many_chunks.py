"""How long a search takes in an index of many chunks: in all of it, in one collection, with a key for two collections.

    python -m benchmarks.many_chunks /tmp/many --chunks 100000

Words have the frequencies of language (Zipf); a third of a chunk's are those of its subject. Vectors have the dimension of the
bundled embedder and lie in 2,000 subjects of 100 fields. Questions have four words of a subject and three others, none of the
hundred most common. Ten collections hold a tenth each. The index is made once and kept, so that more chunks can be added.

Printed are, for 60 questions that were asked once before, median and 95 % of the time of `Retriever.retrieve`, also as a
multiple of one flat scan over all vectors in the same run; the same of vectors and of words alone; the first search after a
commit and after a deletion, median and slowest of ten; how long the start takes, and the peak of memory.
"""

from __future__ import annotations

import argparse
import resource
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from service.retrieval.retriever import Retriever
from youju.embedding.base import Vectors
from youju.index.base.records import Source
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import EVERYTHING, Chunk, Extracted, Scope
from youju.text.language import question_terms

DIMENSION, FIELDS, SUBJECTS, COLLECTIONS, OF_A_DOCUMENT, VOCABULARY, WORDS = 384, 100, 2000, 10, 25, 60_000, 90
SEED, QUESTIONS, TOP, COMMON, CANDIDATES, COMMITS = 7, 60, 40, 100, 100, 10
OF_THE_SUBJECT = 0.35  # share of the words of a chunk
SCOPES = {"no scope": EVERYTHING, "a collection": Scope("c3"), "a key for two": Scope(allowed=("c1", "c2"))}


class Clusters:
    """Stands in for an embedder: a text is near the centre of the subject that its first word belongs to. The same text has the
    same vector."""

    name = fingerprint = "clusters"
    dimension = DIMENSION

    def __init__(self) -> None:
        random = np.random.default_rng(SEED)
        fields = random.standard_normal((FIELDS, DIMENSION), np.float32)
        own = random.standard_normal((SUBJECTS, DIMENSION), np.float32)
        self._centres = fields[np.arange(SUBJECTS) % FIELDS] + 0.7 * own

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        random = np.random.default_rng(zlib.crc32(texts[0].encode()))
        centres = self._centres[[int(text.split()[0][1:]) % SUBJECTS for text in texts]]
        found = centres + 0.9 * random.standard_normal(centres.shape, np.float32)
        unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return np.concatenate([self.embed_documents([text]) for text in texts])

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


class Speech:
    """Draws texts: `w5` is the fifth most common word. The words of a subject are those whose number leaves it as the rest."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        shares = 1 / (np.arange(VOCABULARY) + 2.7) ** 1.07
        self._sums = np.cumsum(shares / shares.sum())
        own = 1 / (np.arange(VOCABULARY // SUBJECTS) + 1.0)
        self._own = np.cumsum(own / own.sum())

    def general(self, count: int) -> list[int]:
        return [int(one) for one in np.searchsorted(self._sums, self._random.random(count))]

    def of_subject(self, subject: int, count: int) -> list[int]:
        return [subject + SUBJECTS * int(one) for one in np.searchsorted(self._own, self._random.random(count))]

    def text(self, subject: int) -> str:
        own = int(WORDS * OF_THE_SUBJECT)
        mixed = np.array(self.of_subject(subject, own) + self.general(WORDS - own))
        self._random.shuffle(mixed[1:])
        return " ".join(f"w{number}" for number in mixed)

    def document(self) -> list[str]:
        subjects = self._random.integers(0, SUBJECTS, 2)
        return [self.text(int(subjects[number % 2])) for number in range(OF_A_DOCUMENT)]

    def question(self) -> str:
        own = self.of_subject(int(self._random.integers(COMMON, SUBJECTS)), 4)
        others = [number for number in self.general(200) if number > COMMON][:3]
        return " ".join(f"w{number}" for number in own + others)


def document(number: int, embedder: Clusters) -> tuple[Source, Extracted, list[Chunk], Vectors]:
    """A document as it is stored: `Store.put` takes it."""
    texts = Speech(SEED + number).document()
    starts = np.cumsum([0, *(len(text) + 1 for text in texts)]).tolist()
    pieces = [Chunk(start, start + len(text), text, "", "en", None) for start, text in zip(starts, texts, strict=False)]
    source = Source(f"c{number % COLLECTIONS}", f"/{number}", f"{number}.txt", str(number), 1, 1)
    return source, Extracted("\n".join(texts), "text/plain"), pieces, embedder.embed_documents(texts)


def fill(store: Store, embedder: Clusters, chunks: int) -> float:
    """Seconds that it took, without making the texts."""
    spent = 0.0
    for number in range(store.count_documents(), chunks // OF_A_DOCUMENT):
        source, extracted, pieces, vectors = document(number, embedder)
        began = time.perf_counter()
        store.put(source, extracted, "en", pieces, vectors, embedder.fingerprint)
        spent += time.perf_counter() - began
    return spent


def timed(search: Callable[[Any], object], questions: Sequence[Any]) -> tuple[float, float]:
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
    before = store.count_chunks()
    spent = fill(store, embedder, options.chunks)
    if added := store.count_chunks() - before:
        print(f"{added} chunks added in {spent:.0f} s, {spent / added * 1e6:.0f} us each", flush=True)
    began = time.perf_counter()
    vectors = VectorIndex(store, options.folder / "vectors.index", DIMENSION, "clusters")
    vectors.refresh()
    print(f"start {time.perf_counter() - began:.2f} s")
    began = time.perf_counter()
    vectors.save()
    print(f"save {time.perf_counter() - began:.2f} s")
    retriever = Retriever(store, vectors, embedder)
    speech = Speech(SEED - 1)
    questions = [speech.question() for _ in range(QUESTIONS)]
    scan = flat_scan(len(vectors), embedder.embed_queries(questions))
    print(f"{len(vectors)} chunks, seed {SEED}; flat scan {scan:.1f} ms")
    cold, most = timed(lambda question: retriever.retrieve(question, TOP), questions)
    print(f"each question for the first time, its passages on the disk: {cold:.1f} / {most:.1f} ms")
    for name, scope in SCOPES.items():
        measure(name, scope, retriever, questions, scan)
    print(f"memory peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    store.close()


def flat_scan(count: int, queries: Vectors) -> float:
    """Median milliseconds of an exact search among so many vectors, measured among at most 100,000."""
    held = min(count, 100_000)
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(np.random.default_rng(SEED).standard_normal((held, DIMENSION), np.float32))
    return timed(lambda query: flat.search(query.reshape(1, -1), TOP), list(queries))[0] * count / held


def measure(name: str, scope: Scope, retriever: Retriever, questions: Sequence[str], scan: float) -> None:
    store, embedder = retriever.store, retriever.embedder
    seen = store.limited_to(scope.allowed)

    def first(_: object) -> object:
        return retriever.retrieve(questions[0], TOP, scope)

    assert isinstance(store, Store)
    assert isinstance(embedder, Clusters)
    first(0)  # else the words themselves would be read for the first time
    committed: list[float] = []
    deleted: list[float] = []
    for _ in range(COMMITS):
        fill(store, embedder, store.count_chunks() + OF_A_DOCUMENT)
        committed += timed(first, [0])[:1]
        store.delete([store.documents(offset=store.count_documents() - 1)[0].id])
        deleted += timed(first, [0])[:1]
    middle, most = timed(lambda question: retriever.retrieve(question, TOP, scope), questions)
    dense, _ = timed(lambda query: retriever.vectors.search(query, CANDIDATES, scope), list(embedder.embed_queries(questions)))
    terms = [question_terms(question)[0] for question in questions]
    words, longest = timed(lambda one: seen.search_words(one, CANDIDATES, scope), terms)
    print(
        f"{name:14} {middle:7.1f} / {most:7.1f} ms, {middle / scan:.2f} scans; vectors {dense:6.1f}; words {words:6.1f} / "
        f"{longest:6.1f}; after a commit {np.median(committed):.1f} / {max(committed):.1f}, "
        f"after a deletion {np.median(deleted):.1f} / {max(deleted):.1f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
