"""Dates in Chinese and English in one form, so that whole dates are compared and not their figures: 11 March is not 3 November.

Knows nothing of passages or answers. Day before month is assumed only where a name or a sign tells (`11 March`, `3月11日`,
`2025-03-11`, `11.3.2025`); `11/3/2025` may be either, and is left to the numbers.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from youju.text import folding

MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|september sept sep|october oct|"
        "november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
VERBS = ("may", "march", "mar")  # in small letters they are no months
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_PLAIN_MONTH = "|".join(name for name in MONTHS if name not in ("may", "march", "mar", "jan", "sep", "dec", "jun"))
_BEFORE_MONTH = "in|since|until|till|by|during|of|from|to|before|after|next|last|this|every|each|early|late|mid"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:1[5-9]|20|21)\d{2})"
_THEN_YEAR = rf"(?:,?\s*{_YEAR}(?![\d.,]\d))?"
HAN_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
HAN_NUMERAL = re.compile(
    r"(?<![十〇零一二三四五六七八九百千万])([〇零一二三四五六七八九]{4}|[一二三四五六七八九]?十?[一二三四五六七八九]?)(?=年|月|[日号號])"
)
# Of two alternatives the one that tells more comes first; `until` is the last day of a range.
PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.]){_YEAR}\s*[-/.]\s*(?P<month>\d{{1,2}})\s*[-/.]\s*(?P<day>\d{{1,2}})(?![\d.]*\d)",
        rf"(?<![\d.])(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?{_YEAR}(?!\d)",
        rf"(?<![\d.,-])(?:(?P<first>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:[-–—]|to|and)\s*)?{_DAY}\s*(?:of\s+)?(?P<name>{_MONTH})\b\.?{_THEN_YEAR}",
        rf"\b(?P<name>{_MONTH})\b\.?\s+(?:(?P<first>\d{{1,2}})(?:st|nd|rd|th)?\s*(?:[-–—]|to|and)\s*)?{_DAY}(?![\d:]|\s*(?:%|[ap]m\b)){_THEN_YEAR}",
        rf"\b(?P<name>{_MONTH})\b\.?,?\s+(?:of\s+)?{_YEAR}(?!\d)",
        rf"(?:{_YEAR}\s*年\s*)?(?P<month>\d{{1,2}})\s*月\s*(?:(?P<first>\d{{1,2}})\s*[日号號]?\s*[-–—~至到]\s*)?(?P<day>\d{{1,2}})\s*[日号號]?(?!\d)",
        rf"(?:{_YEAR}\s*年\s*)?(?<!\d)(?P<month>\d{{1,2}})\s*月(?!\d)",
        rf"\b(?:{_BEFORE_MONTH})\s+(?P<name>{_MONTH})\b(?!\s*\d)",
        rf"\b(?P<name>{_PLAIN_MONTH})\b",
    )
)


@dataclass(frozen=True)
class Date:
    """A date, or the part of one that is told."""

    year: int | None
    month: int
    day: int | None

    def is_told_by(self, other: Date) -> bool:
        """Whether the other one says it: all that this one tells, the other tells alike."""
        alike = other.month == self.month and self.day in (None, other.day)
        return alike and (self.year is None or other.year in (None, self.year))


def dates(text: str) -> list[Date]:
    """The dates of a text in order of their places; of a range both ends."""
    folded = _folded(text)
    taken: list[tuple[int, int]] = []
    found: list[tuple[int, Date]] = []
    for pattern in PATTERNS:
        for match in pattern.finditer(folded):
            start, end = match.span()
            if any(start < high and low < end for low, high in taken):
                continue
            read = list(_read(match.groupdict()))
            if read:
                taken.append((start, end))
                found += [(start, date) for date in read]
    return [date for _, date in sorted(found, key=lambda one: one[0])]


def tells_dates(evidence: str, said: str) -> bool:
    """Whether the evidence tells every date that is said: the same day, the same month, the same year.

    A year that the evidence does not write beside the date must stand in it elsewhere.
    """
    there = dates(evidence)
    years = set(re.findall(r"\d{4}", _folded(evidence)))
    return all(
        any(date.is_told_by(one) and (one.year == date.year or date.year is None or str(date.year) in years) for one in there)
        for date in dates(said)
    )


def _read(groups: dict[str, str | None]) -> Iterator[Date]:
    name, year = groups.get("name"), groups.get("year")
    if name in VERBS:
        return
    month = MONTHS[name.lower()] if name else int(groups["month"] or 0)
    for day in (groups.get("first"), groups.get("day")):
        if day is not None and 1 <= month <= 12 and 1 <= int(day) <= 31:
            yield Date(int(year) if year else None, month, int(day))
    if groups.get("day") is None and 1 <= month <= 12:
        yield Date(int(year) if year else None, month, None)


def _folded(text: str) -> str:
    return HAN_NUMERAL.sub(lambda match: _figures(match[1]), folding.folded(text))


def _figures(numeral: str) -> str:
    """A Chinese numeral of a year, month or day in figures."""
    if "十" not in numeral:
        return numeral.translate(HAN_DIGITS)
    tens, _, ones = numeral.partition("十")
    return f"{(tens or '一').translate(HAN_DIGITS)}{(ones or '零').translate(HAN_DIGITS)}"


# A day that depends on when it is asked; "in today's terms" is rare in questions to documents.
DAYS_ASKED = tuple(
    (re.compile(pattern, re.IGNORECASE), days)
    for pattern, days in (
        (r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b|今[天日晚早]", 0),
        (r"\btomorrow\b|明[天日晚早]", 1),
        (r"\byesterday\b|昨[天日晚]", -1),
    )
)


BOUNDED = re.compile(
    r"\b(?:after|before|next|from|since|until|till|by|to|between|within|valid|deadline|due|expir\w*|effective|start\w*|begin\w*|"
    r"end\w*)\b|[之以][前后]|[起至到]|截止|生效|开始|结束|有效",
    re.IGNORECASE,
)


def day_asked(question: str) -> Date | None:
    """The day that a question names by when it is asked ("today"), by the clock of this machine; None where it names none, or
    another date besides."""
    found = [days for pattern, days in DAYS_ASKED if pattern.search(question)]
    if len(found) != 1 or any(date.day for date in dates(question)):
        return None
    day = datetime.date.today() + datetime.timedelta(days=found[0])
    return Date(day.year, day.month, day.day)


def is_one_other_day(told: str, question: str) -> bool:
    """Whether a text and a question name one day each, not the same one; never where the question asks for what comes before
    or after a day, or the text tells from or until when something holds."""
    if BOUNDED.search(told) or BOUNDED.search(question):
        return False
    one, other = ([date for date in dates(text) if date.day] for text in (told, question))
    return len(one) == len(other) == 1 and not other[0].is_told_by(one[0]) and not one[0].is_told_by(other[0])


def is_of_another_day(text: str, question: str) -> bool:
    """Whether a question asks about today, tomorrow or yesterday, and a text is of other days: what it tells of the one holds
    for no other."""
    asked = day_asked(question)
    there = [date for date in dates(text) if date.day] if asked else []
    return asked is not None and bool(there) and not any(asked.is_told_by(date) for date in there)
