from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from service.retrieval.batching import BatchingEmbedder
from tests.fakes import HashingEmbedder
from youju.embedding.base import Vectors

TEXTS = [f"question {number} about the battery 电池 {number % 7}" for number in range(50)]


class Held(HashingEmbedder):
    """Notes its batches. The first waits inside until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        self.entered, self.go_on = threading.Event(), threading.Event()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.entered.set()
        assert self.go_on.wait(30)
        if "poison" in texts:
            raise ValueError("cannot be embedded")
        return super().embed_queries(texts)


def all_waiting(batching: BatchingEmbedder, count: int) -> None:
    """Until so many wait behind the one that is inside."""
    while batching.waiting < count:
        time.sleep(0.001)  # threads: there is no event for having come to wait


def test_what_arrives_meanwhile_goes_in_one_call_with_equal_results() -> None:
    held = Held()
    batching = BatchingEmbedder(held, most=32)
    with ThreadPoolExecutor(len(TEXTS)) as pool:
        first = pool.submit(batching.embed_queries, TEXTS[:1])
        assert held.entered.wait(30)
        others = [pool.submit(batching.embed_queries, [text]) for text in TEXTS[1:]]
        all_waiting(batching, 49)
        held.go_on.set()
        found = np.concatenate([one.result(30) for one in [first, *others]])
    assert [len(batch) for batch in held.batches] == [1, 32, 17]
    np.testing.assert_allclose(found, HashingEmbedder().embed_queries(TEXTS), atol=1e-6)


def test_one_alone_is_embedded_at_once_and_several_texts_stay_together() -> None:
    held = Held()
    held.go_on.set()
    batching = BatchingEmbedder(held, most=2)
    for _ in range(3):
        assert batching.embed_queries(TEXTS[:3]).shape == (3, held.dimension)
    assert held.batches == [TEXTS[:3]] * 3


def test_an_error_reaches_every_caller_of_its_batch_and_nobody_else() -> None:
    held = Held()
    batching = BatchingEmbedder(held, most=3)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batching.embed_queries, ["a"])
        assert held.entered.wait(30)
        second = []
        for number, text in enumerate(["b", "poison", "c", "d"]):
            second.append(pool.submit(batching.embed_queries, [text]))
            all_waiting(batching, number + 1)  # in this order
        held.go_on.set()
        assert first.result(30).shape == second[3].result(30).shape == (1, held.dimension)
        for caller in second[:3]:
            with pytest.raises(ValueError, match="cannot be embedded"):
                caller.result(30)
    assert held.batches == [["a"], ["b", "poison", "c"], ["d"]]


def test_many_threads_over_and_over() -> None:
    """Nobody is forgotten, and nobody gets what another asked for."""
    batching, expected = BatchingEmbedder(HashingEmbedder(), most=4), HashingEmbedder().embed_queries(TEXTS)

    def ask(turn: int) -> bool:
        return bool(np.allclose(batching.embed_queries([TEXTS[turn % 50]])[0], expected[turn % 50], atol=1e-6))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(3000)))


class Apart(HashingEmbedder):
    """Questions that search are other vectors."""

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return -super().embed_queries(texts)


def test_what_searches_and_what_is_compared_are_kept_apart() -> None:
    batching = BatchingEmbedder(Apart())
    for _ in range(2):  # the second time they are remembered
        np.testing.assert_array_equal(batching.embed_retrieval_queries(TEXTS[:1]), -batching.embed_queries(TEXTS[:1]))
