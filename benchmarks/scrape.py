"""How long a scrape of /metrics and a look at /readyz take on a big index: `python -m benchmarks.scrape --chunks 100000`.

The index is filled by SQL with random vectors; nothing is embedded. Each look counts anew, as if ten seconds lay between them.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from service.monitoring.inspection import RECOUNT_SECONDS, Inspector
from service.monitoring.metrics import Metrics
from service.monitoring.readiness import readiness
from service.resources import make_resources
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.sqlite.store import Store
from youju.settings import Settings

PER_DOCUMENT = 20


def fill(store: Store, chunks: int, jobs: int) -> None:
    vector = np.ones(HashingEmbedder.dimension, np.float32).tobytes()
    with store.database.transaction() as (connection, sequence):
        connection.execute("INSERT INTO meta VALUES ('embedder', 'hashing-256')")
        for number in range(chunks // PER_DOCUMENT):
            name = f"d{number}"
            connection.execute(
                "INSERT INTO documents VALUES (?,'default','t','text/plain','en',?,'.txt',8000,?,'[]','now',NULL,?)",
                (name, f"{number:064}", PER_DOCUMENT, "word " * 1600),
            )
            connection.execute("INSERT INTO locations VALUES ('default',?,?,?,1,1)", (name, name, name))
            connection.executemany(
                "INSERT INTO chunks (document_id, ordinal, start, end, text, heading, language, page, content_hash, vector, "
                "sequence) VALUES (?,?,0,400,?,'','en',NULL,?,?,?)",
                [(name, n, "word " * 80, f"{number}-{n}", vector, sequence) for n in range(PER_DOCUMENT)],
            )
        counted = (chunks // PER_DOCUMENT, chunks // PER_DOCUMENT * PER_DOCUMENT)
        connection.execute("INSERT INTO totals VALUES ('default', ?, ?)", counted)
        for number in range(jobs):
            connection.execute("INSERT INTO jobs VALUES (?,'default','2026','2026')", (f"j{number}",))
            connection.execute("INSERT INTO job_files VALUES (?,0,'a.txt',1,'done','',NULL,1)", (f"j{number}",))


async def measure(settings: Settings, rounds: int) -> None:
    resources = make_resources(settings, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)
    now = 0.0
    inspector, metrics = Inspector(resources.store, resources.jobs, settings, lambda: now), Metrics()
    metrics.watch(resources, inspector)
    took: dict[str, list[float]] = {"counting": [], "metrics, counted anew": [], "metrics": [], "readyz": []}
    for _ in range(rounds):
        now += RECOUNT_SECONDS
        for name in took:
            if name == "metrics, counted anew":
                now += RECOUNT_SECONDS
            began = time.perf_counter()
            if name == "counting":
                await inspector.look(60)
            elif name == "readyz":
                await readiness(resources, inspector)
            else:
                await metrics.exposition("")
            took[name].append((time.perf_counter() - began) * 1000)
    for name, values in took.items():
        print(f"{name:22} median {statistics.median(values):7.2f} ms, worst {max(values):7.2f} ms of {rounds}")
    inspector.close()
    await resources.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), reader="similarity", strictness="off")
        store = Store(settings.database)
        fill(store, arguments.chunks, arguments.jobs)
        store.close()
        asyncio.run(measure(settings, arguments.rounds))


if __name__ == "__main__":
    main()
