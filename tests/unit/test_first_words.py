"""The odds of two words at the beginning of an answer, from what a server tells of its most probable tokens."""

from __future__ import annotations

import math
from typing import Any

import pytest

from service.generation.base import log_chances
from service.generation.streaming import likely_tokens


def odds(likely: dict[str, float], first: str, second: str) -> float | None:
    told = log_chances(likely, (first, second))
    return None if told is None else told[0] - told[1]


def test_the_odds_are_the_difference_of_log_probabilities() -> None:
    assert odds({"Yes": -0.5, "No": -2.0, "The": -3.0}, "Yes", "No") == pytest.approx(1.5)
    assert odds({"Yes": -0.5, "No": -2.0, "The": -3.0}, "No", "Yes") == pytest.approx(-1.5)


def test_a_word_may_begin_with_several_tokens() -> None:
    likely = {"Yes": math.log(0.3), "Y": math.log(0.1), " Yes": math.log(0.2), "No": math.log(0.3)}
    assert odds(likely, "Yes", "No") == pytest.approx(math.log(2))
    assert odds({"未": -0.1, "找": -3.0}, "未找到", "找到") == pytest.approx(2.9)


def test_a_token_that_begins_both_tells_nothing() -> None:
    assert odds({"n": -0.1, "not": -1.0, "none": -2.0}, "not", "none") == pytest.approx(1.0)
    assert odds({"n": -0.1, " ": -0.2}, "not", "none") is None


def test_a_word_that_is_not_told_is_at_most_as_probable_as_the_least() -> None:
    assert odds({"Yes": -0.5, "The": -4.0}, "Yes", "No") == pytest.approx(3.5)
    assert odds({"The": -0.5}, "Yes", "No") is None
    assert odds({}, "Yes", "No") is None


def test_of_many_words_each_is_told() -> None:
    told = log_chances({"B": -0.2, "A": -2.0, "0": -3.0, "The": -6.0}, "ABC0")
    assert told == [-2.0, -0.2, -6.0, -3.0]


def event(*tops: tuple[str, Any]) -> dict[str, Any]:
    told = [{"token": token, "logprob": chance} for token, chance in tops]
    return {"choices": [{"delta": {"content": "x"}, "logprobs": {"content": [{"token": "x", "top_logprobs": told}]}}]}


def test_what_an_event_tells() -> None:
    assert likely_tokens(event(("Yes", -0.5), ("No", -1), ("�", -3.0), ("�", -2.0))) == {"Yes": -0.5, "No": -1, "�": -2.0}
    assert likely_tokens(event(("Yes", -0.5), ("No", -math.inf))) == {"Yes": -0.5}


@pytest.mark.parametrize(
    "silent",
    [
        {},
        {"choices": []},
        {"choices": [{"delta": {}}]},
        {"choices": [{"logprobs": None}]},
        {"choices": [{"logprobs": {"content": []}}]},
    ],
)
def test_a_server_may_tell_nothing(silent: dict[str, Any]) -> None:
    assert likely_tokens(silent) == {}


@pytest.mark.parametrize(
    "rubbish",
    [
        {"choices": [3]},
        {"choices": [{"logprobs": 3}]},
        {"choices": [{"logprobs": {"content": 3}}]},
        {"choices": [{"logprobs": {"content": [1]}}]},
        {"choices": [{"logprobs": {"content": [{"top_logprobs": [{}]}]}}]},
        event(("x", "much")),
        event(("x", None)),
    ],
)
def test_rubbish_is_refused(rubbish: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not made as|could not convert"):
        likely_tokens(rubbish)
