"""Namesakes: a text about the Tern 6, class A, message 31 or 2025, where the Tern 14, class D, message 33 or 2020 is meant.

They are what a search brings where the documents do not hold the answer, and small generators take one for the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from youju.records import Passage
from youju.text.language import ROW_CELLS
from youju.text.quantities import quantities
from youju.text.rows import COLUMN

APART = r"(?<![A-Za-z0-9])"  # Chinese characters are letters too: no \\b stands between them and others
# `Tern 14`, `Phase-2`, `S3`: a name and its number.
NAMED_NUMBER = re.compile(rf"{APART}([A-Z][A-Za-z]*)[\s-]?(\d{{1,4}})(?![A-Za-z0-9]|[.,]\d)")
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
# `the fourth contract year`: a number and its name.
ORDINAL = re.compile(rf"\b(?:({'|'.join(ORDINALS)})|(\d{{1,3}})(?:st|nd|rd|th))\s+((?:[a-z]+\s+)?[a-z]+)", re.IGNORECASE)
# `D 类`, `class D`: a letter and what it divides.
CLASSED = re.compile(rf"{APART}([A-Z])\s?([类级档座栋区型班组款])")
CLASSES = re.compile(
    r"\b(class|grade|type|category|zone|level|tier|annex|appendix|schedule|band|group)\s+([A-Z])\b", re.IGNORECASE
)
YEAR = re.compile(r"(?<![\d.,-])((?:19|20)\d\d)(?![\d.,]*\d|-\d)")
# What is asked for, and the units that tell it.
MASS, LENGTH, HEAT = {"mg", "g", "kg", "t", "lb"}, {"mm", "cm", "m", "km", "mi", "ft", "in"}, {"°c", "°f"}
MONEY = {"cny", "usd", "eur", "gbp", "jpy"}
TIME = {"ms", "s", "min", "h", "d", "wk", "mo", "a"}
KINDS = (
    (
        re.compile(
            r"\bhow long (?:do|does|did|will|can|may|must|should)\b.*\b(?:last|take|run|keep|stay|wait|work|hold)s?\b|"
            r"\b(?:battery|service|shelf) life\b|多久|多长时间",
            re.IGNORECASE,
        ),
        TIME,
    ),
    (re.compile(r"\bhow heavy\b|\bweighs?\b|\bweight\b|多重|重量|几公斤", re.IGNORECASE), MASS),
    (re.compile(r"\bhow (?:far|tall|wide|deep)\b|多远|多宽|多高(?!级)|多深", re.IGNORECASE), LENGTH),
    (re.compile(r"\bhow (?:hot|cold|warm)\b|\btemperature\b|多少度|温度", re.IGNORECASE), HEAT),
    (re.compile(r"\bwhat does .* cost\b|\bprice\b|多少钱|价格", re.IGNORECASE), MONEY),
)


def is_named_otherwise(text: str, question: str, above: str = "") -> bool:
    """Whether a text has a name of the question with other numbers or letters only.

    Args:
        above: title and headings: under those of the Tern 14 alone a sentence about the Tern 10 compares the two.
    """
    nothing: tuple[set[str], set[str]] = (set(), set())
    pairs = zip_longest(_pairs(text, question), _pairs(above, question), fillvalue=nothing)
    return any(found and found.isdisjoint(asked) and not (titled and titled <= asked) for (asked, found), (_, titled) in pairs)


def _pairs(text: str, question: str) -> Iterator[tuple[set[str], set[str]]]:
    """For each name in the question, in the same order for any text, its numbers or letters there, and those in the text."""
    for name in dict.fromkeys(name for name, _ in NAMED_NUMBER.findall(question)):
        asked = {number for one, number in NAMED_NUMBER.findall(question) if one == name}
        pattern = rf"{APART}{re.escape(name)}[\s-]?(\d{{1,4}})(?![A-Za-z0-9]|[.,]\d)"
        yield asked, set(re.findall(pattern, text, re.IGNORECASE if len(name) > 1 else 0))
    for sign in dict.fromkeys(sign for _, sign in CLASSED.findall(question)):
        yield _of(CLASSED, question, sign, 1), _of(CLASSED, text, sign, 1)
    for sign in dict.fromkeys(sign.lower() for sign, _ in CLASSES.findall(question)):
        yield _of(CLASSES, question, sign, 0), _of(CLASSES, text, sign, 0)
    for word, figure, name in ORDINAL.findall(question):
        column = re.escape(name.strip()).replace(r"\\ ", r"\\s+")
        asked = {figure or str(ORDINALS.index(word.lower()) + 1)}
        yield asked, set(re.findall(rf"\b{column}:?\s+(\d{{1,3}})\b", text, re.IGNORECASE))
    if ROW_CELLS in text and "\n" not in text:
        yield from _cells(text, question)


def _cells(row: str, question: str) -> Iterator[tuple[set[str], set[str]]]:
    """Of the columns of a row that the question names with a number: that number, and the one in the cell (`Message: 31`)."""
    for cell in row.split(ROW_CELLS):
        column = COLUMN.match(cell.strip())
        value = cell.strip()[column.end() :] if column else ""
        if column and re.fullmatch(r"\d{1,5}", value):
            name = column.group().rstrip(" :：")
            yield set(re.findall(rf"{re.escape(name)}[\s:：#]*(\d{{1,5}})(?!\d)", question, re.IGNORECASE)) or {value}, {value}


def _of(pattern: re.Pattern[str], text: str, sign: str, place: int) -> set[str]:
    return {found[1 - place] for found in pattern.findall(text) if found[place].lower() == sign}


def is_of_another_time(passage: Passage, question: str, shown: Sequence[Passage]) -> bool:
    """Whether the question names years of which neither a passage, its title and its file name, nor what else is shown of its
    document tells any: what held in one year need not hold in another."""
    asked = set(YEAR.findall(question))
    if not asked:
        return False
    of_it = [one.context for one in shown if one.document.id == passage.document.id]
    told = "\n".join([passage.context, passage.document.uri.rsplit("/", 1)[-1], *of_it])
    return not any(year in told for year in asked)


def is_of_another_kind(text: str, question: str) -> bool:
    """Whether a question asks for a time, weight, length, temperature or price, and a text tells quantities, all of other
    kinds."""
    there = {unit for units in quantities(text).values() for unit in units} - {"%"}
    return bool(there) and any(asks.search(question) and there.isdisjoint(units) for asks, units in KINDS)


def is_of_the_kind(text: str, question: str) -> bool:
    """Whether a question asks for one of these, and a text tells a quantity of that kind."""
    there = {unit for units in quantities(text).values() for unit in units}
    return any(asks.search(question) and not there.isdisjoint(units) for asks, units in KINDS)
