"""Runs one piece of work with the hashing embedder in a process of its own, which tests kill.

    python -m tests.integration.runner DATA_DIR ingest FOLDER
    python -m tests.integration.runner DATA_DIR delete ID...
    python -m tests.integration.runner DATA_DIR reindex FINGERPRINT
    python -m tests.integration.runner DATA_DIR backup FILE
    python -m tests.integration.runner DATA_DIR restore FILE

Prints `ready` when the work begins, and a line for each document as soon as it is acknowledged: `put URI` or `deleted ID`;
`done` at the end of the others. The embedder is the one that the index was made with; `reindex NAME-N` makes vectors of N.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ingest import pipeline
from ingest.reindex import reindex
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.maintenance.backup import backup, restore
from youju.settings import Settings


def hashing(fingerprint: str) -> HashingEmbedder:
    return HashingEmbedder(fingerprint, int(fingerprint.rpartition("-")[2]))


def main() -> None:
    data_dir, action, *names = sys.argv[1:]
    settings = Settings(data_dir=Path(data_dir))
    if action == "restore":
        print("ready", flush=True)
        restore(Path(names[0]), settings.data_dir, replace=True)
        print("done", flush=True)
        return
    store = Store(settings.database)
    print("ready", flush=True)
    if action == "delete":
        for name in names:
            store.delete([name])
            print("deleted", name, flush=True)
        return

    if action == "backup":
        backup(store, Path(names[0]), replace=True)
        print("done", flush=True)
        return
    if action == "reindex":
        reindex(store, settings, hashing(names[0]), names[0])
        print("done", flush=True)
        return

    def watch(progress: pipeline.IngestProgress) -> None:
        if progress.state == "done":
            print("put", progress.item.source.uri, flush=True)

    plan = pipeline.make_plan([Path(names[0])], settings, store)
    pipeline.Pipeline(settings, store, lambda: hashing(store.embedder() or "hashing-256"), watch).run(plan)


if __name__ == "__main__":
    main()
