"""Changes of the index under searching threads: `python -m benchmarks.faults swaps`.

Eight threads search while documents are put, replaced and deleted, each change a new state of the index. No search fails; none
finds what was deleted before it began, nor a replaced version; memory stays where it was.
"""

from __future__ import annotations

import argparse
import gc
import random
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.faults.damage import open_index, put
from service.retrieval.retriever import Retriever
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.settings import Settings

WARM_UP = 0.2  # share of the queries after which memory is looked at for the first time

MIXED = "mixed: "


@dataclass
class Run:
    """What the threads share. `gone` holds marks of versions that are there no more; it only grows."""

    searching: Retriever
    queries: int
    documents: int
    gone: set[str] = field(default_factory=set)
    done: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        with self.lock:
            self.done += 1
            return self.done <= self.queries


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swaps", type=int, default=100)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--documents", type=int, default=30)
    parser.add_argument("--seed", type=int, default=20261123)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="youju-swaps-") as temporary:
        settings = Settings(data_dir=Path(temporary) / "data")
        store, writing = Store(settings.database), Store(settings.database)
        versions = dict.fromkeys(range(options.documents), 1)
        for number in versions:
            put(writing, number, 1)
        searching = Retriever(store, open_index(settings, store), HashingEmbedder())
        run = Run(searching, options.queries, options.documents)
        began = time.monotonic()
        threads = [threading.Thread(target=search, args=(run, options.seed + n)) for n in range(options.threads)]
        for thread in threads:
            thread.start()
        memory = swap(run, settings, writing, versions, options.swaps, random.Random(options.seed))
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        growth = resident() / memory - 1
        store.close()
        writing.close()
    for problem in run.wrong[:10]:
        print(problem)
    print(
        f"{options.swaps} changes, {min(run.done, run.queries)} searches in {options.threads} threads, {seconds:.0f} s: "
        f"{len(run.wrong)} wrong; memory {memory >> 20} MiB, {growth:+.1%}"
    )
    return bool(run.wrong) or growth > 0.1


def search(run: Run, seed: int) -> None:
    rng = random.Random(seed)
    while run.take():
        gone = frozenset(run.gone)  # before the search begins
        number = rng.randrange(run.documents)
        version = rng.randint(1, 5)
        try:
            found = run.searching.retrieve(f"mark{number}v{version} word{number}", 10)
        except Exception as error:  # noqa: BLE001 - any at all is counted
            run.wrong.append(f"{type(error).__name__}: {error}")
            continue
        versions = {version_of(passage.text, passage.document.digest) for passage in found}
        if dead := gone & versions:
            run.wrong.append(f"found though gone: {dead}")
        if mixed := [one for one in versions if one.startswith(MIXED)]:
            run.wrong.append(f"text of one version in another: {mixed}")
        if not found:
            run.wrong.append("nothing was found")


def version_of(text: str, digest: str) -> str:
    """Which version of which document a passage is of; its text has to agree."""
    number, _, version = digest.partition("-")
    known = f"mark{number}v{version}" in text or (f"文档{number}的" in text and f"版本{version}。" in text)
    return digest if known else MIXED + text


def swap(run: Run, settings: Settings, store: Store, versions: dict[int, int], swaps: int, rng: random.Random) -> int:
    """Change the index `swaps` times while the queries go on; returns the memory after the warm-up, in bytes."""
    memory = 0
    for number in range(swaps):
        while run.done < run.queries * number / swaps:  # spread over the queries
            time.sleep(0.001)
        if run.done >= run.queries * WARM_UP and not memory:
            memory = resident()
        chosen = rng.choice(sorted(versions))
        if rng.random() < 0.4:
            before = versions[chosen]
            live = {one.digest: one.id for one in store.documents()}
            if f"{chosen}-{before}" in live:
                store.delete([live[f"{chosen}-{before}"]])
        else:
            before, versions[chosen] = versions[chosen], versions[chosen] + 1
            put(store, chosen, versions[chosen])
        run.gone.add(f"{chosen}-{before}")
        if number % 10 == 9:
            open_index(settings, store).save()  # as an ingest does at its end
    return memory or resident()


def resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)
