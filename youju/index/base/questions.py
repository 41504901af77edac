"""When two questions are the same, and how many of those without an answer are kept."""

from __future__ import annotations

import unicodedata

from youju.text.language import END_MARKS

MOST_KEPT = 10_000  # questions; those asked longest ago go first


def folded(question: str) -> str:
    """The form in which questions are equal: NFKC, lower case, without white space and end marks."""
    return "".join(unicodedata.normalize("NFKC", question).lower().split()).rstrip(END_MARKS + "…")
