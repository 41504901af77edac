"""Which hyphens at line ends belong to the word: `distri-bution` has none, `real-time` has one.

Knows lines only; the document's own words decide, so that no dictionary is needed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.loaders.layout import HYPHENS, KEPT, Line

HEAD = re.compile(r"([^\W\d_]+)$")
TAIL = re.compile(r"([^\W\d_]+)")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def settle(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages, with the hyphens that stay marked `KEPT`."""
    if not any(line.text.endswith(HYPHENS) for page in pages for line in page):
        return [list(page) for page in pages]
    words = _words(pages)
    return [
        [
            replace(line, text=line.text[:-1] + KEPT)
            if line.text.endswith(HYPHENS) and _belongs(line.text[:-1].casefold(), after.casefold(), words)
            else line
            for line, after in zip(page, [*(line.text for line in page[1:]), ""], strict=False)
        ]
        for page in pages
    ]


def _words(pages: Sequence[Sequence[Line]]) -> set[str]:
    """The document's words, without the halves at line ends that are in question."""
    found: set[str] = set()
    for page in pages:
        cut = False
        for line in page:
            text = TAIL.sub("", line.text, count=1) if cut and TAIL.match(line.text) else line.text
            cut = text.endswith(HYPHENS)
            found.update(WORD.findall((HEAD.sub("", text[:-1]) if cut else text).casefold()))
    return found


def _belongs(before: str, after: str, words: set[str]) -> bool:
    """Whether the hyphen is the word's own. The whole word without it speaks against, with it for; then both halves."""
    head, tail = HEAD.search(before), TAIL.match(after)
    if head is None or tail is None:
        return True  # beside a digit or a sign: `RT-11`
    if head[1] + tail[1] in words:
        return False
    if f"{head[1]}-{tail[1]}" in words or before[: head.start()].endswith("-"):
        return True
    return min(len(head[1]), len(tail[1])) >= 3 and head[1] in words and tail[1] in words
