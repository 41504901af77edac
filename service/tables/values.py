"""What a cell of a table says: its number with its unit, its date, its words. Knows nothing of tables.

Numbers in brackets are negative, as accountants write them; marks of footnotes are no part of a number.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from youju.text.dates import dates
from youju.text.folding import HAN, folded
from youju.text.language import simplified
from youju.text.quantities import UNIT, UNITS, number_form

CURRENCIES = {"$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "¥": "cny", "￥": "cny", "hk$": "hkd", "₹": "inr", "c$": "cad"}
SIGN = re.compile(r"(?:us|hk|c|a)?[$€£¥￥₹]")
FIGURE = re.compile(r"\d+(?:[,'’]\d{3})*(?:\.\d+)?|\.\d+")
FOOTNOTE = re.compile(r"(?<=[\w%)])\s*(?:[*†‡]+|\[\w{1,6}\]|\((?:[a-z]|\d)\))+$")
CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2}(?:\.\d+)?)")
ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b|第\s*(\d+)[名位届次]?")
YEAR = re.compile(r"(?<!\d)(?:1[4-9]|20|21)\d\d(?!\d)")
NOTHING = re.compile(r"[\s\-–—―−.…_*]*|n/?a|nil|none|无|—", re.IGNORECASE)
TOKEN = re.compile(rf"[{HAN}]+|\d+(?:[.,'’]\d+)*|[^\W\d_]+|\d+", re.UNICODE)
JOINED = re.compile(r"_+|(?<=[a-z])(?=[A-Z][a-z])")
LEVELS = {
    word: rank
    for rank, words in enumerate(
        (
            "none|无",
            "negligible|minimal|very low|极低|很低",
            "low|minor|slight|weak|低|较低|轻微|轻度|弱|小",
            "medium|moderate|中|一般|中等|中度|普通",
            "high|major|serious|strong|高|较高|严重|重大|重度|强|大",
            "very high|critical|severe|extreme|极高|很高|特别重大|紧急",
        )
    )
    for word in words.split("|")
}
LONGEST = 40  # characters of a cell whose first number counts as its value


@dataclass(frozen=True, slots=True)
class Value:
    """A cell as it is written. `number` is None where it holds none; `unit` is one of `UNITS`, a currency, or `%`; `date` is
    year, month, day, 0 for what is not told. `is_plain` where there is nothing but the number.
    """

    text: str
    number: float | None = None
    unit: str = ""
    date: tuple[int, int, int] | None = None
    is_plain: bool = False

    @property
    def is_year(self) -> bool:
        return self.date is not None and self.date[1:] == (0, 0)

    @property
    def order(self) -> float | None:
        """What it is compared by: its number, else its day."""
        if self.number is not None and not (self.date and not self.is_plain):
            return self.number
        if self.date is not None:
            return self.date[0] * 10000.0 + self.date[1] * 100 + self.date[2]
        return None

    @property
    def level(self) -> int | None:
        """The rank of a word that tells how much there is of something, as `high` is above `medium`; None of other words."""
        return LEVELS.get(plain(self.text))


@functools.lru_cache(maxsize=65536)
def read(text: str) -> Value:
    """The value of a cell; of a long one the words only."""
    text = text.strip()
    if not text or NOTHING.fullmatch(text) or len(text) > 3 * LONGEST:
        return Value(text)
    written = FOOTNOTE.sub("", folded(text)).strip()
    date, plain = _date(written), written.lower()  # months need their capitals
    number, unit, is_plain = _number(plain) if len(plain) <= LONGEST else (None, "", False)
    return Value(text, number, unit, date, is_plain)


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is no value."""
    return not text.strip() or bool(NOTHING.fullmatch(text.strip()))


def _date(plain: str) -> tuple[int, int, int] | None:
    if YEAR.fullmatch(plain.removesuffix("年").strip()):
        return int(plain[:4]), 0, 0
    if not re.search(r"\d", plain):
        return None
    found = dates(plain)
    return (found[0].year or 0, found[0].month, found[0].day or 0) if found else None


def _number(plain: str) -> tuple[float | None, str, bool]:
    """The number that a cell begins with, its unit, and whether nothing else stands there."""
    if clock := CLOCK.fullmatch(plain):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3]), "", True
    if ordinal := ORDINAL.match(plain):
        return float(ordinal[1] or ordinal[2]), "", ordinal.end() == len(plain)
    is_negative = plain.startswith("(") and ")" in plain and bool(FIGURE.search(plain))
    rest = plain.replace("(", "", 1).replace(")", "", 1) if is_negative else plain
    unit = ""
    rest = rest.strip().replace("\u2212", "-")
    if sign := SIGN.match(rest.lstrip("-–").strip()):
        unit = CURRENCIES.get(sign.group(), "")
        is_negative = is_negative or rest[0] in "-–"
        rest = rest.lstrip("-–").strip()[sign.end() :].strip()
        if rest.startswith("(") and rest.endswith(")"):
            is_negative, rest = True, rest[1:-1].strip()
    figure = re.match(rf"(?P<sign>[-–+]?)\s*(?P<number>{FIGURE.pattern})", rest)
    if not figure or re.match(r"[-–/:.]\d", rest[figure.end() :]):
        return None, "", False
    number = float(number_form(figure["number"]).replace(",", "") if figure["number"][0] != "." else figure["number"])
    end = figure.end()
    if known := UNIT.match(rest, end):
        unit, end = UNITS[known["other"] or known["latin"]], known.end()
    is_negative = is_negative or figure["sign"] in ("-", "–")
    return -number if is_negative else number, unit, not rest[end:].strip(" )+")


@functools.lru_cache(maxsize=65536)
def spaced(name: str) -> str:
    """A name of a column as words: `lifeExp` and `temp_max` are two each."""
    return JOINED.sub(" ", name)


@functools.lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """A text for finding one in another: small letters, Simplified Chinese, numbers in one form, one space between words."""
    return " ".join(
        number_form(token) if token[0].isdigit() else token for token in TOKEN.findall(simplified(folded(text).lower()))
    )
