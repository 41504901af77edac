"""Does a draft say that the passages do not hold the answer?"""

from __future__ import annotations

import re

from service.generation.prompting import NOT_FOUND
from youju.text.language import END_MARKS

REFUSAL = re.compile(
    r"\b(?:passages?|documents?|text|context)\b[^.]{0,60}\b(?:do(?:es)? not|don't|doesn't)\b[^.]{0,30}"
    r"\b(?:mention|contain|provide|specify|state|hold|say|include|answer)|"
    r"\bnot (?:mentioned|specified|provided|stated|given|contained)\b"
    r"[^.]{0,20}\b(?:in|by)\b[^.]{0,10}\b(?:passages?|documents?|text|context)\b|"
    r"(?:段落|文档|文中|资料|上下文)[^。]{0,20}(?:没有|未|并未|无法)[^。]{0,8}(?:提及|提到|说明|给出|提供|包含|答案|找到|回答)",
    re.IGNORECASE,
)


def is_refusal(sentence: str) -> bool:
    """Whether the model says that the passages do not hold the answer."""
    bare = sentence.strip(END_MARKS + " ").upper()
    return bare in NOT_FOUND.values() or bool(REFUSAL.search(sentence))
