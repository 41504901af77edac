"""Numbers, quantities and dates of a text as words in one form, whichever way they are written, so that a search finds them:
`50 kg`, `50kg` and `50公斤` are `50kg`; `11 March 2025` and `2025年3月11日` are `2025-03-11`; `1.2 million` is `1200000`.

For search and reader only: what verifies answers compares numbers, units and dates by their meaning (`quantities`, `dates`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from youju.text.dates import dates
from youju.text.folding import PADDED, folded
from youju.text.quantities import NUMBER, UNIT, UNITS, number_form

ANY_NUMBER = re.compile(r"\d+(?:[.,'’，．]\d+)*")  # of any width
SPACED = re.compile(r"(?<![\d.,] )(?<![\w.,])\d{1,3}(?: \d{3})+(?![\w]| \d)")
OF_DATE = re.compile(r"(?:1[5-9]|20|21)\d\d年|\d{1,2}日")  # parts of dates, no lengths of time
SCALE = re.compile(r"\s?(?:(?P<han>百万|千万|万|亿)|(?P<word>thousand|million|billion)\b)")
SCALES = {"万": 4, "百万": 6, "千万": 7, "亿": 8, "thousand": 3, "million": 6, "billion": 9}
LONGEST = 30  # digits of a number


def forms(text: str) -> list[str]:
    """The quantities and dates of a text, each in one form, with repetitions."""
    found = [form for date in dates(text) for form in _date_forms(date.year, date.month, date.day)]
    plain = folded(text).lower()
    found += [match.group().replace(" ", "") for match in SPACED.finditer(plain)]
    for match in NUMBER.finditer(plain):
        if len(match.group()) > LONGEST or plain[match.start() - 1 : match.start()] == "^":
            continue
        value, end = number_form(match.group()), match.end()
        if (scale := SCALE.match(plain, end)) and re.fullmatch(r"\d+(?:\.\d+)?", value):
            value = _scaled(value, SCALES[scale["han"] or scale["word"]])
            found.append(value)
            end = scale.end()
        if (unit := UNIT.match(plain, end)) and not OF_DATE.fullmatch(f"{match.group()}{unit['other']}"):
            found.append(f"{value}{UNITS[unit['other'] or unit['latin']]}")
    return found


def _date_forms(year: int | None, month: int, day: int | None) -> list[str]:
    """With and without its year, and its month: a question may leave out either."""
    of_year = [f"{year}-{month:02d}"] if year else []
    if day is None:
        return of_year
    return [*of_year, f"{month:02d}-{day:02d}", *([f"{year}-{month:02d}-{day:02d}"] if year else [])]


def _scaled(value: str, power: int) -> str:
    scaled = format(Decimal(value).scaleb(power), "f")
    return scaled.rstrip("0").rstrip(".") if "." in scaled else scaled


def spelled_as(question: str, texts: Sequence[str]) -> str:
    """The question with its numbers and names written as the texts write them, where none writes them as the question does: a
    reader trained on plain text takes 614690 for another number than 614,690.
    """
    written: dict[str, str] = {}
    for text in texts:
        for found in (*ANY_NUMBER.findall(text), *(match.group() for match in PADDED.finditer(text))):
            written.setdefault(number_form(folded(found)), found)
    whole = "\n".join(texts)

    def spelled(match: re.Match[str]) -> str:
        there = written.get(number_form(folded(match.group())))
        return there if there is not None and not _stands_in(match.group(), whole) else match.group()

    question = ANY_NUMBER.sub(spelled, question)
    for name, padded in written.items():
        if not name[0].isdigit() and name in question and name not in whole:
            question = question.replace(name, padded)
    return question


def _stands_in(number: str, text: str) -> bool:
    return re.search(rf"(?<![\d.,]){re.escape(number)}(?![.,]?\d)", text) is not None
