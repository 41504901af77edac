"""Words kept in memory score as FTS5 does, whatever came and went."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.conftest import counting_rows
from tests.unit.test_store import put
from youju.index.sqlite.postings import KnownPostings, Posting, Postings
from youju.index.sqlite.store import Store
from youju.records import Scope

NEVER = 10**9
VOCABULARY = ("battery", "box", "bag", "lid", "cable", "电池", "寿命", "3.5", "c++", "everywhere")
QUERIES = (["batteri"], ["batteri", "box", "lid"], ["电池", "3.5", "c++"], ["everywher"], ["none"], ["box"] * 2)
SCOPES = (
    Scope(),
    Scope("one"),
    Scope(allowed=("one",)),
    Scope("two", allowed=("one", "two")),
    Scope(uri_prefix="a"),
    Scope("x"),
)


def text_of(number: int) -> str:
    rng = random.Random(number)
    return " ".join(["everywhere", *rng.choices(VOCABULARY[:-1], k=rng.randrange(1, 12))])


def both(path: Path) -> tuple[Store, Store]:
    """One that keeps words from the first chunk on, and one that never does, of the same file."""
    return Store(path, many=0), Store(path, many=NEVER)


def assert_alike(first: dict[int, float], second: dict[int, float]) -> None:
    """The same scores; of equal ones at the end either may be left out."""
    assert list(first.values()) == pytest.approx(list(second.values()), abs=1e-9)
    least = min(first.values(), default=0.0) + 1e-9
    assert {key for key, score in first.items() if score > least} == {key for key, score in second.items() if score > least}
    assert all(score == pytest.approx(second[key], abs=1e-9) for key, score in first.items() if key in second)


def put_filling(store: Store) -> None:
    """So that no word stands in more than half of all chunks."""
    put(store, "filling", [f"filling {number}" for number in range(150)], "two")


def compare(kept: Store, plain: Store, limits: Sequence[int] = (2, 100)) -> None:
    for scope in SCOPES:
        for query in QUERIES:
            for limit in limits:
                assert_alike(kept.search_words(query, limit, scope), plain.search_words(query, limit, scope))
        limited = [store.limited_to(("one",)) for store in (kept, plain)]
        words = [word for query in QUERIES for word in query]
        assert limited[0].word_counts(words) == limited[1].word_counts(words)
        assert kept.word_counts(words) == plain.word_counts(words)


CHANGES = st.tuples(
    st.sampled_from("abc"), st.sampled_from(["one", "two"]), st.integers(0, 9), st.integers(0, 99), st.booleans()
)


@given(st.lists(CHANGES, min_size=1, max_size=8))
@hypothesis_settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
def test_kept_words_score_as_fts5_after_any_history(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, str, int, int, bool]]
) -> None:
    kept, plain = both(tmp_path_factory.mktemp("words") / "youju.db")
    put_filling(plain)
    for name, collection, count, first, is_deleted in history:
        document_id = put(plain, name, [text_of(number) for number in range(first, first + count)], collection)
        if is_deleted:
            compare(kept, plain, [3])
            plain.delete([document_id])
        compare(kept, plain)
    kept.close()
    plain.close()


def test_what_is_deleted_is_not_found_by_kept_words(tmp_path: Path) -> None:
    kept, plain = both(tmp_path / "youju.db")
    document_id = put(plain, "a", ["a battery", "another battery"])
    put(plain, "b", ["one more battery", "a box"])
    assert kept.search_words(["batteri"], 10).keys() == {1, 2, 3}
    plain.delete([document_id])
    assert kept.search_words(["batteri"], 10).keys() == {3}
    kept.close()
    plain.close()


def test_a_word_is_read_once(tmp_path: Path) -> None:
    kept, plain = both(tmp_path / "youju.db")
    put(plain, "a", [f"battery {number}" for number in range(200)])
    kept.search_words(["batteri"], 5)
    put(plain, "b", ["a box"])
    with counting_rows(kept) as read:
        assert len(kept.search_words(["batteri"], 5)) == 5
    assert read.count < 20
    put(plain, "c", ["a battery"])
    assert 202 in kept.search_words(["batteri"], 300)
    kept.close()
    plain.close()


def test_words_that_most_chunks_hold_weigh_nearly_nothing(tmp_path: Path) -> None:
    kept, plain = both(tmp_path / "youju.db")
    put(plain, "a", [text_of(number) for number in range(60)])
    for query in (["everywher", "box"], ["everywher"], ["everywher", "none"]):
        for limit in (3, 60):
            assert_alike(kept.search_words(query, limit), plain.search_words(query, limit))
    kept.close()
    plain.close()


def test_what_was_asked_longest_ago_goes_first() -> None:
    known = KnownPostings(kept=40)
    one = Posting(1, np.zeros(2, np.int32), np.zeros(2, np.uint16), known.lengths.state)  # 12 bytes
    for word in ("a", "b", "c"):
        known.put(word, one)
    known.get("a")
    known.put("d", one)
    assert [known.get(word) is one for word in "abcd"] == [True, False, True, True]
    known.put("b", replace(one, state=("another index", 1)))
    assert known.get("b").last == 0


def test_behind_a_commit_only_what_it_added_is_read(tmp_path: Path) -> None:
    kept, plain = both(tmp_path / "youju.db")
    put(plain, "a", [f"battery {number}" for number in range(200)])
    kept.search_words(["batteri"], 5)
    put(plain, "b", ["a battery and another battery"])
    with counting_rows(kept) as read:
        found = kept.search_words(["batteri"], 5)
    assert read.count < 20
    assert next(iter(found)) == 201
    assert_alike(found, plain.search_words(["batteri"], 5))
    kept.close()
    plain.close()


def test_a_reader_in_an_earlier_state_is_not_misled_by_later_ones(tmp_path: Path) -> None:
    """What others have read of a later state meanwhile holds chunks that an earlier one does not know."""
    kept, plain = both(tmp_path / "youju.db")
    gone = put(plain, "a", ["a battery", "a box"])
    put(plain, "b", ["one more battery"])
    kept.search_words(["batteri"], 5)
    earlier, words = kept._postings.lengths, Postings(kept.database, kept._postings)
    plain.delete([gone])
    put(plain, "c", ["battery and battery"])
    assert kept.search_words(["batteri"], 5).keys() == {3, 4}
    assert words.of("batteri", earlier).keys.tolist() == [3]
    assert words.of("batteri", replace(earlier, state=("another index", 1))).last == earlier.last
    assert kept.search_words(["batteri"], 5).keys() == {3, 4}
    kept.close()
    plain.close()
