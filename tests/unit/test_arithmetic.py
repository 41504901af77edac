"""Numbers that an answer computes."""

from __future__ import annotations

import pytest

from service.grounding.arithmetic import calculation, with_calculations
from service.grounding.draft_parser import Drafted
from service.grounding.verifier import Verifier
from tests.fakes import HashingEmbedder, a_passage

ROW = "Article: NS-110 | Unit price (EUR): 12.40 | Minimum order: 50"
SPENT = "Of the approved budget of 1.85 million yuan, 1.12 million had been spent."
COST = "What does 500 pieces of NS-110 cost?"


@pytest.mark.parametrize(
    ("number", "question", "evidence", "expected"),
    [
        ("6200", COST, ROW, "500 × 12.4 = 6200"),
        ("6300", COST, ROW, None),
        ("0.73", "How much of the budget was left?", SPENT, "1.85 − 1.12 = 0.73"),
        ("0.73", "When was the budget approved?", SPENT, None),  # nothing was asked that is computed
        ("0.73", "预算还剩多少？", "预算 1.85 万元，已用 1.12 万元。", "1.85 − 1.12 = 0.73"),
        ("30", "How many people are there in all?", "There are 10 men and 20 women.", "10 + 20 = 30"),
        ("12.40", "What is the price?", "It is 12.40.", None),
        ("62", "How much is it?", " ".join(str(number) for number in range(61)), None),  # among so many any number is a sum
    ],
)
def test_numbers_are_computed_again(number: str, question: str, evidence: str, expected: str | None) -> None:
    assert calculation(number, question, evidence) == expected


def test_a_computed_number_is_supported_and_shows_how() -> None:
    verifier = Verifier(HashingEmbedder())
    found = verifier.verify(Drafted("500 pieces of NS-110 cost 6200 EUR.", ()), COST, [a_passage(ROW)])
    assert found is not None
    assert found.sentence.text == "500 pieces of NS-110 cost 6200 EUR (500 × 12.4 = 6200)."
    assert found.citations[0].quote == ROW
    assert verifier.verify(Drafted("500 pieces of NS-110 cost 6300 EUR.", ()), COST, [a_passage(ROW)]) is None
    plain = verifier.verify(Drafted("The unit price of NS-110 is 12.40 EUR.", ()), "What is its price?", [a_passage(ROW)])
    assert plain is not None
    assert "=" not in plain.sentence.text


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("It costs 4.", "It costs 4 (2 × 2 = 4)."), ("共 4 元。", "共 4 元 (2 × 2 = 4)。"), ("4", "4 (2 × 2 = 4)")],
)
def test_the_calculation_stands_before_the_end(sentence: str, expected: str) -> None:
    assert with_calculations(sentence, ["2 × 2 = 4"]) == expected
    assert with_calculations(sentence, []) == sentence
