"""Which chunks lie within a scope: what is told by documents is what every chunk tells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import counting_rows
from tests.fakes import HashingEmbedder
from youju.index.base.records import Source
from youju.index.sqlite.members import KeySet, KnownMembers
from youju.index.sqlite.store import Store
from youju.records import Chunk, Extracted, Scope

EMBEDDER = HashingEmbedder()
SENTENCES = ("the lid is green", "the cable is long", "das Kabel", "电池很耐用", "the battery is old")


def put(store: Store, collection: str, name: str, count: int) -> str:
    """A document of so many chunks, every third of which is Chinese."""
    texts = [f"{SENTENCES[number % len(SENTENCES)]} {name} {number}" for number in range(count)]
    chunks = [Chunk(0, len(text), text, "", "zh" if n % 3 == 2 else "en", None) for n, text in enumerate(texts)]
    source = Source(collection, f"/{collection}/{name}", f"{collection}/{name}", f"{name} {count}", 1, 1)
    vectors = EMBEDDER.embed_documents(texts) if texts else np.zeros((0, EMBEDDER.dimension), np.float32)
    return store.put(source, Extracted(" ".join(texts), "text/plain"), "en", chunks, vectors, EMBEDDER.fingerprint)


def numbers(found: KeySet) -> list[int]:
    keys = np.arange(8 * len(found.bits) + 20)
    return keys[found.holds(keys)].tolist()  # type: ignore[no-any-return]


changes = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 12)), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(changes=changes)
def test_members_are_the_chunks_of_a_scope_after_any_changes(tmp_path_factory, changes) -> None:  # type: ignore[no-untyped-def]
    store = Store(tmp_path_factory.mktemp("members") / "youju.db")
    for collection, name, count in changes:
        document_id = put(store, collection, name, count)
        if count == 12:
            store.delete([document_id])
        scopes = (
            Scope(), Scope("a"), Scope("b"), Scope(document_ids=(document_id,)), Scope(uri_prefix="a/"), Scope(language="zh"),
            Scope("a", language="en"), Scope(allowed=("b",)), Scope("a", allowed=("b",)), Scope(allowed=()),
        )  # fmt: skip
        for scope in scopes:
            found = store.members(scope)
            assert numbers(found) == store.keys(scope).tolist(), scope
            assert found.count == len(store.keys(scope))
            limited = store.limited_to(("a",))
            assert numbers(limited.members(scope)) == limited.keys(scope).tolist(), scope
        assert store.count_chunks() == len(store.keys(Scope()))
        assert limited.count_chunks() == len(limited.keys(Scope()))
        held = {name: sum(document.collection == name for document in store.documents()) for name in "ab"}
        assert store.collections() == {name: count for name, count in held.items() if count}
        assert [store.count_documents(name) for name in (None, "a", "b")] == [sum(held.values()), *held.values()]
    store.close()


def test_collections_are_not_read_again_from_what_was_there_before(tmp_path: Path) -> None:
    store = Store(tmp_path / "youju.db")
    for number in range(50):
        put(store, "ab"[number % 2], f"n{number}", 2)
    store.members(Scope("a"))
    put(store, "a", "late", 3)
    with counting_rows(store) as read:
        assert store.members(Scope("a")).count == 53
    assert read.count < 10
    store.close()


def test_another_index_in_its_place_is_not_told_by_the_collections_of_the_first(tmp_path: Path) -> None:
    """Keys and sequences are the same, the collections are not."""
    known, sets = KnownMembers(), []
    for number, collection in enumerate("ab"):
        store = Store(tmp_path / f"{number}.db")
        store._known_members = known
        store._look_through(store._view)
        put(store, collection, "x", 2)
        sets.append([store.members(Scope(name)).count for name in "ab"])
        store.close()
    assert sets == [[2, 0], [0, 2]]


def test_words_within_a_small_scope_are_found_behind_many_better_ones(tmp_path: Path) -> None:
    store = Store(tmp_path / "youju.db")
    put(store, "b", "many", 400)
    put(store, "a", "few", 5)
    words = ["lid", "green", "mani"]
    everywhere = store.search_words(words, 1000)
    for limit in (1, 3, 50):
        expected = {key: score for key, score in everywhere.items() if key in store.keys(Scope("a"))}
        found = store.search_words(words, limit, Scope("a"))
        assert list(found.items()) == list(expected.items())[:limit]
    assert store.search_words(words, 3, Scope("none")) == {}
    store.close()


def test_sets_are_kept_for_one_state_only() -> None:
    known = KnownMembers()
    some = KeySet(np.zeros(1, np.uint8), 0)
    known.add(("x", 5), Scope("a"), some, None)
    assert known.get(("x", 5), Scope("a")) is some
    assert known.get(("x", 6), Scope("a")) is None
    known.add(("x", 6), Scope("b"), some, None)
    assert known.get(("x", 6), Scope("b")) is some
    assert known.get(("x", 5), Scope("a")) is None
    known.add(("x", 2), Scope("a"), some, None)  # a backup was restored
    assert known.get(("x", 2), Scope("a")) is some
