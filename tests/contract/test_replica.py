"""A replica that follows with `remote_apply`: two real servers."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
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


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Index, Index, Server]]:
    """An index by its primary server and by a replica, and the replica."""
    folder = Path(tempfile.mkdtemp(prefix="youju-replica-", dir="/tmp"))
    with serving((*QUICK, WAITS)) as primary:
        address = primary.create("followed")
        writing = open_index(Settings(data_dir=tmp_path / "a", database_url=SecretStr(address)))
        replica = primary.replica(folder)
        replica.start()
        with primary.connect("postgres") as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (replica)'")
            connection.execute("SELECT pg_reload_conf()")
        reading = open_index(Settings(data_dir=tmp_path / "b", database_url=SecretStr(replica.url("followed"))))
        try:
            yield writing, reading, replica
        finally:
            reading.close()
            writing.close()
            replica.stop("immediate")
    shutil.rmtree(folder, ignore_errors=True)


def test_what_is_acknowledged_is_on_the_replica_and_what_is_deleted_is_not(pair: tuple[Index, Index, Server]) -> None:
    writing, reading, _ = pair
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
