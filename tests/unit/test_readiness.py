"""`/readyz` names what is missing, and does not wait; what `youju doctor` says of disk, models and settings."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.index.sqlite.store import Store
from youju.maintenance.environment import LOW_DISK, disk_trouble, examine
from youju.settings import Settings

FILES = {"a.txt": "The battery lasts."}


class HangingGenerator(ScriptedGenerator):
    """Takes the question whether it is there, and says nothing."""

    async def check(self) -> None:
        await asyncio.Event().wait()


class CrashedWorker(ThreadWorker):
    def trouble(self) -> str | None:
        return "it crashed again and again. See the log."


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Iterator[Settings]:
    ingest_files(FILES, tmp_path / "d", settings, store, embedder)
    yield settings
    for path in (settings.data_dir, settings.database):
        path.chmod(0o755)


def asked(settings: Settings, **parts: Any) -> tuple[int, dict[str, Any]]:
    """Status and body of `/readyz`, in less than two seconds."""
    known: dict[str, Any] = {"embedder": HashingEmbedder(), "generator": ScriptedGenerator(""), "worker": ThreadWorker} | parts
    with TestClient(create_app(settings, **known)) as client:
        began = time.monotonic()
        response = client.get("/readyz")
        assert time.monotonic() - began < 2
        return response.status_code, response.json()


def not_ok(body: dict[str, Any]) -> set[str]:
    return {name for name, said in body.items() if isinstance(said, str) and said != "ok"}


def test_a_hanging_generator_is_not_waited_for(filled: Settings) -> None:
    status, body = asked(filled, generator=HangingGenerator(""))
    assert (status, body["ready"], not_ok(body)) == (503, False, {"generator"})
    assert "did not answer within 1 s" in body["generator"]


def test_an_empty_index_is_ready_for_uploads(settings: Settings) -> None:
    status, body = asked(settings)
    assert (status, not_ok(body), body["chunks"]) == (200, {"index"}, 0)
    assert (body["ready"], body["index"]) == (True, "empty")


def test_another_embedder_is_named(filled: Settings) -> None:
    status, body = asked(filled, embedder=HashingEmbedder("other"))
    assert (status, not_ok(body)) == (503, {"embedder"})
    assert "YOUJU_EMBEDDING_MODEL" in body["embedder"]


def test_an_index_that_cannot_be_read_is_named(filled: Settings) -> None:
    other = Store(filled.database)
    with other.database.transaction() as (connection, _):
        connection.execute("DROP TABLE failures")
    other.close()
    status, body = asked(filled)
    assert (status, not_ok(body), body["ready"]) == (503, {"index", "disk"}, False)


def test_a_crashed_worker_leaves_it_ready(filled: Settings) -> None:
    status, body = asked(filled, worker=CrashedWorker)
    assert (status, body["ready"], not_ok(body)) == (200, True, {"worker"})


def test_little_room_is_told_with_what_mends_it(settings: Settings) -> None:
    assert disk_trouble(LOW_DISK, settings) is None
    said = disk_trouble(LOW_DISK - 1, settings)
    assert said is not None
    assert said.endswith("Free at least 512 MiB.")


@pytest.mark.parametrize(
    ("changes", "check", "names"),
    [
        ({"embedding_model": "no-such-model"}, "models", "YOUJU_EMBEDDING_MODEL"),
        ({"generator_model": "multilingual-e5-small"}, "models", "YOUJU_GENERATOR_MODEL"),
        ({"generator_context": 512, "max_tokens": 400}, "settings", "YOUJU_GENERATOR_CONTEXT"),
        ({"max_file_mb": 600}, "settings", "YOUJU_MAX_UPLOAD_MB"),
    ],
)
def test_the_doctor_looks_around_too(store: Store, settings: Settings, changes: dict[str, Any], check: str, names: str) -> None:
    local = settings.model_copy(update={"embedding_model": str(store.path), "generator_model": str(store.path)})
    assert examine(local) == []
    found = examine(local.model_copy(update=changes))
    assert [one.check for one in found] == [check]
    assert names in found[0].advice
    assert dataclasses.asdict(found[0])["repairable"] is False
