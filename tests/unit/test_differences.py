"""Questions of what two amounts differ by become one for each."""

from __future__ import annotations

import pytest

from service.query.differences import Amounts, amounts
from youju.records import Language


@pytest.mark.parametrize(
    ("language", "question", "first", "second"),
    [
        ("en", "What is the difference between total income and total expenses for the year?",
         "What is total income for the year?", "What is total expenses for the year?"),
        ("en", "How much higher is the rent than the income?", "What is rent?", "What is income?"),
        ("en", "How much of the ink budget is left?", "What is the budget for ink?", "What was spent on ink in total?"),
        ("en", "What is left of the print budget?", "What is the budget for print?", "What was spent on print in total?"),
        ("zh", "全年收入和全年支出相差多少？", "全年收入是多少？", "全年支出是多少？"),
        ("zh", "差旅预算还剩多少？", "差旅的预算是多少？", "差旅一共支出多少？"),
    ],
)  # fmt: skip
def test_each_amount_is_asked_for(language: Language, question: str, first: str, second: str) -> None:
    assert amounts(question, language) == Amounts(first, second)


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "What is the budget for travel?"),
        ("en", "How much is left?"),
        ("zh", "差旅预算是多少？"),
        ("zh", "收入是多少？"),
    ],
)
def test_other_questions_are_left_alone(language: Language, question: str) -> None:
    assert amounts(question, language) is None
