"""Kills of writers, of workers and of the server while PostgreSQL is written; nothing acknowledged may be lost.

    python -m benchmarks.faults.postgres --kills 40 --workers 30 --crashes 30

Writers store and delete documents at places of their own and say so on their standard output once it is committed; workers
take in uploads, each of some files, which are sent one after the other. The index has packed postings and a graph over its
vectors. At random moments a writer or a worker is killed and started again, or the server is crashed (`immediate`) and started
again. In the end what is there is compared with what was said last of each place: if its last change was not acknowledged it
may be in either state, whole. Every upload that was acknowledged is taken in, each file once; nothing that was replaced or
deleted may be found, by words or by vectors; the postings are those of the chunks that are there; the graph is whole.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pydantic import SecretStr

from benchmarks.faults.postgres_writer import PLACES, put
from benchmarks.several_machines import Nodes
from benchmarks.several_machines_node import EMBEDDER
from tests.postgres import Server, serving
from youju.errors import StoreUnusable
from youju.index.base.uploads import path_of
from youju.index.opening import Index, open_index
from youju.index.postgres import Store, graphs
from youju.index.postgres.postings import EVERYWHERE, Postings
from youju.index.postgres.vectors import VectorIndex
from youju.index.postgres.view import View
from youju.maintenance.doctor import examine
from youju.settings import Settings

WRITERS, WORKERS, FILES = 3, 2, 4  # FILES: of an upload
PATIENCE = 300.0  # seconds in which all that was sent has to be taken in at the end
LEAST = 50  # vectors in the graph as it is built


class Writer:
    """A process that is killed and started again, and what it has said of each place: what may be there."""

    def __init__(self, number: int, environment: dict[str, str]) -> None:
        self.number, self._environment = number, environment
        self.possible: dict[str, set[str]] = {f"{number}-{place}.txt": {"-"} for place in range(PLACES)}
        self.said: set[str] = set()
        self.acknowledged = 0
        self.start(number)

    def start(self, seed: int) -> None:
        command = [sys.executable, "-m", "benchmarks.faults.postgres_writer", str(self.number), str(seed)]
        self._process = subprocess.Popen(command, env=self._environment, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._follow, args=(self._process,))
        self._reader.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                what, place, word = line.split()
                self.said.add(word)
                self.possible[place] = {word} if what == "done" else self.possible[place] | {word}
                self.acknowledged += what == "done"


class Uploads(threading.Thread):
    """Sends one upload after the other; the next one when the last is done, or after some seconds."""

    def __init__(self, index: Index) -> None:
        super().__init__()
        self._index = index
        self.sent: list[str] = []  # ids of the jobs that were acknowledged
        self.ended = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ended.wait(0.2):
            number += 1
            try:
                self.sent.append(self._send(number))
                until(lambda: self.ended.is_set() or self.done(self.sent[-1]), 10.0)
            except StoreUnusable:  # the server is away
                continue

    def _send(self, number: int) -> str:
        jobs, names = self._index.jobs, [f"u{number}-{file}.txt" for file in range(FILES)]
        with jobs.receiving():
            folder = jobs.new_folder()
            for ordinal, name in enumerate(names):
                path_of(folder, ordinal, name).write_text(f"upload{number}file{ordinal} of all pump{ordinal}")
            return jobs.submit(folder, "default", names).id

    def done(self, job: str) -> bool:
        try:
            return self._index.jobs.get(job).finished_at is not None
        except StoreUnusable:
            return False


def until(holds: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not holds() and time.monotonic() < ends:
        time.sleep(0.02)


def disturb(server: Server, writers: list[Writer], nodes: Nodes, events: Sequence[str], rng: random.Random) -> None:
    workers = [nodes.start("work") for _ in range(WORKERS)]
    for number, event in enumerate(events):
        wait_for(writers, rng.randint(1, 10))
        time.sleep(rng.uniform(0.0, 0.05))  # anywhere within what comes next
        if event == "kill":
            writer = rng.choice(writers)
            writer.kill()
            writer.start(1000 + number)
        elif event == "worker":
            time.sleep(rng.uniform(0.0, 3.0))  # until the last one that was started is at work
            workers.pop(0).kill()
            workers.append(nodes.start("work"))
        else:
            server.stop("immediate")
            server.start()
    wait_for(writers, 5)
    for writer in writers:
        writer.kill()


def wait_for(writers: list[Writer], more: int) -> None:
    """Until so many more changes were acknowledged."""
    goal = sum(writer.acknowledged for writer in writers) + more
    while sum(writer.acknowledged for writer in writers) < goal:
        time.sleep(0.01)


def wrong(index: Index, writers: list[Writer], uploads: Uploads) -> list[str]:
    """What is not as it was said."""
    found, expected = [f"{one.check}: {one.problem}" for one in examine(index.store, index.settings)], 1
    gone: set[str] = set()
    for writer in writers:
        for place, possible in writer.possible.items():
            held = index.store.location("default", f"/folder/{place}")
            word = "-" if held is None else index.store.text(held.document_id).split()[0]
            expected += held is not None
            if word not in possible:
                found.append(f"{place} holds {word}, not one of {sorted(possible)}")
            writer.said.discard(word)
        gone |= writer.said - {"-"}
    found += [f"{one} is still found" for one in index.store.holding(sorted(gone))]
    jobs = {job.id: job for job in index.jobs.latest(100_000)}
    found += [f"the upload {one} is lost" for one in uploads.sent if one not in jobs]
    files = [file for job in jobs.values() for file in job.files]
    found += [f"{file}" for file in files if file.state != "done"]
    if index.store.count_documents() != expected + len(files):
        found.append(f"{index.store.count_documents()} documents, not {expected} and {len(files)} of uploads")
    return [*found, *words_wrong(index), *graph_wrong(index, gone)]


def words_wrong(index: Index) -> list[str]:
    """Postings that are not those of the chunks."""
    store = store_of(index)
    held: Counter[tuple[str, int]] = Counter()
    for key, words in store.database.rows("SELECT key, words FROM chunks"):
        held.update((word, key) for word in words.split())
    packed: Counter[tuple[str, int]] = Counter()
    for word, *row in store.database.rows(f"SELECT p.word, p.first, p.last, p.chunks, p.data FROM {EVERYWHERE}"):
        one = Postings.of([(row[0], row[1], row[2], bytes(row[3]))])
        for key, times in zip(one.keys.tolist(), one.times.tolist(), strict=True):
            packed[word, key] += times
    different = (held - packed) + (packed - held)
    return [f"{len(different)} postings differ from the chunks"] if different else []


def graph_wrong(index: Index, gone: set[str]) -> list[str]:
    """A graph that is not whole, that finds what is gone, or not what comparing every vector finds."""
    store = store_of(index)
    if graphs.usable(store.database) != {"en"}:
        return ["there is no graph"]
    keys = set(store.database.rows("SELECT key FROM vectors"))
    walking, comparing = (VectorIndex(View(store.database), exact=exact) for exact in (0, 1 << 40))
    found = []
    for query in EMBEDDER.embed_queries([*sorted(gone)[:50], *(f"of all pump{number}" for number in range(7))]):
        near, right = (one.search(query, 100)[0] for one in (walking, comparing))
        if {(one.key,) for one in near} - keys:
            found.append("the graph finds what is gone")
        if np.abs(np.subtract([one.similarity for one in near[:10]], [one.similarity for one in right[:10]])).max() > 1e-5:
            found.append("the graph does not find the nearest")
    return found


def store_of(index: Index) -> Store:
    assert isinstance(index.store, Store)
    return index.store


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40, help="of writers")
    parser.add_argument("--workers", type=int, default=30, help="kills of workers")
    parser.add_argument("--crashes", type=int, default=30, help="of the server")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    events = ["kill"] * options.kills + ["worker"] * options.workers + ["crash"] * options.crashes
    rng.shuffle(events)
    with serving(options=()) as server, tempfile.TemporaryDirectory() as folder:
        address = server.create("faults")
        index = open_index(Settings(data_dir=Path(folder) / "own", database_url=SecretStr(address)))
        store = store_of(index)
        put(store, "first.txt", "first", LEAST)
        VectorIndex(View(store.database), large=LEAST).save()
        environment = {"YOUJU_DATABASE_URL": address, "YOUJU_DATA_DIR": folder, "PATH": "/usr/bin:/bin"}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        writers = [Writer(number, environment) for number in range(WRITERS)]
        nodes, uploads = Nodes(Path(folder), address), Uploads(index)
        try:
            uploads.start()
            disturb(server, writers, nodes, events, rng)
            uploads.ended.set()
            uploads.join()
            until(lambda: not index.jobs.has_work() and all(map(uploads.done, uploads.sent)), PATIENCE)
        finally:
            uploads.ended.set()
            nodes.stop()
        time.sleep(1.0)  # what the killed ones were committing
        problems = wrong(index, writers, uploads)
        acknowledged, documents = sum(writer.acknowledged for writer in writers), store.count_documents()
        index.close()
    print(
        f"{options.kills} kills of writers, {options.workers} of workers, {options.crashes} crashes: {acknowledged} changes, "
        f"{len(uploads.sent)} uploads of {FILES} files, {documents} documents, wrong: {problems}"
    )
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
