"""Numbers as cells of tables show them, and back. Knows nothing of units beyond signs of currencies and per cent."""

from __future__ import annotations

import re

_SIGN = r"(?:[A-Z]{0,3}[$€£¥￥₹₩]|[A-Z]{3}(?=\s))"
_DIGITS = r"(?P<digits>\d{1,3}(?:[,'’ \u00a0\u202f]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
AMOUNT = re.compile(
    rf"(?P<open>\()?\s*(?P<minus>[-−–])?\s*(?:{_SIGN}\s*)?(?P<minus_behind>[-−–(])?\s*{_DIGITS}"
    rf"\s*(?:%|\s?{_SIGN}|\s[A-Z]{{3}}|元)?\s*\)?"
)
GROUPING = re.compile(r"[,'’ \u00a0\u202f]")
LONGEST = 40  # characters
DIGITS = frozenset("0123456789")
BEGINS = DIGITS | {"-"}  # of a number as Python writes it
WHOLE = 18  # digits of a whole number that SQLite holds exactly


def amount(text: str) -> float | None:
    """The number that a cell shows: `1,234.5`, `€ 40`, `(12)` for -12, `12%` for 12; None where it shows none, or more."""
    if not text or len(text) > LONGEST or DIGITS.isdisjoint(text):
        return None
    found = AMOUNT.fullmatch(text)
    if found is None:
        return None
    number = float(GROUPING.sub("", found["digits"]))
    return -number if found["minus"] or found["minus_behind"] or (found["open"] and text.endswith(")")) else number


def stored(text: str) -> str | int | float | None:
    """A cell as a database keeps it: a number where `shown` gives the same text again, None for an empty one."""
    if not text:
        return None
    if text[-1] in DIGITS and text[0] in BEGINS and len(text) <= WHOLE:
        try:
            whole = int(text)
            return whole if str(whole) == text else text
        except ValueError:
            pass
        try:
            number = float(text)
            return number if repr(number) == text else text
        except ValueError:
            pass
    return text


def shown(value: str | int | float | None) -> str:
    """The text of a cell as `stored` keeps it."""
    return "" if value is None else value if isinstance(value, str) else repr(value)
