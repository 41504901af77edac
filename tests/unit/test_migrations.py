"""Files of older and newer versions: taken over in one transaction, or refused in one line by everything that opens them."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import apsw
import numpy as np
import pytest
import typer
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from service.http.app import create_app
from tests.conftest import ROOT
from tests.earlier import NAMES, write_earlier
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from tests.unit.test_store import changes_of
from youju.cli import calibrate
from youju.cli.main import app
from youju.errors import StoreUnusable
from youju.index.sqlite.migrating import told
from youju.index.sqlite.schema import MIGRATIONS, SCHEMA_VERSION
from youju.index.sqlite.store import Store
from youju.settings import Settings

# Every command that opens the index, with the least that it takes. `models` and `eval --compare` do not.
COMMANDS = {
    "ingest": ["ingest", "FOLDER"],
    "ask": ["ask", "How long?"],
    "search": ["search", "How long?"],
    "explain": ["explain", "How long?"],
    "eval": ["eval", "QUESTIONS"],
    "calibrate": ["calibrate", "QUESTIONS"],
    "serve": ["serve", "--port", "0"],
    "doctor": ["doctor"],
    "jobs": ["jobs"],
    "unanswered": ["unanswered"],
    "feedback": ["feedback"],
    "collections": ["collections"],
    "documents list": ["documents", "list"],
    "documents show": ["documents", "show", "x"],
    "documents delete": ["documents", "delete", "x"],
    "keys": ["keys", "list"],
    "backup": ["backup", "FOLDER/x.backup"],
    "reindex": ["reindex", "--give-up"],
    "worker": ["worker"],
}
WITHOUT_INDEX = {"models", "restore"}

# Opens the index and is killed before the statement of the given number.
KILLED_OPENING = """
import os, signal, sys
from pathlib import Path
import apsw
from youju.index.sqlite.database import Database

left = int(sys.argv[2])

def trace(cursor, statement, bindings):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return True

apsw.connection_hooks.append(lambda connection: setattr(connection, "exec_trace", trace))
Database(Path(sys.argv[1])).close()
"""


def set_version(path: Path, version: int, script: str = "") -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{script}; PRAGMA user_version = {version}")


def schema(path: Path) -> list[tuple[str, str]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()


def version(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_every_version_leads_to_this_one() -> None:
    assert sorted(MIGRATIONS) == list(range(min(MIGRATIONS), SCHEMA_VERSION))


def test_a_migrated_file_is_like_a_new_one(tmp_path: Path) -> None:
    write_earlier(2, tmp_path / "old.db")
    store = Store(tmp_path / "old.db")
    assert [one.uri.partition("/")[2] for one in store.documents()] == NAMES
    store.close()
    Store(tmp_path / "new.db").close()
    assert schema(tmp_path / "old.db") == schema(tmp_path / "new.db")


def test_chunks_of_older_files_get_the_language_of_their_document(tmp_path: Path) -> None:
    path, (*_, chinese) = tmp_path / "old.db", NAMES
    write_earlier(2, path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        own = f"document_id = (SELECT document_id FROM locations WHERE uri LIKE '%{chinese}')"
        connection.execute(f"UPDATE chunks SET text = 'journalctl -u ssh.service', language = 'en' WHERE {own}")
        keys = [key for (key,) in connection.execute(f"SELECT key FROM chunks WHERE {own} ORDER BY key")]
    store = Store(path)
    assert [one.language for one in store.documents()] == ["en", "zh", "en", "en", "zh"]
    changes = changes_of(store, 0)
    assert set(changes.languages[np.isin(changes.added, keys)]) == {"zh"}
    store.close()


def test_words_of_older_files_are_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    write_earlier(2, path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE chunks SET text = 'The total is 614,690 euros.' WHERE key = 1")
    store = Store(path)
    assert store.search_words(["614690eur"], 5).keys() == {1}
    store.close()


def test_originals_of_older_files_are_packed(tmp_path: Path) -> None:
    path, data = tmp_path / "old.db", b"the same again " * 2000
    write_earlier(12, path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE originals SET data = ?", (data,))
    store = Store(path)
    rows = store.database.rows("SELECT document_id, length(data) FROM originals")
    assert rows
    for document_id, size in rows:
        assert store.original(document_id) == data
        assert size < len(data) / 10
    store.close()


def test_what_a_migration_frees_is_given_back(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    write_earlier(12, path)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE originals SET data = zeroblob(1000000)")
    before = path.stat().st_size
    store = Store(path)
    assert store.database.value("PRAGMA freelist_count") == 0
    store.close()
    assert path.stat().st_size < before / 4


def test_a_migration_is_told_of_before_and_after(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_earlier(2, tmp_path / "old.db")
    for _ in range(2):  # the second time there is nothing to do
        Store(tmp_path / "old.db").close()
    first, last = caplog.messages
    assert f"schema 2, now {SCHEMA_VERSION}" in first
    assert "about 1 s" in first
    assert "is taken over, in 0 s" in last


def test_a_long_migration_says_how_long_it_has_been_at_work(caplog: pytest.LogCaptureFixture) -> None:
    seconds = itertools.count()
    with contextlib.closing(apsw.Connection(":memory:")) as connection:
        with told(connection, 12, 200 << 20, every=20, clock=lambda: float(next(seconds))):
            connection.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT sum(i) FROM n"
            )
        before = len(caplog.messages)
        connection.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT sum(i) FROM n")
    assert before == len(caplog.messages) > 3
    assert {re.sub(r": \d\d+ s so far", "", one) for one in caplog.messages[1:-1]} == {
        "The index is being taken over, about 10 s expected."
    }


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """The last step finds a table that is there already: the steps before it are taken back."""
    path = tmp_path / "old.db"
    write_earlier(2, path)
    set_version(path, 2, "CREATE TABLE originals (other TEXT)")
    before = schema(path)
    with pytest.raises(StoreUnusable, match="originals already exists"):
        Store(path)
    assert (schema(path), version(path)) == (before, 2)


def test_a_migration_killed_before_any_of_its_statements_is_done_at_the_next_opening(tmp_path: Path) -> None:
    path, code, kills = tmp_path / "old.db", -signal.SIGKILL, 0
    write_earlier(2, path)
    original = path.read_bytes()
    while code == -signal.SIGKILL:
        path.write_bytes(original)
        kills += 1
        command = [sys.executable, "-c", KILLED_OPENING, str(path), str(kills)]
        code = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=False).returncode
        assert version(path) in (2, SCHEMA_VERSION)
        store = Store(path)
        assert [one.uri.partition("/")[2] for one in store.documents()] == NAMES
        assert version(path) == SCHEMA_VERSION
        store.close()
    assert code == 0
    assert kills > 10, "the statements of the migration were not met"


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache")
    Store(settings.database).close()
    set_version(settings.database, SCHEMA_VERSION + 1)
    (tmp_path / "folder").mkdir()
    (tmp_path / "questions.jsonl").write_text('{"question": "How long?", "answers": ["8 h"], "answerable": true}\n')
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv(
        "YOUJU_CACHE_DIR", str(settings.cache_dir)
    )  # empty: no command makes a model before it looks at the index
    monkeypatch.setenv("YOUJU_READER", "similarity")
    return settings


def names_of_commands() -> set[str]:
    names = {command.name for command in app.registered_commands if command.name}
    return names | {group.name for group in app.registered_groups if group.name}


def test_all_commands_are_looked_at() -> None:
    assert {name.split()[0] for name in COMMANDS} | WITHOUT_INDEX == names_of_commands()


def with_the_command(name: str) -> typer.Typer:
    """The whole command line; for `calibrate` one over an embedder that needs no model.

    It makes its embedder before it opens the index, and says so line by line where the model was not prepared yet: on a new
    machine, or while another process prepares it.
    """
    if name != "calibrate":
        return app
    lean = typer.Typer()
    lean.callback()(lambda: None)  # else a single command goes without its name
    lean.command("calibrate")(calibrate.make_command(lambda settings, progress: HashingEmbedder()))
    return lean


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_refuses_a_newer_file_in_one_line(newer: Settings, tmp_path: Path, name: str) -> None:
    before = newer.database.read_bytes()
    places = {"FOLDER": str(tmp_path / "folder"), "QUESTIONS": str(tmp_path / "questions.jsonl")}
    arguments = [one.replace("FOLDER", places["FOLDER"]).replace("QUESTIONS", places["QUESTIONS"]) for one in COMMANDS[name]]
    outcome = CliRunner().invoke(with_the_command(name), arguments)
    assert outcome.exit_code == 1, outcome.output
    lines = [line for line in outcome.output.splitlines() if line]
    assert len(lines) == 1, outcome.output
    assert "newer version" in lines[0]
    assert newer.database.read_bytes() == before


def test_the_service_refuses_a_newer_file(newer: Settings) -> None:
    service = create_app(newer, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)
    with pytest.raises(StoreUnusable, match="newer version"), TestClient(service):
        pass


def test_the_worker_refuses_a_newer_file(newer: Settings) -> None:
    environment = os.environ | newer.environment() | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-m", "ingest.worker"], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "newer version" in run.stderr
