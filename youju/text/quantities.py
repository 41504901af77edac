"""Values in Chinese and English in one form: numbers, codes, and numbers with their units. What an answer may not change.

Knows nothing of passages or answers.
"""

from __future__ import annotations

import re

from youju.text.folding import folded

NUMBER = re.compile(r"\d+(?:[.,:'’]\d+)*")
# 1,234,567.5 and 1'234'567 on one side; 1.234.567,5 on the other, where 1.234 alone may be either.
GROUPED = re.compile(r"\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?")
DOTTED = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}\.\d{3},\d+")
EITHER = re.compile(r"[1-9]\d{0,2}\.\d{3}")
DECIMAL = re.compile(r"\d+[.,]\d+")
CODE = re.compile(r"[a-z0-9]+(?:[-./][a-z0-9]+)*", re.ASCII)
CHINESE_NUMBER = re.compile(r"[〇零一二两三四五六七八九十百千万]+")
CHINESE_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
LONGEST_NUMERAL = 30  # characters; Python writes out no number of thousands of digits, and nobody means one
CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
ENGLISH_NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100}
MONTHS = {
    month: number
    for number, month in enumerate(
        "january february march april may june july august september october november december".split(), start=1
    )
}
# `may` is nearly always the verb; as a month it stands next to a day or a year, which are compared anyway.
# So are `march` and `one`.
VALUES = {word: n for word, n in (ENGLISH_NUMBERS | MONTHS).items() if word not in ("may", "march", "one")}

# A closed list of units: what else follows a number is too many words to compare.
UNITS: dict[str, str] = {
    name: unit
    for unit, names in {
        "ms": "ms millisecond milliseconds 毫秒",
        "s": "s sec secs second seconds 秒 秒钟",
        "min": "min mins minute minutes 分钟 分鐘",
        "h": "h hr hrs hour hours 小时 小時 个小时 個小時",
        "d": "day days 天 日内 日",
        "wk": "week weeks 周 星期 个星期 個星期 週",
        "mo": "month months 个月 個月",
        "a": "year years 年",
        "%": "% percent 个百分点",
        "°c": "°c ℃ 摄氏度",
        "°f": "°f ℉ 华氏度",
        "mm": "mm millimetre millimetres millimeter millimeters 毫米",
        "cm": "cm centimetre centimetres centimeter centimeters 厘米 公分",
        "m2": "m2 sqm 平方米 平米",
        "m3": "m3 立方米",
        "cm2": "cm2 平方厘米",
        "km2": "km2 平方公里 平方千米",
        "m": "m metre metres meter meters 米 公尺",
        "km": "km kilometre kilometres kilometer kilometers 公里 千米",
        "mi": "mile miles 英里",
        "ft": "ft foot feet 英尺",
        "in": "inch inches 英寸",
        "mg": "mg milligram milligrams 毫克",
        "µg": "μg microgram micrograms 微克",
        "g": "g gram grams 克",
        "kg": "kg kilogram kilograms 公斤 千克",
        "t": "tonne tonnes 吨 噸",
        "lb": "lb lbs pound pounds 磅",
        "ml": "ml millilitre millilitres milliliter milliliters 毫升",
        "l": "l litre litres liter liters 升",
        "b": "byte bytes 字节",
        "kb": "kb kib",
        "mb": "mb mib",
        "gb": "gb gib",
        "tb": "tb tib",
        "v": "v volt volts 伏 伏特",
        "w": "w watt watts 瓦",
        "kw": "kw kilowatt kilowatts 千瓦",
        "mw": "mw megawatt megawatts 兆瓦",
        "kwh": "kwh 千瓦时 千瓦小时",
        "mah": "mah 毫安时",
        "kv": "kv 千伏",
        "hz": "hz 赫兹",
        "khz": "khz 千赫",
        "mhz": "mhz 兆赫",
        "ghz": "ghz 吉赫",
        "kpa": "kpa 千帕",
        "mpa": "mpa 兆帕",
        "ha": "ha hectare hectares 公顷",
        "cny": "yuan rmb cny 元 人民币",
        "usd": "dollar dollars usd 美元 美金",
        "eur": "euro euros eur 欧元 歐元",
        "gbp": "gbp 英镑",
        "jpy": "yen jpy 日元 日圆",
    }.items()
    for name in names.split()
}
"""Name of a unit -> the unit in one form."""

_LATIN = "|".join(sorted((re.escape(name) for name in UNITS if name.isascii()), key=len, reverse=True))
_OTHER = "|".join(sorted((re.escape(name) for name in UNITS if not name.isascii()), key=len, reverse=True))
YEAR_SECONDS = 31_557_600.0
SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "wk": 604_800.0,
    "mo": YEAR_SECONDS / 12,
    "a": YEAR_SECONDS,
}
# 2025年, 5月1日: no lengths of time.
CALENDAR = re.compile(r"(?:(?:1[4-9]|2[01])\d\d\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*[日号]|(?<!\d)(?:1[4-9]|2[01])\d\d\s*年")
AMOUNT = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
OF_MONEY = re.compile(r"([$€£¥])\s*(\d+(?:[.,]\d+)*)")
OF_AGE = re.compile(rf"({NUMBER.pattern}|{CHINESE_NUMBER.pattern})\s*(?:周?岁|years? old|years? of age)", re.IGNORECASE)
UNIT_NAMES = rf"(?:{_OTHER}|(?:{_LATIN})(?![a-z]))"
"""Pattern of every name of a unit."""
UNIT = re.compile(rf"\s*-?\s*(?:(?P<other>{_OTHER})|(?P<latin>{_LATIN})(?![a-z]))")
WRITTEN_NUMBER = re.compile(rf"{NUMBER.pattern}|{CHINESE_NUMBER.pattern}|[a-z]+")


def numbers(text: str) -> set[str]:
    """The numbers of a text in one form: `two`, `两`, `二`, `2` and `2.0` are `2`; `1,200` is `1200`; months are numbers."""
    plain = folded(text).lower()
    found = figures(text)
    found |= {str(value) for match in CHINESE_NUMBER.findall(plain) if (value := _chinese_value(match)) is not None}
    latin = re.findall(r"[a-z]+", plain)
    return found | {str(VALUES[word]) for word in latin if word in VALUES}


def figures(text: str) -> set[str]:
    """Those of the numbers that are written in digits, also inside codes."""
    return {_plain(match) for match in NUMBER.findall(folded(text))}


def codes(text: str) -> set[str]:
    """Words of letters and digits together (`FL-T3`, `E05`, `IP67`), folded: what they name must be named by the evidence."""
    return {code for code in CODE.findall(folded(text).lower()) if re.search(r"[a-z]", code) and re.search(r"\d", code)}


def number_form(token: str) -> str:
    """A number without the signs that group its digits, with a point before its decimals, and none of them that tell nothing;
    other tokens as they are."""
    if GROUPED.fullmatch(token):
        token = re.sub(r"[,'’]", "", token)
    elif DOTTED.fullmatch(token):
        token = token.replace(".", "").replace(",", ".")
    elif DECIMAL.fullmatch(token):
        token = token.replace(",", ".")
    else:
        return token
    return token.rstrip("0").rstrip(".") if "." in token else token


def is_grouped(token: str) -> bool:
    """Whether signs part the digits of a number into groups, as in `1,250,000`."""
    return bool(GROUPED.fullmatch(token) or DOTTED.fullmatch(token))


def also_read_as(token: str) -> str:
    """The other number that digits behind a single point may be: `1.200` is 1.2, and in other countries 1200."""
    return token.replace(".", "") if EITHER.fullmatch(token) else ""


def _plain(number: str) -> str:
    number = number_form(re.sub(r",(?=\d{3}(?:\D|$))", "", number) if "." not in number else number)
    return number.lstrip("0") or "0"


def _chinese_value(text: str) -> int | None:
    """Value of a Chinese numeral up to 99,999,999; None for a lone 一, 十, 百, 千 or 万, which are mostly parts of words."""
    if text in ("一", "十") or not any(character in CHINESE_DIGITS or character == "十" for character in text):
        return None
    if len(text) > LONGEST_NUMERAL:
        return None
    if all(character in CHINESE_DIGITS for character in text):
        return int("".join(str(CHINESE_DIGITS[character]) for character in text))
    total = section = digit = 0
    for character in text:
        if character in CHINESE_DIGITS:
            digit = CHINESE_DIGITS[character]
        elif character == "万":
            total, section, digit = (total + section + digit) * 10000, 0, 0
        else:
            section += (digit or 1) * CHINESE_UNITS[character]
            digit = 0
    return total + section + digit


def quantities(text: str) -> dict[str, set[str]]:
    """Numbers that a unit follows -> those units, all in one form: `24 months` and `二十四个月` are `{"24": {"mo"}}`."""
    plain = folded(text).lower()
    found: dict[str, set[str]] = {}
    for match in WRITTEN_NUMBER.finditer(plain):
        value = numbers(match.group())
        unit = UNIT.match(plain, match.end())
        if len(value) == 1 and unit and plain[match.start() - 1 : match.start()] != "^":
            found.setdefault(value.pop(), set()).add(UNITS[unit["other"] or unit["latin"]])
    return found


def other_amounts(first: str, second: str) -> bool:
    """Whether a text gives an amount of a kind that another one gives too, with no equal there (times in any unit are one
    kind): which of them is more, and whether it may be, has to be reckoned. Days of the calendar are no amounts."""
    one, other = _amounts(first), _amounts(second)
    return any(not found <= other[kind] for kind, found in one.items() if kind in other)


def _amounts(text: str) -> dict[str, set[float]]:
    """Kind -> amounts of it; times in seconds. What only looks like a number (1.2.3, 10:30) is none."""
    plain = CALENDAR.sub(" ", folded(text))
    found: dict[str, set[str]] = {}
    for sign, number in OF_MONEY.findall(plain):
        found.setdefault(sign, set()).add(_plain(number))
    for match in OF_AGE.finditer(plain):
        found.setdefault("age", set()).update(numbers(match[1]))
    for number, units in quantities(OF_AGE.sub(" ", plain)).items():
        for unit in units:
            found.setdefault(unit, set()).add(number)
    amounts: dict[str, set[float]] = {}
    for unit, told in found.items():
        those = {float(number) * SECONDS.get(unit, 1.0) for number in told if AMOUNT.fullmatch(number)}
        if those:
            amounts.setdefault("time" if unit in SECONDS else unit, set()).update(those)
    return amounts


def other_units(said: str, evidence: str) -> bool:
    """Whether a number that is said with a unit stands in the evidence with units, and not with that one."""
    there = quantities(evidence)
    return any(there.get(number) and not units <= there[number] for number, units in quantities(said).items())
