"""Backups taken during an ingest: do they answer as the index did at that moment? And how long and large are they?

    python benchmarks/backups.py                # 20 backups, 50 searches each, with a hashing embedder
    python benchmarks/backups.py --backups 3 --documents 60

A process ingests generated documents; beside it backups are taken. For each, the source is brought to the sequence that
the backup names by taking the writer's record of what it had committed then: an index of its own is filled with the same
documents up to there. The top ten of both, by words and by vectors fused, must be the same in texts, order and scores.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from pathlib import Path

from service.retrieval.retriever import Retriever
from tests.fakes import HashingEmbedder
from tests.unit.test_store import put
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.maintenance.backup import backup, restore
from youju.maintenance.doctor import examine
from youju.settings import Settings

SEED = 20261123
WORDS = [f"word{number}" for number in range(2000)]
Answers = list[list[tuple[str, str, float]]]


def texts_of(number: int, version: int) -> list[str]:
    rng = random.Random(f"{SEED} {number} {version}")
    return [" ".join(rng.choices(WORDS, k=80)) for _ in range(rng.randint(3, 12))]


def act(store: Store, rng: random.Random, step: int, documents: int) -> None:
    """One committed change: mostly a new or changed document, sometimes a deletion."""
    number = rng.randrange(documents)
    if rng.random() < 0.2:
        store.delete([one.id for one in store.documents() if one.uri == f"{number}.txt"])
    else:
        put(store, f"{number}.txt", texts_of(number, step))


def answers(data_dir: Path, queries: list[str]) -> Answers:
    settings, embedder = Settings(data_dir=data_dir), HashingEmbedder()
    store = Store(settings.database)
    wrong = examine(store, settings)
    if wrong:
        raise SystemExit(f"{data_dir} is not whole: {wrong}")
    retriever = Retriever(store, VectorIndex(store, settings.vector_file, embedder.dimension), embedder)
    found = [
        [(one.document.uri, one.text, round(one.scores.fused, 6)) for one in retriever.retrieve(query, 10)] for query in queries
    ]
    store.close()
    return found


def replayed(data_dir: Path, sequence: int, documents: int) -> None:
    """An index of its own with the same changes up to a sequence: what the source was then."""
    store, rng, step = Store(data_dir / "youju.db"), random.Random(SEED), 0
    while store.sequence() < sequence:
        act(store, rng, step, documents)
        step += 1
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backups", type=int, default=20)
    parser.add_argument("--searches", type=int, default=50)
    parser.add_argument("--documents", type=int, default=300)
    options = parser.parse_args()
    rng = random.Random(SEED + 1)
    with tempfile.TemporaryDirectory() as name:
        scratch, stop = Path(name), threading.Event()
        source = Store(scratch / "source" / "youju.db")
        first = threading.Event()

        def write() -> None:
            writing, work, step = Store(scratch / "source" / "youju.db"), random.Random(SEED), 0
            while not stop.is_set():
                act(writing, work, step, options.documents)
                step += 1
                if step == options.documents // 4:
                    first.set()
            writing.close()

        writer = threading.Thread(target=write)
        writer.start()
        first.wait()
        taken, seconds = [], []
        for number in range(options.backups):
            began = time.perf_counter()
            taken.append(backup(source, scratch / f"{number}.backup"))
            seconds.append(time.perf_counter() - began)
            if taken[-1].sequence == (taken[-2].sequence if number else 0):
                raise SystemExit("nothing was written between two backups: this shows nothing")
        stop.set()
        writer.join()
        end, same = source.sequence(), 0
        for number, manifest in enumerate(taken):
            queries = [" ".join(rng.choices(WORDS, k=4)) for _ in range(options.searches)]
            restore(scratch / f"{number}.backup", scratch / f"restored{number}")
            replayed(scratch / f"then{number}", manifest.sequence, options.documents)
            expected, found = (answers(scratch / f"{kind}{number}", queries) for kind in ("then", "restored"))
            same += expected == found and all(len(one) == 10 for one in found)
        print(
            json.dumps(
                {
                    "backups": len(taken),
                    "same answers": same,
                    "searches each": options.searches,
                    "sequences": [one.sequence for one in taken],
                    "sequence at the end": end,
                    "chunks of the last": taken[-1].chunks,
                    "seconds, slowest": round(max(seconds), 2),
                    "MiB, last": round((scratch / f"{len(taken) - 1}.backup").stat().st_size / (1 << 20), 2),
                }
            )
        )
        if same != len(taken):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
