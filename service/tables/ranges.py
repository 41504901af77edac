"""Cells that hold a stretch of numbers (`10 to 20 years`, `25-35 °C`, `60岁以上`)."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.tables.values import FIGURE, is_nothing
from youju.text.folding import HAN, folded
from youju.text.quantities import UNIT, UNITS, number_form

_N = rf"[$€£¥￥]?\s?({FIGURE.pattern})"
_LOW, _HIGH = (_N.replace("(", f"(?P<{end}>", 1) for end in ("low", "high"))
_UNIT = rf"\s?(?:°\s?[cf]|%|[a-z²³/]+\.?|[{HAN}]{{1,4}}?)?"
_TO_THE = r"-|–|—|~|～|to|up to|至|到|以上至|(?:以上)?[,，]?\s?(?:不满|不足|未满)"
_BOTH = re.compile(
    rf"(?P<between>between\s)?(?:满|从|自|from\s)?\s*{_LOW}(?P<unit>{_UNIT})\s*"
    rf"(?:{_TO_THE}|(?P<and>and))\s*{_HIGH}(?P<last>{_UNIT})"
    r"(?:\s?(?:以下|以内))?(?:\s?[(（](?:含|inclusive)[)）])?"
)
_FROM = re.compile(
    rf"(?:over|above|more than|from|at least|>=?|≥|超过|大于|满)\s*{_N}{_UNIT}|"
    rf"{_N}{_UNIT}\s*(?:or more|or over|and over|and above|and more|or above|(?:及|和)?以上)|"
    rf"{_N}\s?\+{_UNIT}"
)
_TO = re.compile(
    rf"(?:under|below|less than|up to|at most|<=?|≤|不满|不足|未满|小于|低于|不超过)\s*{_N}{_UNIT}|"
    rf"{_N}{_UNIT}\s*(?:or less|or under|and under|or fewer|(?:及|和)?以[下内])"
)
_OPEN = re.compile(r"^(?:over|above|more than|>(?!=)|超过|大于|under|below|less than|<(?!=)|不满|不足|未满|小于|低于)")
_SHORT_OF = re.compile(r"不满|不足|未满")
LEAST_SHARE, FEWEST = 0.6, 2  # of the filled cells of a column that are stretches


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `low` to `high`, whose ends belong to it unless `open_low` or `open_high`."""

    low: float
    high: float
    unit: str = ""
    open_low: bool = False
    open_high: bool = False

    def holds(self, number: float) -> bool:
        return (self.low < number if self.open_low else self.low <= number) and (
            number < self.high if self.open_high else number <= self.high
        )


@functools.lru_cache(maxsize=65536)
def stretch(text: str) -> Stretch | None:
    flat = folded(text).lower().strip()
    if is_nothing(flat) or not any(map(str.isdigit, flat)):
        return None
    behind = [one for figure in FIGURE.finditer(flat) if (one := UNIT.match(flat, figure.end()))]
    unit = next((UNITS[name["other"] or name["latin"]] for name in behind), "")
    if both := _BOTH.fullmatch(flat):
        low, high = _number(both["low"]), _number(both["high"])
        if bool(both["between"]) != bool(both["and"]):
            return None
        if both["unit"].strip() not in ("", both["last"].strip()):  # the grade of an oil, 5W-30, is none
            return None
        is_years = 1800 <= low <= 2100 and (high < 100 or high <= 2100) and not unit and flat[0].isdigit()
        return Stretch(low, high, unit, False, bool(_SHORT_OF.search(flat))) if low < high and not is_years else None
    is_open = bool(_OPEN.match(flat))
    if found := _FROM.fullmatch(flat):
        return Stretch(_number(found[1] or found[2] or found[3]), math.inf, unit, is_open)
    if found := _TO.fullmatch(flat):
        return Stretch(-math.inf, _number(found[1] or found[2]), unit, False, is_open)
    return None


def _number(text: str) -> float:
    return float(number_form(text).replace(",", "")) if text[0] != "." else float(text)


def stretches(texts: Sequence[str]) -> dict[int, Stretch] | None:
    """Those of a column, by row; None where it is no column of stretches."""
    filled = [row for row, text in enumerate(texts) if not is_nothing(text)]
    found = {row: one for row in filled if (one := stretch(texts[row])) is not None}
    of_two = sum(math.isfinite(one.low) and math.isfinite(one.high) for one in found.values())
    return found if of_two and len(found) >= max(FEWEST, LEAST_SHARE * len(filled)) else None


def of_columns(paths: Sequence[tuple[str, ...]]) -> list[dict[int, Stretch]]:
    """The columns whose lowest names are stretches of numbers (`1-9 pieces`, `50+`), those under the same name together."""
    found: dict[tuple[str, ...], dict[int, Stretch]] = {}
    for column, path in enumerate(paths):
        if path and (one := stretch(path[-1])) is not None:
            found.setdefault(path[:-1], {})[column] = one
    return [
        some for some in found.values()
        if len(some) >= FEWEST and any(math.isfinite(one.low) and math.isfinite(one.high) for one in some.values())
    ]  # fmt: skip
