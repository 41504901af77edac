"""What a page or a paragraph holds and does not show: styles that make text invisible.

Only what stands at the element itself is looked at, not style sheets: a rule in one may hold for a phone or a printer only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

LEAST_POINTS = 2.0  # smaller letters are there for machines
WHITE = frozenset({"white", "#fff", "#ffffff", "#ffff", "#ffffffff", "rgb(255,255,255)", "rgba(255,255,255,1)", "transparent"})
DECLARATION = re.compile(r"([a-z-]+):([^;]*)")
LENGTH = re.compile(r"(-?\d*\.?\d+)(px|pt|em|rem|%|cm|mm|in)?")
POINTS = {"px": 0.75, "pt": 1.0, "em": 12.0, "rem": 12.0, "%": 0.12, "cm": 28.35, "mm": 2.835, "in": 72.0}
OFF_PAGE = -500.0  # points: screen readers are given such text, eyes are not


def hides(style: str) -> bool:
    """Whether an inline style takes an element and all in it out of sight.

    `visibility: hidden` and `opacity: 0` do not count: saved pages (WeChat's articles, for one) have them around their whole
    text, which a script would have shown.
    """
    rules = declarations(style)
    return (
        rules.get("display") == "none"
        or any(_points(rules.get(side, "")) <= OFF_PAGE for side in ("text-indent", "left", "top", "margin-left", "margin-top"))
        or (_points(rules.get("height", "")) <= 1 and rules.get("overflow") == "hidden")
    )


def strikes(style: str) -> bool:
    """Whether an inline style draws a line through the text: it holds no more."""
    rules = declarations(style) if "line-through" in style.lower() else {}
    return any("line-through" in rules.get(name, "") for name in ("text-decoration", "text-decoration-line"))


def hides_letters(style: str) -> str:
    """The property by which an inline style makes letters too small to see, or as their background; "" for none. An element
    inside may set it otherwise."""
    rules = declarations(style)
    if _points(rules.get("font-size", "")) < LEAST_POINTS:
        return "font-size"
    colour = rules.get("color", "")
    return "color" if colour and colour in (rules.get("background-color"), rules.get("background")) else ""


def is_tiny(size: str) -> bool:
    """Whether letters of this size are there for machines only."""
    return _points(size.strip().lower()) < LEAST_POINTS


def is_white(style: str) -> bool:
    """Whether an inline style writes in white, or in no colour at all."""
    return declarations(style).get("color") in WHITE


def has_background(styles: Iterable[str]) -> bool:
    """Whether one of the styles paints something behind the text."""
    return any(name.startswith("background") for style in styles for name in declarations(style))


@lru_cache(maxsize=1024)
def declarations(style: str) -> dict[str, str]:
    """The properties of an inline style, without white space, in small letters."""
    return dict(DECLARATION.findall("".join(style.split()).lower().replace("!important", "")))


def _points(length: str) -> float:
    """A length in points; infinite where it is none."""
    found = LENGTH.fullmatch(length)
    return float(found[1]) * POINTS[found[2] or "px"] if found else float("inf")
