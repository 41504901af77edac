"""Markdown. The text stays as written, so that offsets point into the file's own lines; headings, lists and code come from
the parser.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.loaders.encoding import decode
from youju.records import Extracted, Heading

WHOLE = frozenset({"fence", "code_block", "bullet_list_open", "ordered_list_open"})
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_TITLE = re.compile(r"^title:(.+)$", re.MULTILINE)
QUOTED = re.compile(r"([\"'])(.+)\1", re.DOTALL)


def load(data: bytes) -> Extracted:
    text = decode(data)
    front = FRONT_MATTER.match(text)
    named = FRONT_TITLE.search(front.group(1)) if front else None
    # The parser would take the front matter for a heading; blank lines in its place keep the line numbers.
    skipped = text[: front.end()].count("\n") if front else 0
    body = "\n" * skipped + text[front.end() :] if front else text
    # Headings and lists are blocks; what stands inside a block is not parsed, which takes most of the time and is the
    # part that a text made for it can slow down without bound.
    tokens = MarkdownIt("commonmark").disable("inline").parse(body)
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    headings = _headings(tokens, text, starts)
    title = _unquoted(named[1].strip()) if named else next((text[h.start : h.end] for h in headings if h.level == 1), "")
    whole = _whole(tokens, text, starts)
    return Extracted(text=text, media_type="text/markdown", title=title.strip(), headings=headings, whole=whole)


def _unquoted(title: str) -> str:
    quoted = QUOTED.fullmatch(title)
    return quoted[2] if quoted else title


def _whole(tokens: list[Token], text: str, starts: list[int]) -> tuple[tuple[int, int], ...]:
    """Lists and code that stand by themselves: what is inside others goes with them."""
    found = []
    for token in tokens:
        if token.type in WHOLE and token.level == 0 and token.map:
            begin, end = starts[token.map[0]], min(starts[token.map[1]], len(text))
            found.append((begin, begin + len(text[begin:end].rstrip())))
    return tuple(found)


def _headings(tokens: list[Token], text: str, starts: list[int]) -> tuple[Heading, ...]:
    found = []
    for token, inline in zip(tokens, tokens[1:], strict=False):
        if token.type == "heading_open" and token.map and inline.content:
            begin, end = starts[token.map[0]], starts[token.map[1]]
            first = inline.content.split("\n")[0]
            at = text.find(first, begin, end)  # within the heading's own lines: the text behind the # signs
            if at >= 0:
                found.append(Heading(at, at + len(first), int(token.tag[1])))
    return tuple(found)
