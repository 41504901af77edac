"""Replicas that follow with `remote_apply`: three real servers."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.contract.building import EMBEDDER, put, texts_of
from tests.contract.test_beside import upload
from tests.postgres import QUICK, Server, serving
from youju.errors import StoreUnusable
from youju.index.opening import Index, open_index
from youju.settings import Settings

WAITS = "synchronous_commit=remote_apply"  # behind QUICK, whose `off` it outvotes


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Server, list[Server]]]:
    """A server that waits until one of two replicas, `a` and `b`, shows a change."""
    with serving((*QUICK, WAITS)) as primary, contextlib.ExitStack() as stack:
        replicas = []
        for name in "ab":
            folder = Path(tempfile.mkdtemp(prefix="youju-replica-", dir="/tmp"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            replicas.append(primary.replica(folder, name))
            replicas[-1].start()
            stack.callback(stopped, replicas[-1])
        with primary.connect("postgres") as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (a, b)'")
            connection.execute("SELECT pg_reload_conf()")
        yield primary, replicas


def stopped(server: Server) -> None:
    with contextlib.suppress(subprocess.CalledProcessError):  # it was stopped already
        server.stop("immediate")


@pytest.fixture
def followed(servers: tuple[Server, list[Server]], request: pytest.FixtureRequest) -> tuple[str, Server, Server, Server]:
    """A new database, its server, and the replicas that follow it, all running."""
    primary, (a, b) = servers
    for replica in (a, b):
        with contextlib.suppress(subprocess.CalledProcessError):  # it runs
            replica.start()
    database = f"d{abs(hash(request.node.name))}"
    primary.create(database)
    return database, primary, a, b


@contextlib.contextmanager
def opened(folder: Path, server: Server, database: str) -> Iterator[Index]:
    index = open_index(Settings(data_dir=folder / str(server.port), database_url=SecretStr(server.url(database))))
    yield index
    index.close()


def wait_for_a_waiting_change(server: Server) -> int:
    """The process of the server that waits for a replica."""
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    with server.connect("postgres") as connection:
        while (found := connection.execute(waiting).fetchone()) is None:
            pass
    return int(found[0])


def wait_until_it_follows(replica: Server, primary: Server) -> None:
    """Until a replica shows all that the primary server has written: only one of two has to."""
    with primary.connect("postgres") as connection:
        written = connection.execute("SELECT pg_current_wal_lsn()").fetchone()
    assert written is not None
    with replica.connect("postgres") as connection:
        while connection.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written).fetchone() != (True,):
            pass


def finds(index: Index, word: str) -> bool:
    return bool(index.store.search_words([word], 5))


def test_changes_wait_for_one_of_two_replicas_and_go_on_when_it_is_back(
    followed: tuple[str, Server, Server, Server], tmp_path: Path
) -> None:
    database, primary, a, b = followed
    with opened(tmp_path, primary, database):  # makes the tables
        wait_until_it_follows(b, primary)
    with (
        opened(tmp_path, primary, database) as writing,
        opened(tmp_path, b, database) as reading,
        ThreadPoolExecutor(1) as other,
    ):
        put(writing.store, "0.txt", ["word0"])
        a.stop("immediate")  # the other one takes its place, and nobody waits
        put(writing.store, "1.txt", ["word1"])
        assert finds(reading, "word1")
        b.stop("fast")
        stored = other.submit(put, writing.store, "2.txt", ["word2"])
        wait_for_a_waiting_change(primary)
        assert finds(writing, "word1")  # questions are answered meanwhile
        assert not finds(writing, "word2")
        b.start()
        document_id = stored.result()
        assert finds(writing, "word2")
        assert finds(reading, "word2")
        b.stop("fast")
        deleted = other.submit(writing.store.delete, [document_id])
        process = wait_for_a_waiting_change(primary)
        with primary.connect("postgres") as connection:  # as if whoever waits were killed, or its cable cut
            connection.execute("SELECT pg_terminate_backend(%s)", (process,))
        with pytest.raises(StoreUnusable):
            deleted.result()
        assert not finds(writing, "word2")  # not acknowledged, and done
        a.start()
        put(writing.store, "3.txt", ["word3"])
        with opened(tmp_path, a, database) as following:
            assert (finds(following, "word2"), finds(following, "word3")) == (False, True)


@pytest.fixture
def pair(followed: tuple[str, Server, Server, Server], tmp_path: Path) -> Iterator[tuple[Index, Index]]:
    """An index by its primary server and by the replica that follows it; the other one is stopped."""
    database, primary, a, b = followed
    b.stop("immediate")
    with opened(tmp_path, primary, database):
        wait_until_it_follows(a, primary)
    with opened(tmp_path, primary, database) as writing, opened(tmp_path, a, database) as reading:
        yield writing, reading


def test_what_is_acknowledged_is_on_the_replica_and_what_is_deleted_is_not(pair: tuple[Index, Index]) -> None:
    writing, reading = pair
    key = writing.keys.create("a program")[0]
    query = EMBEDDER.embed_queries(["lid"])[0]
    near = reading.vectors(EMBEDDER)
    for number in range(20):
        document_id = put(writing.store, f"{number}.txt", [f"the lid word{number} is green"])
        assert len(reading.store.search_words([f"word{number}"], 5)) == 1
        assert texts_of(reading.store, [one.key for one in near.search(query, 5)[0]]) == [f"the lid word{number} is green"]
        writing.store.delete([document_id])
        assert reading.store.search_words([f"word{number}"], 5) == {}
        assert near.search(query, 5)[0] == []
    assert reading.keys.verify(key) is not None
    assert "replica" in str(reading.store.write_trouble())
    upload(writing, {"a.txt": b"text"})
    assert (writing.jobs.has_work(), reading.jobs.has_work()) == (True, False)  # its service starts no worker
    with pytest.raises(StoreUnusable, match="it is a replica"):
        put(reading.store, "a.txt", ["text"])
