"""The database locked by another program, damaged, read-only, or without its journal; a full disk; a clock that jumps."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from benchmarks.faults.damage import open_index, put
from benchmarks.faults.shims import build, compiler
from service.http.app import create_app
from service.resources import BUSY_MS
from service.retrieval.retriever import Retriever
from tests.conftest import ROOT
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from tests.unit.test_service import check_problem
from youju.errors import StoreUnusable
from youju.index.base.packing import pack, unpack
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.maintenance.doctor import examine
from youju.settings import Settings

HOLD = """
import sys, apsw
connection = apsw.Connection(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def filled(settings: Settings) -> Settings:
    store = Store(settings.database)
    for number in range(6):
        put(store, number, 1)
    open_index(settings, store).save()
    store.close()
    return settings


@pytest.fixture
def another_writer(filled: Settings) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", HOLD, str(filled.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.communicate()


def marks_found(settings: Settings, store: Store, number: int) -> bool:
    found = Retriever(store, open_index(settings, store), HashingEmbedder()).retrieve(f"mark{number}v1 word{number}", 10)
    return any(f"mark{number}v1" in passage.text for passage in found)


@pytest.mark.usefixtures("another_writer")
def test_a_writer_waits_a_bounded_time_and_readers_not(filled: Settings) -> None:
    store = Store(filled.database, busy_ms=300)
    began = time.monotonic()
    with pytest.raises(StoreUnusable, match="being written by another program"):
        put(store, 1, 2)
    assert 0.25 < time.monotonic() - began < 10
    assert marks_found(filled, store, 1)
    store.close()


def test_writes_that_wait_hold_up_no_question(filled: Settings, another_writer: subprocess.Popen[bytes]) -> None:
    app = create_app(
        filled.model_copy(update={"keep_unanswered": True}), HashingEmbedder(), ScriptedGenerator(""), ThreadWorker
    )
    with TestClient(app) as client, ThreadPoolExecutor(12) as threads:
        began = time.monotonic()
        text = {"title": "a", "text": "b"}
        uploads = [threads.submit(client.post, "/documents", json=text) for _ in range(4)]
        for number in range(6):  # more than the threads that one pool for all would have
            assert client.post("/ask", json={"question": f"word{number}?"}).status_code == 200
            assert client.post("/search", json={"query": f"word{number}"}).json()["passages"]
        assert time.monotonic() - began < BUSY_MS / 1000, "questions waited for the writers"
        assert not any(upload.done() for upload in uploads)
        for upload in uploads:
            body = check_problem(upload.result(), 503, "store-unusable")
            assert "another program" in body["detail"]
        another_writer.communicate()  # lets go
        assert client.post("/documents", json=text).status_code == 202


def test_damage_is_said_and_nothing_wrong_is_served(filled: Settings, tmp_path: Path, seed: int) -> None:
    rng, whole = random.Random(seed), filled.database.read_bytes()
    sound = Store(filled.database)
    texts = [sound.text(document.id) for document in sound.documents()]
    sound.close()
    said: list[StoreUnusable] = []
    served = 0
    for number in range(30):  # a search reads little of a file
        damaged = Settings(data_dir=tmp_path / str(number))
        damaged.data_dir.mkdir()
        data = bytearray(whole)
        for place in rng.sample(range(len(data)), 1 << number % 6):
            data[place] ^= 1 << rng.randrange(8)
        damaged.database.write_bytes(data)
        try:
            store = Store(damaged.database)
        except StoreUnusable as error:
            said.append(error)
            continue
        try:
            searching = Retriever(store, open_index(damaged, store), HashingEmbedder())
            passages = [passage for wanted in range(6) for passage in searching.retrieve(f"word{wanted}", 10)]
            assert all(any(passage.text in text for text in texts) for passage in passages)
            served += len(passages)
        except StoreUnusable as error:
            said.append(error)
            findings = examine(store, damaged)
            assert findings, "what a search meets, doctor finds"
            assert all(finding.advice or finding.repairable for finding in findings)
        store.close()
    assert all(error.advice and "\n" not in str(error) for error in said)
    assert len(said) >= 4, "too little of the damage was met to say anything"
    assert served, "nothing was served that could be wrong"


def test_a_changed_letter_is_not_served(filled: Settings) -> None:
    store = Store(filled.database)
    with store.database.transaction() as (connection, _):
        for key, data in store.database.rows("SELECT rowid, data FROM texts"):
            changed = pack(unpack(data).replace(b"mark1v1", b"mark1v9"))
            connection.execute("UPDATE texts SET data = ? WHERE rowid = ?", (changed, key))
    with pytest.raises(StoreUnusable, match="damaged"):
        marks_found(filled, store, 1)
    assert any("not what was stored" in finding.problem for finding in examine(store, filled))
    store.close()


def test_without_its_journal_the_index_is_as_it_was(filled: Settings, tmp_path: Path) -> None:
    """The documents of the lost journal are gone from all layers, also when as many others have come since."""
    store = Store(filled.database)
    put(store, 10, 1)
    open_index(filled, store).save()
    lost = Settings(data_dir=tmp_path / "lost")
    lost.data_dir.mkdir()
    for path in (filled.database, filled.vector_file):
        shutil.copy(path, lost.data_dir)
    store.close()
    again = Store(lost.database)
    assert [document.uri for document in again.documents()] == [f"{number}.txt" for number in range(6)]
    assert examine(again, lost) == [] or all(finding.repairable for finding in examine(again, lost))
    put(again, 11, 1)
    index = open_index(lost, again)
    anew = VectorIndex(again, tmp_path / "none", HashingEmbedder.dimension)
    query = HashingEmbedder().embed_queries(["mark10v1 mark11v1"])[0]
    assert sorted(map(str, index.search(query, 5)[0])) == sorted(map(str, anew.search(query, 5)[0]))
    again.close()


DIES = """
import os, sys
from pathlib import Path
from benchmarks.faults.damage import put
from youju.index.sqlite.store import Store
store = Store(Path(sys.argv[1]))
put(store, 9, 1)
os._exit(0)
"""
READ_ONLY = """
import sys
from pathlib import Path
from fastapi.testclient import TestClient
from service.http.app import create_app
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.maintenance.doctor import examine
from youju.settings import Settings
from youju.index.sqlite.store import Store
chosen = {"reader": "similarity", "strictness": "off", "keep_unanswered": True, "allowed_hosts": "testserver"}
settings = Settings(data_dir=Path(sys.argv[1]), **chosen)
with TestClient(create_app(settings, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)) as client:
    print(len(client.post("/search", json={"query": "mark1v1"}).json()["passages"]) > 0)
    print(client.post("/ask", json={"question": "mark1v1?"}).status_code)
    print(client.post("/documents", json={"title": "a", "text": "b"}).json()["detail"])
print(examine(Store(settings.database), settings))
"""


@pytest.mark.parametrize("journal", [False, True])
def test_a_read_only_folder_is_read(filled: Settings, journal: bool) -> None:
    if journal:  # an ingest died, and its journal was not taken in
        subprocess.run([sys.executable, "-c", DIES, str(filled.database)], cwd=ROOT, check=True, timeout=60)
        assert filled.database.with_name("youju.db-wal").exists()
    run = [sys.executable, "-c", READ_ONLY, str(filled.data_dir)]
    if os.geteuid() == 0:  # rights do not stop root: a mount of its own does
        mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
        run = ["unshare", "--mount", "sh", "-c", mount, str(filled.data_dir), *run]
        if subprocess.run([*run[:6], "true"], capture_output=True, timeout=60).returncode:
            pytest.skip("root that may not mount cannot be kept from writing")
    else:
        filled.data_dir.chmod(0o555)
    try:
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=120)
    finally:
        filled.data_dir.chmod(0o755)
    assert done.returncode == 0, done.stderr
    search, ask, upload, doctor = done.stdout.splitlines()
    assert (search, ask, doctor) == ("True", "200", "[]")
    assert "cannot be written" in upload


FULL = """
import ctypes, errno, os, sys
from pathlib import Path
from fastapi.testclient import TestClient
from service.http.app import create_app
from tests.fakes import HashingEmbedder, ScriptedGenerator, ThreadWorker
from youju.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]), reader="similarity", strictness="off", allowed_hosts="testserver")
shim = ctypes.CDLL(None)
with TestClient(create_app(settings, HashingEmbedder(), ScriptedGenerator(""), ThreadWorker)) as client:
    for nth in range(1, 40):
        shim.fault_arm(os.fsencode(settings.data_dir), ctypes.c_long(nth), errno.ENOSPC, 1, 0)
        answer = client.post("/documents", files={"files": ("a.txt", b"x" * 10000)})
        found = client.post("/search", json={"query": "mark1v1"})
        shim.fault_disarm()
        left = list(settings.spool_dir.glob("*"))
        print(answer.status_code, answer.json().get("type"), len(found.json()["passages"]) > 0, len(left))
        if answer.status_code == 202:
            break
"""


@pytest.mark.skipif(compiler() is None, reason="the shims need Linux and a C compiler (cc)")
def test_an_upload_to_a_full_disk_is_a_problem_and_search_goes_on(filled: Settings, tmp_path: Path) -> None:
    environment = os.environ | {"LD_PRELOAD": str(build("fail_nth", tmp_path))}
    run = [sys.executable, "-c", FULL, str(filled.data_dir)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    *failed, _ = lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["507", "urn:youju:problem:storage-full"]
    assert len(failed) > 5
    for line in failed:
        status, _, found, left = line.split()
        assert status in ("503", "507")
        assert (found, left) == ("True", "0")


CLOCK = """
import asyncio, ctypes, sys, time
from pathlib import Path
from service.timing import Deadline
from tests.fakes import HashingEmbedder
from ingest.worker import work
from youju.errors import DeadlineExceeded
from youju.index.sqlite.jobs import Jobs
from youju.index.base.uploads import path_of
from youju.settings import Settings
from youju.index.sqlite.store import Store
YEAR = 365 * 86400
shim = ctypes.CDLL(None)
settings = Settings(data_dir=Path(sys.argv[1]))
store = Store(settings.database)
jobs = Jobs(store.database, settings.spool_dir)
order = []
for years in (0, 10, -10, 0, -20):
    shim.shift_clock(ctypes.c_long(years * YEAR))
    with jobs.receiving():
        folder = jobs.new_folder()
        path_of(folder, 0, "same.txt").write_text(f"This is text number {len(order)}.")
        shim.shift_clock(ctypes.c_long((years + 1) * YEAR))
        jobs.remove_leftovers()  # another process cleans up while the upload is taken in
        order.append(jobs.submit(folder, "default", ["same.txt"]).id)
assert [job.id for job in jobs.latest()] == order[::-1]
assert jobs.next().id == order[0]
work(settings, store, HashingEmbedder, lambda: False)
print([store.text(document.id).strip() for document in store.documents()])

async def late(years):
    deadline = Deadline(200)
    shim.shift_clock(ctypes.c_long(years * YEAR))
    began = time.monotonic()
    try:
        await deadline.keep(asyncio.sleep(5))
    except DeadlineExceeded:
        return 0.1 < time.monotonic() - began < 3
    return False

print([asyncio.run(late(years)) for years in (5, -5)])
"""


@pytest.mark.skipif(compiler() is None, reason="the shims need Linux and a C compiler (cc)")
def test_a_clock_that_jumps_changes_no_order_and_no_deadline(tmp_path: Path) -> None:
    environment = os.environ | {"LD_PRELOAD": str(build("shift_clock", tmp_path))}
    run = [sys.executable, "-c", CLOCK, str(tmp_path / "data")]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["['This is text number 4.']", "[True, True]"]
