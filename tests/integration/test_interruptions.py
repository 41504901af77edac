"""Killing an ingest at any moment and running it again ends with the same index as an undisturbed run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.fakes import HashingEmbedder
from youju.settings import Settings
from youju.store import Store
from youju.vectors import VectorIndex

KILLS = 25
DOCUMENTS = 60
PARAGRAPHS = 12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for number in range(DOCUMENTS):
        text = "\n\n".join(f"Paragraph {i} of document {number}. " + f"word{number}x{i} " * 60 for i in range(PARAGRAPHS))
        (folder / f"{number:03}.txt").write_text(text)
        os.utime(folder / f"{number:03}.txt", (1_700_000_000, 1_700_000_000))
    return folder


def start(data_dir: Path, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.integration.runner", str(data_dir), str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)


def finish(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()


def state(data_dir: Path) -> dict[str, Any]:
    """All that an index holds, without keys and times, and what its FAISS file answers."""
    settings = Settings(data_dir=data_dir)
    store = Store(settings.database)
    rows = store._rows(
        "SELECT d.uri, d.digest, c.ordinal, c.start, c.end, c.text, c.heading, c.vector FROM documents d "
        "JOIN chunks c ON c.document_id = d.id ORDER BY d.uri, c.ordinal"
    )
    index = VectorIndex(store, settings.vector_file, HashingEmbedder.dimension)
    live = [key for (key,) in store._rows("SELECT key FROM chunks ORDER BY key")]
    words = [key for (key,) in store._rows("SELECT rowid FROM words ORDER BY rowid")]
    assert list(index.keys()) == live == words  # as its file holds them, before any search
    query = HashingEmbedder().embed_queries(["word7x3 word8x4"])[0]
    near, _ = index.search(query, 5)
    texts = {n.key: store._value("SELECT text FROM chunks WHERE key = ?", (n.key,)) for n in near}
    store.close()
    return {
        "rows": [row[:-1] for row in rows],
        "vectors": np.stack([np.frombuffer(row[-1], np.float32) for row in rows]),
        "near": sorted((round(n.similarity, 5), texts[n.key]) for n in near),
    }


def test_kill_at_any_moment(folder: Path, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    began = time.monotonic()
    finish(start(tmp_path / "undisturbed", folder))
    whole = time.monotonic() - began
    expected = state(tmp_path / "undisturbed")
    assert len(expected["rows"]) >= DOCUMENTS * PARAGRAPHS / 2

    rounds, acknowledged, halfway = 0, 0, 0
    for _ in range(KILLS):
        data_dir = tmp_path / f"killed{rounds}"
        process = start(data_dir, folder)
        try:
            process.wait(timeout=rng.uniform(whole / 4, whole))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        count = count_documents(data_dir)
        assert count >= acknowledged, "a stored document was lost"
        acknowledged = count
        halfway += 0 < count < DOCUMENTS
        if count == DOCUMENTS:
            finish(start(data_dir, folder))
            check_same(state(data_dir), expected)
            rounds, acknowledged = rounds + 1, 0
    assert halfway >= 3, "too few kills fell into the work itself"
    finish(start(tmp_path / f"killed{rounds}", folder))
    check_same(state(tmp_path / f"killed{rounds}"), expected)


def count_documents(data_dir: Path) -> int:
    if not (data_dir / "youju.db").exists():
        return 0
    store = Store(data_dir / "youju.db")
    count = len(store.documents())
    store.close()
    return count


def check_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found["rows"] == expected["rows"]
    assert np.array_equal(found["vectors"], expected["vectors"])
    assert found["near"] == expected["near"]


def test_two_at_once_end_as_one(folder: Path, tmp_path: Path) -> None:
    first, second = start(tmp_path / "both", folder), start(tmp_path / "both", folder)
    finish(first)
    finish(second)
    finish(start(tmp_path / "alone", folder))
    assert state(tmp_path / "both")["rows"] == state(tmp_path / "alone")["rows"]
