"""What so many pieces of a thing cost: their number times the price of one, at the price that holds for so many."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.tables.asking import Asked
from service.tables.conditions import Selection
from service.tables.linking import Link
from service.tables.naming import words_of
from service.tables.ranges import of_columns, stretches
from service.tables.reading import Candidate
from service.tables.roles import HINTS
from service.tables.sheet import Sheet
from service.tables.values import plain
from youju.text.language import query_words
from youju.text.quantities import ENGLISH_NUMBERS

_WORDS = "|".join(word for word in ENGLISH_NUMBERS if word != "one")
_COUNT = rf"(?P<count>\d+|\b(?:{_WORDS})\b)"
_COUNTED = re.compile(
    rf"{_COUNT} ?(?:pieces|pcs|units|items|copies|sets|boxes|packs|bottles|of (?:the|these|them))\b|"
    r"(?P<han>\d+|[一两三四五六七八九十]) ?[个個件台套只隻箱本盒瓶张張份把支条條块塊包袋]"
)
_OF_THINGS = re.compile(rf"{_COUNT} (?P<things>[a-z]+(?: [a-z]+){{0,3}})")
COSTS = re.compile(r"\bcosts?\b|\bprices?\b|\bpay\b|\bhow much\b|多少钱|总价|价钱|费用|花费|几块钱")
PRICE = re.compile(HINTS["price"], re.IGNORECASE)
WHOLE = re.compile(r"\btotal\b|\bsum\b|总[价额计]|合计|小计|金额", re.IGNORECASE)
EACH = re.compile(
    r"\b(?:each|apiece|unit price|per (?:piece|unit|item|copy|set|box|one))\b|单价|每[个件台套只箱本盒瓶张份把支]"
)
# Prices of what is weighed or packed otherwise, and the columns that say how.
_ONE = r"piece|pc|unit|item|copy|set|box|one\b|each|[个件台套只箱本盒瓶张份把支]"
OTHERWISE = re.compile(rf"\bper (?!{_ONE})|/ ?(?!{_ONE})\w|每(?!{_ONE})", re.IGNORECASE)
PACKED = re.compile(r"^(?:unit|units|pack|pack size|packaging|sold by|单位|计量单位|包装|包装规格)$")
SINGLE = frozenset("piece pieces pc pcs each unit item 1 个 件 台 套 只 本 张 把 支".split())
_HAN = {sign: number for number, sign in enumerate("一二三四五六七八九十", 1)} | {"两": 2}
LEAST_NAMED = 0.5  # share of the name of a row that a question must have


def count_of(question: Asked, name: str) -> int | None:
    """How many pieces of a thing of that name a question asks the price of; None where it asks for no such thing."""
    if not COSTS.search(question.plain):
        return None
    if found := _COUNTED.search(question.plain):
        return _number(found["count"] or found["han"])
    for found in _OF_THINGS.finditer(question.plain):
        if words_of(name) & frozenset(query_words(found["things"])):
            return _number(found["count"])
    return None


def _number(text: str) -> int:
    return _HAN.get(text) or int(ENGLISH_NUMBERS.get(text, text))


def costs(question: Asked, link: Link, sheet: Sheet, selection: Selection) -> Iterator[Candidate]:
    """Readings of one row; nothing where prices change by the number of pieces, and by rows."""
    if len(selection.rows) != 1 or EACH.search(question.plain):
        return
    row = selection.rows[0]
    name = sheet.values[row][sheet.key].text
    count = count_of(question, name)
    if count is None or count < 2 or link.share(name) < LEAST_NAMED:
        return
    texts = [[values[column].text for values in sheet.values] for column in range(len(sheet.columns))]
    if any(stretches(some) for some in texts) or sum(values[sheet.key].text == name for values in sheet.values) > 1:
        return
    if not all(_is_single(sheet, row, column, question) for column in range(len(sheet.columns))):
        return
    breaks = {column for family in of_columns(sheet.columns) for column in family}
    for column in range(len(sheet.columns)):
        price = sheet.values[row][column].number
        named = f"{sheet.names[column]} {sheet.title if column in breaks else ''}"
        if (
            price is None
            or not PRICE.search(named)
            or OTHERWISE.search(named)
            or WHOLE.search(plain(sheet.names[column]))
            or column in link.apart
        ):
            continue
        if not breaks or column in breaks:
            yield Candidate("times", selection, (count * price,), ((row, column),), column, None, (column,))


def _is_single(sheet: Sheet, row: int, column: int, question: Asked) -> bool:
    """Whether a column does not say that a row is sold by more than one, or by what the question does not name."""
    if not PACKED.search(plain(sheet.names[column])):
        return True
    sold_by = plain(sheet.values[row][column].text)
    return not sold_by or sold_by in SINGLE or sold_by in question.plain
