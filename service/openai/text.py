"""An answer as the text of a chat message: the sentences with their markers, what is missing, and the list of sources."""

from __future__ import annotations

import re
import unicodedata

from service.grounding.citations import names_of
from youju.records import Answer, Citation, Language

SOURCES: dict[Language, str] = {"en": "Sources:", "zh": "来源："}
PAGE: dict[Language, str] = {"en": ", page {page}", "zh": "，第 {page} 页"}
SOURCE_LINE = re.compile(r"^- \[\d+\] (.*)$", re.MULTILINE)
SOURCE_PAGE = re.compile("(?:, page|，第) [\\d–]+(?: 页)?$")
# What would make a title a link, a picture, HTML or a marker in a client that shows Markdown.
BRACKETS = str.maketrans("[]<>`", "()()'")
LONGEST_NAME = 600


def message_text(answer: Answer) -> str:
    """All that a plain chat client shows."""
    return answer.answer + after_the_answer(answer)


def after_the_answer(answer: Answer) -> str:
    """What stands below the answer itself; begins with an empty line if it is not empty."""
    blocks = [answer.missing] if answer.missing else []
    if answer.citations:
        named = zip(answer.citations, names_of(answer.citations), strict=True)
        lines = [_source(citation, name, answer.language) for citation, name in named]
        blocks.append("\n".join([SOURCES[answer.language], *lines]))
    return "".join(f"\n\n{block}" for block in blocks)


def sources_named(text: str) -> list[str]:
    """The names in the list of sources of an earlier answer."""
    listed = max((text.rpartition(f"\n{head}\n")[2] for head in SOURCES.values() if f"\n{head}\n" in text), default="")
    return [SOURCE_PAGE.sub("", name).strip() for name in SOURCE_LINE.findall(listed)]


def _source(citation: Citation, name: str, language: Language) -> str:
    page = PAGE[language].format(page=citation.pages) if citation.pages else ""
    return f"- [{citation.marker}] {_plain(name)}{page}"


def _plain(title: str) -> str:
    """On one line, without control characters or signs that a chat client would act on."""
    visible = "".join(char for char in " ".join(title.split()) if not unicodedata.category(char).startswith("C"))
    return visible.translate(BRACKETS)[:LONGEST_NAME]
