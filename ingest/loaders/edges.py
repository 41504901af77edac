"""What stands at the edges of pages in office documents: headers and footers."""

from __future__ import annotations

import re

PAGE_LETTERS = 12  # of "Page 2 of 9", at most
LETTER = re.compile(r"[^\W\d_]")


def only_counts_pages(text: str) -> bool:
    """Whether the text around a page's number says nothing else: `Page 2 of 9`, `第 2 页`."""
    return len(LETTER.findall(text)) <= PAGE_LETTERS
