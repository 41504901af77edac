"""Formulas of Office (OMML) as one line of text.

Fractions become `a/b`, powers raised signs, roots `√`; what has no line of its own (a matrix) its cells with `,` and `;`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingest.loaders.raised import exponent, index

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
UNSEEN = dict.fromkeys(map(ord, "\u2061\u2062\u2063\u2064"))  # function applied, times, comma, plus: nobody sees them
LEFT_OUT = frozenset({f"{W}del", f"{W}moveFrom", f"{W}rPr", f"{W}instrText"})


def omml(node: Any) -> str:
    """The text of an element of OMML, such as `m:oMath`."""
    tag = node.tag
    if tag in (f"{M}t", f"{W}t"):
        return (node.text or "").translate(UNSEEN)
    if tag in LEFT_OUT or not isinstance(tag, str):
        return ""
    made = OMML.get(tag.removeprefix(M)) if tag.startswith(M) and not tag.endswith("Pr") else None
    if made:
        return made(node)
    return "" if tag.startswith(M) and tag.endswith("Pr") else "".join(map(omml, node))


def _wrapped(text: str) -> str:
    text = text.strip()
    return text if text.isalnum() or not text.strip("0123456789.,") or _is_in_brackets(text) else f"({text})"


def _is_in_brackets(text: str) -> bool:
    return text.startswith("(") and text.find(")") == len(text) - 1


def _fraction(above: str, below: str) -> str:
    return f"{_wrapped(above)}/{_wrapped(below)}"


def _root(of: str, degree: str = "") -> str:
    degree = degree.strip()
    return (ROOTS[degree] if degree in ROOTS else exponent(degree) + "√") + _wrapped(of)


def _scripts(base: str, low: str, high: str) -> str:
    return base + (index(low) if low.strip() else "") + (exponent(high) if high.strip() else "")


def _value(node: Any, path: str, default: str) -> str:
    found = node.find("/".join(M + name for name in path.split("/")))
    return default if found is None else str(found.get(f"{M}val", ""))


def _part(node: Any, name: str) -> str:
    found = node.find(M + name)
    return "" if found is None else "".join(map(omml, found))


def _bracketed(node: Any) -> str:
    begin, end = _value(node, "dPr/begChr", "("), _value(node, "dPr/endChr", ")")
    return begin + _value(node, "dPr/sepChr", "|").join("".join(map(omml, e)) for e in node.iterchildren(f"{M}e")) + end


def _large(node: Any) -> str:
    sign = _value(node, "naryPr/chr", "∫")
    return _scripts(sign, _part(node, "sub"), _part(node, "sup")) + " " + _part(node, "e")


def _rows(node: Any, row: str) -> str:
    lines = [", ".join(_cell(cell) for cell in one.iterchildren(f"{M}e")) for one in node.iterchildren(row)]
    return "[" + "; ".join(lines) + "]"


def _cell(cell: Any) -> str:
    return "".join(map(omml, cell)).strip()


OMML: dict[str, Callable[[Any], str]] = {
    "f": lambda node: (
        f"({_part(node, 'num')}¦{_part(node, 'den')})"
        if _value(node, "fPr/type", "bar") == "noBar"
        else _fraction(_part(node, "num"), _part(node, "den"))
    ),
    "sSup": lambda node: _scripts(_part(node, "e"), "", _part(node, "sup")),
    "sSub": lambda node: _scripts(_part(node, "e"), _part(node, "sub"), ""),
    "sSubSup": lambda node: _scripts(_part(node, "e"), _part(node, "sub"), _part(node, "sup")),
    "sPre": lambda node: _scripts("", _part(node, "sub"), _part(node, "sup")) + _part(node, "e"),
    "rad": lambda node: _root(_part(node, "e"), _part(node, "deg")),
    "d": _bracketed,
    "nary": _large,
    "func": lambda node: f"{_part(node, 'fName')} {_part(node, 'e')}",
    "limLow": lambda node: _scripts(_part(node, "e"), _part(node, "lim"), ""),
    "limUpp": lambda node: _scripts(_part(node, "e"), "", _part(node, "lim")),
    "m": lambda node: _rows(node, f"{M}mr"),
    "eqArr": lambda node: "; ".join(_cell(cell) for cell in node.iterchildren(f"{M}e")),
    "acc": lambda node: _part(node, "e") + _value(node, "accPr/chr", "\u0302"),
    "phant": lambda node: "" if _value(node, "phantPr/show", "1") in ("0", "off") else _part(node, "e"),
}
