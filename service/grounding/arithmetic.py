"""Numbers that a sentence computes from those of its evidence and of the question, computed again.

Only where the question asks for a total, a price of several or what is left: among many numbers two will nearly always have
some third one as their sum, so that anything could be "computed". Knows nothing of passages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from youju.text.language import END_MARKS
from youju.text.quantities import UNIT_NAMES, UNITS, figures, number_form, quantities

TOTAL = re.compile(
    r"\b(?:cost|costs|price|pay|total|altogether|together|in all|sum|how much|how many)\b|"
    r"一共|总共|总价|总计|合计|共计|多少钱|加起来|总额|多少",
    re.IGNORECASE,
)
LEFT = re.compile(
    r"\b(?:left|remain(?:s|ing|ed)?|difference|rest|more|less|fewer|unspent|over)\b|剩|还有|余下|差额|相差|多出|少了|结余|还差",
    re.IGNORECASE,
)
ASKS_REST = re.compile(r"\b(?:left|remain(?:s|ing|ed)?|unspent|unused|rest of)\b|剩|余下|结余|余额", re.IGNORECASE)
USED = re.compile(
    r"\b(?:spent|used|taken|consumed|paid|sold|drawn|withdrawn|gone|shipped|delivered)\b|已[用经花付售休发]|花了|用了|用掉|支出|消耗|休了|售出",
    re.IGNORECASE,
)
AMOUNT = re.compile(
    rf"(?<![\d.,-])(?P<number>\d+(?:[.,]\d+)*)\s*(?P<scale>million|billion|thousand|百万|千万|万|亿)?\s*(?P<unit>{UNIT_NAMES})?",
    re.IGNORECASE,
)
# By how much one thing is more than another.
MORE_BY = re.compile(
    r"(?P<by>\d[\d.,]*)\s*%?\s*(?:[^\W\d]{1,12}\s+){0,2}?(?:more|less|fewer|[a-z]{3,}er)\b(?:\s+[a-z]+){0,2}?\s+than\b|"
    r"比[^，。；\n]{1,20}?[多少高低重轻长短大小快慢贵早晚]了?出?\s*(?P<han>\d[\d.,]*)",
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
    units = quantities(evidence)
    for left, sign, right, value in _tried(there, asked, question):
        units_differ = units.get(left) and units.get(right) and units[left].isdisjoint(units[right])
        if value == result and number not in (left, right) and not (units_differ and sign != "×"):
            return f"{left} {sign} {right} = {number}"
    return None


def remainder(question: str, sentence: str) -> str | None:
    """What is left, as `1.85 million yuan − 1.12 million = 0.73 million yuan`, where that is asked and a sentence tells the
    whole and what was used of it, and no third amount: small generators copy both, and do not take one from the other."""
    if not ASKS_REST.search(question) or not USED.search(sentence) or ASKS_REST.search(sentence):
        return None
    amounts = [match for match in AMOUNT.finditer(sentence) if match["scale"] or match["unit"]]
    if len(amounts) != 2 or len({(one["scale"] or "").lower() for one in amounts}) > 1:
        return None
    units = {UNITS[one["unit"].lower()] for one in amounts if one["unit"]}
    whole, used = (Decimal(number_form(one["number"])) for one in amounts)
    if len(units) > 1 or whole < used:
        return None
    named = next((one for one in amounts if one["unit"]), amounts[0])
    behind = sentence[named.end("number") : named.end()]
    return f"{amounts[0].group().strip()} − {amounts[1].group().strip()} = {whole - used}{behind.rstrip()}"


def misstates_difference(sentence: str, text: str) -> bool:
    """Whether a sentence says that one thing is some number more than another (`66 g heavier than`), and a text, which has that
    number, neither says so nor has two that differ by it: small generators take the one amount for the difference."""
    there = figures(text)
    told = {number for match in MORE_BY.finditer(text) for number in figures(match.group())}
    apart = {Decimal(one) for one in there if PLAIN.fullmatch(one)}
    for match in MORE_BY.finditer(sentence):
        for number in figures(match["by"] or match["han"]) & there - told:
            if PLAIN.fullmatch(number) and len(there) <= MOST_OPERANDS:
                return not any(one - Decimal(number) in apart for one in apart)
    return False


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
