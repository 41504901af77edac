"""Kills during backup, restore and reindex: the file is whole or not there, the index is the old one or the new one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.test_interruptions import finish, run, seconds_of_work, start
from tests.unit.test_backup import contents
from youju.index.sqlite.new_vectors import NewVectors
from youju.index.sqlite.store import Store
from youju.maintenance.backup import backup, restore
from youju.maintenance.doctor import examine
from youju.settings import Settings

KILLS = int(os.environ.get("YOUJU_TEST_KILLS", "5"))


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for number in range(40):
        (folder / f"{number:03}.txt").write_text(
            "\n\n".join(f"Paragraph {i} of document {number}. " + f"word{number}x{i} " * 60 for i in range(40))
        )
    return folder


@pytest.fixture(scope="module")
def index(documents: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("index")
    finish(start(data_dir, documents))
    return data_dir


@pytest.fixture
def copied(index: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Makes an index of its own, by backup and restore."""
    store = Store(index / "youju.db")
    backup(store, tmp_path / "whole.backup")
    store.close()

    def copy(name: str) -> Path:
        restore(tmp_path / "whole.backup", tmp_path / name)
        return tmp_path / name

    return copy


def killed(process: subprocess.Popen[bytes], rng: random.Random, seconds: float) -> bool:
    """Kill it at a random moment of its work; False when it was done before."""
    assert process.stdout is not None
    process.stdout.readline()
    try:
        process.wait(timeout=rng.uniform(0, seconds))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    _, errors = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), errors.decode()
    return process.returncode != 0


def state(data_dir: Path) -> list[tuple[object, ...]]:
    settings = Settings(data_dir=data_dir)
    store = Store(settings.database)
    found = contents(store)
    assert [one for one in examine(store, settings) if one.check not in ("reindex", "restore", "uploads")] == []
    store.close()
    return found


def test_killed_backups(copied: Callable[[str], Path], index: Path, tmp_path: Path, seed: int) -> None:
    rng, target = random.Random(seed), tmp_path / "one.backup"
    data_dir, expected = copied("source"), state(index)
    seconds, count = seconds_of_work(run(data_dir, "backup", str(target))), 0
    target.unlink()
    while count < KILLS:
        if killed(run(data_dir, "backup", str(target)), rng, seconds):
            count += 1
        assert state(data_dir) == expected
        if target.exists():
            restore(target, tmp_path / f"restored{count}", replace=True)
            assert state(tmp_path / f"restored{count}") == expected
            target.unlink()


def test_killed_restores(copied: Callable[[str], Path], index: Path, tmp_path: Path, seed: int) -> None:
    rng, data_dir = random.Random(seed), copied("target")
    new = state(index)
    seconds, count, before, after = 0.0, 0, 0, 0
    while count < KILLS:
        store = Store(data_dir / "youju.db")
        store.delete([one.id for one in store.documents()][:20])
        store.close()
        old = state(data_dir)
        if not seconds:
            seconds = seconds_of_work(run(data_dir, "restore", str(tmp_path / "whole.backup")))
            continue
        # The first at its very beginning: the swap itself is quick, and others may all come after it.
        count += killed(run(data_dir, "restore", str(tmp_path / "whole.backup")), rng, seconds if count else 0.0)
        now = state(data_dir)
        assert now in (old, new)
        before, after = before + (now == old), after + (now == new)
        restore(tmp_path / "whole.backup", data_dir, replace=True)
        assert state(data_dir) == new
        assert list(data_dir.glob(".*.partial")) == []
    assert before, "no kill fell into the work itself"


def test_killed_reindexes_go_on(copied: Callable[[str], Path], tmp_path: Path, seed: int) -> None:
    rng, data_dir, count, rounds = random.Random(seed), copied("undisturbed"), 0, 0
    seconds = seconds_of_work(run(data_dir, "reindex", "other-64"))
    undisturbed = [row for row in state(data_dir) if row[0] != "sequence"]
    kept_most = 0
    while count < KILLS or (not kept_most and rounds < 40):  # on, until one fell between two batches
        rounds, data_dir, done = rounds + 1, copied(f"killed{rounds}"), 0
        old = state(data_dir)
        was_killed = True
        while was_killed:
            was_killed = killed(run(data_dir, "reindex", "other-64"), rng, seconds)
            count += was_killed
            store = Store(data_dir / "youju.db")
            kept, embedder = NewVectors(store).count(), store.embedder()
            store.close()
            if embedder == "hashing-256":
                assert kept >= done, "a batch that was stored was lost"
                assert [row for row in state(data_dir) if row[0] != "reindex"] == old
                done = kept
                kept_most = max(kept_most, kept)
            elif was_killed:  # after the swap
                break
        finish(run(data_dir, "reindex", "other-64"))
        assert [row for row in state(data_dir) if row[0] != "sequence"] == undisturbed
    assert kept_most, "no kill fell between two batches"


def test_reindex_while_another_process_ingests_and_is_refused_at_the_end(
    copied: Callable[[str], Path], documents: Path, tmp_path: Path
) -> None:
    """The ingest has the old model: all that it stored before the swap has new vectors, the rest is refused."""
    data_dir = copied("both")
    for path in sorted(documents.glob("*.txt")):
        (tmp_path / "more").mkdir(exist_ok=True)
        (tmp_path / "more" / path.name).write_text(path.read_text() + " changed")
    ingest = start(data_dir, tmp_path / "more")
    finish(run(data_dir, "reindex", "other-64"))
    _, errors = ingest.communicate(timeout=120)
    assert ingest.returncode == 0 or b"EmbedderMismatch" in errors
    settings = Settings(data_dir=data_dir)
    store = Store(settings.database)
    assert store.embedder() == "other-64"
    lengths = store.database.rows("SELECT DISTINCT length(vector) FROM chunks")
    assert lengths == [(64 * 2,)]
    store.close()
    finish(start(data_dir, tmp_path / "more"))  # with the new one
    state(data_dir)
