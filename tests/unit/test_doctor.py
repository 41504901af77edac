from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from tests.conftest import ingest_files
from tests.fakes import HashingEmbedder
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex, file
from youju.maintenance.doctor import examine, repair
from youju.settings import Settings

FILES = {"a.txt": "The battery lasts.", "b.md": "# Box\n\nThe box holds a logger."}

DAMAGES = {
    "words lost": "DELETE FROM words WHERE rowid = 1",
    "words too many": "INSERT INTO words (rowid, text) VALUES (99, 'ghost')",
    "a document without a place": "DELETE FROM locations WHERE uri LIKE '%a.txt'",
}
BEYOND_REPAIR = {
    "a text that is another one": "UPDATE texts SET data = CAST(x'00' || 'The battery fails.' AS BLOB)",
    "a text that cannot be read": "UPDATE texts SET data = x'01ff'",
    "a text lost": "DELETE FROM texts",
    "a chunk beyond its text": "UPDATE chunks SET end = 10000 WHERE key = 1",
    "a chunk lost": "DELETE FROM chunks WHERE key = 1",
    "a vector that is none": "UPDATE chunks SET vector = zeroblob(512) WHERE key = 1",
    "a vector too short": "UPDATE chunks SET vector = zeroblob(8) WHERE key = 1",
}


@pytest.fixture
def filled(tmp_path: Path, settings: Settings, store: Store, embedder: HashingEmbedder) -> Store:
    ingest_files(FILES, tmp_path / "d", settings, store, embedder)
    assert examine(store, settings) == []
    return store


def damage(store: Store, sql: str) -> None:
    with store.database.transaction() as (connection, _):
        connection.execute(sql)


@pytest.mark.parametrize("name", sorted(DAMAGES))
def test_what_can_be_mended_is_found_and_mended(filled: Store, settings: Settings, name: str) -> None:
    damage(filled, DAMAGES[name])
    found = examine(filled, settings)
    assert found
    assert all(one.repairable for one in found if one.check != "vector file")
    assert repair(filled, settings) == []
    assert len(filled.search_words(["box"], 5)) == 1


@pytest.mark.parametrize("name", sorted(BEYOND_REPAIR))
def test_what_cannot_be_mended_is_said(filled: Store, settings: Settings, name: str) -> None:
    damage(filled, BEYOND_REPAIR[name])
    beyond = [one for one in repair(filled, settings) if not one.repairable]
    assert beyond
    assert all(one.advice for one in beyond)


def test_a_damaged_vector_file_is_made_again(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    data = bytearray(settings.vector_file.read_bytes())
    data[-10] ^= 1
    settings.vector_file.write_bytes(data)
    assert [one.check for one in examine(filled, settings)] == ["vector file"]
    assert repair(filled, settings) == []
    assert VectorIndex(filled, settings.vector_file, embedder.dimension).sequence == filled.sequence()


def test_a_vector_file_of_an_earlier_version_is_no_damage(filled: Store, settings: Settings, embedder: HashingEmbedder) -> None:
    """It is not used, and the first question has it made anew."""
    data = settings.vector_file.read_bytes()
    settings.vector_file.write_bytes(data.replace(file.MAGIC, b"YOUJU-VECTORS-3 ", 1))
    assert examine(filled, settings) == []
    vectors = VectorIndex(filled, settings.vector_file, embedder.dimension)
    assert vectors.sequence == 0
    vectors.search(embedder.embed_queries(["battery"])[0], 1)
    for thread in threading.enumerate():
        if thread.name == "vectors":
            thread.join()
    assert VectorIndex(filled, settings.vector_file, embedder.dimension).sequence == filled.sequence() > 0


def test_uploads_that_nobody_needs_are_removed(filled: Store, settings: Settings) -> None:
    (settings.spool_dir / "left").mkdir(parents=True)
    assert [one.check for one in examine(filled, settings)] == ["uploads"]
    assert repair(filled, settings) == []
    assert list(settings.spool_dir.iterdir()) == []


def test_a_calibration_made_with_another_embedder_is_told(filled: Store, settings: Settings) -> None:
    def calibrated(embedder: str) -> None:
        settings.gate_file.write_text(json.dumps({"about": {"reader": "similarity", "embedder": embedder}}))

    calibrated(HashingEmbedder().fingerprint)
    assert examine(filled, settings) == []
    calibrated("another")
    (found,) = examine(filled, settings)
    assert (found.check, found.repairable) == ("calibration", False)
    assert "another" in found.problem
