"""What a newcomer does with an index in PostgreSQL, through the real command line with the real models."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.postgres import serving

pytestmark = pytest.mark.models

YOUJU = Path(sys.executable).with_name("youju")


def test_documents_are_ingested_asked_backed_up_and_moved(
    tmp_path: Path, default_gguf: Path, e5_folder: Path, cache_dir: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("YOUJU_")}
    environment = kept | {"YOUJU_CACHE_DIR": str(cache_dir), "COLUMNS": "200"}

    def youju(*arguments: str, **changes: str) -> str:
        done = subprocess.run(
            [str(YOUJU), *arguments], cwd=ROOT, env=environment | changes, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    with serving() as server:
        there = {"YOUJU_DATABASE_URL": server.create("first"), "YOUJU_DATA_DIR": str(tmp_path / "node")}
        assert youju("ingest", "examples/documents/warranty-terms.html", **there).startswith("1 documents ingested")
        answer = youju("ask", "For how long is a Frostline T3 under warranty?", **there)
        assert "36 months" in answer
        assert "warranty-terms.html" in answer
        assert youju("doctor", **there).startswith("The index is whole: 1 documents")
        youju("backup", str(tmp_path / "one.youju"), **there)
    here = {"YOUJU_DATA_DIR": str(tmp_path / "files")}
    youju("restore", str(tmp_path / "one.youju"), **here)
    assert "warranty-terms.html" in youju("documents", "list", **here)
