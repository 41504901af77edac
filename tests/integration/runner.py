"""Runs an ingest or a deletion with the hashing embedder in a process of its own, which tests kill.

    python -m tests.integration.runner DATA_DIR ingest FOLDER
    python -m tests.integration.runner DATA_DIR delete ID...

Prints `ready` when the work begins, and a line for each document as soon as it is acknowledged: `put URI` or `deleted ID`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ingest import pipeline
from tests.fakes import HashingEmbedder
from youju.settings import Settings
from youju.store import Store


def main() -> None:
    data_dir, action, *names = sys.argv[1:]
    settings = Settings(data_dir=Path(data_dir))
    store = Store(settings.database)
    print("ready", flush=True)
    if action == "delete":
        for name in names:
            store.delete([name])
            print("deleted", name, flush=True)
        return

    def watch(progress: pipeline.Progress) -> None:
        if progress.state == "done":
            print("put", progress.item.source.uri, flush=True)

    plan = pipeline.make_plan([Path(names[0])], settings, store)
    pipeline.Pipeline(settings, store, HashingEmbedder, watch).run(plan)


if __name__ == "__main__":
    main()
