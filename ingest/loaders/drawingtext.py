"""The paragraphs of a text in slides (DrawingML): what is struck out left out, powers raised, formulas, numbers of lists."""

from __future__ import annotations

import re
from typing import Any

from ingest.loaders import symbols
from ingest.loaders.hidden import LEAST_POINTS
from ingest.loaders.omml import M, omml
from ingest.loaders.ordinals import shown
from ingest.loaders.raised import Runs

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MATH = f"{M}oMath"
UNSHOWN_FIELDS = ("slidenum", "datetime")  # other on each slide, and on each day
NUMBERED = re.compile(
    r"(arabic(?:Db)?|alphaLc|alphaUc|romanLc|romanUc|circleNum\w*?|ea1\w*?)(Period|ParenR|ParenBoth|Minus|Plain)$"
)
FORMS = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}
AROUND = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Minus": "{} -", "Plain": "{}"}


def lines(body: Any) -> list[str]:
    """The paragraphs that hold anything, each with the number that it shows."""
    found: list[str] = []
    counts: dict[int, tuple[str, int]] = {}  # by level: how it is numbered, and up to where
    for paragraph in body.iterchildren(f"{A}p") if body is not None else ():
        text = _text(paragraph)
        if text.strip():
            found.append(_number(paragraph, counts) + text)
    return found


def _number(paragraph: Any, counts: dict[int, tuple[str, int]]) -> str:
    properties = paragraph.find(f"{A}pPr")
    numbered = properties.find(f"{A}buAutoNum") if properties is not None else None
    level = _integer(properties.get("lvl") if properties is not None else None, 0)
    for deeper in [one for one in counts if one > level]:
        del counts[deeper]
    if numbered is None:
        counts.pop(level, None)
        return ""
    kind, start = numbered.get("type", ""), _integer(numbered.get("startAt"), 1)
    before = counts.get(level, ("", 0))
    count = before[1] + 1 if before[0] == kind else start
    counts[level] = (kind, count)
    match = NUMBERED.match(kind)
    if match is None:
        return f"{count}. "
    form = "decimalEnclosedCircle" if match[1].startswith("circle") else "chineseCounting" if match[1].startswith("ea1") else ""
    return AROUND[match[2]].format(shown(count, form or FORMS.get(match[1], "decimal"))) + " "


def _text(paragraph: Any) -> str:
    runs = Runs()
    for child in paragraph:
        if child.tag == f"{A}r":
            _add(child, runs)
        elif child.tag == f"{A}br":
            runs.add("\n")
        elif child.tag == f"{A}fld" and not child.get("type", "").startswith(UNSHOWN_FIELDS):
            _add(child, runs)
        elif child.tag == f"{MC}AlternateContent" or child.tag.endswith("}m"):
            for formula in child.iter(MATH):
                runs.add(" ".join(omml(formula).split()))
    return runs.text()


def _add(run: Any, runs: Runs) -> None:
    text = "".join(one.text or "" for one in run.iterchildren(f"{A}t"))
    look = run.find(f"{A}rPr")
    if look is None:
        runs.add(text)
    elif look.get("strike", "noStrike") != "noStrike" or _integer(look.get("sz"), 1800) < 100 * LEAST_POINTS:
        runs.gap()
    else:
        font = next((face.get("typeface", "") for face in look.iterchildren(f"{A}sym", f"{A}latin")), "")
        raised = _integer(look.get("baseline"), 0)
        runs.add(symbols.plain(text, font), (raised > 0) - (raised < 0))


def _integer(digits: str | None, default: int) -> int:
    return int(digits) if digits is not None and digits.removeprefix("-").isdecimal() and len(digits) < 10 else default
