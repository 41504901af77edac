"""What chat front ends ask of a model besides the user's questions: a title, tags, follow-up questions for a conversation.

Open WebUI, LibreChat, NextChat, LobeChat and others send such prompts to the model of the conversation. They are known by their
wording and served from the words of the conversation: no document is searched, nothing is generated or noted as unanswered.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

import rjieba

from service.events import Ask, Event, Finished, PassagesFound, Turn
from service.grounding.sanitising import prose
from service.openai.text import sources_named
from youju.records import Answer, Language, ModelNames, Sentence, Timings, Usage
from youju.text.language import HAN_CHARACTER, STOP_WORDS, detect_language

BEGINNING = 600  # characters of a prompt in which its task is named
OPEN_WEBUI = re.compile(r"^\s*#{1,4} ?Task:", re.IGNORECASE)
TITLE_ASKED = re.compile(
    r"\b(?:provide|generate|create|write|give|suggest|analyze)\b.{0,80}\btitle\b.{0,80}\b(?:conversation|chat|starts with)\b|"
    r"\b(?:conversation|chat)\b.{0,120}\b(?:concise|short) title\b|\btitle summarizing our conversation\b|"
    r"(?:总结|概括|生成|返回).{0,20}(?:对话|会话|聊天|这句话).{0,20}(?:标题|主题)|(?:对话|会话)总结为.{0,12}标题",
    re.IGNORECASE | re.DOTALL,
)
SUMMARY_ASKED = re.compile(
    r"summarize the discussion briefly.{0,80}prompt for future context|简要总结一下对话内容.{0,20}上下文",
    re.IGNORECASE | re.DOTALL,
)
KINDS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "follow_ups": r"follow[- ]?ups?\b|追问|后续问题",
        "tags": r"\btags?\b|标签",
        "queries": r"\bsearch quer(?:y|ies)\b|\bqueries\b",
        "text": r"\bautocompletion\b",
        "prompt": r"\bimage\b.*\bprompt\b|\bprompt\b.*\bimage\b",
        "title": r"\btitle\b|标题",
        "emoji": r"\bemoji\b",
    }.items()
}  # fmt: skip
SAID = re.compile(
    r"^[ \t]*(?P<who>user|human|assistant|ai|bot|用户|助手)[ \t]*[:：][ \t]*(?P<text>.*?)(?=^[ \t]*(?:user|human|"
    r"assistant|ai|bot|用户|助手)[ \t]*[:：]|^</|\Z)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
LAST_TAG = re.compile(
    r"<(?P<tag>chat_history|conversation|content|messages?)>(?P<inside>.*)</(?P=tag)>", re.DOTALL | re.IGNORECASE
)
TITLE_WORDS, TITLE_CHARACTERS, MOST_TAGS = 5, 15, 3
# What a question begins with before it says what it is about.
ASKING = STOP_WORDS | frozenset(
    "long much many often far old big please tell list show give explain describe summarise summarize find".split()
)
POLITE = re.compile(r"^(?:请问一下|请问|请|麻烦|帮我|我想知道|你好[，, ]*)+|[？?。.!！ ]+$")
NEW: dict[Language, str] = {"en": "New chat", "zh": "新对话"}
GENERAL: dict[Language, str] = {"en": "General", "zh": "综合"}
FOLLOW_UPS: dict[Language, tuple[str, str, str]] = {
    "en": ("Which documents mention {subject}?", "Summarise “{source}”.", "Which documents are there?"),
    "zh": ("哪些文档提到{subject}？", "总结《{source}》。", "这里有哪些文档？"),
}


@dataclass(frozen=True)
class Task:
    """What is asked for (a key of `KINDS`, or `summary`), of which turns, and whether as JSON."""

    kind: str
    turns: tuple[Turn, ...]
    as_json: bool


def task_of(question: str, history: Sequence[Turn]) -> Task | None:
    """The task that a last message of the user sets; None for a question."""
    beginning, end = question[:BEGINNING], question[-BEGINNING:]
    if OPEN_WEBUI.match(question):
        kind = next((kind for kind, pattern in KINDS.items() if pattern.search(beginning)), None)
        if kind is None:
            return None
    elif TITLE_ASKED.search(beginning) or TITLE_ASKED.search(end):
        kind = "title"
        if not (history or SAID.search(question)):  # of which conversation?
            return None
    elif SUMMARY_ASKED.search(beginning) and history:
        kind = "summary"
    else:
        return None
    return Task(kind, _turns(question) or tuple(history), f'"{kind}"' in question)


async def served(task: Task, ask: Ask, models: ModelNames) -> AsyncGenerator[Event]:
    """What is said to a task, as the events of an answer."""
    yield PassagesFound([])
    yield Finished(_answer(task, ask, models))


def _answer(task: Task, ask: Ask, models: ModelNames) -> Answer:
    asked = next((turn.question for turn in task.turns if turn.question), "")
    language = ask.language or detect_language(asked)
    make = MAKE.get(task.kind)
    text = make(task.turns, language) if make else ""
    content = json.dumps({task.kind: text}, ensure_ascii=False) if task.as_json else _plain(text)
    return Answer(
        answer=content, verdict="answered", form="instruction", confidence=1.0, language=language, citations=[],
        sentences=[Sentence(text=content, markers=[], support=1.0)] if content else [],
        passages=[], missing=None, model=models, usage=Usage(), timings_ms=Timings(), request_id=ask.request_id,
    )  # fmt: skip


def _turns(prompt: str) -> tuple[Turn, ...]:
    """The conversation that a prompt quotes."""
    quoted = LAST_TAG.search(prompt)
    turns: list[Turn] = []
    for match in SAID.finditer(quoted["inside"] if quoted else prompt):
        text = match["text"].strip()
        if match["who"].lower() in ("user", "human", "用户"):
            turns.append(Turn(text))
        elif turns:
            turns[-1] = Turn(turns[-1].question, text)
    return tuple(turns)


def title(turns: Sequence[Turn], language: Language) -> str:
    """A few words of the first question."""
    first = next((turn.question for turn in turns if turn.question), "").strip()
    text = POLITE.sub("", " ".join(prose(first.splitlines()[0] if first else "").split()))
    if HAN_CHARACTER.search(text):
        return text[:TITLE_CHARACTERS] or NEW[language]
    words = [word.strip(",;:\"'()") for word in text.split()]
    while len(words) > 1 and words[0].lower() in ASKING:
        words.pop(0)
    words = words[:TITLE_WORDS]
    while len(words) > 1 and words[-1].lower() in STOP_WORDS:
        words.pop()
    return (
        " ".join(
            word if word.lower() in STOP_WORDS and place else word[:1].upper() + word[1:] for place, word in enumerate(words)
        )
        or NEW[language]
    )


def tags(turns: Sequence[Turn], language: Language) -> list[str]:
    """Up to three words that the questions are about."""
    found: dict[str, None] = {}
    for turn in turns:
        text = POLITE.sub("", prose(turn.question))
        for word in rjieba.cut(text) if HAN_CHARACTER.search(text) else re.findall(r"[\w'’-]+", text):
            if len(word) > 1 and word.lower() not in ASKING and any(char.isalpha() for char in word):
                found[word if HAN_CHARACTER.search(word) else word[:1].upper() + word[1:]] = None
    return list(found)[:MOST_TAGS] or [GENERAL[language]]


def follow_ups(turns: Sequence[Turn], language: Language) -> list[str]:
    """Questions that can be answered here, about what was asked and the sources that were named."""
    mention, summarise, about = FOLLOW_UPS[language]
    asked = [turn for turn in turns if turn.question]
    subject = title(asked[-1:], language)
    named = [source for turn in reversed(asked) for source in sources_named(turn.answer)]
    quoted = f"“{subject}”"
    return [mention.format(subject=quoted), *([summarise.format(source=prose(named[0]))] if named else []), about]


def summary(turns: Sequence[Turn], _language: Language) -> str:
    """The questions that were asked."""
    return " ".join(prose(turn.question) for turn in turns)


MAKE: dict[str, Callable[[Sequence[Turn], Language], str | list[str]]] = {
    "title": title, "tags": tags, "follow_ups": follow_ups, "summary": summary, "queries": lambda _turns, _language: [],
    "emoji": lambda _turns, _language: "💬",
}  # fmt: skip


def _plain(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "\n".join(text)
