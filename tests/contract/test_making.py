"""PostgreSQL alone: tables that are taken over, servers that are too old or let nobody in, each said in one line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from tests.contract.building import put
from tests.postgres import Server
from youju.errors import StoreUnusable
from youju.index.opening import Index, open_index
from youju.index.postgres.making import told
from youju.index.postgres.schema import SCHEMA_VERSION
from youju.settings import Settings


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Iterator[Settings]:
    yield Settings(data_dir=tmp_path / "data", database_url=SecretStr(server.create("making")))
    server.drop("making")


@pytest.fixture
def asking(server: Server) -> Iterator[str]:
    """A user whom the server asks for a password."""
    rules = server.data / "pg_hba.conf"
    before = rules.read_text()
    with server.connect("postgres") as connection:
        connection.execute("CREATE ROLE asked LOGIN PASSWORD 'right'")
        rules.write_text(f"host all asked all scram-sha-256\n{before}")
        connection.execute("SELECT pg_reload_conf()")
        yield "asked"
        rules.write_text(before)
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("DROP ROLE asked")


def refusal(settings: Settings, address: str) -> StoreUnusable:
    with pytest.raises(StoreUnusable) as caught:
        open_index(settings.model_copy(update={"database_url": SecretStr(address)}))
    assert "\n" not in str(caught.value)
    return caught.value


def test_whoever_waits_for_older_tables_sees_that_it_goes_on(
    index: Index, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    put(index.store, "a.txt", ["the lid is green"])
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute("UPDATE youju.meta SET value = '3' WHERE name = 'schema'")
        connection.execute("DROP TABLE youju.postings, youju.new_postings; CREATE TABLE youju.postings (word text, key bigint)")
    again = open_index(settings)
    assert len(again.store.search_words(["lid"], 5)) == 1
    again.close()
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 2
    assert f"(schema 3, now {SCHEMA_VERSION})" in said[0]
    assert "is taken over, in" in said[1]


def test_it_is_told_again_and_again_how_far_that_has_come() -> None:
    came = threading.Event()

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "so far, half of it." in record.getMessage():
                came.set()

    watch = Watch()
    logging.getLogger("youju").addHandler(watch)
    with told(1, every=0.001) as reached:
        reached("half of it")
        assert came.wait(60)
    logging.getLogger("youju").removeHandler(watch)
    assert "taking over" not in [thread.name for thread in threading.enumerate()]


def test_an_old_pgvector_is_refused(index: Index, settings: Settings) -> None:
    address = settings.database_url.get_secret_value()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'")
        assert "has pgvector 0.7.4; it has to be 0.8 or newer. Install that" in str(refusal(settings, address))
        connection.execute("UPDATE pg_extension SET extversion = '0.10.0' WHERE extname = 'vector'")
    open_index(settings).close()


def test_whom_the_server_does_not_let_in_is_not_told_to_start_it(settings: Settings, server: Server, asking: str) -> None:
    for user, database in ((f"{asking}:wrong", "making"), (asking, "making"), ("youju", "nowhere")):
        error = refusal(settings, f"postgresql://{user}@127.0.0.1:{server.port}/{database}")
        assert "lets nobody in" in str(error)
        assert "Check user, password and database" in str(error)
        assert "Start it" not in str(error)
        assert "wrong" not in str(error)
    assert "permission" in str(refusal(settings, f"postgresql://{asking}:right@127.0.0.1:{server.port}/making"))
    assert "does not answer" in str(refusal(settings, "postgresql://youju@127.0.0.1:1/making"))
    assert "has to look like postgresql://" in str(refusal(settings, "nonsense://x"))
