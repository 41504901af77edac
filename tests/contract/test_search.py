"""Words, vectors and scopes of an index, held against plain computations over the same texts."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
import pytest

from service.retrieval.retriever import Retriever
from tests.contract.building import EMBEDDER, put, texts_of
from tests.fakes import HALF
from youju.embedding.base import Vectors
from youju.index.base.bm25 import word_weight
from youju.index.opening import Index
from youju.records import EVERYTHING, Chunk, Scope
from youju.text.language import passage_terms

WORDS = "lid cable battery charge green red old new warm cold box lamp".split()


def fill(index: Index, seed: int = 5, documents: int = 12) -> dict[int, tuple[str, str]]:
    """Random documents of two collections, some deleted again; key -> (collection, text) of what is there."""
    rng, ids = random.Random(seed), []
    for number in range(documents):
        texts = [" ".join(rng.choices(WORDS, k=rng.randint(1, 9))) for _ in range(rng.randint(1, 6))]
        texts.append("电池很耐用" + "红色的盖子" * rng.randint(0, 2))
        ids.append(put(index.store, f"{number}.txt", texts, "ab"[number % 2]))
    index.store.delete(ids[::5])
    held: dict[int, tuple[str, str]] = {}
    for collection in "ab":
        keys = index.store.keys(Scope(collection)).tolist()
        held |= {key: (collection, text) for key, text in zip(keys, texts_of(index.store, keys), strict=True)}
    return held


def bags(index: Index, held: dict[int, tuple[str, str]]) -> dict[int, Counter[str]]:
    titles: dict[int, str] = {}
    for document in index.store.documents():
        titles |= dict.fromkeys(index.store.keys(Scope(document_ids=(document.id,))).tolist(), document.title)
    return {
        key: Counter(passage_terms(Chunk(0, len(text), text, "", "en", None).embedded_text(titles[key])))
        for key, (_, text) in held.items()
    }


def expected_scores(words: list[str], every: dict[int, Counter[str]], seen: set[int], within: set[int]) -> dict[int, float]:
    """BM25 with weights counted over what is seen, and the mean length of all."""
    mean = sum(bag.total() for bag in every.values()) / len(every)
    found: dict[int, float] = {}
    for word in dict.fromkeys(words):
        weight = word_weight(len(seen), sum(word in every[key] for key in seen))
        for key in within:
            if tf := every[key][word]:
                found[key] = found.get(key, 0.0) + weight * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * every[key].total() / mean))
    return found


@pytest.mark.parametrize("allowed", [None, ("a",), ("b", "none")])
@pytest.mark.parametrize("scope", [EVERYTHING, Scope("a"), Scope(uri_prefix="1"), Scope(language="zh")])
def test_words_score_as_bm25_says(index: Index, scope: Scope, allowed: tuple[str, ...] | None) -> None:
    held = fill(index)
    every, rng = bags(index, held), random.Random(1)
    seen = {key for key, (collection, _) in held.items() if allowed is None or collection in allowed}
    store = index.store.limited_to(allowed)
    within = set(store.keys(scope).tolist())
    assert within <= seen
    for _ in range(10):
        words = rng.choices([*WORDS, "电池", "nowhere"], k=rng.randint(1, 5))
        found = store.search_words(words, 500, scope)
        expected = expected_scores(words, every, seen, within)
        assert found.keys() == expected.keys()
        assert all(math.isclose(found[key], expected[key], rel_tol=1e-9, abs_tol=1e-12) for key in expected)
        assert list(found.values()) == sorted(found.values(), reverse=True)
        best = store.search_words(words, 3, scope)
        assert sorted(best.values(), reverse=True) == sorted(expected.values(), reverse=True)[:3] or np.allclose(
            sorted(best.values(), reverse=True), sorted(expected.values(), reverse=True)[:3], rtol=1e-9
        )
        counts = store.word_counts(words)
        assert counts == {word: sum(word in every[key] for key in seen) for word in words}
    assert store.search_words([], 5, scope) == {}


def test_chunks_that_hold_all_words(index: Index) -> None:
    store = index.store
    document_id = put(store, "a.txt", ["green lid", "green green lid lid", "green", "lid"])
    other = put(store, "b.txt", ["lid green"], "other")
    found = store.mentioning(["green", "lid"])
    assert {document for _, document in found} == {document_id, other}
    assert len(found) == 3
    assert texts_of(store, [found[0][0]]) == ["green green lid lid"]
    assert store.mentioning(["green", "lid"], Scope("other")) == [(int(store.keys(Scope("other"))[0]), other)]
    assert store.limited_to(("default",)).mentioning(["green", "lid"], Scope("other")) == []
    assert store.mentioning([]) == store.mentioning(["green", "nowhere"]) == []


def test_words_are_taken_literally(index: Index) -> None:
    store = index.store
    put(store, "a.txt", ['set --no-color and C++ or 5% of "x" it\'s key_name'])
    for word in passage_terms('set --no-color and C++ or 5% of "x" it\'s key_name'):
        assert store.word_counts([word])[word] == 1, word
        assert len(store.search_words([word], 5)) == 1
    for sign in ('"', "'", "*", "NEAR", "a AND b", "col:", "(", "%", "_", "\\", "a''b", '""'):
        store.search_words([sign], 5)
        store.holding([sign])
        store.word_counts([sign])


def test_which_words_are_held_also_side_by_side(index: Index) -> None:
    store = index.store
    put(store, "a.txt", ["alpha beta gamma", "beta alpha"], "mine")
    put(store, "b.txt", ["gamma delta"], "other")
    assert store.holding(["alpha", "delta", "nowhere"]) == {"alpha", "delta"}
    pairs = {"alpha beta", "beta alpha", "gamma delta"}
    assert store.holding([*pairs, "alpha gamma"]) == pairs
    assert store.limited_to(("mine",)).holding(["gamma delta", "delta", "alpha beta"]) == {"alpha beta"}
    assert store.holding([]) == set()


def test_words_that_differ_by_a_slip(index: Index) -> None:
    store = index.store
    put(store, "a.txt", ["the battery and the butter"])
    put(store, "b.txt", ["a batterx"], "other")
    assert store.words_near("batterj")[0] == "batteri"
    assert "batterx" not in store.limited_to(("default",)).words_near("batterj")


def nearest(query: Vectors, rows: dict[int, Vectors], limit: int) -> list[int]:
    return sorted(rows, key=lambda key: (-float(rows[key] @ query), key))[:limit]


@pytest.mark.parametrize("allowed", [None, ("a",)])
@pytest.mark.parametrize("scope", [EVERYTHING, Scope("a"), Scope("b"), Scope(uri_prefix="1"), Scope(language="zh")])
def test_the_nearest_are_those_of_a_plain_scan(index: Index, scope: Scope, allowed: tuple[str, ...] | None) -> None:
    held = fill(index)
    query = EMBEDDER.embed_queries(["green battery box"])[0]
    rows = dict(zip(held, EMBEDDER.embed_documents([text for _, text in held.values()]), strict=True))
    within = set(index.store.limited_to(allowed).keys(scope).tolist())
    near, usual = index.vectors(EMBEDDER).search(query, 4, scope.within(allowed))
    for language in ("en", "zh"):
        own = [one for one in near if one.language == language]
        mine = {key: rows[key] for key in within if index_language(held[key][1]) == language}
        expected = sorted((float(rows[key] @ query) for key in mine), reverse=True)[:4]
        assert np.allclose([one.similarity for one in own], expected, atol=HALF)
        assert {one.key for one in own} <= set(mine)
    seen = [key for key, (collection, _) in held.items() if allowed is None or collection in allowed]
    assert usual.keys() == {index_language(held[key][1]) for key in seen}
    overall = np.mean([rows[key] for key in seen], axis=0)
    for language, similarity in usual.items():
        mine = {key: rows[key] for key in seen if index_language(held[key][1]) == language}
        average = (np.sum(list(mine.values()), axis=0) + 5 * overall) / (len(mine) + 5)
        assert similarity == pytest.approx(float(average @ query), abs=HALF)


def test_a_language_is_searched_with_what_stands_in_for_the_query_there(index: Index) -> None:
    held = fill(index)
    query, other = EMBEDDER.embed_queries(["green battery box", "电池"])
    rows = dict(zip(held, EMBEDDER.embed_documents([text for _, text in held.values()]), strict=True))
    last = nearest(other, {key: rows[key] for key in held if index_language(held[key][1]) == "zh"}, 1000)[-1]
    near, usual = index.vectors(EMBEDDER).search(query, 3, also=[last], moved={"zh": other})
    for one in near:
        asked = other if one.language == "zh" else query
        assert one.similarity == pytest.approx(float(rows[one.key] @ asked), abs=HALF)
    assert last in {one.key for one in near}
    plain, unmoved = index.vectors(EMBEDDER).search(query, 3)
    assert [one.key for one in near if one.language == "en"] == [one.key for one in plain if one.language == "en"]
    assert usual["en"] == pytest.approx(unmoved["en"])
    assert usual["zh"] != pytest.approx(unmoved["zh"], abs=HALF)


def index_language(text: str) -> str:
    return "zh" if "电" in text else "en"


def test_further_chunks_are_looked_at_wherever_they_rank(index: Index) -> None:
    held = fill(index)
    query = EMBEDDER.embed_queries(["green"])[0]
    vectors = index.vectors(EMBEDDER)
    last = nearest(query, dict(zip(held, EMBEDDER.embed_documents([t for _, t in held.values()]), strict=True)), 1000)[-1]
    near, _ = vectors.search(query, 2, also=[last, 10**9])
    assert [one.key for one in near].count(last) == 1
    assert len(near) == 5
    assert len(vectors) == len(held)


def test_nothing_is_near_in_an_empty_index(index: Index) -> None:
    query = EMBEDDER.embed_queries(["green"])[0]
    assert index.vectors(EMBEDDER).search(query, 5) == ([], {})
    assert index.store.search_words(["green"], 5) == {}
    assert index.store.dimension() == len(index.store.keys(EVERYTHING)) == index.store.count_chunks() == 0
    assert index.store.embedder() is None


def test_a_question_finds_what_another_program_has_just_committed(index: Index) -> None:
    put(index.store, "a.txt", ["the box is green", "a cable of two metres"])
    retriever = Retriever(index.store, index.vectors(EMBEDDER), EMBEDDER)
    assert retriever.retrieve("Which box is green?", 1)[0].text == "the box is green"
    document_id = put(index.store, "b.txt", ["the lamp is warm"])
    assert retriever.retrieve("Is the lamp warm?", 1)[0].text == "the lamp is warm"
    index.store.delete([document_id])
    assert all(one.document.id != document_id for one in retriever.retrieve("Is the lamp warm?", 8))
    only = retriever.retrieve("Is the lamp warm?", 8, Scope(document_ids=("no such",)))
    assert only == []
