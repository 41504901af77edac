"""Postings as PostgreSQL keeps them: packed, cut into rows, joined again."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from youju.index.postgres.postings import ROW, Postings, Row, joined, rows_of


def unpacked(rows: list[Row]) -> dict[str, dict[int, tuple[int, int]]]:
    """Word -> key -> how often and of how many words, read row by row and all at once."""
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for row in rows:
        one = Postings.of([row[2:]])
        assert (one.keys[0], one.keys[-1], len(one.keys)) == row[2:5]
        found.setdefault(row.word, {}).update(
            zip(one.keys.tolist(), zip(one.times.tolist(), one.lengths.tolist(), strict=True), strict=True)
        )
    every = Postings.of([row[2:] for row in rows])
    assert every.keys.tolist() == [key for row in rows for key in Postings.of([row[2:]]).keys.tolist()]
    return found


def expected(bags: dict[int, list[str]]) -> dict[str, dict[int, tuple[int, int]]]:
    found: dict[str, dict[int, tuple[int, int]]] = {}
    for key, bag in bags.items():
        for word, times in Counter(bag).items():
            found.setdefault(word, {})[key] = (times, len(bag))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_what_is_packed_comes_out(seed: int) -> None:
    rng = random.Random(seed)
    keys = sorted(rng.sample(range(1, 10 ** rng.choice([4, 9, 17])), 600))
    words = [f"w{number}" for number in range(40)]
    bags = {key: rng.choices(words, k=rng.choice([0, 1, 5, 200])) for key in keys}
    rows = rows_of("c", bags)
    assert unpacked(rows) == expected(bags)
    assert all(row.collection == "c" and row.chunks <= ROW for row in rows)
    assert Counter(row.word for row in rows) == {word: -(-len(held) // ROW) for word, held in expected(bags).items()}


def test_rows_of_a_word_are_joined_while_they_are_behind_each_other_and_have_room() -> None:
    bags = {key: ["lid"] * (key % 3 + 1) for key in range(1, 1000, 3)}
    parts = [dict(list(bags.items())[start : start + 9]) for start in range(0, len(bags), 9)]
    rows = [row for part in parts for row in rows_of("c", part)]
    assert len(rows) == len(parts)
    fewer = list(joined(rows))
    assert len(fewer) == 2
    assert fewer[0].chunks > ROW - 9
    assert unpacked(fewer) == expected(bags)
    between = rows_of("c", {2: ["lid"], 500: ["lid"]})
    assert unpacked(list(joined(sorted([*rows[:2], *between])))) == expected(dict(list(bags.items())[:18])) | {
        "lid": expected(dict(list(bags.items())[:18]))["lid"] | {2: (1, 1), 500: (1, 1)}
    }


def test_nothing_is_no_row() -> None:
    assert rows_of("c", {}) == rows_of("c", {1: []}) == []
    assert np.array_equal(Postings.of([]).keys, [])
