"""An earlier answer as a client sends it back -> what it said, in plain sentences.

Clients send what they showed: Markdown, markers of citations, quotations, a list of sources, thoughts of other models. For
understanding a follow-up question all of that is in the way. Knows nothing of questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from youju.text.markdown import TAG

# What models think aloud, and what clients fold away.
FOLDED = re.compile(r"<(details|think|thinking|reasoning)\b[^>]*>.*?(?:</\1>|\Z)", re.IGNORECASE | re.DOTALL)
NUMBER = r"(?:\d{1,3}(?:[:†][^\]】]{0,20})?|\^\w{1,20})"
MARKER = re.compile(rf"\s*(?:[\[［【]{NUMBER}(?:\s*[,，、;；–-]\s*{NUMBER})*[\]］】]|(?<=[.。！？!?,，;；”’\"')）])[¹²³⁰⁴-⁹]+)")
RAISED = re.compile(r"<(sup|sub)\b[^>]*>\s*\[?[\d, ]+\]?\s*</\1>", re.IGNORECASE)
# The title of a list of sources, alone on its line or before the first of them.
SOURCES = re.compile(
    r"^\W*(?:sources?|references|citations|(?:参考|引用|资料)?来源|参考(?:资料|文献)?|引用|出处)\W{0,4}$", re.IGNORECASE
)
SOURCE = re.compile(rf"^\s*(?:[-*•]\s*)?[\[［【]{NUMBER}[\]］】]\s*[:：]?\s*\S")
QUOTED = re.compile(r"(?:Source(?:, under “[^”]*”)?|原文(?:，在“[^”]*”下)?)[:：]\s*“[^”]*”\s*")


def plain(answer: str) -> str:
    """The sentences of an answer, a paragraph, an item or a row of a table to a line."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(RAISED.sub("", FOLDED.sub("", answer)))
    said: list[str] = []
    for line in _lines(tokens):
        if said and SOURCES.match(line):
            break
        if not SOURCE.match(line):
            said.append(" ".join(QUOTED.sub("", MARKER.sub("", line)).split()))
    return "\n".join(line for line in said if line)


def items(answer: str) -> list[str]:
    """The items of the lists of an answer in order, without those below them."""
    found: list[str] = []
    depth, is_first = 0, False  # of lists that are open; whether an item has just begun
    for token in MarkdownIt("commonmark", {"html": True}).parse(RAISED.sub("", FOLDED.sub("", answer))):
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                depth += 1
            case "bullet_list_close" | "ordered_list_close":
                depth -= 1
            case "list_item_open":
                is_first = depth == 1
            case "inline" if is_first:
                text = " ".join(QUOTED.sub("", MARKER.sub("", _text(token))).split())
                if text and not SOURCE.match(_text(token)):
                    found.append(text)
                is_first = False
            case "inline" if SOURCES.match(_text(token)):
                break
            case _:
                pass
    return found


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    quotes, row, number = 0, None, ""
    for token in tokens:
        match token.type:
            case "list_item_open":
                number = f"{token.info}{token.markup} " if token.info else ""
            case "blockquote_open":
                quotes += 1
            case "blockquote_close":
                quotes -= 1
            case "tr_open":
                row = list[str]()
            case "tr_close":
                yield ", ".join(row or ())
                row = None
            case "inline" if row is not None:
                row.append(_text(token))
            case "inline" if not quotes:
                yield from f"{number}{_text(token)}".splitlines()
                number = ""
            case "fence" | "code_block" if not quotes:
                yield from token.content.splitlines()
            case "html_block" if not quotes:
                yield from TAG.sub("", token.content).splitlines()


def _text(inline: Token) -> str:
    """What is read of a line: no pictures, tags or addresses of links, nor links that are only a number."""
    parts: list[str] = []
    links: list[int] = []  # where the text of each open link begins
    for token in inline.children or ():
        match token.type:
            case "text" | "code_inline":
                parts.append(token.content)
            case "html_inline" if not TAG.fullmatch(token.content):
                parts.append(token.content)
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "link_open":
                links.append(len(parts))
            case "link_close":
                begun = links.pop()
                if "".join(parts[begun:]).strip("[]【】 ").isdigit():
                    del parts[begun:]
    return "".join(parts)
