"""A writer that `benchmarks.faults.postgres` kills: `python -m benchmarks.faults.postgres_writer NUMBER SEED`."""

from __future__ import annotations

import os
import random
import sys
import time

from benchmarks.several_machines_node import EMBEDDER
from youju.errors import StoreUnusable
from youju.index.base.records import Source
from youju.index.postgres import Store
from youju.records import Chunk, Extracted

PLACES = 5


def write(writer: int, seed: int) -> None:
    """Store and delete for ever; each line on standard output is `begin` or `done`, a place and what it holds from now on."""
    rng = random.Random(seed)
    store = connected(os.environ["YOUJU_DATABASE_URL"])
    while True:
        place, word = f"{writer}-{rng.randrange(PLACES)}.txt", f"word{rng.randrange(10**9)}"
        is_deletion = rng.random() < 0.3
        print("begin", place, "-" if is_deletion else word, flush=True)
        try:
            if is_deletion:
                store.forget("default", [f"/folder/{place}"])
            else:
                put(store, place, word, rng.randint(1, 30))
        except StoreUnusable:  # the server is away: nobody knows whether it was committed
            time.sleep(0.2)
            continue
        print("done", place, "-" if is_deletion else word, flush=True)


def connected(address: str) -> Store:
    """The store, as soon as the server is there."""
    while True:
        try:
            return Store(address)
        except StoreUnusable:
            time.sleep(0.2)


def put(store: Store, place: str, word: str, count: int) -> None:
    """Store a document of so many lines: each has its word, and words that many others have."""
    lines = [f"{word} {number} of all pump{number % 7}" for number in range(count)]
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(count)]
    chunks = [Chunk(start, start + len(line), line, "", "en", None) for start, line in zip(starts, lines, strict=True)]
    source = Source("default", f"/folder/{place}", place, word, 1, 1)
    vectors = EMBEDDER.embed_documents(lines)
    store.put(source, Extracted("\n".join(lines), "text/plain"), "en", chunks, vectors, EMBEDDER.fingerprint)


if __name__ == "__main__":
    write(int(sys.argv[1]), int(sys.argv[2]))
