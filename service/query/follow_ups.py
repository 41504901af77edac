"""Follow-up questions that code understands by itself: the same in another language, and what is said of the second point.

What is left is rewritten by the generator (`rewriting.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from service.events import Ask, Turn
from service.query.history import items
from youju.records import Language

LONGEST = 60  # characters of a question that asks for a point of a list
LONGEST_ITEM = 100  # characters of an item that stand for it
CHINESE, ENGLISH = r"chinese|mandarin|中文|汉语|漢語|国语|國語|普通话", r"english|英文|英语|英語"
AGAIN = re.compile(
    r"^\W*(?:(?:and|now|then|please|can you|could you|would you|once more)\W+)*"
    r"(?:(?:say|tell|answer|repeat|give|write|put|translate)\W+(?:(?:me|it|that|this|the answer|your answer|again)\W+)*)?"
    rf"(?:in|into|to)\W+(?:(?P<chinese>{CHINESE})|(?P<english>{ENGLISH}))(?:\W+(?:please|again|too|then))*\W*$|"
    r"^\W*(?:那么?|请|能不能|可以|再|把?(?:它|这个|这段|答案|上面的?|回答))*(?:用|以|翻译成|翻成|译成|换成|说成)?"
    rf"(?:(?P<zh>{CHINESE})|(?P<en>{ENGLISH}))(?:再|来|怎么|说|讲|答|回|一|遍|次|下|呢|吗|吧)*\W*$",
    re.IGNORECASE,
)
NUMBERS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
HAN_DIGITS = "一二三四五六七八九十"
POINT = r"(?:point|item|step|entry|reason|one|thing)"
ORDINAL = re.compile(
    rf"(?:\bthe )?\b(?:(?P<word>{'|'.join(NUMBERS)}|last)(?: {POINT}\b|(?=\W*$))|(?P<count>\d{{1,2}})(?:st|nd|rd|th) {POINT}\b|"
    rf"(?:point|item|step|number|no\.?) (?P<number>\d{{1,2}})\b)|"
    rf"第(?P<han>[{HAN_DIGITS}]|\d{{1,2}})(?:点|點|条|條|项|項|个|個|步|种|種)(?!月)|最后一?(?P<end>点|點|条|條|项|項|个|個|步|种|種)",
    re.IGNORECASE,
)


def meant(ask: Ask) -> tuple[str, Ask]:
    """The question to answer, and how: the one before where it is only to be said in another language."""
    if not ask.history or (found := AGAIN.search(ask.question)) is None or not ask.history[-1].question.strip():
        return ask.question, ask
    language: Language = "zh" if found["chinese"] or found["zh"] else "en"
    return ask.history[-1].question, replace(ask, history=ask.history[:-1], language=language)


def with_item(question: str, history: Sequence[Turn]) -> str:
    """The question with an item of the answer before in place of its number; as it is where no number counts one of them."""
    if not history or len(question) > LONGEST or (found := ORDINAL.search(question)) is None:
        return question
    listed = items(history[-1].answer)
    place = _place(found, len(listed))
    if place >= len(listed):
        return question
    return f"{question[: found.start()]}“{_named(listed[place])}”{question[found.end() :]}"


def _place(found: re.Match[str], count: int) -> int:
    """Which item is meant, from 0; `count` where that is none."""
    if found["end"] or (found["word"] or "").lower() == "last":
        return count - 1 if count else 0
    if word := found["word"]:
        return NUMBERS.index(word.lower())
    written = found["count"] or found["number"] or found["han"]
    number = int(written) if written.isdecimal() else HAN_DIGITS.index(written) + 1
    return number - 1 if number else count


def _named(item: str) -> str:
    """As much of an item as names it: its first clause, if it is long."""
    if len(item) <= LONGEST_ITEM:
        return item.rstrip(".。;；,，:： ")
    clause = re.split(r"(?<=.{8})[.。;；,，:：]", item[:LONGEST_ITEM])[0]
    return clause.strip()
