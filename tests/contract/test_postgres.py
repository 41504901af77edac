"""PostgreSQL alone: several writers, servers that go away, tables of other versions, commands that are for files."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2  # the client of starlette's test client
import psutil
import psycopg
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from typer.testing import CliRunner

from ingest.worker import work
from service.background.worker import ProcessWorker
from service.http.app import create_app
from tests.conftest import ROOT
from tests.contract.building import EMBEDDER, put, source
from tests.contract.test_beside import upload
from tests.fakes import ScriptedGenerator, ThreadWorker
from tests.postgres import Server, serving
from youju.cli.main import app
from youju.errors import InvalidRequest, StoreUnusable
from youju.index.base.records import Source, TakenOver
from youju.index.base.uploads import path_of
from youju.index.opening import Index, open_index
from youju.index.postgres.schema import SCHEMA_VERSION
from youju.maintenance.deletion import delete_and_prove
from youju.records import EVERYTHING, Chunk, Extracted
from youju.settings import Settings

CLAIM = """
import sys
from youju.index.opening import open_index
from youju.settings import load_settings
index = open_index(load_settings())
job = index.jobs.next()
print("none" if job is None else job.id, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def settings(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Settings]:
    name = f"own_{abs(hash(request.node.name))}"
    yield Settings(data_dir=tmp_path / "data", database_url=SecretStr(server.create(name)))
    server.drop(name)


def claiming(settings: Settings) -> subprocess.Popen[bytes]:
    """A worker that has just begun: another process that claims the oldest job."""
    environment = {
        "YOUJU_DATABASE_URL": settings.database_url.get_secret_value(), "YOUJU_DATA_DIR": str(settings.data_dir / "other"),
        "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", CLAIM], env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_a_job_of_a_killed_worker_is_taken_over(index: Index, settings: Settings) -> None:
    job = upload(index, {"a.txt": b"text"})
    with claiming(settings) as first:
        assert first.stdout is not None
        assert first.stdout.readline().decode().strip() == job.id
        assert index.jobs.next() is None  # no second one at the same time
        assert not index.jobs.has_work()
        first.kill()
        first.wait()
    taken = None
    while taken is None:  # the server notices that the connection has ended
        taken = index.jobs.next()
    assert taken.id == job.id
    assert index.jobs.has_work()


def test_workers_share_the_files_of_a_job(index: Index, settings: Settings) -> None:
    job = upload(index, {f"{number}.txt": f"text number{number}".encode() for number in range(12)} | {"b.bin": b"\0\1"})
    before = index.store.sequence()
    together = threading.Barrier(3)

    def worker(number: int) -> int:
        own = open_index(settings.model_copy(update={"data_dir": settings.data_dir / str(number)}))
        together.wait()
        work(own.settings, own.store, lambda: EMBEDDER, lambda: False)
        own.close()
        return 1

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(worker, range(3)))
    done = index.jobs.get(job.id)
    assert done.finished_at is not None
    assert [file.state for file in done.files] == ["done"] * 12 + ["failed"]
    assert {file.document_id for file in done.files[:-1]} == {document.id for document in index.store.documents()}
    assert index.store.sequence() == before + 12  # each stored once
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        assert connection.execute("SELECT count(*) FROM youju.upload_parts").fetchone() == (0,)
        workers = connection.execute("SELECT count(DISTINCT worker), min(worker) FROM youju.job_files").fetchone()
    assert workers is not None
    assert 1 <= workers[0] <= 3
    assert workers[1] is not None
    assert not [path for number in range(3) for path in (settings.data_dir / str(number)).glob("uploads/*")]


def test_a_worker_that_was_taken_for_dead_stores_nothing(index: Index, settings: Settings, server: Server) -> None:
    job = upload(index, {"a.txt": b"first"})
    slow, quick = open_index(settings), open_index(settings)
    taken = slow.jobs.next()
    assert taken is not None
    assert path_of(slow.jobs.folder(taken), 0, "a.txt").read_bytes() == b"first"
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connection:  # as if its cable was cut
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    again = None
    while again is None:  # the server ends the connection by and by
        again = quick.jobs.next()
    with quick.jobs.storing(again, 0, "upload:a.txt"):
        put_at(quick, "right")
    with pytest.raises(TakenOver), slow.jobs.storing(taken, 0, "upload:a.txt"):
        put_at(slow, "wrong")
    slow.jobs.update(taken, 0, "failed", "too late")
    assert [index.store.text(one.id) for one in index.store.documents()] == ["right"]
    assert [(file.state, file.chunks) for file in index.jobs.get(job.id).files] == [("done", 1)]
    assert index.jobs.get(job.id).finished_at is None  # and then it is killed before it says so
    quick.close()
    last = slow.jobs.next()
    assert last is not None
    assert (last.id, last.files) == (job.id, ())
    slow.jobs.finish(last)
    assert index.jobs.get(job.id).finished_at is not None
    assert not index.jobs.has_work()
    slow.close()


def put_at(index: Index, text: str) -> None:
    place = Source("default", "upload:a.txt", "a.txt", text, 1, -1)
    vectors, chunks = EMBEDDER.embed_documents([text]), [Chunk(0, len(text), text, "", "en", None)]
    index.store.put(place, Extracted(text, "text/plain"), "en", chunks, vectors, EMBEDDER.fingerprint)


def test_a_service_starts_no_worker_where_one_stays(index: Index, settings: Settings) -> None:
    other = open_index(settings)
    mine = ProcessWorker(settings, index.jobs)
    children = {child.pid for child in psutil.Process().children()}
    with other.jobs.at_work(stays=True):
        assert other.jobs.next() is None
        upload(index, {"a.txt": b"text"})
        other.jobs.wait(30.0)  # until it is told
        mine.wake()
        assert {child.pid for child in psutil.Process().children()} == children
        assert other.jobs.next() is not None
    assert not index.jobs.is_attended()
    mine.close()
    other.close()


def test_writers_of_many_documents_do_not_lose_any(index: Index, settings: Settings) -> None:
    before = index.store.sequence()

    def write(number: int) -> None:
        for turn in range(6):
            put(index.store, f"{number}-{turn % 3}.txt", [f"text turn{turn}"], "ab"[number % 2])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert index.store.sequence() == before + 24
    assert index.store.count_documents() == index.store.count_chunks() == 12
    assert index.integrity.count_dangling() == 0
    assert {len(index.store.search_words([f"turn{turn}"], 50)) for turn in (3, 4, 5)} == {4}


def test_writers_of_one_place_leave_one_document(index: Index) -> None:
    barrier = threading.Barrier(4)

    def write(number: int) -> None:
        barrier.wait()
        for turn in range(5):
            put(index.store, "same.txt", [f"text {number} {turn}", "more"])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, range(4)))
    assert index.store.count_documents() == 1
    assert index.store.count_chunks() == 2
    assert index.integrity.count_dangling() == 0
    assert sorted(index.vectors(EMBEDDER).keys().tolist()) == index.store.keys(EVERYTHING).tolist()


def test_of_two_who_take_the_last_places_away_one_takes_the_document(index: Index) -> None:
    for turn in range(10):
        put(index.store, "a.txt", ["words"], digest=f"d{turn}")
        index.store.link(source("b.txt", digest=f"d{turn}"))
        with ThreadPoolExecutor(2) as threads:
            gone = list(threads.map(lambda name: index.store.forget("default", [f"/folder/{name}.txt"]), "ab"))
        assert sum(gone) == 1
        assert index.store.count_documents() == 0


def test_a_snapshot_sees_nothing_of_what_comes_meanwhile(index: Index) -> None:
    put(index.store, "a.txt", ["words"])
    with index.store.snapshot():
        sequence = index.store.sequence()
        with ThreadPoolExecutor(1) as another:
            another.submit(put, index.store, "b.txt", ["words"]).result()
        assert index.store.sequence() == sequence
        assert index.store.count_documents() == 1
    assert index.store.count_documents() == 2


def test_tables_of_a_newer_version_are_refused_and_kept(index: Index, settings: Settings) -> None:
    put(index.store, "a.txt", ["words"])
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute("UPDATE youju.meta SET value = %s WHERE name = 'schema'", (str(SCHEMA_VERSION + 1),))
    with pytest.raises(StoreUnusable, match="a newer version"):
        open_index(settings)
    assert index.store.count_documents() == 1


def test_a_server_that_is_away_is_said_in_one_line(settings: Settings) -> None:
    for address in (
        "postgresql://youju:secret@127.0.0.1:1/none",
        "nonsense://x",
        "host=127.0.0.1 port=1 dbname=a password=secret",
    ):
        with pytest.raises(StoreUnusable) as caught:
            open_index(settings.model_copy(update={"database_url": SecretStr(address)}))
        assert "\n" not in str(caught.value)
        assert "secret" not in str(caught.value)
        assert "YOUJU_DATABASE_URL" in str(caught.value)


def test_answers_go_on_when_the_server_is_back_and_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    with serving(options=()) as server:
        index = open_index(Settings(data_dir=tmp_path, database_url=SecretStr(server.create("kept"))))
        document_id = put(index.store, "a.txt", ["the lid is green"])
        for mode in ("fast", "immediate"):
            server.stop(mode)
            with pytest.raises(StoreUnusable, match="does not answer"):
                index.store.count_documents()
            server.start()
            assert index.store.text(document_id) == "the lid is green\n"
            assert len(index.store.search_words(["lid"], 5)) == 1
        put(index.store, "b.txt", ["written behind a crash"])
        assert index.store.count_documents() == 2
        index.close()


def test_a_service_says_that_the_server_is_away_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    with serving(options=()) as server:  # it is killed, and must not lose what was committed
        settings = Settings(
            data_dir=tmp_path, reader="similarity", strictness="off", allowed_hosts="testserver",
            database_url=SecretStr(server.create("served")),
        )  # fmt: skip
        index = open_index(settings)
        put(index.store, "a.txt", ["the lid is green"])
        index.close()
        with TestClient(create_app(settings, EMBEDDER, ScriptedGenerator(lambda messages: ""), ThreadWorker)) as client:

            def search() -> httpx2.Response:
                return client.post("/search", json={"query": "Is the lid green?"})

            assert search().json()["passages"][0]["text"] == "the lid is green"
            server.stop("immediate")
            answer = search()
            assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (503, "store-unusable")
            assert answer.headers["retry-after"] == "2"
            assert "YOUJU_DATABASE_URL" in answer.json()["advice"]
            assert client.get("/readyz").status_code == 503
            server.start()
            assert search().status_code == 200
            job = client.post("/documents", json={"title": "New", "text": "The lamp is warm."}).json()
            client.get(f"/jobs/{job['id']}", headers={"accept": "text/event-stream"})  # until it is finished
            assert client.post("/search", json={"query": "Is the lamp warm?"}).json()["passages"][0]["text"].endswith("warm.")


def test_what_is_for_files_says_so(index: Index, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    document_id = put(index.store, "a.txt", ["words"])
    with pytest.raises(InvalidRequest, match="for an index in SQLite; this one is PostgreSQL at"):
        delete_and_prove(index.store, index.vectors(), [document_id])
    assert index.store.count_documents() == 1
    monkeypatch.setenv("YOUJU_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("YOUJU_DATA_DIR", str(settings.data_dir))
    assert CliRunner().invoke(app, ["documents", "list"]).output.endswith("1 documents.\n")
    made = CliRunner().invoke(app, ["keys", "create", "a program"])
    assert index.keys.verify(made.output.splitlines()[0]) is not None


def test_the_address_is_shown_nowhere(settings: Settings) -> None:
    secret = settings.model_copy(update={"database_url": SecretStr("postgresql://u:secret@h/d")})
    assert "secret" not in f"{secret!r} {secret.model_dump_json()} {secret.environment()}"
