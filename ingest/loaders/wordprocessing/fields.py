"""What the fields of Word show that hold no result: boxes to tick, lists to choose from, and the old EQ fields, which set a
character over another.
"""

from __future__ import annotations

import re
from typing import Any

from ingest.loaders.wordprocessing.names import OFF, VAL, W

LONGEST = 1000  # characters of what a field says that it is
EQUATION = re.compile(r"^\s*EQ\s+", re.IGNORECASE)
SWITCH = re.compile(r"\\\*\s*(?:\"[^\"]*\"|\S+)")
ABOVE = re.compile(r"\\s\s*\\(?:up|do)\s*\d*\s*\(((?:[^()\\]|\\.)*)\)", re.IGNORECASE)
OVER = re.compile(r"\\o\s*(?:\\a[a-z])?\s*\(([^()]*?)[,;]?\s*([^(),;]*)\)", re.IGNORECASE)
FRACTION = re.compile(r"\\f\s*\(([^(),]*),([^(),]*)\)", re.IGNORECASE)
PAGE = re.compile(r"^\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b", re.IGNORECASE)


def shown(instruction: str, form: Any = None) -> str:
    """What a field without a result shows; `form` is the `w:ffData` of a form's field."""
    if form is not None:
        return _form(form)
    if not EQUATION.match(instruction) or len(instruction) > LONGEST:
        return ""
    text = SWITCH.sub("", EQUATION.sub("", instruction))
    text = ABOVE.sub("", text)  # the reading over a character
    text = OVER.sub(lambda match: match[2].strip(), text)  # of characters over each other the last: ① is a ring and 1
    return FRACTION.sub(r"\1/\2", text).strip() if "\\" not in FRACTION.sub("", text) else ""


def _form(form: Any) -> str:
    box, choices = form.find(f"{W}checkBox"), form.find(f"{W}ddList")
    if box is not None:
        state = next((found for found in map(box.find, (f"{W}checked", f"{W}default")) if found is not None), None)
        return "☒" if state is not None and state.get(VAL, "1") not in OFF else "☐"
    if choices is None:
        return ""
    entries = [entry.get(VAL, "") for entry in choices.iterchildren(f"{W}listEntry")]
    result = choices.find(f"{W}result")
    digits = result.get(VAL, "0") if result is not None else "0"
    return entries[int(digits)] if digits.isdecimal() and int(digits) < len(entries) else ""
