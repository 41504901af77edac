"""PostgreSQL alone: new postings that become old ones, and postings that are taken away, beside each other."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from tests.contract.building import put, texts_of
from tests.contract.test_search import bags, expected_scores
from tests.postgres import Server
from youju.index.opening import Index, open_index
from youju.index.postgres.pool import Connection
from youju.index.postgres.postings import write_all
from youju.index.postgres.schema import SCHEMA_VERSION
from youju.index.postgres.store import Store
from youju.index.postgres.writing import SETTLED
from youju.records import EVERYTHING, Scope
from youju.settings import Settings

WORDS = "lid cable battery charge green red old new".split()


@pytest.fixture
def settings(server: Server, tmp_path: Path) -> Iterator[Settings]:
    yield Settings(data_dir=tmp_path / "data", database_url=SecretStr(server.create("postings")))
    server.drop("postings")


@pytest.fixture
def connection(settings: Settings, index: Index) -> Iterator[Connection]:
    assert index.store.count_documents() == 0
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connected:
        connected.execute("SET search_path = youju")
        yield connected


def soon_settled(connection: Connection) -> None:
    """The next chunk but one is the last of many."""
    connection.execute("SELECT setval('chunk_keys', (last_value / %s + 1) * %s - 2) FROM chunk_keys", (SETTLED, SETTLED))


def rows(connection: Connection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert found is not None
    return int(found[0])


def assert_right(index: Index) -> None:
    """What is counted and scored is that of the texts that are there."""
    keys = index.store.keys(EVERYTHING).tolist()
    held = {key: ("", text) for key, text in zip(keys, texts_of(index.store, keys), strict=True)}
    every = bags(index, held)
    assert index.store.word_counts(WORDS) == {word: sum(word in bag for bag in every.values()) for word in WORDS}
    expected = expected_scores(WORDS, every, set(held), set(held))
    assert index.store.search_words(WORDS, 10_000) == pytest.approx(expected, rel=1e-9)
    assert index.integrity.full_text_gaps() == (0, 0)


def test_words_are_the_same_before_and_behind_their_settling(index: Index, connection: Connection) -> None:
    rng = random.Random(3)
    for turn in range(40):
        if turn % 10 == 9:
            soon_settled(connection)
        texts = [" ".join(rng.choices(WORDS, k=rng.randint(1, 9))) for _ in range(rng.randint(2, 5))]
        put(index.store, f"{rng.randrange(12)}.txt", texts, rng.choice("ab"), digest=f"{turn}")
        if turn % 4 == 3:
            index.store.delete([rng.choice(index.store.documents()).id])
        if turn % 10 == 9:
            assert rows(connection, "new_postings") <= len(WORDS) + 12
            assert_right(index)
    assert_right(index)
    index.store.delete([one.id for one in index.store.documents()])
    assert rows(connection, "postings") == rows(connection, "new_postings") == 0
    assert index.store.search_words(WORDS, 5) == index.store.search_words(WORDS, 5, Scope("a")) == {}


def test_postings_are_settled_behind_the_transaction_that_they_came_with(index: Index, connection: Connection) -> None:
    assert isinstance(index.store, Store)
    soon_settled(connection)
    with index.store.replaced():
        for number in range(3):
            put(index.store, f"{number}.txt", ["lid cable", "old lid"])
    assert (rows(connection, "new_postings"), rows(connection, "postings") > 0) == (0, True)
    assert_right(index)


def test_writers_beside_each_other_lose_no_posting(index: Index, connection: Connection) -> None:
    together = threading.Barrier(4)

    def write(number: int) -> None:
        rng = random.Random(number)
        together.wait()
        for turn in range(12):
            soon_settled(connection)
            texts = [" ".join(rng.choices(WORDS, k=4)) for _ in range(3)]
            put(index.store, f"{number}-{turn % 4}.txt", texts, "ab"[turn % 2], digest=f"{number}-{turn}")
            if turn % 3 == 2:
                index.store.delete([one.id for one in index.store.documents() if one.uri.startswith(f"{number}-1")])

    with ThreadPoolExecutor(5) as threads:
        writing = threads.map(write, range(4))
        for _ in range(5):
            threads.submit(index.integrity.write_full_text).result()
        list(writing)
    assert rows(connection, "postings") > 0
    assert_right(index)


def test_tables_with_a_row_for_each_word_of_a_chunk_are_taken_over(index: Index, settings: Settings) -> None:
    for number in range(3):
        put(index.store, f"{number}.txt", ["the lid is green", "电池很耐用", "old old cable"], "ab"[number % 2])
    before = index.store.search_words(WORDS, 50)
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        connection.execute("SET search_path = youju")
        connection.execute("DROP TABLE postings, new_postings; CREATE TABLE postings (word text, key bigint)")
        connection.execute("UPDATE meta SET value = '3' WHERE name = 'schema'")
    again = open_index(settings)
    assert again.store.search_words(WORDS, 50) == pytest.approx(before, rel=1e-9)
    assert again.integrity.full_text_gaps() == (0, 0)
    assert again.store.word_counts(["old", "电池"]) == {"old": 3, "电池": 3}
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        assert connection.execute("SELECT value FROM youju.meta WHERE name = 'schema'").fetchone() == (str(SCHEMA_VERSION),)
    with psycopg.connect(settings.database_url.get_secret_value()) as connection, connection.cursor() as cursor:
        held = "SELECT word, collection, first, chunks FROM postings ORDER BY 1, 2, 3"
        cursor.execute("SET search_path = youju")
        known = cursor.execute(held).fetchall()
        cursor.execute("TRUNCATE postings")
        write_all(cursor, at_once=2)  # words go on from one reading to the next
        assert cursor.execute(held).fetchall() == known
    assert again.store.search_words(WORDS, 50) == pytest.approx(before, rel=1e-9)
    assert Counter(one.collection for one in again.store.documents()) == {"a": 2, "b": 1}
    again.close()
