"""Names of people, places and organisations in a text, as far as writing and a dictionary tell. Knows nothing of passages."""

from __future__ import annotations

import re

import rjieba

from youju.records import Language
from youju.text.language import HAN_CHARACTER, HAN_RUN, simplified, words

# Capitals inside a sentence, of a whole word, or of two words; at the beginning of a sentence every word has one.
CAPITAL = re.compile(r"(?<=[^.?!:：。？！\n\s\"“”(\[]\s)[A-Z][\w'’-]+|\b[A-Z]{2,}\b|^[A-Z][\w'’-]+(?= [A-Z][a-z])")
MARKER = re.compile(r"^[ \t]*(?:[-*•·–]|\(?\w{1,2}[.)])[ \t]+", re.MULTILINE)  # of a list: what follows begins a sentence
ANY_CAPITAL = re.compile(r"\b[A-Z][\w'’-]*")
LATIN = re.compile(r"[A-Za-z]{2,}")
NAME_TAGS = ("nr", "ns", "nt", "nz")  # jieba's tags: people, places, organisations, others


def written_as_names(text: str) -> set[str]:
    """The words that a text writes as a name may be written: with a capital, also at the beginning of a sentence, and all words
    of other scripts."""
    if HAN_CHARACTER.search(text):
        return set(words(text))
    return {word for match in ANY_CAPITAL.findall(text) for word in words(match)}


def named(text: str, among: Language) -> set[str]:
    """The words of the names in a text, in the form of `words`: those with capitals; Latin words of a Chinese text; and Chinese
    names that the dictionary knows. Only those that a text of the language `among` would write alike: names are translated, but
    for Latin ones in Chinese.
    """
    is_chinese = bool(HAN_CHARACTER.search(text))
    if not is_chinese:
        plain = MARKER.sub("", text)
        return {word for match in CAPITAL.findall(plain) for word in words(match)} if among == "en" else set()
    found = {word for match in LATIN.findall(text) for word in words(match)}
    if among == "en":
        return found
    for run in HAN_RUN.findall(text):
        found |= {word for word, tag in rjieba.tag(simplified(run)) if tag.startswith(NAME_TAGS) and len(word) > 1}
    return found
