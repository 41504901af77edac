"""Numbers that a sentence computes from those of its evidence and of the question, computed again.

Only where the question asks for a total, a price of several or what is left: among many numbers two will nearly always have
some third one as their sum, so that anything could be "computed". Knows nothing of passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from youju.text.language import END_MARKS
from youju.text.quantities import figures

TOTAL = re.compile(
    r"\b(?:cost|costs|price|pay|total|altogether|together|in all|sum|how much|how many)\b|"
    r"一共|总共|总价|总计|合计|共计|多少钱|加起来|总额|多少",
    re.IGNORECASE,
)
LEFT = re.compile(
    r"\b(?:left|remain(?:s|ing|ed)?|difference|rest|more|less|fewer|unspent|over)\b|剩|还有|余下|差额|相差|多出|少了|结余|还差",
    re.IGNORECASE,
)
MOST_OPERANDS = 40  # numbers of evidence that are tried; a long table is no calculation
PLAIN = re.compile(r"\d+(?:\.\d+)?")


def calculation(number: str, question: str, evidence: str) -> str | None:
    """How `number` (in the form of `figures`) follows from two numbers, as `500 × 12.4 = 6200`; None if it does not, or if
    nothing of the kind was asked.

    Of a product one factor must be told by the question: the price of one by how many.
    """
    if not PLAIN.fullmatch(number):
        return None
    result = Decimal(number)
    there, asked = sorted(figures(evidence)), sorted(figures(question))
    if len(there) > MOST_OPERANDS:
        return None
    for left, sign, right, value in _tried(there, asked, question):
        if value == result and number not in (left, right):
            return f"{left} {sign} {right} = {number}"
    return None


def _tried(there: list[str], asked: list[str], question: str) -> Iterator[tuple[str, str, str, Decimal]]:
    plain = [one for one in there if PLAIN.fullmatch(one)]
    factors = [one for one in asked if PLAIN.fullmatch(one) and Decimal(one) > 1]
    if TOTAL.search(question):
        yield from (
            (one, "×", other, Decimal(one) * Decimal(other)) for one in factors for other in plain if Decimal(other) > 0
        )
        yield from ((one, "+", other, Decimal(one) + Decimal(other)) for one in plain for other in plain if one < other)
    if LEFT.search(question):
        yield from ((one, "−", other, Decimal(one) - Decimal(other)) for one in plain for other in plain)


def with_calculations(sentence: str, told: Sequence[str]) -> str:
    """The sentence with how its numbers were computed, before its end mark."""
    if not told:
        return sentence
    bare = sentence.rstrip()
    end = bare[-1:] if bare[-1:] in END_MARKS else ""
    return f"{bare[: len(bare) - len(end)]} ({'; '.join(told)}){end}"
