"""Ingests a folder with the hashing embedder in a process of its own and prints as JSON what came of it, and its memory.

python -m tests.integration.hostile_runner DATA_DIR HARMLESS HOSTILE

HARMLESS is ingested first, so that what any ingest needs is there before memory is measured.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from pathlib import Path

from ingest.pipeline import IngestProgress, IngestReport, Pipeline, make_plan
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.settings import Settings

VANISHES = "vanishes.txt"  # deleted between plan and reading
GROWS = "grows.txt"  # written to all the time


def status(field: str) -> int:
    """A figure of /proc/self/status, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{field}:"))


def append_for_ever(path: Path) -> None:
    with path.open("ab", buffering=0) as file:
        while True:
            file.write(b"x")
            time.sleep(0.0001)


def ingest(settings: Settings, store: Store, folder: Path) -> tuple[IngestReport, list[str]]:
    work = make_plan([folder], settings, store)
    (folder / VANISHES).unlink(missing_ok=True)
    done: list[str] = []

    def watch(progress: IngestProgress) -> None:
        if progress.state in ("done", "linked"):
            done.append(progress.item.path.name)

    return Pipeline(settings, store, HashingEmbedder, watch).run(work), done


def main() -> None:
    data_dir, harmless, hostile = map(Path, sys.argv[1:])
    settings = Settings(data_dir=data_dir, parse_seconds=20)
    store = Store(settings.database)
    ingest(settings, store, harmless)
    writer = multiprocessing.get_context("spawn").Process(target=append_for_ever, args=(hostile / GROWS,), daemon=True)
    writer.start()
    time.sleep(2)  # until it writes
    before = status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    began = time.monotonic()
    report, done = ingest(settings, store, hostile)
    seconds = time.monotonic() - began
    writer.kill()
    writer.join()
    figures = {"before": before, "peak": status("VmHWM"), "after": status("VmRSS"), "seconds": seconds}
    skipped = [[Path(one.uri).name, one.reason, one.failed] for one in report.skipped]
    read = sorted(set(done) - {name for name, _, _ in skipped})
    json.dump({**figures, "read": read, "skipped": skipped, "documents": report.documents + report.linked}, sys.stdout)
    store.close()


if __name__ == "__main__":
    main()
