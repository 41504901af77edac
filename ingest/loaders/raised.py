"""Raised and lowered characters (superscript, subscript) as text.

A raised digit written plainly runs into the number before it: 10⁵ would be read as 105, and the mark of a footnote behind
"50" as 503. Powers, units and formulas keep their raised digits as Unicode's signs; the mark of a note stays apart from the
word before it, and is left out behind a number, of which nobody could tell it.
"""

from __future__ import annotations

import re
from itertools import groupby

RAISED = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
MARK = re.compile(r"[\d⁰¹²³⁴-⁹*†‡§,\s()\[\]]+")
NUMBER_BEHIND = re.compile(r"[\d⁰¹²³⁴-⁹]\s*[%‰°)\]]?\s*$")
POWER_OF_TEN = re.compile(r"(?<![\d.,])10\s*$")
# What has a square, a cube or another power: a unit of length or time, a variable, a bracket.
RAISED_TO = re.compile(r"(?:(?<![^\W\d_])(?:[kcdmµμn]?m|in|ft|yd|mi|s|h|min|[A-Za-zα-ωΑ-Ω])|米|厘米|千米|公里|[)\]])\s*$")
STOPS = (".", "。")
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


def exponent(text: str) -> str:
    """What stands raised in a formula, always a power there: ² or ^(n+k)."""
    return _in_signs(text, RAISED, "^")


def index(text: str) -> str:
    """What stands lowered in a formula: ₂ or _max."""
    return _in_signs(text, LOWERED, "_")


def _in_signs(text: str, signs: dict[int, int], mark: str) -> str:
    plain = text.strip()
    if all(ord(character) in signs for character in plain):
        return plain.translate(signs)
    return mark + (plain if plain.isalnum() else f"({plain})")


def in_brackets(note: str) -> str:
    """A note as it stands in the text: of one sentence without its full stop, for the sentence around it has one."""
    return f"({note[:-1] if note.endswith(STOPS) and not any(stop in note[:-1] for stop in STOPS) else note})"


class Runs:
    """The runs of a line, each on the line (0), raised (1) or lowered (-1); together they are its text."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, str]] = []
        self._gap = False
        self._shifted = False

    def __len__(self) -> int:
        return len(self._runs)

    def add(self, text: str, by: int = 0) -> None:
        if text and self._gap and self._runs and self._runs[-1][1][-1].isspace():
            text = text.removeprefix(" ")
        if text:
            self._runs.append((by, text))
            self._gap = False
            self._shifted |= by != 0

    def gap(self) -> None:
        """Something is left out here; the blanks on both of its sides are one."""
        self._gap = True

    def cut(self, start: int) -> None:
        """Forget what came behind the first `start` runs."""
        del self._runs[start:]

    def note(self, text: str) -> None:
        """Add a note in the place of its mark, in brackets; a mark that is there goes."""
        while self._runs and self._runs[-1][0] > 0 and MARK.fullmatch(self._runs[-1][1]):
            self._runs.pop()
        self.add(f" {in_brackets(text)}" if text else "")

    def text(self) -> str:
        """The runs together; what is raised in several of them is one mark or power."""
        if not self._shifted:
            return "".join([text for _, text in self._runs])
        joined = ""
        for by, group in groupby(self._runs, key=lambda run: run[0]):
            text = "".join(text for _, text in group)
            joined += raised(joined[-40:], text) if by > 0 else lowered(text) if by < 0 else text
        return joined
