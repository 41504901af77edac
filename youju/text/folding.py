"""Text in the form in which it is compared: compatible characters alike (NFKC), but for what would change its meaning.

A power keeps apart from its base (10⁵ is no 105), the digits of a number come together over narrow spaces, and Chinese
characters that only spaces part (names padded to the width of others, a spaced heading) are one word. Offsets do not survive.
"""

from __future__ import annotations

import re
import unicodedata

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
POWER = re.compile(r"(?<=[\d)\]])([⁺⁻]?[⁰¹²³⁴-⁹]+)")
NARROW = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
# Characters that stand alone one after the other; or one before a wide space that another follows, as in a name of two.
PADDED = re.compile(
    rf"(?<![{HAN}])[{HAN}](?:[ \u00a0\u3000]+[{HAN}](?![{HAN}]))+|(?<![{HAN}])(?<![{HAN}]\u3000)[{HAN}]\u3000(?=[{HAN}])"
)
PADDING = re.compile(r"[ \u00a0\u3000]+")


def folded(text: str) -> str:
    """The text in that form; capitals stay. Powers are written `10^5`."""
    if not text.isascii():
        text = PADDED.sub(lambda match: PADDING.sub("", match.group()), NARROW.sub("", text))
        text = POWER.sub(_power, text)
    return unicodedata.normalize("NFKC", text)


def _power(match: re.Match[str]) -> str:
    return "^" + unicodedata.normalize("NFKC", match[1]).replace("\u2212", "-").lstrip("+")
