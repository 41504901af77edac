"""What the cells of tables hold: numbers, years and dates, periods."""

from __future__ import annotations

import re
from functools import lru_cache

VALUE = re.compile(
    r"(?:[A-Z]{2,3}(?=[$€£¥]|\s[\d(+\-−–]))?[\s$€£¥(+\-−–—~<>±≤≥]*\d[\d,.\s'’]*\)?\s*(?:[%‰)xX×*†‡]|(?:\([\w*]{1,2}\)|[万亿元]+|[^\W\d_]{1,6}))?\s*\)?|[—–\-−]+|n/?[am]"
)
YEAR = re.compile(r"(?:FY|CY|Q[1-4]|[HM]\d+)?\s?[’']?(?:19|20)\d\d(?:/\d\d|[-–]\d\d)?\s?(?:[AEF]|年度?|\(\w\)|[*†])?")
DATE = re.compile(
    r"(?:[A-Z][a-z]{2,8}\.?\s\d{1,2},?\s)?(?:19|20)\d\d[年.\-/]?(?:\d{1,2}[月.\-/]?)?(?:\d{1,2}日?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
)
PERIOD = re.compile(
    r"\b(?:years?|months?|weeks?|quarters?|ended|ending|as (?:of|at)|unaudited|restated|(?:in )?(?:thousands|millions|billions)"
    r"|january|february|march|april|june|july|august|september|october|november|december)\b|[年月日季]|截至|单位|人民币",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_value(text: str) -> bool:
    """Whether a cell reads as a number, not as a year or a date."""
    return VALUE.fullmatch(text) is not None and not is_period(text)


def is_period(text: str) -> bool:
    return YEAR.fullmatch(text) is not None or DATE.fullmatch(text) is not None
