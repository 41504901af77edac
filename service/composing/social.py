"""Greetings, thanks, "who are you?", and what this service does not do: one friendly sentence on what can be asked here."""

from __future__ import annotations

import re

from service.composing.base import Composition, Run, Search, sentence
from service.query.titles import TitleIndex, name_of
from service.query.understanding import Understanding
from youju.records import Document, Language

GREETING, THANKS, FAREWELL, SORRY = "greeting", "thanks", "farewell", "sorry"
INTRODUCTION, INSTRUCTION = "introduction", "instruction"
KINDS = {
    THANKS: re.compile(
        r"\b(?:thanks?|thank|thx|cheers|appreciated|helpful|great|awesome|perfect|well done|nice|cool|got it|brilliant)\b|"
        r"谢|感激|辛苦|帮了大忙|太好|真棒|厉害|完美|干得好|明白了",
        re.IGNORECASE,
    ),
    FAREWELL: re.compile(
        r"\b(?:bye|goodbye|good night|see you|that'?s all|have a (?:nice|good))\b|"
        r"再见|拜拜|晚安|明天见|回头见|就到这里",
        re.IGNORECASE,
    ),
    SORRY: re.compile(
        r"\b(?:sorry|wrong|not (?:helpful|what)|don'?t understand)\b|不对|没用|没听懂|不是这个|不好意思|对不起", re.IGNORECASE
    ),
    INTRODUCTION: re.compile(
        r"\b(?:who|what|how|which|can|are|do|your|yourself|help|use|robot|human)\b|谁|什么|怎么|你是|自我介绍|帮助|"
        r"帮|能问|可以问",
        re.IGNORECASE,
    ),
}  # fmt: skip
SAID: dict[Language, dict[str, str]] = {
    "en": {
        GREETING: "Hello! Ask me what you would like to know from {documents}{example}.",
        THANKS: "You're welcome! Ask on whenever something else in {documents} interests you.",
        FAREWELL: "Goodbye! I am here whenever you want to know something from {documents}.",
        SORRY: "I am sorry that this did not help; ask in other words, or name the document that you mean.",
        INTRODUCTION: "I am Youju and answer questions from {documents}, each sentence with the place where it stands: ask for "
        "a fact, a list, the steps of something, a comparison, a summary, or which documents mention something{example}.",
        INSTRUCTION: "That is not what I am for: I answer questions from {documents} and show where it stands{example}.",
    },
    "zh": {
        GREETING: "你好！想从{documents}里了解什么，尽管问{example}。",
        THANKS: "不客气！{documents}里还有什么想了解的，随时问。",
        FAREWELL: "再见！以后想从{documents}里查什么，随时来问。",
        SORRY: "抱歉没帮上忙；请换个说法再问，或者说出是哪份文档。",
        INTRODUCTION: "我是有据，根据{documents}回答问题，每句话都注明出处："
        "可以问事实、清单、步骤、对比、总结，或者哪些文档提到了什么{example}。",
        INSTRUCTION: "这件事不在我的范围内：我只根据{documents}回答问题，并注明每句话的出处{example}。",
    },
}
DOCUMENTS: dict[Language, tuple[str, str, str]] = {
    "en": ("your documents, once there are any", "the one document here", "the {count} documents here"),
    "zh": ("导入后的文档", "这里的一份文档", "这里的 {count} 份文档"),
}
EXAMPLE: dict[Language, str] = {"en": ", for instance what “{title}” says", "zh": "，例如《{title}》讲了什么"}


class Social:
    """Answers the forms `social` and `instruction`. No document is cited: nothing is said of what they hold."""

    def __init__(self, titles: TitleIndex) -> None:
        self._titles = titles

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        if understood.form not in (INSTRUCTION, "social"):
            return None
        kind = INSTRUCTION if understood.form == INSTRUCTION else kind_of(understood.question)
        documents = await run.step("retrieve", self._titles.within, run.ask.scope)
        return Composition((sentence(said(kind, run.language, documents)),))


def kind_of(question: str) -> str:
    """What sort of remark it is."""
    return next((kind for kind, pattern in KINDS.items() if pattern.search(question)), GREETING)


def said(kind: str, language: Language, documents: list[Document]) -> str:
    none, one, several = DOCUMENTS[language]
    counted = none if not documents else one if len(documents) == 1 else several.format(count=len(documents))
    titled = next((name_of(one) for one in documents if one.language == language), "")
    example = EXAMPLE[language].format(title=titled) if titled else ""
    return SAID[language][kind].format(documents=counted, example=example)
