"""Questions of what two amounts differ by, and of what is left of one, as a question for each amount.

Knows nothing of tables: the amounts may stand in two of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from youju.records import Language

_END = r"[?？.。!！\s]*$"
_BETWEEN = re.compile(
    rf"\b(?:difference|gap) between (?:the )?(?P<first>.+?) and (?:the )?(?P<second>.+?)"
    rf"(?P<tail> (?:for|in|over|during|of) (?:the )?[\w ]+)?{_END}",
    re.IGNORECASE,
)
_MORE = re.compile(
    rf"\bhow much (?:more|higher|larger|greater) (?:is|was|are|were) (?:the )?(?P<first>.+?) than (?:the )?(?P<second>.+?)"
    rf"(?P<tail> (?:for|in|over|during|of) (?:the )?[\w ]+)?{_END}",
    re.IGNORECASE,
)
_APART = re.compile(
    rf"^(?:请问)?(?P<first>.+?)(?:和|与|跟|减去?|比)(?P<second>.+?)(?:的差额?|相差|之差|差|多|高)(?:了)?(?:是)?(?:多少|几)?.{{0,2}}?{_END}"
)
_LEFT = (
    re.compile(
        rf"\b(?:how much|what)\b.*?\bof (?:the |our )?(?P<what>.+?) budget (?:is|are|do|does|remains)\b.*{_END}", re.IGNORECASE
    ),
    re.compile(
        rf"\b(?:how much|what)\b.*?\b(?:is|are) left (?:of|for|in) (?:the |our )?(?P<what>.+?)(?: budget)?{_END}", re.IGNORECASE
    ),
    re.compile(rf"\b(?:how much|what) remains (?:of|for|in) (?:the |our )?(?P<what>.+?)(?: budget)?{_END}", re.IGNORECASE),
)
_REST = re.compile(rf"^(?:请问)?(?P<what>.+?)的?预算(?:一共|总共|现在)?(?:还)?(?:剩|余|结余).*{_END}")


@dataclass(frozen=True)
class Amounts:
    """A question for the amount from which the other one is taken, and one for that."""

    first: str
    second: str


def amounts(question: str, language: Language) -> Amounts | None:
    """None where a question asks for no such thing."""
    question = question.strip()
    if language == "zh":
        if found := _REST.match(question):
            return Amounts(f"{found['what']}的预算是多少？", f"{found['what']}一共支出多少？")
        found = _APART.match(question)
        return Amounts(f"{found['first']}是多少？", f"{found['second']}是多少？") if found else None
    for pattern in _LEFT:
        if found := pattern.search(question):
            return Amounts(f"What is the budget for {found['what']}?", f"What was spent on {found['what']} in total?")
    if found := _BETWEEN.search(question) or _MORE.search(question):
        tail = found["tail"] or ""
        return Amounts(f"What is {found['first']}{tail}?", f"What is {found['second']}{tail}?")
    return None
