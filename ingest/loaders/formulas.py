"""Formulas in MathML as text on one line: `k=1.35`, `(a+b)/c`, `10⁵`, `x_max`."""

from __future__ import annotations

import re

from lxml import etree

from ingest.loaders.raised import LOWERED, RAISED

DEEPEST = 60
UNSHOWN = frozenset({"annotation", "annotation-xml", "mphantom", "maligngroup", "malignmark", "mspace", "none"})
OVER_ALL = frozenset("¯‾^˜~→⃗˙¨ˉ_")  # accents, which change no value
SIMPLE = re.compile(r"[\w.,√∑∫∞%°′]*")


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
