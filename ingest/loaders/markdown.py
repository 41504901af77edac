"""Markdown. The text stays as written, so that offsets point into the file's own lines; headings come from the parser."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

from ingest.loaders.encoding import decode
from youju.records import Extracted, Heading

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
    headings = _headings(body, text)
    title = _unquoted(named[1].strip()) if named else next((text[h.start : h.end] for h in headings if h.level == 1), "")
    return Extracted(text=text, media_type="text/markdown", title=title.strip(), headings=headings)


def _unquoted(title: str) -> str:
    quoted = QUOTED.fullmatch(title)
    return quoted[2] if quoted else title


def _headings(body: str, text: str) -> tuple[Heading, ...]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    # Headings are blocks; what stands inside a block is not parsed, which takes most of the time and is the part that
    # a text made for it can slow down without bound.
    tokens = MarkdownIt("commonmark").disable("inline").parse(body)
    found = []
    for token, inline in zip(tokens, tokens[1:], strict=False):
        if token.type == "heading_open" and token.map and inline.content:
            begin, end = starts[token.map[0]], starts[token.map[1]]
            first = inline.content.split("\n")[0]
            at = text.find(first, begin, end)  # within the heading's own lines: the text behind the # signs
            if at >= 0:
                found.append(Heading(at, at + len(first), int(token.tag[1])))
    return tuple(found)
