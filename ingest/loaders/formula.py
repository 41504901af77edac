"""Formulas as text on one line: MathML, and TeX by way of it. `k=1.35`, `(a+b)/c`, `10⁵`, `x_max`."""

from __future__ import annotations

import re

import lxml.html
from latex2mathml.converter import convert
from lxml import etree

from ingest.loaders.raised import LOWERED, RAISED

LONGEST_TEX = 2000  # characters; more is no formula
DEEPEST = 60
UNSHOWN = frozenset({"annotation", "annotation-xml", "mphantom", "maligngroup", "malignmark", "mspace", "none"})
OVER_ALL = frozenset("¯‾^˜~→⃗˙¨ˉ_")  # accents, which change no value
SIMPLE = re.compile(r"[\w.,√∑∫∞%°′]*")
DOLLARS = re.compile(r"^\s*(?:\$\$?|\\\(|\\\[)|(?:\$\$?|\\\)|\\\])\s*$")


def tex(source: str) -> str:
    """A formula in TeX; what the parser does not take stays as it is written."""
    source = DOLLARS.sub("", source).strip()
    if not source or len(source) > LONGEST_TEX:
        return source
    try:
        return mathml(lxml.html.fromstring(convert(source)))
    except Exception:  # noqa: BLE001 - a parser of what anybody wrote, which also runs out of recursion
        return source


def mathml(node: etree._Element, depth: int = 0) -> str:
    """A formula in MathML. Text beside its elements is none; of very deep ones the letters are left."""
    name = _name(node)
    if depth > DEEPEST:
        return "".join("".join(map(str, node.itertext())).split())
    if name in UNSHOWN:
        return ""
    parts = [mathml(child, depth + 1) for child in node if isinstance(child.tag, str)]
    if not parts:
        return " ".join((node.text or "").split())
    match name:
        case "semantics":
            return parts[0]
        case "mfrac" if len(parts) == 2:
            return f"{_grouped(parts[0])}/{_grouped(parts[1])}"
        case "msqrt":
            return f"√{_grouped(''.join(parts))}"
        case "mroot" if len(parts) == 2:
            return f"{_raised(parts[1]).removeprefix('^')}√{_grouped(parts[0])}"
        case "mtable":
            return "; ".join(parts)
        case "mtr" | "mlabeledtr":
            return ", ".join(part for part in parts if part)
        case "mfenced":
            return f"{node.get('open', '(')}{', '.join(parts)}{node.get('close', ')')}"
    return _with_scripts(name, parts)


def _with_scripts(name: str, parts: list[str]) -> str:
    match name, parts:
        case "msup", [base, above]:
            return f"{_base(base)}{_raised(above)}"
        case "msub" | "munder", [base, below]:
            return base if below in OVER_ALL else f"{base}{_lowered(below)}"
        case "mover", [base, above]:
            return base if above in OVER_ALL else f"{base}{_raised(above)}"
        case "msubsup" | "munderover", [base, below, above]:
            return f"{base}{_lowered(below)}{_raised(above)}"
    return "".join(parts)


def _name(node: etree._Element) -> str:
    """The name without prefix or namespace."""
    return re.split(r"[:}]", str(node.tag))[-1].lower()


def _base(text: str) -> str:
    return text if SIMPLE.fullmatch(text) or text[-1:] in ")]|" else f"({text})"


def _grouped(text: str) -> str:
    return text if SIMPLE.fullmatch(text) or (text.startswith("(") and text.find(")") == len(text) - 1) else f"({text})"


def _raised(text: str) -> str:
    signs = text.translate(RAISED)
    return signs if text and not set(signs) & set(text) else f"^{_grouped(text)}" if text else ""


def _lowered(text: str) -> str:
    signs = text.translate(LOWERED)
    return signs if text and not set(signs) & set(text) else f"_{_grouped(text)}" if text else ""
