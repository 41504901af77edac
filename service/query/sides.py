"""The two sides of a question that compares, and what of them it compares. Told from wording alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 60  # characters of a side
AND = r"\s+(?:and|with|to|versus|vs\.?|against)\s+"
HAN_AND = r"\s*(?:和|与|與|跟|同|以及|对比|對比|vs\.?)\s*"
DIFFERENT = r"(?:区别|區別|不同|差别|差別|差异|差異|不一样|不一樣|异同|異同|哪里不同|优缺点)"
FURTHER = r"(?:\s+(?:in|by|on|regarding|as to|in terms of)\s+(?P<aspect>.+))?$"
ENGLISH = (
    re.compile(
        r"\b(?:differences?|distinction|comparison|contrast)\s+(?:in\s+(?P<aspect>.+?)\s+)?between\s+"
        rf"(?P<a>.+?){AND}(?P<b>.+)$",
        re.IGNORECASE,
    ),
    re.compile(rf"\bcompare\s+(?P<aspect>(?:(?!{AND}).)+)\s+(?:of|in|for|at)\s+(?P<a>.+?){AND}(?P<b>.+)$", re.IGNORECASE),
    re.compile(rf"\b(?:compare|contrast)\s+(?P<a>.+?){AND}(?P<b>.+?){FURTHER}", re.IGNORECASE),
    re.compile(rf"\bhow\s+(?:do(?:es)?|is|are)\s+(?P<a>.+?)\s+differ(?:ent)?\s+from\s+(?P<b>.+?){FURTHER}", re.IGNORECASE),
    re.compile(r"\bwhat\s+(?:distinguishes|sets)\s+(?P<a>.+?)\s+(?:apart\s+)?from\s+(?P<b>.+)$", re.IGNORECASE),
    re.compile(
        r"^(?P<a>.+?)\s+(?:vs\.?|versus|compared\s+(?:to|with))\s+(?P<b>.+?)(?:\s*[:,]\s*(?P<aspect>.+))?$", re.IGNORECASE
    ),
)
CHINESE = (
    re.compile(
        rf"(?:比较|比較|对比|對比)(?:一下|下)?\s*(?P<a>.+?){HAN_AND}(?P<b>.+?)(?:的(?P<aspect>[^的]+?))?$", re.IGNORECASE
    ),
    re.compile(
        rf"^(?P<a>.+?){HAN_AND}(?P<b>.+?)(?:在(?P<aspect>.+?)(?:上|方面))?(?:之间|之間)?的?(?:有|是|存在)?"
        rf"(?:什么|什麼|何|哪些|啥|多大)?的?{DIFFERENT}",
        re.IGNORECASE,
    ),
)
AROUND = re.compile(
    r"^(?:(?:the|an?|please|th(?:at|ose) of)\s+|请|請|帮我|问一下|我想知道|那么?)|[\s?？.。!！吗呢]+$", re.IGNORECASE
)
# What is told before the question: "I am new here, ...".
BEFORE = re.compile(r"^.*(?:[,;:.!?]\s+|[，；：。！？])(?=\S)")
# Of "A and B, the two lists" what the sides are.
BOTH = re.compile(
    r"[\s,，]*(?:这|那|這)?(?:两|兩|二)(?:个|個|种|種|款|者|条|條|项|項|类|類|份|张|台|套|门|家|位)\S*$|[\s,]+(?:the|these|those|both)\s+two\b.*$"
)
ASKED_FOR = re.compile(r"^(?:the\s+)?(?:differences?|similarities|comparison)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sides:
    """What is compared, as the question words it; `aspect` is empty where it names none."""

    first: str
    second: str
    aspect: str = ""


def sides_of(question: str) -> Sides | None:
    """None where no two sides can be told."""
    asked = AROUND.sub("", question.strip())
    for pattern in (*ENGLISH, *CHINESE):
        if found := pattern.search(asked):
            parts = found.groupdict()
            first = _bare(BEFORE.sub("", parts["a"]))
            second, aspect = (_bare(text or "") for text in (BOTH.sub("", parts["b"]), parts.get("aspect")))
            if first and second and max(len(first), len(second)) <= LONGEST and first.lower() != second.lower():
                return Sides(first, second, "" if ASKED_FOR.match(aspect) else aspect)
    return None


def _bare(text: str) -> str:
    before = None
    while before != text:
        before, text = text, AROUND.sub("", text.strip())
    return text.strip("\"'“”‘’《》「」,，:： ")
