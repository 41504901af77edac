"""Numbers that an answer computes."""

from __future__ import annotations

import pytest

from service.grounding.arithmetic import calculation, misstates_difference, remainder, with_calculations
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


def test_numbers_of_different_units_have_no_sum() -> None:
    assert calculation("30", "How much is it in all?", "10 kg and 20 kg") == "10 + 20 = 30"
    assert calculation("30", "How much is it in all?", "10 kg and 20 days") is None


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("How much of the budget was left?", SPENT, "1.85 million yuan − 1.12 million = 0.73 million yuan"),
        ("预算还剩多少？", "项目预算 500 万元，已经用了 120 万元。", "500 万元 − 120 万元 = 380 万元"),
        ("How many days do I have left?", "Of 15 days of leave 3 days are taken.", "15 days − 3 days = 12 days"),
        ("How many days do I have left?", "Of 15 days of leave 3 hours are taken.", None),
        ("How many days do I have left?", "Of 15 days of leave 3 days are taken, so 12 days are left.", None),
        ("How many days do I have left?", "Of 15 days 3 days are taken and 2 days are booked.", None),
        (
            "How many days do I have left?",
            "There are 15 days of leave and 3 days of travel.",
            None,
        ),  # none is a part
        ("How much was spent?", SPENT, None),
    ],
)
def test_what_is_left_is_computed(question: str, sentence: str, expected: str | None) -> None:
    assert remainder(question, sentence) == expected


def test_a_sentence_that_tells_the_whole_and_the_part_tells_the_rest() -> None:
    found = Verifier(HashingEmbedder()).verify(Drafted(SPENT, ()), "How much of the budget was left?", [a_passage(SPENT)])
    assert found is not None
    assert found.sentence.text.endswith("had been spent (1.85 million yuan − 1.12 million = 0.73 million yuan).")


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


WEIGHTS = "Property: Weight with battery | FL-T3: 62 g | FL-T3H: 66 g"


@pytest.mark.parametrize(
    ("sentence", "text", "is_wrong"),
    [
        ("The T3H is 66 g heavier than the T3.", WEIGHTS, True),
        ("The T3H is 4 g heavier than the T3.", WEIGHTS, False),
        ("The T3H weighs 66 g.", WEIGHTS, False),
        ("T3H 比 T3 重 66 克。", WEIGHTS, True),
        ("T3H 比 T3 重 4 克。", WEIGHTS, False),
        ("It is 2 dB louder than the Tern 6.", "At full power it is 2 dB louder than the Tern 6.", False),
        ("It came 3 weeks later than planned.", "The sensors came in 3 weeks later than planned; 12 were lost.", False),
        ("It holds more than 66 g.", WEIGHTS, False),
        ("A room costs 350 yuan more than the limit.", "Limit: 250 yuan | Room: 600 yuan | Other: 350 yuan", False),
    ],
)
def test_an_amount_is_no_difference(sentence: str, text: str, is_wrong: bool) -> None:
    assert misstates_difference(sentence, text) is is_wrong
