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
from youju.index.base.packing import unpack_vectors
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.maintenance.doctor import examine
from youju.records import EVERYTHING, Scores
from youju.settings import Settings

KILLS = int(os.environ.get("YOUJU_TEST_KILLS", "24"))  # docs/measurements.md has the figures of a longer run
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
    return run(data_dir, "ingest", str(folder))


def run(data_dir: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.integration.runner", str(data_dir), *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, bufsize=0, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors.decode()


def state(data_dir: Path) -> dict[str, Any]:
    """All that an index holds, without keys and times, and what its FAISS file answers."""
    settings = Settings(data_dir=data_dir)
    store = Store(settings.database)
    rows = store.database.rows(
        "SELECT l.uri, d.digest, c.ordinal, c.start, c.end, c.content_hash, c.heading, c.vector FROM documents d "
        "JOIN locations l ON l.document_id = d.id JOIN chunks c ON c.document_id = d.id ORDER BY l.uri, c.ordinal"
    )
    index = VectorIndex(store, settings.vector_file, HashingEmbedder.dimension)
    live = [key for (key,) in store.database.rows("SELECT key FROM chunks ORDER BY key")]
    words = [key for (key,) in store.database.rows("SELECT rowid FROM words ORDER BY rowid")]
    assert list(index.keys()) == live == words  # as its file holds them, before any search
    query = HashingEmbedder().embed_queries(["word7x3 word8x4"])[0]
    near, _ = index.search(query, 5)
    texts = {n.key: store.database.value("SELECT content_hash FROM chunks WHERE key = ?", (n.key,)) for n in near}
    store.close()
    return {
        "rows": [row[:-1] for row in rows],
        "vectors": np.stack([unpack_vectors(row[-1]) for row in rows]),
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


class Folder:
    """Documents that change, and what the index has acknowledged of them."""

    def __init__(self, path: Path, rng: random.Random, count: int) -> None:
        self.path, self.rng = path, rng
        self.version = dict.fromkeys((f"{number:03}.txt" for number in range(count)), 0)
        self.acknowledged: dict[str, int] = {}
        self.deleted: dict[str, str] = {}  # name -> id, of documents whose deletion was acknowledged
        path.mkdir()
        for name in self.version:
            self.write(name)

    def write(self, name: str) -> None:
        self.version[name] += 1
        text = "\n\n".join(f"Paragraph {i}. {self.mark(name)} " + "filler " * 60 for i in range(8))
        (self.path / name).write_text(text)

    def mark(self, name: str) -> str:
        """A word that only this version of this document holds."""
        return f"doc{name[:3]}v{self.version[name]}"

    def change_some(self) -> None:
        for name in self.rng.sample(sorted(self.version), len(self.version) // 3):
            self.write(name)


def act(data_dir: Path, folder: Folder, deleting: bool, seconds: float) -> bool:
    """One ingest or deletion, killed at a random moment within `seconds` of its work; notes what was acknowledged.

    Returns whether it was killed.
    """
    if deleting:
        store = Store(data_dir / "youju.db")
        ids = {Path(one.uri).name: one.id for one in store.documents()}
        store.close()
        chosen = folder.rng.sample(sorted(ids), min(len(ids), 40))
        for name in chosen:  # from now on either answer is right for them, until one is acknowledged
            folder.acknowledged.pop(name, None)
        process = run(data_dir, "delete", *(ids[name] for name in chosen))
    else:
        folder.change_some()
        folder.deleted.clear()  # their files are still there: this ingest may bring them back, acknowledged or not
        chosen, ids = [], {}
        process = start(data_dir, folder.path)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(timeout=folder.rng.uniform(0, seconds))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    output, errors = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()
    # Only whole lines: a kill may cut the last one.
    said = [line.decode().split(" ", 1)[1] for line in output.split(b"\n")[:-1]]
    if deleting:
        folder.deleted |= {name: ids[name] for name in chosen if ids[name] in said}
    else:
        for uri in said:
            name = Path(uri).name
            folder.acknowledged[name] = folder.version[name]
    return process.returncode != 0


def seconds_of_work(process: subprocess.Popen[bytes]) -> float:
    assert process.stdout is not None
    process.stdout.readline()
    began = time.monotonic()
    finish(process)
    return time.monotonic() - began


def check_kept(data_dir: Path, folder: Folder) -> None:
    """What was acknowledged answers, what was deleted does not, and the index is whole."""
    settings = Settings(data_dir=data_dir)
    store = Store(settings.database)
    assert examine(store, settings) == []
    index = VectorIndex(store, settings.vector_file, HashingEmbedder.dimension)
    index.refresh()
    assert np.array_equal(index.keys(), store.keys(EVERYTHING))
    for name, version in folder.acknowledged.items():
        if version == folder.version[name]:
            found = store.passages({key: Scores(0, s, s) for key, s in store.search_words([folder.mark(name)], 50).items()})
            assert len(found) >= 8 / 2, f"{name} was acknowledged and is lost"
            assert {Path(one.document.uri).name for one in found} == {name}
    live = {one.id for one in store.documents()}
    assert not live & set(folder.deleted.values())
    store.close()


def test_kills_during_ingest_reingest_and_delete(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    folder, data_dir = Folder(tmp_path / "documents", rng, 45), tmp_path / "data"
    ingesting = seconds_of_work(start(tmp_path / "warm", folder.path))
    store = Store(tmp_path / "warm" / "youju.db")
    removing = seconds_of_work(run(tmp_path / "warm", "delete", *[one.id for one in store.documents()]))
    store.close()
    killed = acknowledged = deletions = rounds = 0
    while killed < KILLS:
        rounds += 1
        deleting = rounds % 3 == 0 and bool(folder.acknowledged)
        before = len(folder.deleted)
        killed += act(data_dir, folder, deleting, removing if deleting else ingesting)
        deletions += len(folder.deleted) - before if deleting else 0
        acknowledged += len(folder.acknowledged)
        check_kept(data_dir, folder)
    assert acknowledged > KILLS, "too little was acknowledged to say anything"
    assert deletions > KILLS / 4
    print(f"{killed} kills in {rounds} rounds, {acknowledged} acknowledged documents looked up, {deletions} deletions")
