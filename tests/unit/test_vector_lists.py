"""Vectors in lists: the same is found as without, whatever came and went, and nothing that was deleted."""

from __future__ import annotations

import random
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.unit.test_store import put, source
from youju.embedding.base import Vectors
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.index.vectors.building import built
from youju.records import Chunk, Extracted, Language, Scope
from youju.settings import Settings

LARGE = 20
NEVER = 10**9
DIMENSION = 16


def unit_vectors(seed: int, count: int) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSION), np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


QUERIES = unit_vectors(7, 3)
EVERYTHING = Scope()
SCOPES = (Scope(), Scope("one"), Scope("two", language="zh"), Scope(allowed=("one",)), Scope(uri_prefix="a"), Scope("none"))


def with_lists(store: Store, path: Path) -> VectorIndex:
    return VectorIndex(store, path, DIMENSION, large=LARGE)


def flat_one(store: Store) -> VectorIndex:
    return VectorIndex(store, store.path.with_name("absent"), DIMENSION, large=NEVER)


def put_many(store: Store, name: str, count: int, collection: str = "one", language: Language = "en") -> str:
    """A document of so many chunks, whose vectors no other one has."""
    chunks = [Chunk(0, 4, "text", f"{name} {number}", language, None) for number in range(count)]
    vectors = unit_vectors(zlib.crc32(f"{name} {collection} {language}".encode()), count)
    return store.put(source(name, collection), Extracted("text", "text/plain"), language, chunks, vectors, "random")


def found(index: VectorIndex, scope: Scope = EVERYTHING, also: tuple[int, ...] = ()) -> list[list[tuple[int, float]]]:
    """Keys and similarities, in the order in which they come."""
    all_near = [index.search(query, 8, scope, also)[0] for query in QUERIES]
    return [[(n.key, round(n.similarity, 4)) for n in near] for near in all_near]


def usual(index: VectorIndex, scope: Scope) -> list[float]:
    _, averages = index.search(QUERIES[0], 1, scope)
    return [averages.get("zh", 0.0), averages.get("en", 0.0)]


CHANGES = st.tuples(
    st.sampled_from("abc"), st.sampled_from(["one", "two"]), st.sampled_from(["zh", "en"]), st.integers(0, 40),
    st.integers(0, 2),
)  # fmt: skip


@given(st.lists(CHANGES, min_size=1, max_size=8), st.data())
@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
def test_lists_find_what_a_flat_scan_finds_after_any_history(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str, Language, int, int]], data: st.DataObject
) -> None:
    """Put a document of so many chunks, or delete it; with saves in between, which make lists, and starts from the file."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    store = Store(settings.database)
    index = with_lists(store, settings.vector_file)
    for name, collection, language, count, then in history:
        document_id = put_many(store, name, count, collection, language)
        if then == 0:
            store.delete([document_id])
        if data.draw(st.booleans()):
            index.save()
        if then == 1:
            index = with_lists(store, settings.vector_file)
        index.refresh()
    flat = flat_one(store)
    assert index.keys().tolist() == flat.keys().tolist() == store.keys(Scope()).tolist()
    live = store.keys(Scope()).tolist()
    for scope in SCOPES:
        assert found(index, scope) == found(flat, scope)
        assert usual(index, scope) == pytest.approx(usual(flat, scope), abs=0.01)
        assert {n.key for n in index.search(QUERIES[0], 50, scope)[0]} <= set(store.keys(scope).tolist())
    assert found(index, also=tuple(live[::3])) == found(flat, also=tuple(live[::3]))
    store.close()


def test_lists_are_made_beside_what_serves_and_kept_in_the_file(settings: Settings, store: Store) -> None:
    put_many(store, "a", 200)
    index = with_lists(store, settings.vector_file)
    before = found(index)
    for thread in threading.enumerate():
        if thread.name == "vectors":
            thread.join()
    assert not index.is_exact
    assert found(index) == before
    again = with_lists(store, settings.vector_file)
    assert (again.is_exact, len(again)) == (False, 200)
    assert found(again) == before


@pytest.mark.parametrize("ask", [False, True])
def test_what_comes_and_goes_while_lists_are_made_is_in_them(settings: Settings, store: Store, ask: bool) -> None:
    early = put_many(store, "a", 100)
    kept = put_many(store, "b", 100)
    index = with_lists(store, settings.vector_file)
    index.refresh()
    changes: list[Callable[[], object]] = [
        lambda: store.delete([early]), lambda: put_many(store, "c", 60), lambda: put_many(store, "d", 3),
    ]  # fmt: skip

    def is_wanted() -> bool:
        if changes:
            changes.pop(0)()
            index.refresh() if ask else None
        return True

    index._build(is_wanted)
    assert not index.is_exact
    assert index.keys().tolist() == store.keys(Scope()).tolist()
    assert len(index) == 163
    assert store.document(kept).chunks == 100
    flat = flat_one(store)
    assert found(index) == found(flat)


def test_making_lists_ends_when_it_is_not_wanted_any_more(settings: Settings, store: Store) -> None:
    put_many(store, "a", 100)
    index = with_lists(store, settings.vector_file)
    index.refresh()
    for steps in range(12):
        left = [True] * steps
        index._build(lambda left=left: bool(left) and left.pop())  # type: ignore[misc]
        if not index.is_exact:
            break
        assert index.keys().tolist() == store.keys(Scope()).tolist()
    assert 8 <= steps < 11  # asked before each step of learning and of filling


def test_few_vectors_are_flat_again(settings: Settings, store: Store) -> None:
    document_id = put_many(store, "a", 100)
    put_many(store, "b", 3)
    index = with_lists(store, settings.vector_file)
    index.save()
    assert not index.is_exact
    store.delete([document_id])
    index.save()
    assert (index.is_exact, len(index)) == (True, 3)


def test_lists_grow_in_number_with_what_they_hold(settings: Settings, store: Store) -> None:
    index, counts = with_lists(store, settings.vector_file), []
    for number, until in enumerate((30, 100, 1000)):
        put_many(store, f"n{number}", until)
        index.save()
        counts.append(index._shards["en"].index.nlist)
    assert counts == sorted(set(counts))


def test_most_of_the_nearest_are_found_where_few_lists_are_looked_through(settings: Settings, store: Store) -> None:
    """About 1,100 chunks in 64 lists, of which 32 are looked through."""
    gone = put_many(store, "a", 1500)
    put_many(store, "b", 1100, "two")
    index = with_lists(store, settings.vector_file)
    index.save()
    store.delete([gone])
    flat = flat_one(store)
    hits = [len({n.key for n in index.search(query, 10)[0]} & {n.key for n in flat.search(query, 10)[0]}) for query in QUERIES]
    assert sum(hits) >= 0.9 * 10 * len(QUERIES)
    for query in QUERIES:
        assert {n.key for n in index.search(query, 2000)[0]} <= set(flat.keys().tolist())


def test_vectors_of_another_embedder_are_never_compared(settings: Settings, store: Store) -> None:
    put_many(store, "a", 100)
    index = with_lists(store, settings.vector_file)
    index.save()
    stored = store.vectors_at(np.array([1, 2, 999]))
    assert (stored.keys.tolist(), stored.vectors.shape, stored.embedder) == ([1, 2], (2, DIMENSION), "random")
    with store.database.transaction(changes_index=False) as (connection, _):  # the swap, as a search that has begun sees it
        connection.execute("UPDATE meta SET value = 'another' WHERE name = 'embedder'")
    with pytest.raises(Exception, match="embedded again with another model"):
        index.search(QUERIES[0], 5)


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_changes_in_parts_are_the_same(store: Store, most: int) -> None:
    first = put(store, "a", ["one", "two", "three"])
    put(store, "b", ["four", "five"])
    store.delete([first])
    put(store, "c", ["six"], "other")
    with store._history.changes_since(1, most) as parts:
        changes = list(parts)
    assert [key for one in changes for key in one.added.tolist()] == [4, 5, 6]
    assert [name for one in changes for name in one.collections.tolist()] == ["default", "default", "other"]
    assert [one.removed.tolist() for one in changes] == [[1, 2, 3]] + [[]] * (len(changes) - 1)
    assert {one.sequence for one in changes} == {store.sequence()}
    assert max(len(one.added) for one in changes) <= most


def test_every_damage_of_lists_is_noticed_and_mended(settings: Settings, store: Store, seed: int) -> None:
    put_many(store, "a", 60)
    index = with_lists(store, settings.vector_file)
    index.save()
    expected, whole = found(index), settings.vector_file.read_bytes()
    rng = random.Random(seed)
    for _ in range(60):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        settings.vector_file.write_bytes(bytes(damaged))
        mended = VectorIndex(store, settings.vector_file, DIMENSION, large=NEVER)
        assert not mended._is_read
        assert found(mended) == expected


def test_nothing_is_made_of_too_few(store: Store) -> None:
    """All but a few were deleted between two looks."""
    put_many(store, "a", 4)
    keys = np.arange(1, 101)
    places = store.members(Scope()), store._known_members._places
    assert built(keys, places[1], DIMENSION, store.vectors_at, LARGE, lambda: True) is None
