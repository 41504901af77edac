"""What words weigh."""

from __future__ import annotations

import math

import pytest

from youju.index.base.bm25 import LEAST, word_weight


def test_rare_words_weigh_more_and_common_ones_the_least() -> None:
    assert word_weight(100, 1) == pytest.approx(math.log(99.5 / 1.5))
    assert word_weight(100, 1) > word_weight(100, 2) > word_weight(100, 60) == LEAST


def test_a_count_of_a_later_state_is_no_error() -> None:
    assert word_weight(3, 5) == LEAST
    assert word_weight(0, 0) == LEAST
