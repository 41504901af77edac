"""Raised and lowered characters (superscript, subscript) as text.

A raised digit written plainly runs into the number before it: 10⁵ would be read as 105, and the mark of a footnote behind
"50" as 503. Powers, units and formulas keep their raised digits as Unicode's signs; the mark of a note stays apart from the
word before it, and is left out behind a number, of which nobody could tell it.
"""

from __future__ import annotations

import re

RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
MARK = re.compile(r"[\d⁰¹²³⁴-⁹*†‡§,\s()\[\]]+")
NUMBER_BEHIND = re.compile(r"[\d⁰¹²³⁴-⁹]\s*[%‰°)\]]?\s*$")
POWER_OF_TEN = re.compile(r"(?<![\d.,])10\s*$")
# What has a square, a cube or another power: a unit of length or time, a variable, a bracket.
RAISED_TO = re.compile(r"(?:(?<![^\W\d_])(?:[kcdmµμn]?m|in|ft|yd|mi|s|h|min|[A-Za-zα-ωΑ-Ω])|米|厘米|千米|公里|[)\]])\s*$")
POWER = re.compile(r"\s*[-−+]?\s*(?:\d{1,3}|n|i)\s*")


def raised(before: str, text: str, is_mark: bool = False) -> str:
    """What raised `text` adds behind `before`: a power in raised signs; the mark of a note apart from a word, and nothing
    behind a number; words (1st, M. with a raised lle) as they are.

    Args:
        is_mark: the document says that it is the mark of a note.
    """
    plain = text.strip()
    if not plain:
        return text
    if is_mark and not MARK.fullmatch(plain):
        return "" if NUMBER_BEHIND.search(before) else f" [{plain.strip('()[]')}]"
    if (
        not is_mark
        and POWER.fullmatch(plain)
        and (POWER_OF_TEN.search(before) or RAISED_TO.search(before) or plain[0] in "-−+")
    ):
        return re.sub(r"\s", "", plain).translate(RAISED)
    if not MARK.fullmatch(plain):
        return text
    if NUMBER_BEHIND.search(before):
        return ""
    return (" " if before and not before[-1].isspace() else "") + plain.strip("()[]").translate(RAISED)


def lowered(text: str) -> str:
    """Lowered `text` (H₂O, CO₂, xᵢ): digits in lowered signs, the rest as it is."""
    return text.translate(LOWERED) if re.search(r"\d", text) and not re.search(r"[^\W\d_]", text) else text
