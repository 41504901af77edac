"""Numbers as a spreadsheet shows them: its format codes (ECMA-376 part 1, 18.8.31), such as `0.0%`, `#,##0.00 "€"`, `[h]:mm`.

Dates are shown by ISO 8601, as much of them as the code shows; other things as the code says. Knows nothing of files.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Shower = Callable[[str], str]
"""A number as it is stored -> as it is shown."""

GENERAL = ("", "general", "standard", "@", "text")
SHORT = re.compile(r"-?(?:0|[1-9]\d{0,29}|(?:0|[1-9]\d{0,8})\.\d{0,5}[1-9])")  # nothing is to be done about these
EPOCH, EPOCH_1904 = datetime.datetime(1899, 12, 30), datetime.datetime(1904, 1, 1)
LARGEST = Decimal(10) ** 21  # from here on a whole number is shown with its exponent
SMALLEST = 1 / LARGEST
LONGEST = 300  # characters of a code
LITERAL = ("quoted", "escaped", "money", "other")
DIGITS = 40  # places that a code may ask for
TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.?|\*.?|\[\$(?P<money>[^\]\-]*)[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]'
    r"|\[(?P<condition>[<>=]{1,2}-?[\d.]+)\]|\[[^\]]*\]|(?P<half>AM/PM|A/P|上午/下午)|(?P<general>General)"
    r"|(?P<exponent>E[+-])|(?P<date>[ymdhsge]+|a{3,4})|(?P<digit>[0#?])|(?P<sign>[.,/%@])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_DATES = (14, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58)
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0", 6: "$#,##0", 7: "$#,##0.00", 8: "$#,##0.00", 9: "0%",
    10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 15: "d-mmm-yy", 16: "d-mmm-yy", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)", 41: "#,##0", 42: "$#,##0", 43: "#,##0.00", 44: "$#,##0.00",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss", 48: "##0.0E+0", 32: "h:mm", 33: "h:mm:ss", 34: "h:mm", 35: "h:mm:ss",
    55: "h:mm", 56: "h:mm:ss", **dict.fromkeys(_DATES, "yyyy-mm-dd"),
}  # fmt: skip
"""The codes that a file names by number only; those of dates differ by country, and are shown alike here."""


@functools.lru_cache(4096)
def shower(code: str, from_1904: bool = False) -> Shower | None:
    """How to show numbers under a format code; None for a plain number."""
    if code.strip().lower() in GENERAL or len(code) > LONGEST:
        return None
    sections = [_Section(part) for part in _split(code)]
    if all(section.is_plain for section in sections):
        return None
    epoch = EPOCH_1904 if from_1904 else EPOCH

    def show(stored: str) -> str:
        try:
            value = Decimal(stored)
            if not SMALLEST < abs(value) < LARGEST and value:
                return plain(stored)
            exact = value if value == value.to_integral_value() else Decimal(format(float(stored), ".15g"))
            return _show(exact, sections, epoch)
        except (ArithmeticError, ValueError, OverflowError):
            return stored

    return functools.lru_cache(1024)(show)


def text_shower(code: str) -> Shower | None:
    """How to show a text under a format code; None for the text itself."""
    sections = _split(code) if ("@" in code or code.count(";") > 2) and len(code) <= LONGEST else []
    part = next((one for one in sections if "@" in one), sections[3] if len(sections) > 3 else None)
    if part is None or part == "@" or part.strip().lower() == "general":
        return None
    pieces = [match.group(match.lastgroup) for match in TOKEN.finditer(part) if match.lastgroup in (*LITERAL, "sign")]
    return lambda text: "".join(text if piece == "@" else piece for piece in pieces).strip()


def plain(stored: str) -> str:
    """A number as it is stored, without what only its storing brings: `0.30000000000000004` is 0.3, `1.5e3` is 1500."""
    if SHORT.fullmatch(stored):
        return stored
    try:
        value = Decimal(stored)
        if value == value.to_integral_value() and abs(value) < LARGEST:
            return str(int(value))
        return format(float(stored), ".15g")
    except (ArithmeticError, ValueError, OverflowError):
        return stored


def _split(code: str) -> list[str]:
    parts, current = list[str](), ""
    for match in TOKEN.finditer(code):
        if match.group() == ";":
            parts.append(current)
            current = ""
        else:
            current += match.group()
    return [*parts, current]


@dataclass
class _Mark:
    kind: str
    text: str


class _Section:
    """One of the parts of a code: for positive numbers, for negative ones, for zero."""

    def __init__(self, code: str) -> None:
        self.marks: list[_Mark] = []
        self.condition = ""
        for match in TOKEN.finditer(code):
            kind = match.lastgroup or ""
            text = match.group(kind) if kind else ""
            if kind == "condition":
                self.condition = text
            elif kind:
                self.marks.append(_Mark("literal" if kind in LITERAL else kind, text))
            elif match.group().startswith("_"):
                self.marks.append(_Mark("literal", " "))
        kinds = {mark.kind for mark in self.marks}
        self.is_date = bool(kinds & {"date", "elapsed"}) and "digit" not in kinds
        self.is_plain = kinds == {"general"} or (kinds == {"sign"} and self.marks[0].text == "@")

    def applies(self, value: Decimal) -> bool:
        sign, limit = re.match(r"[<>=]+", self.condition), re.search(r"-?[\d.]+", self.condition)
        bound = Decimal(limit.group()) if limit else Decimal(0)
        found = sign.group() if sign else ""
        return bool(found) and (
            (">" in found and value > bound)
            or ("<" in found and value < bound and found != "<>")
            or ("=" in found and value == bound)
            or (found == "<>" and value != bound)
        )


def _show(value: Decimal, sections: Sequence[_Section], epoch: datetime.datetime) -> str:
    numbers = [section for section in sections[:3] if not any(mark.text == "@" for mark in section.marks)] or list(sections[:1])
    if any(section.condition for section in numbers):
        chosen = next((section for section in numbers if section.applies(value)), None) or next(
            (section for section in numbers if not section.condition), numbers[-1]
        )
        signed = value < 0 and chosen is not numbers[min(1, len(numbers) - 1)]
    else:
        place = 1 if value < 0 and len(numbers) > 1 else 2 if value == 0 and len(numbers) > 2 else 0
        chosen, signed = numbers[place], value < 0 and place == 0
    if chosen.is_date:
        return _date(value, chosen, epoch)
    shown = _number(abs(value), chosen)
    return f"-{shown}" if signed and re.search(r"[1-9]", shown) else shown


def _number(value: Decimal, section: _Section) -> str:
    marks = section.marks
    if any(mark.kind == "general" for mark in marks):
        return "".join(plain(str(value)) if mark.kind == "general" else mark.text for mark in marks).strip()
    digits = [place for place, mark in enumerate(marks) if mark.kind == "digit"]
    if not digits:
        return "".join(mark.text for mark in marks if mark.kind == "literal" or mark.text == "%").strip()
    value *= Decimal(100) ** sum(mark.text == "%" for mark in marks)
    first, last = digits[0], digits[-1]
    commas = [place for place, mark in enumerate(marks) if mark.text == "," and mark.kind == "sign"]
    scale = 0
    while last + 1 + scale in commas:
        scale += 1
    value /= Decimal(1000) ** scale
    if any(mark.text == "/" and mark.kind == "sign" for mark in marks[first:last]):
        body = _fraction(value, sum(mark.kind == "digit" for mark in marks[_place(marks, "/") :]))
    else:
        body = _digits(value, marks[first : last + 1])
    before = "".join(mark.text for mark in marks[:first] if mark.kind == "literal" or mark.text == "%")
    after = "".join(mark.text for mark in marks[last + 1 :] if mark.kind == "literal" or mark.text == "%")
    return f"{before}{body}{after}".strip()


def _place(marks: Sequence[_Mark], sign: str) -> int:
    return next((place for place, mark in enumerate(marks) if mark.text == sign and mark.kind == "sign"), len(marks))


def _digits(value: Decimal, marks: Sequence[_Mark]) -> str:
    """The digits of a number in their places, from the point to both sides; the first place takes what is left."""
    power = next((place for place, mark in enumerate(marks) if mark.kind == "exponent"), len(marks))
    if power < len(marks):
        return _scientific(value, marks[:power], len(marks) - power - 1)
    point = _place(marks, ".")
    whole, decimals = marks[:point], [mark for mark in marks[point + 1 :] if mark.kind == "digit"][:DIGITS]
    rounded = value.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    left, _, right = format(rounded, "f").partition(".")
    left = left.lstrip("0")
    kept = len(right)
    while kept and right[kept - 1] == "0" and decimals[kept - 1].text != "0":
        kept -= 1
    grouped = any(mark.text == "," for mark in whole)
    slots = sum(mark.kind == "digit" for mark in whole)
    shown, put = list[str](), 0
    for mark in reversed(whole):
        if mark.kind == "literal":
            shown.append(mark.text)
        if mark.kind != "digit":
            continue
        slots -= 1
        taken = left[-1:] or ("0" if mark.text == "0" else "")
        left = left[:-1]
        for digit in (taken, *(reversed(left) if not slots else ())):
            if digit:
                shown.append(f"{digit}," if grouped and put and put % 3 == 0 else digit)
                put += 1
    body = "".join(reversed(shown))
    return f"{body}.{right[:kept]}" if kept else body


def _scientific(value: Decimal, marks: Sequence[_Mark], places: int) -> str:
    decimals = sum(mark.kind == "digit" for mark in marks[_place(marks, ".") :])
    mantissa, _, exponent = format(value, f".{min(decimals, DIGITS)}E").partition("E")
    return f"{mantissa}E{exponent[0]}{exponent[1:].zfill(min(places, DIGITS))}"


def _fraction(value: Decimal, places: int) -> str:
    near = Fraction(value).limit_denominator(10 ** min(max(places, 1), 4) - 1)
    whole, rest = divmod(near.numerator, near.denominator)
    if not rest:
        return str(whole)
    return f"{whole or ''} {rest}/{near.denominator}".strip()


def _date(value: Decimal, section: _Section, epoch: datetime.datetime) -> str:
    """A point or a length of time, with as much of it as the code shows."""
    signs = "".join(mark.text.lower() for mark in section.marks if mark.kind == "date")
    halves = any(mark.kind == "half" for mark in section.marks)
    seconds = int((value * 86400).quantize(Decimal(1), ROUND_HALF_UP))
    elapsed = next((mark.text.lower() for mark in section.marks if mark.kind == "elapsed"), "")
    if elapsed:
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        hours, minutes = divmod(seconds // 60, 60)
        if elapsed[0] == "h":
            shown = f"{hours:0{len(elapsed)}d}" + (f":{minutes:02d}" if "m" in signs else "")
        else:
            shown = str(seconds // 60 if elapsed[0] == "m" else seconds)
        return f"{sign}{shown}:{seconds % 60:02d}" if "s" in signs and elapsed[0] != "s" else f"{sign}{shown}"
    at = epoch + datetime.timedelta(seconds=seconds)
    has_time = "h" in signs or "s" in signs
    date = ""
    if "d" in signs or (set("yge") & set(signs)) or (not has_time) or "a" in signs:
        has_day, has_month = "d" in signs or "a" in signs, "m" in signs
        date = at.date().isoformat()[: 10 if has_day else 7 if has_month else 4]
    if not has_time:
        return date
    hour = at.hour if not halves else at.hour % 12 or 12
    padded = "hh" in signs or bool(date)
    time = f"{hour:02d}" if padded and not halves else str(hour)
    if "h" not in signs:
        return f"{at.minute:02d}:{at.second:02d}"
    time += f":{at.minute:02d}" if "m" in signs else ""
    time += f":{at.second:02d}" if "s" in signs else ""
    time += f" {'AM' if at.hour < 12 else 'PM'}" if halves else ""
    if date and at.time() == datetime.time():
        return date
    return f"{date} {time}".strip()
