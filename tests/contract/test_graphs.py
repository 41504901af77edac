"""PostgreSQL alone: graphs over the vectors, made to be used where they would not be worth it yet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from ingest.reindex import reindex
from tests.contract.building import EMBEDDER, put, texts_of
from tests.fakes import HashingEmbedder
from tests.postgres import Server
from youju.index.opening import Index
from youju.index.postgres import graphs
from youju.index.postgres.database import Database
from youju.index.postgres.vectors import VectorIndex
from youju.index.postgres.view import View
from youju.maintenance.doctor import examine
from youju.records import EVERYTHING, Scope
from youju.settings import Settings

WORDS = [f"word{number}" for number in range(60)]
SCOPES = [EVERYTHING, Scope("a"), Scope(allowed=("a", "b")), Scope(language="en"), Scope("rare")]
USE = "?options=-c%20enable_seqscan%3Doff%20-c%20enable_sort%3Doff"  # so few vectors would be sorted


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Iterator[Settings]:
    yield Settings(data_dir=tmp_path / "data", database_url=SecretStr(server.create("graphs") + USE))
    server.drop("graphs")


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.database_url.get_secret_value())
    yield opened
    opened.close()


def fill(index: Index) -> list[str]:
    rng = random.Random(4)
    ids = []
    for number in range(30):
        texts = [" ".join(rng.choices(WORDS, k=6)) for _ in range(10)]
        ids.append(put(index.store, f"{number}.txt", texts, "rare" if number == 7 else "abc"[number % 3]))
    return ids


def test_a_graph_finds_what_comparing_all_finds(index: Index, database: Database) -> None:
    ids = fill(index)
    every, near = index.vectors(EMBEDDER), VectorIndex(View(database), EMBEDDER.fingerprint, exact=10, large=100)
    queries = EMBEDDER.embed_queries([" ".join(WORDS[start : start + 4]) for start in range(0, 56, 7)])

    def check() -> None:
        for scope in SCOPES:
            for query in queries:
                (found, averages), (right, expected) = near.search(query, 20, scope), every.search(query, 20, scope)
                assert len(found) == len(right)
                assert averages == pytest.approx(expected)
                assert sum(one.similarity for one in found) == pytest.approx(sum(one.similarity for one in right), rel=1e-3)
                assert found == sorted(found, key=lambda one: (-one.similarity, one.key))

    check()
    assert graphs.usable(database) == set()
    near.save()
    assert graphs.usable(database) == {"en"}
    near.save()  # there is nothing to do
    check()
    index.store.delete(ids[:10])
    put(index.store, "new.txt", ["quite new", *(" ".join(WORDS[n : n + 5]) for n in range(40))], "a")
    check()
    only = near.search(EMBEDDER.embed_queries(["quite new"])[0], 1)[0]
    assert texts_of(index.store, [one.key for one in only]) == ["quite new"]


def test_graphs_are_asked(index: Index, settings: Settings) -> None:
    fill(index)
    database = Database(settings.database_url.get_secret_value())
    near = VectorIndex(View(database), EMBEDDER.fingerprint, exact=10, large=100)
    near.save()
    for _ in range(3):
        near.search(EMBEDDER.embed_queries(["word1 word2"])[0], 20)
    database.close()
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        asked = "SELECT idx_scan FROM pg_stat_all_indexes WHERE indexrelname = 'vectors_en_near'"
        assert connection.execute(asked).fetchone() == (3,)


def test_a_graph_goes_with_its_embedder_and_comes_again(index: Index, settings: Settings, database: Database) -> None:
    ids = fill(index)
    near = VectorIndex(View(database), EMBEDDER.fingerprint, large=100)
    near.save()
    other = HashingEmbedder("other-64", 64)
    reindex(index.store, settings, other, "other")
    assert graphs.usable(database) == set()
    VectorIndex(View(database), other.fingerprint, large=100).save()
    assert graphs.usable(database) == {"en"}
    assert examine(index.store, settings) == []
    index.store.delete(ids)
    assert index.store.count_chunks() == 0
    put(index.store, "first.txt", ["of the embedder before"])
    assert graphs.usable(database) == set()


def test_a_graph_that_was_broken_off_is_built_anew(index: Index, settings: Settings, database: Database) -> None:
    fill(index)
    near = VectorIndex(View(database), EMBEDDER.fingerprint, exact=10, large=100)
    near.save()
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'youju.vectors_en_near'::regclass")
    assert graphs.usable(database) == set()
    assert len(near.search(EMBEDDER.embed_queries(["word1 word2"])[0], 20)[0]) == 20
    near.save()
    assert graphs.usable(database) == {"en"}
