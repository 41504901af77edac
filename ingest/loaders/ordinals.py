"""Numbers of lists and headings as they are shown: 3, c, iii, 三, ③."""

from __future__ import annotations

from collections.abc import Callable

ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"),
         (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
CHINESE, LEGAL, LEGAL_OLD = "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "零壹貳參肆伍陸柒捌玖"
STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
ONES = "zero one two three four five six seven eight nine ten eleven twelve".split()
TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()
IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"} | {
    "twelve": "twelfth"
}
MOST = 9999  # beyond it every format shows plain digits


def roman(number: int) -> str:
    shown = ""
    for value, letters in ROMAN:
        times, number = divmod(number, value)
        shown += letters * times
    return shown


def letters(number: int) -> str:
    """a to z, then aa, bb and so on, as office programs count."""
    again, place = divmod(number - 1, 26)
    return chr(ord("a") + place) * min(again + 1, 20)


def chinese(number: int, digits: str = CHINESE, units: str = "十百千") -> str:
    """十二, 二十, 一百零五."""
    if number == 0:
        return digits[0]
    shown, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            shown += ("零" if gap else "") + digits[digit] + (units[place - 1] if place else "")
        gap = digit == 0 and bool(shown)
    return shown[1:] if 10 <= number < 20 and digits is CHINESE else shown


def digit_by_digit(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", CHINESE))


def circled(number: int) -> str:
    return chr(0x2460 + number - 1) if 1 <= number <= 20 else str(number)


def words(number: int) -> str:
    if number < 20:
        return [*ONES, *TEENS][number]
    if number < 100:
        return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")
    return str(number)


def ordinal_words(number: int) -> str:
    start, hyphen, last = words(number).rpartition("-")
    regular = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return start + hyphen + IRREGULAR.get(last, regular)


def ordinal(number: int) -> str:
    last = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"


# The names of Office; other formats have some of the same kinds under their own.
FORMATS: dict[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02d}",
    "upperRoman": lambda number: roman(number).upper(),
    "lowerRoman": roman,
    "upperLetter": lambda number: letters(number).upper(),
    "lowerLetter": letters,
    "ordinal": ordinal,
    "cardinalText": lambda number: words(number).capitalize(),
    "ordinalText": lambda number: ordinal_words(number).capitalize(),
    "decimalEnclosedCircle": circled,
    "decimalEnclosedCircleChinese": circled,
    "ideographEnclosedCircle": circled,
    "decimalEnclosedParen": lambda number: f"({number})",
    "decimalEnclosedFullstop": lambda number: f"{number}.",
    "decimalFullWidth": lambda number: str(number).translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)}),
    "chineseLegalSimplified": lambda number: chinese(number, LEGAL, "拾佰仟"),
    "ideographLegalTraditional": lambda number: chinese(number, LEGAL_OLD, "拾佰仟"),
    "ideographTraditional": lambda number: STEMS[(number - 1) % 10],
    "ideographZodiac": lambda number: BRANCHES[(number - 1) % 12],
    "ideographDigital": digit_by_digit,
    "japaneseDigitalTenThousand": digit_by_digit,
    "taiwaneseDigital": digit_by_digit,
    "numberInDash": lambda number: f"- {number} -",
    **dict.fromkeys(("chineseCounting", "chineseCountingThousand", "japaneseCounting", "koreanCounting"), chinese),
    **dict.fromkeys(("taiwaneseCounting", "taiwaneseCountingThousand"), chinese),
}


def shown(number: int, form: str) -> str:
    """A number in one of Office's formats; plain digits in one that is not known here."""
    return FORMATS[form](number) if form in FORMATS and 0 < number <= MOST else str(number)
