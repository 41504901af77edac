from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import apsw
import numpy as np
import psutil
import pytest

from tests.conftest import counting_rows
from tests.fakes import HALF, HashingEmbedder
from youju.errors import EmbedderMismatch, StoreUnusable, UnknownCollection, UnknownDocument
from youju.index.base.packing import content_hash
from youju.index.base.records import Source
from youju.index.sqlite.database import JOURNAL
from youju.index.sqlite.history import Changes
from youju.index.sqlite.schema import SCHEMA_VERSION
from youju.index.sqlite.store import Store
from youju.records import Chunk, Extracted, Failure, Scope, Scores


def source(name: str, collection: str = "default", digest: str = "d") -> Source:
    return Source(collection, f"/folder/{name}", name, digest, 1, 1)


def put(store: Store, name: str, texts: list[str], collection: str = "default", embedder: str = "hashing-256") -> str:
    text, chunks = "", []
    for piece in texts:
        chunks.append(Chunk(len(text), len(text) + len(piece), piece, "", "en", None))
        text += piece + "\n"
    vectors = HashingEmbedder().embed_documents(texts)
    extracted = Extracted(text, "text/plain", name)
    return store.put(source(name, collection), extracted, "en", chunks, vectors, embedder)


def changes_of(store: Store, sequence: int) -> Changes:
    """What happened behind a sequence, where it is not much."""
    with store.changes_since(sequence) as parts:
        (changes,) = parts
    return changes


def test_what_is_put_is_found(store: Store) -> None:
    document_id = put(store, "a.txt", ["the battery lasts", "the box holds"])
    document = store.document(document_id)
    assert (document.chunks, document.characters, document.uri) == (2, 32, "a.txt")
    assert store.text(document_id) == "the battery lasts\nthe box holds\n"
    scores = store.search_words(["batteri"], 10)
    passages = store.passages({key: Scores(0, score, score) for key, score in scores.items()})
    assert [passage.text for passage in passages] == ["the battery lasts"]


def test_putting_again_replaces(store: Store) -> None:
    first = put(store, "a.txt", ["old words"])
    again = put(store, "a.txt", ["new words", "more words"])
    assert first == again
    assert store.count_chunks() == 2
    assert store.search_words(["old"], 10) == {}
    changes = changes_of(store, 0)
    assert list(changes.removed) == [1]
    assert list(changes.added) == [2, 3]


def test_keys_are_never_used_twice(store: Store) -> None:
    document_id = put(store, "a.txt", ["one", "two"])
    store.delete([document_id])
    put(store, "b.txt", ["three"])
    changes = changes_of(store, 0)
    assert set(changes.removed) == {1, 2}
    assert list(changes.added) == [3]


def test_delete_leaves_no_trace(store: Store) -> None:
    document_id = put(store, "a.txt", ["secret words"])
    assert store.delete([document_id]) == 1
    assert store.delete([document_id]) == 0
    assert store.search_words(["secret"], 10) == {}
    with pytest.raises(UnknownDocument):
        store.text(document_id)


def test_sequence_rises_with_every_change_and_changes_are_complete(store: Store) -> None:
    assert store.sequence() == 0
    put(store, "a.txt", ["one"])
    seen = store.sequence()
    put(store, "b.txt", ["two"])
    changes = changes_of(store, seen)
    assert changes.sequence == store.sequence() > seen
    assert list(changes.added) == [2]
    assert changes.vectors.shape == (1, 256)
    assert np.allclose(changes.vectors[0], HashingEmbedder().embed_documents(["two"])[0], atol=HALF)


def test_scopes_restrict_words_and_keys(store: Store) -> None:
    put(store, "a.txt", ["shared word"], "one")
    wanted = put(store, "sub/b.txt", ["shared word"], "two")
    assert len(store.search_words(["share"], 10)) == 2
    for scope in (Scope("two"), Scope(document_ids=(wanted,)), Scope(uri_prefix="sub/")):
        assert list(store.search_words(["share"], 10, scope)) == [2]
        assert list(store.keys(scope)) == [2]
    assert list(store.keys(Scope(language="zh"))) == []
    with pytest.raises(UnknownCollection, match="Collections: one, two"):
        store.require_collection("three")


def test_query_words_with_signs_are_taken_literally(store: Store) -> None:
    put(store, "a.txt", ['say "NEAR" or c++ and x*'])
    for words in (['"near"'], ["c++"], ["AND"], ["x*"], ["near("]):
        store.search_words(words, 10)
    assert len(store.search_words(["c++"], 10)) == 1


def test_another_embedder_is_refused(store: Store) -> None:
    put(store, "a.txt", ["one"])
    with pytest.raises(EmbedderMismatch, match="hashing-256"):
        put(store, "b.txt", ["two"], embedder="other")
    assert len(store.documents()) == 1


def test_a_failed_transaction_changes_nothing(store: Store) -> None:
    put(store, "a.txt", ["one"])
    before = store.sequence()
    bad = Extracted("text", "text/plain", "title")
    with pytest.raises((ValueError, AssertionError)):
        store.put(
            source("b.txt"), bad, "en", [Chunk(0, 4, "text", "", "en", None)], np.zeros((2, 256), np.float32), "hashing-256"
        )
    assert store.sequence() == before
    assert [document.uri for document in store.documents()] == ["a.txt"]


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "youju.db"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StoreUnusable, match="newer version"):
        Store(path)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "youju.db"
    path.write_text("not a database, but somebody's notes " * 50)
    with pytest.raises(StoreUnusable, match="cannot be used"):
        Store(path)
    assert path.read_text().startswith("not a database")


def test_sqlite_is_free_of_the_wal_reset_bug() -> None:
    assert tuple(int(part) for part in apsw.sqlite_lib_version().split(".")) >= (3, 51, 3)


def test_threads_that_end_leave_no_connection_open(store: Store) -> None:
    def read() -> None:
        assert store.count_chunks() == 0

    def used() -> int:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        return int(psutil.Process().num_fds())

    before = used()
    assert [used() for _ in range(5)] == [before] * 5


def test_what_a_limited_store_does_not_see_it_does_not_change(store: Store) -> None:
    hidden = put(store, "a.txt", ["secret words"], "hidden")
    store.record_failures([Failure("hidden", "/folder/b.txt", "b.txt", 1, 1, "reader", "broken", "now")])
    limited = store.limited_to(("seen",))
    assert limited.delete([hidden]) == 0
    assert limited.forget("hidden", ["/folder/a.txt"]) == 0
    limited.forget_failures("hidden", ["/folder/b.txt"])
    assert limited.failures("hidden") == []
    assert limited.vectors_of([content_hash("a.txt\nsecret words")]) == {}
    assert len(store.documents("hidden")) == len(store.failures("hidden")) == 1
    assert len(store.vectors_of([content_hash("a.txt\nsecret words")])) == 1
    assert limited.limited_to(("hidden", "seen")).allowed == ("seen",)  # never more than before


def test_a_limited_store_knows_no_originals_and_counts_of_the_rest(store: Store) -> None:
    one = Chunk(0, 4, "text", "", "en", None)
    vectors = HashingEmbedder().embed_documents(["text"])
    extracted = Extracted("text", "application/pdf")
    hidden = store.put(source("a.pdf", "hidden"), extracted, "en", [one], vectors, "hashing-256", b"%PDF")
    store.put(source("b.pdf", "hidden"), extracted, "en", [one], vectors, "hashing-256")
    limited = store.limited_to(("seen",))
    assert store.original(hidden) == b"%PDF"
    assert limited.original(hidden) is None
    assert list(store.lacking_originals("hidden")) == ["/folder/b.pdf"]
    assert limited.lacking_originals("hidden") == {}
    assert (store.count_documents(), limited.count_documents()) == (2, 0)
    assert (store.count_failures(), limited.count_failures()) == (0, 0)


def test_touching_reads_only_the_places_asked_about(store: Store) -> None:
    for number in range(20):
        put(store, f"{number}.txt", ["text"])
    put(store, "elsewhere.txt", ["text"], "other")
    same, moved, unknown = source("3.txt"), replace(source("4.txt"), uri="new/4.txt", modified_ns=7), source("none.txt")
    before = store.sequence()
    with counting_rows(store) as read:
        store.touch([])
        store.touch([same, unknown])
    assert (read.count, store.sequence()) == (1, before)
    with counting_rows(store) as read:
        store.touch([same, moved])
    assert read.count <= 4  # two places, and what a transaction asks
    assert store.sequence() == before + 1
    found = {one.path_key: one for one in store.locations("default")}
    assert (found["/folder/4.txt"].uri, found["/folder/4.txt"].modified_ns) == ("new/4.txt", 7)
    assert (found["/folder/3.txt"].uri, len(found)) == ("3.txt", 20)


def test_a_page_of_documents_is_cut_where_they_are_read(store: Store) -> None:
    for collection in ("one", "two"):
        for number in range(12):
            put(store, f"{number:02}.txt", ["text"], collection)
    for seen in (store, store.limited_to(("two",)), store.limited_to(())):
        for wanted in (None, "one", "two"):
            every = seen.documents(wanted)
            assert seen.count_documents(wanted) == len(every)
            assert [(one.collection, one.uri) for one in every] == sorted((one.collection, one.uri) for one in every)
            for offset, limit in ((0, 5), (10, 5), (100, 5), (3, 1), (5, None)):
                end = None if limit is None else offset + limit
                with counting_rows(store) as read:
                    page = seen.documents(wanted, offset, limit)
                assert page == every[offset:end]
                assert read.count == len(page)
    assert len(store.limited_to(("two",)).documents()) == 12


def test_documents_of_one_uri_have_an_order(store: Store) -> None:
    for number in range(6):  # the same folder, given from several places
        chunks = [Chunk(0, 4, "text", "", "en", None)]
        place = replace(source("a.txt"), path_key=f"/{number}/a.txt", digest=str(number))
        vectors = HashingEmbedder().embed_documents(["text"])
        store.put(place, Extracted("text", "text/plain"), "en", chunks, vectors, "hashing-256")
    pages = [one.id for offset in range(0, 6, 2) for one in store.documents(None, offset, 2)]
    assert pages == [one.id for one in store.documents()]
    assert len(set(pages)) == 6


def test_the_journal_of_a_large_change_is_given_back(store: Store) -> None:
    journal = store.path.with_name("youju.db-wal")
    with store.database.transaction() as (connection, _):
        connection.execute("CREATE TABLE large (data BLOB)")
        connection.execute("INSERT INTO large VALUES (zeroblob(?))", (JOURNAL + (8 << 20),))
    assert journal.stat().st_size > JOURNAL
    for name in "ab":
        put(store, name, ["small"])
    assert journal.stat().st_size <= JOURNAL
