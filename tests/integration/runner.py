"""Runs an ingest with the hashing embedder in a process of its own, which tests kill.

python -m tests.integration.runner DATA_DIR FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from ingest import pipeline
from tests.fakes import HashingEmbedder
from youju.settings import Settings
from youju.store import Store


def main() -> None:
    settings = Settings(data_dir=Path(sys.argv[1]))
    store = Store(settings.database)
    pipeline.Pipeline(settings, store, HashingEmbedder).run(pipeline.make_plan([Path(sys.argv[2])], settings, store))


if __name__ == "__main__":
    main()
