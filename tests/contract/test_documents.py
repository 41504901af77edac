"""Documents of an index: stored, replaced, linked, moved, deleted; who sees what."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from tests.contract.building import EMBEDDER, put, source, texts_of
from tests.fakes import HALF, HashingEmbedder
from youju.errors import EmbedderMismatch, UnknownCollection, UnknownDocument
from youju.index.base.packing import content_hash
from youju.index.opening import Index, open_index
from youju.records import EVERYTHING, Box, Chunk, Extracted, Failure, Scope, Scores
from youju.settings import Settings


def test_what_is_put_is_read_again(index: Index) -> None:
    store = index.store
    texts = ["The battery lasts 8 hours \U0001f50b.", "电池可用八小时。"]
    document_id = put(store, "a.txt", texts, original=b"%PDF the file")
    document = store.document(document_id)
    assert (document.uri, document.title, document.collection, document.chunks) == ("a.txt", "a.txt", "default", 2)
    assert store.text(document_id) == "\n".join([*texts, ""])
    assert document.characters == len(store.text(document_id))
    assert store.excerpt(document_id, 4, 11) == "battery"
    assert store.excerpt(document_id, len(texts[0]) + 1, len(texts[0]) + 3) == "电池"
    assert store.original(document_id) == b"%PDF the file"
    assert texts_of(store, store.keys(EVERYTHING).tolist()) == texts
    assert store.dimension() == EMBEDDER.dimension
    assert store.embedder() == EMBEDDER.fingerprint


def test_signs_of_every_kind_come_back(index: Index) -> None:
    """NUL is in no text: loaders take it out."""
    text = "%s %(x)s ? :name {brace} \\ \" ' \u200b\u2028 $1 \U00020000 end"
    document_id = put(index.store, "50% 'off'.txt", [text], collection="a % ? b")
    assert index.store.text(document_id) == text + "\n"
    assert index.store.document(document_id).uri == "50% 'off'.txt"
    assert index.store.collections() == {"a % ? b": 1}
    assert len(index.store.keys(Scope(uri_prefix="50% '"))) == 1
    assert len(index.store.keys(Scope(uri_prefix="50_ '"))) == 0


def test_putting_again_replaces_and_keeps_the_id(index: Index) -> None:
    store = index.store
    first = put(store, "a.txt", ["old words"])
    before = store.keys(EVERYTHING).tolist()
    assert put(store, "a.txt", ["new words", "more words"]) == first
    after = store.keys(EVERYTHING).tolist()
    assert len(after) == 2
    assert min(after) > max(before)  # a key is never used twice
    assert store.search_words(["old"], 10) == {}
    assert store.count_documents() == 1


def test_what_is_deleted_is_gone_at_once(index: Index) -> None:
    store, vectors = index.store, index.vectors(EMBEDDER)
    kept, gone = put(store, "a.txt", ["the green lid"]), put(store, "b.txt", ["the red lid"], original=b"%PDF")
    query = EMBEDDER.embed_queries(["red lid"])[0]
    key = vectors.search(query, 1)[0][0].key
    assert store.delete([gone, "no such"]) == 1
    with pytest.raises(UnknownDocument):
        store.document(gone)
    with pytest.raises(UnknownDocument):
        store.text(gone)
    assert store.original(gone) is None
    assert store.search_words(["red"], 10) == {}
    assert store.word_counts(["red", "lid"]) == {"red": 0, "lid": 1}
    assert key not in [one.key for one in vectors.search(query, 10, also=[key])[0]]
    assert store.passages({key: Scores(1, 1, 1)}) == []
    assert [one.id for one in store.documents()] == [kept]
    assert store.locations("default")[0].document_id == kept


def test_every_change_raises_the_sequence_and_no_failure_does(index: Index) -> None:
    store = index.store
    seen = [store.sequence()]
    document_id = put(store, "a.txt", ["one"])
    seen.append(store.sequence())
    store.link(source("copy.txt", digest="a.txt one\n"))
    seen.append(store.sequence())
    store.delete([document_id])
    seen.append(store.sequence())
    assert seen == sorted(set(seen))
    put(store, "a.txt", ["one"])
    now = store.sequence()
    with pytest.raises(EmbedderMismatch):
        store.put(source("b.txt"), Extracted("x", "text/plain"), "en", [], np.zeros((0, 4), np.float32), "other")
    assert store.sequence() == now
    assert store.changed_at() is not None


def test_the_identity_is_that_of_the_index(index: Index, settings: Settings) -> None:
    again = open_index(settings)
    assert again.store.identity() == index.store.identity() != ""
    again.close()


def test_the_same_content_in_two_places_is_one_document(index: Index) -> None:
    store = index.store
    document_id = put(store, "a.txt", ["words"], digest="same")
    assert store.link(source("b.txt", digest="same")) == document_id
    assert store.link(source("c.md", digest="same")) is None  # would be read in another way
    assert store.link(source("c.txt", "other", digest="same")) is None
    assert store.document(document_id).also_at == ("b.txt",)
    assert store.forget("default", ["/folder/a.txt"]) == 0
    assert store.document(document_id).uri == "b.txt"
    assert store.link(source("moved.txt", digest="same"), moved_from="/folder/b.txt") == document_id
    assert [one.uri for one in store.locations("default")] == ["moved.txt"]
    assert store.forget("default", ["/folder/moved.txt", "/folder/none"]) == 1
    assert store.count_documents() == 0


def test_touching_notes_where_and_when(index: Index) -> None:
    store = index.store
    put(store, "a.txt", ["words"], digest="x")
    store.touch([replace(source("a.txt", digest="x"), uri="./a.txt", modified_ns=7, size=3), source("unknown.txt")])
    place = store.location("default", "/folder/a.txt")
    assert place is not None
    assert (place.uri, place.modified_ns, place.size) == ("./a.txt", 7, 3)
    assert store.location("default", "/folder/unknown.txt") is None


def test_an_embedder_other_than_its_own_is_refused(index: Index) -> None:
    store = index.store
    store.require_embedder("any")
    put(store, "a.txt", ["words"])
    with pytest.raises(EmbedderMismatch, match="hashing-256, not other"):
        store.require_embedder("other")
    with pytest.raises(EmbedderMismatch):
        store.put(source("b.txt"), Extracted("x", "text/plain"), "en", [], np.zeros((0, 4), np.float32), "other")
    assert store.count_documents() == 1


def test_vectors_are_found_again_by_their_content(index: Index) -> None:
    store = index.store
    put(store, "a.txt", ["alpha beta", "gamma"])
    known = content_hash(Chunk(0, 5, "gamma", "", "en", None).embedded_text("a.txt"))
    found = store.vectors_of([known, "no such"])
    assert list(found) == [known]
    assert np.allclose(found[known], EMBEDDER.embed_documents(["gamma"])[0], atol=HALF)
    assert store.limited_to(("other",)).vectors_of([known]) == {}


def test_pages_of_documents_have_one_order(index: Index) -> None:
    store = index.store
    for number in random.Random(3).sample(range(7), 7):
        put(store, f"{number}.txt", [f"text {number}"], collection="ab"[number % 2])
    every = [one.uri for one in store.documents()]
    assert every == ["0.txt", "2.txt", "4.txt", "6.txt", "1.txt", "3.txt", "5.txt"]
    assert [one.uri for one in store.documents(None, 2, 3)] == every[2:5]
    assert [one.uri for one in store.documents("b", 1, None)] == ["3.txt", "5.txt"]
    assert (store.count_documents(), store.count_documents("b"), store.count_documents("c")) == (7, 3, 0)
    assert store.collections() == {"a": 4, "b": 3}
    with pytest.raises(UnknownCollection):
        store.require_collection("c")


def test_a_limited_store_knows_nothing_of_the_rest(index: Index) -> None:
    store = index.store
    mine, other = put(store, "a.txt", ["green lid"], "mine"), put(store, "b.txt", ["red lid"], "other", original=b"%PDF")
    limited = store.limited_to(("mine",))
    assert limited.allowed == ("mine",)
    assert limited.collections() == {"mine": 1}
    assert (limited.count_documents(), limited.count_chunks()) == (1, 1)
    assert limited.original(other) is None
    assert limited.locations("other") == []
    assert limited.delete([other]) == limited.forget("other", ["/folder/b.txt"]) == 0
    for ask in (limited.document, limited.text, limited.outlines.get):
        with pytest.raises(UnknownDocument):
            ask(other)
    assert limited.word_counts(["red", "lid"]) == {"red": 0, "lid": 1}
    assert limited.holding(["red", "green"]) == {"green"}
    assert texts_of(limited, store.keys(EVERYTHING).tolist()) == ["green lid"]
    assert limited.limited_to(("other",)).collections() == {}
    assert store.document(mine).collection == "mine"
    assert store.limited_to(()).documents() == []


def test_places_on_pages_are_kept(index: Index) -> None:
    boxes = (Box(0, 3, 1, 0.1, 0.2, 0.3, 0.4), Box(4, 7, 2, 0.5, 0.6, 0.7, 0.8))
    extracted = Extracted("one two", "application/pdf", "T", page_starts=(0, 4), boxes=boxes)
    chunks, vectors = [Chunk(4, 7, "two", "Head", "en", 2)], EMBEDDER.embed_documents(["two"])
    document_id = index.store.put(source("a.pdf"), extracted, "en", chunks, vectors, EMBEDDER.fingerprint)
    assert index.store.document(document_id).page_starts == (0, 4)
    assert [box.page for box in index.store.boxes(document_id, 3, 5)] == [2]
    (passage,) = index.store.passages({int(index.store.keys(EVERYTHING)[0]): Scores(0.5, 0.25, 0.75, 0.1)})
    assert (passage.page, passage.heading, passage.start, passage.end, passage.scores.fused) == (2, "Head", 4, 7, 0.75)


def test_failures_are_noted_until_the_file_is_read_or_gone(index: Index) -> None:
    store = index.store
    first, second = (Failure("default", f"/folder/{n}", n, 1, 2, "r", "broken", "2026-01-01") for n in ("a.txt", "b.txt"))
    store.record_failures([first, second])
    store.record_failures([replace(first, reason="still broken")])
    assert [(one.uri, one.reason) for one in store.failures()] == [("a.txt", "still broken"), ("b.txt", "broken")]
    put(store, "a.txt", ["words"])
    assert store.count_failures() == 1
    assert store.limited_to(("other",)).failures() == []
    store.forget_failures("default", ["/folder/b.txt"])
    assert store.failures("default") == []


@pytest.mark.parametrize("data", [b"", bytes(range(256)), b"the same " * 4000], ids=["empty", "dense", "loose"])
def test_originals_that_are_lacking_can_be_added(index: Index, data: bytes) -> None:
    store = index.store
    extracted = Extracted("x", "application/pdf", "T")
    document_id = store.put(source("a.pdf"), extracted, "en", [], np.zeros((0, 4), np.float32), EMBEDDER.fingerprint)
    assert store.lacking_originals("default") == {"/folder/a.pdf": document_id}
    store.add_original(document_id, data)
    store.add_original("no such", b"x")
    assert store.original(document_id) == data
    assert store.lacking_originals("default") == {}
    assert store.document(document_id).page_pictures


@pytest.mark.parametrize("seed", range(3))
def test_any_history_ends_as_what_it_says(index: Index, settings: Settings, seed: int) -> None:
    """Random puts, links and deletions beside a plain dictionary of what is at each place."""
    rng, store, at = random.Random(seed), index.store, dict[tuple[str, str], str]()
    vectors = index.vectors(HashingEmbedder())
    for _ in range(30):
        collection, name, word = rng.choice("ab"), f"{rng.randrange(4)}.txt", f"word{rng.randrange(6)}"
        act = rng.choice(("put", "put", "link", "delete", "forget"))
        if act == "put":
            put(store, name, [f"{word} in it", f"{word} again"], collection, digest=word)
            at[collection, name] = word
        elif act == "link" and word in {held for (where, _), held in at.items() if where == collection}:
            assert store.link(source(name, collection, word)) is not None
            at[collection, name] = word
        elif act == "forget":
            store.forget(collection, [f"/folder/{name}"])
            at.pop((collection, name), None)
        elif act == "delete" and (place := store.location(collection, f"/folder/{name}")):
            gone = {("/folder/" + n) for (c, n) in at if c == collection} & {
                one.path_key for one in store.locations(collection) if one.document_id == place.document_id
            }
            store.delete([place.document_id])
            for path_key in gone:
                del at[collection, path_key.removeprefix("/folder/")]
        for one in "ab":
            places = {location.path_key: location.digest for location in store.locations(one)}
            assert places == {f"/folder/{n}": held for (c, n), held in at.items() if c == one}
        keys = store.keys(EVERYTHING).tolist()
        assert sorted(vectors.keys().tolist()) == keys
        assert len(keys) == store.count_chunks() == sum(document.chunks for document in store.documents())
        held = {f"word{n}" for n in range(6) if store.word_counts([f"word{n}"])[f"word{n}"]}
        assert held == set(at.values())
    assert open_index(settings).store.collections() == store.collections()
