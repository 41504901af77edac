"""Formulas in TeX as text on one line, by way of MathML."""

from __future__ import annotations

import re

import lxml.html
from latex2mathml.converter import convert

from ingest.loaders.formulas import mathml

LONGEST = 2000  # characters; more is no formula
DOLLARS = re.compile(r"^\s*(?:\$\$?|\\\(|\\\[)|(?:\$\$?|\\\)|\\\])\s*$")


def tex(source: str) -> str:
    """A formula in TeX; what the parser does not take stays as it is written."""
    source = DOLLARS.sub("", source).strip()
    if not source or len(source) > LONGEST:
        return source
    try:
        return mathml(lxml.html.fromstring(convert(source)))
    except Exception:  # noqa: BLE001 - a parser of what anybody wrote, which also runs out of recursion
        return source
