from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.fakes import HashingEmbedder
from tests.unit.test_store import put, source
from youju.index.sqlite.members import KeySet
from youju.index.sqlite.store import Store
from youju.index.vectors import VectorIndex
from youju.records import Chunk, Extracted, Language, Scope
from youju.settings import Settings

QUERY = HashingEmbedder().embed_queries(["battery"])[0]


def index_of(settings: Settings, store: Store) -> VectorIndex:
    return VectorIndex(store, settings.vector_file, HashingEmbedder.dimension)


def nearest(index: VectorIndex) -> list[tuple[int, float]]:
    found = sorted(index.search(QUERY, 10)[0], key=lambda n: (-n.similarity, n.key))
    return [(n.key, round(n.similarity, 5)) for n in found]


def test_a_running_index_follows_the_store(settings: Settings, store: Store) -> None:
    index = index_of(settings, store)
    assert nearest(index) == []
    document_id = put(store, "a.txt", ["battery life", "boxes"])
    assert [key for key, _ in nearest(index)] == [1, 2]
    store.delete([document_id])
    assert nearest(index) == []
    assert len(index) == 0


def test_a_saved_index_is_read_and_caught_up(settings: Settings, store: Store) -> None:
    put(store, "a.txt", ["battery life", "boxes"])
    index = index_of(settings, store)
    index.save()
    put(store, "b.txt", ["another battery"])
    again = index_of(settings, store)
    assert len(again) == 2
    assert nearest(again) == nearest(index)
    assert list(again.keys()) == [1, 2, 3]


def test_collections_restrict(settings: Settings, store: Store) -> None:
    put(store, "a.txt", ["battery one"], "one")
    put(store, "b.txt", ["battery two"], "two")
    index = index_of(settings, store)
    assert [n.key for n in index.search(QUERY, 10, Scope("two"))[0]] == [2]
    assert [n.key for n in index.search(QUERY, 10, Scope("nobody's"))[0]] == []


def test_a_file_of_another_index_is_not_used(settings: Settings, store: Store) -> None:
    put(store, "a.txt", ["battery life"])
    index_of(settings, store).save()
    store.close()
    settings.database.unlink()
    other = Store(settings.database)
    put(other, "b.txt", ["boxes"])
    put(other, "c.txt", ["bags"])
    again = index_of(settings, other)
    assert nearest(again)[0][1] < 0.5
    assert list(again.keys()) == [1, 2]
    other.close()


@pytest.mark.parametrize("kind", ["flip", "cut"])
def test_every_damage_is_noticed_and_mended(settings: Settings, store: Store, seed: int, kind: str) -> None:
    put(store, "a.txt", ["battery life", "boxes", "bags"])
    index = index_of(settings, store)
    index.save()
    expected, whole = nearest(index), settings.vector_file.read_bytes()
    rng = random.Random(seed)
    for _ in range(100):
        position = rng.randrange(len(whole))
        damaged = bytearray(whole)
        if kind == "flip":
            damaged[position] ^= 1 << rng.randrange(8)
        else:
            del damaged[position:]
        settings.vector_file.write_bytes(bytes(damaged))
        mended = index_of(settings, store)
        assert mended._read_file() is None, f"damage at byte {position} went unnoticed"
        assert nearest(mended) == expected


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3)), max_size=12), st.data())
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_as_if_built_anew(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, int]], data: st.DataObject
) -> None:
    """Put with n chunks, or delete with 0, in any order, with saves in between."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    store = Store(settings.database)
    index = index_of(settings, store)
    for name, count in history:
        document_id = put(store, name, [f"battery {name} {number}" for number in range(count)] or ["x"])
        if count == 0:
            store.delete([document_id])
        if data.draw(st.booleans()):
            index.refresh()
            index.save()
    fresh = VectorIndex(store, settings.data_dir / "absent", HashingEmbedder.dimension)
    reread = index_of(settings, store)
    assert nearest(reread) == nearest(fresh) == nearest(index)
    assert np.array_equal(reread.keys(), fresh.keys())
    store.close()


def test_an_embedder_of_another_dimension_does_no_harm(settings: Settings, store: Store) -> None:
    """The retriever refuses it in words; the cache must not fail before."""
    put(store, "a.txt", ["battery life"])
    index_of(settings, store).save()
    assert len(VectorIndex(store, settings.vector_file, 7)) == 0


def test_expected_similarity_differs_by_language(settings: Settings, store: Store) -> None:
    put(store, "a.txt", ["battery life"] * 40)
    index = index_of(settings, store)
    near, expected = index.search(QUERY, 1)
    assert set(expected) == {"en"}
    assert len(near) == 1
    assert expected["en"] == pytest.approx(dict(nearest(index))[1], abs=0.01)


def put_one(store: Store, name: str, collection: str, language: Language, text: str) -> str:
    vectors = HashingEmbedder().embed_documents([text])
    chunks = [Chunk(0, len(text), text, "", language, None)]
    return store.put(source(name, collection), Extracted(text, "text/plain"), language, chunks, vectors, "hashing-256")


def expected_of(index: VectorIndex) -> list[dict[Language, float]]:
    """What is usual for all, and for callers who may see some collections."""
    return [index.search(QUERY, 1, Scope(allowed=allowed))[1] for allowed in (None, ("one",), ("one", "two"), ("none",))]


CHANGES = st.tuples(
    st.sampled_from("abcd"), st.sampled_from(["one", "two"]), st.sampled_from(["zh", "en"]),
    st.sampled_from(["battery life", "battery", "boxes", ""]),
)  # fmt: skip


@given(st.lists(CHANGES, max_size=12), st.data())
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_usual_is_the_same_after_any_history(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str, Language, str]], data: st.DataObject
) -> None:
    """Put a document, or delete it with an empty text; asked in between, saved and read again."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"))
    store = Store(settings.database)
    index = index_of(settings, store)
    for name, collection, language, text in history:
        document_id = put_one(store, name, collection, language, text or "x")
        if not text:
            store.delete([document_id])
        match data.draw(st.sampled_from(["ask", "save", "read again", "nothing"])):
            case "ask":
                expected_of(index)
            case "save":
                index.save()
            case "read again":
                index.save()
                index = index_of(settings, store)
    fresh = VectorIndex(store, settings.data_dir / "absent", HashingEmbedder.dimension)
    for found, anew in zip(expected_of(index), expected_of(fresh), strict=True):
        assert found == pytest.approx(anew, abs=1e-6)
    store.close()


class RacingStore(Store):
    """Somebody ingests just when the keys of a scope are read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.racing = True

    def members(self, scope: Scope) -> KeySet:
        if self.racing:
            self.racing = False
            put_one(self, "late", "one", "en", "battery")
        return super().members(scope)


def test_what_is_usual_follows_a_change_that_came_between(settings: Settings) -> None:
    """The scope's keys name a chunk then that the index does not hold yet, and once it does they are the same."""
    store = RacingStore(settings.database)
    put_one(store, "early", "one", "en", "boxes")
    index, scope = index_of(settings, store), Scope(allowed=("one",))
    before = index.search(QUERY, 1, scope)[1]
    after = index.search(QUERY, 1, scope)[1]
    assert after["en"] > before["en"]
    assert after == index_of(settings, store).search(QUERY, 1, scope)[1]
    store.close()
