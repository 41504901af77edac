"""What a table tells of another time, or of other things, than are asked for: the figures of another quarter or year, one month
where a quarter is meant, the number of its rows where it lists something else or days are asked for, anything where it has no
word of the question."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from service.tables.asking import occurs
from service.tables.features import Seen, taken
from service.tables.reading import Candidate
from service.tables.values import plain
from youju.text.dates import MONTHS
from youju.text.language import query_words
from youju.text.quantities import UNIT_NAMES, UNITS

# How many of what: `how many working days`, `多少天`.
HOW_MANY = re.compile(rf"\bhow (?:many|much) (?:[a-z]+ )??(?P<latin>[a-z]+)|(?:多少|几)(?:个)?(?P<han>{UNIT_NAMES})")
TIME = re.compile(r"\bhow (?:long|soon|often)\b|\bwhen\b|多久|多长时间|什么时候|何时|几[天年月]", re.IGNORECASE)
PRICED = re.compile(r"\b(?:usd|eur|gbp|cny|rmb|jpy|prices?|cost)\b|[$€£¥￥]|价|费用|金额", re.IGNORECASE)
AGED = re.compile(r"\b(?:old|young)(?:er|est)\b|年龄最|最年[长轻]|最老|最年幼", re.IGNORECASE)
AGE = re.compile(r"\bage\b|年龄|岁数", re.IGNORECASE)
ENDING = re.compile(r"death|died|\bleft\b|\bend|去世|离职|结束|到期", re.IGNORECASE)
LAST_YEAR = re.compile(r"\b(?:last|previous|prior) year\b|去年|上年度?|上一年", re.IGNORECASE)
BEFORE = re.compile(r"\b(?:last|previous|prior|before|py|ly)\b|上年|去年|同期|上期", re.IGNORECASE)
QUARTER = re.compile(
    r"\bq([1-4])\b|\b(first|second|third|fourth|1st|2nd|3rd|4th)[ -]quarter\b|第?([一二三四1-4])季度?|([1-4])q\b", re.IGNORECASE
)
QUARTERS = {name: number for names in ("first second third fourth", "1st 2nd 3rd 4th", "一 二 三 四", "1 2 3 4")
            for number, name in enumerate(names.split(), 1)}  # fmt: skip
NAME_OF_MONTH = "|".join(MONTHS)
MONTH = re.compile(rf"(?:{NAME_OF_MONTH})\.?(?: ?\d{{4}})?|(?:\d{{4}}年)?1?\d月份?", re.IGNORECASE)
# `31 March 2026`: a quarter, by the day with which it ends.
ENDS_ONE = re.compile(rf"\b\d\d\.? (?:{NAME_OF_MONTH})\b|\b(?:{NAME_OF_MONTH})\.? \d\d\b", re.IGNORECASE)
AT_AN_END = re.compile(r"\bend\b|\bbeginning\b|\bstart\b|[末底初]", re.IGNORECASE)
LISTED = 0.5  # share of what a question names that a table names whose rows are all counted


def is_beside(seen: Seen, one: Candidate) -> bool:
    """Whether one of these holds."""
    checks = (
        _is_of_money,
        _is_of_no_age,
        _shares_nothing,
        _counts_a_measure,
        _is_of_what_is_not_listed,
        _is_of_another_year,
        _is_of_another_quarter,
    )
    return any(check(seen, one) for check in checks)


def _is_of_money(seen: Seen, one: Candidate) -> bool:
    """Whether an amount of money is told where a time is asked for."""
    names = " ".join(seen.sheet.names[column] for column in {column for _, column in one.cells})
    return bool(TIME.search(seen.question.text) and PRICED.search(names))


def _is_of_no_age(seen: Seen, one: Candidate) -> bool:
    """Whether the oldest is told by a day while a column tells ages, or by the day of an end."""
    if not AGED.search(seen.question.text) or one.column is None or not seen.sheet.years[one.column]:
        return False
    names = seen.sheet.names
    return bool(ENDING.search(names[one.column])) or any(AGE.search(name) for name in names)


def _shares_nothing(seen: Seen, one: Candidate) -> bool:
    """Whether neither the table nor the reading has a word of the question."""
    telling = frozenset(seen.question.telling)
    if not telling or one.selection.mentions or telling & (seen.link.known | seen.title_words | taken(seen, one)):
        return False
    names = plain(f"{seen.sheet.title} {seen.sheet.about} {' '.join(seen.sheet.names)}")
    return not any(occurs(word, names) for word in telling)


def _counts_a_measure(seen: Seen, one: Candidate) -> bool:
    """Whether rows are counted where days or volts are asked for."""
    if one.operation not in ("count", "distinct"):
        return False
    measures = {found["latin"] or found["han"] for found in HOW_MANY.finditer(seen.question.text.lower())}
    named = plain(" ".join(seen.sheet.names))
    return any(word in UNITS and not occurs(word.rstrip("s"), named) for word in measures)


def _is_of_another_year(seen: Seen, one: Candidate) -> bool:
    """Whether last year is meant, and neither the cells nor what stands above the table are of it."""
    if not LAST_YEAR.search(seen.question.text):
        return False
    names = [seen.sheet.names[column] for _, column in one.cells] + [seen.sheet.path(row) for row, _ in one.cells]
    above = f"{seen.sheet.title} {seen.sheet.about}"
    last = str(datetime.now(UTC).year - 1)
    return not BEFORE.search(f"{' '.join(names)} {above}") and last not in f"{above} {' '.join(names)}"


def _is_of_another_quarter(seen: Seen, one: Candidate) -> bool:
    """Whether a quarter is meant, and neither the cells nor the table are of it, or but a month of it is told."""
    asked = _quarters(seen.question.text)
    if not asked or AT_AN_END.search(seen.question.text):
        return False
    names = [seen.sheet.names[column] for _, column in one.cells] + [seen.sheet.path(row) for row, _ in one.cells]
    is_month = len(set(one.cells)) == 1 and any(MONTH.fullmatch(name.strip()) for name in names)
    by_name = any(ENDS_ONE.search(name) for name in names) or bool(_quarters(" ".join(names)))
    told = _quarters(" ".join(names) if by_name else f"{seen.sheet.title} {seen.sheet.about}")
    return is_month or bool(told and asked.isdisjoint(told))


def _quarters(text: str) -> set[int]:
    return {QUARTERS[name.lower()] for match in QUARTER.finditer(text) for name in match.groups() if name}


def _is_of_what_is_not_listed(seen: Seen, one: Candidate) -> bool:
    selection = one.selection
    if one.operation not in ("count", "distinct") or selection.kind != "all" or selection.mentions or selection.bounds:
        return False
    text = f"{seen.sheet.title} {seen.sheet.about} {' '.join(seen.sheet.names)}"
    there, flat = frozenset(query_words(text)) | seen.title_words, plain(text)
    said = [word for word in seen.question.telling if word in there or occurs(word, flat)]
    return not said or len(said) < LISTED * len(seen.question.telling)
