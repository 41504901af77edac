"""Backups of either engine, restored into either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ingest.loaders import load
from tests.contract.building import EMBEDDER, put, source, with_engine
from tests.contract.test_beside import upload
from tests.contract.test_tables import PAGE, keep, large
from tests.fakes import HALF
from youju.cli.main import app
from youju.index.base.records import Judgement
from youju.index.base.uploads import path_of
from youju.index.opening import Index, open_index
from youju.maintenance.doctor import examine
from youju.records import EVERYTHING, Document, Failure, Scope, Scores
from youju.settings import Settings


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    yield from with_engine(request, Settings(data_dir=tmp_path / "target"))


def youju(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setenv("YOUJU_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    return result.exit_code, result.output


def fill(index: Index) -> str:
    """One of everything; returns the text of an API key."""
    store = index.store
    keep(store, large(), "big.csv")
    keep(store, load(PAGE.encode(), "a.html"), "a.html", "pages")
    put(store, "gone.txt", ["what was deleted"])
    store.forget("default", ["/folder/gone.txt"])
    put(store, "here.txt", ["the lid is green", "电池很耐用", "lamp"], digest="same", original=b"%PDF-1.7")
    store.link(source("there.txt", digest="same"), moved_from="/folder/here.txt")
    store.link(source("copy.txt", digest="same"))
    store.record_failures([Failure("default", "/folder/bad.pdf", "bad.pdf", 3, 4, "reader", "it is broken", "2026-01-01")])
    index.unanswered.add("Where is the key?", "en", None, "key", "a.html")
    index.unanswered.add("Where is the key?", "en", None, "key", "a.html")
    index.feedback.add(
        Judgement("Is it green?", "en", "default", True, "Yes.", ("yes",), ("here.txt",), True, "2026-01-01T00:00:00.000+00:00")
    )
    finished = upload(index, {"done.txt": b"done"})
    index.jobs.update(finished, 0, "failed", "no reader")
    index.jobs.finish(finished)
    upload(index, {"waiting.txt": b"It waits.", "two.txt": b"so does this"}, "pages")
    return index.keys.create("a program", ["ingest"], ["pages"])[0]


def held(index: Index) -> dict[str, object]:
    """All that counts, but for the numbers of vectors and what words weigh."""
    store = index.store
    documents = store.documents()

    def of(document: Document) -> object:
        ids = document.id
        tables = [store.table(ids, card.ordinal, in_part=True) for card in store.tables_of(ids)]
        rows = [store.records.where(ids, card.ordinal, limit=10_000) for card in store.tables_of(ids) if card.is_large]
        keys = store.keys(Scope(document_ids=(ids,))).tolist()
        found = store.passages(dict.fromkeys(keys, Scores(0.0, 0.0, 0.0)))
        passages = [(one.chunk_id, one.text, one.heading, one.language) for one in found]
        return store.text(ids), store.boxes(ids, 0, 10**9), store.outlines.get(ids), tables, rows, passages, store.original(ids)

    return {
        "documents": documents, "parts": [of(document) for document in documents], "failures": store.failures(),
        "places": [store.locations(name) for name in store.collections()], "jobs": index.jobs.latest(),
        "keys": index.keys.all(), "unanswered": index.unanswered.most_asked(), "feedback": index.feedback.latest(),
    }  # fmt: skip


def test_a_backup_is_restored_into_either_engine(
    index: Index, settings: Settings, target: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key, file = fill(index), tmp_path / "one.youju"
    settings.gate_file.write_text("{}")
    known = held(index)
    assert youju(settings, monkeypatch, "backup", str(file))[0] == 0
    assert held(index) == known
    code, said = youju(target, monkeypatch, "restore", str(file))
    assert code == 0, said
    restored = open_index(target)
    assert held(restored) == known
    assert restored.store.embedder() == EMBEDDER.fingerprint
    assert restored.store.identity() != index.store.identity()
    assert restored.keys.verify(key) is not None
    waiting = restored.jobs.next()
    assert waiting is not None
    assert path_of(restored.jobs.folder(waiting), 0, "waiting.txt").read_bytes() == b"It waits."
    weights = [sorted(one.store.search_words(["lid", "北京"], 50).values()) for one in (index, restored)]
    assert weights[1] == pytest.approx(weights[0], rel=1e-9)
    query = EMBEDDER.embed_queries(["lid"])[0]
    before, behind = (one.vectors(EMBEDDER).search(query, 5, EVERYTHING)[0] for one in (index, restored))
    assert np.allclose([one.similarity for one in before], [one.similarity for one in behind], atol=HALF)
    assert target.gate_file.read_text() == "{}"
    assert examine(restored.store, target) == []
    restored.close()


def test_only_force_replaces_an_index_and_a_revoked_key_stays_revoked(
    index: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = str(tmp_path / "one.youju")
    put(index.store, "a.txt", ["the lid is green"])
    key, made = index.keys.create("a program")
    assert youju(settings, monkeypatch, "backup", file)[0] == 0
    assert youju(settings, monkeypatch, "backup", file)[0] != 0  # it exists
    index.keys.revoke(made.id)
    put(index.store, "later.txt", ["the lamp is warm"])
    before = index.store.sequence()
    if not settings.database_url.get_secret_value():
        index.close()  # a file is held by whoever has it open
    code, said = youju(settings, monkeypatch, "restore", file)
    assert (code, "--force" in said) == (2, True)
    code, said = youju(settings, monkeypatch, "restore", file, "--force")
    assert code == 0, said
    restored = open_index(settings)
    assert [one.uri for one in restored.store.documents()] == ["a.txt"]
    assert restored.store.search_words(["lamp"], 5) == {}
    assert restored.keys.verify(key) is None
    if settings.database_url.get_secret_value():
        assert restored.store.sequence() > before  # no cache of the index before it is taken for its own
    restored.close()
