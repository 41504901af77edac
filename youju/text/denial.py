"""Whether a text denies something: words of denial, also of prohibition or of what need not be."""

from __future__ import annotations

import re

NEGATION = re.compile(
    r"\b(?:not|no(?!\.?\s*(?:of\b|\d|:))|never|none|neither|nor|cannot|without|unable|impossible|unnecessary|forbidden|"
    r"prohibited|prohibits?|forbids?|refuses?|fails? to|lacks?|instead of|rather than|no longer)\b|n['’]t\b|"
    r"不(?!锈|同|仅|但|过|断|久|少|论|管|只|妨|含税)|没(?!收)|未(?!来)|无(?!线|论|人机)|非(?!常|洲)|禁止|严禁|勿|免于|拒绝|切忌",
    re.IGNORECASE,
)


def denies(text: str) -> bool:
    """Whether a word of denial stands in the text."""
    return bool(NEGATION.search(text))
