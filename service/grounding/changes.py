"""Whether another document tells that what a sentence says was changed: "the start is moved from 17 November to 8 December".

Found by what is written, not by what the reader takes for an answer: the old value stands beside the new one. Knows nothing of
generators.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.grounding.candidates import AnswerCandidate
from service.grounding.citations import Supported
from service.grounding.conflicts import CHANGES, told
from youju.records import Language, Passage
from youju.text.dates import dates, tells_dates
from youju.text.language import query_words, sentences, words
from youju.text.quantities import figures

# From what to what. A comma or the end of a sentence ends either.
MOVED = re.compile(
    r"\bfrom\s+(?P<before>[^.;,\n]{1,40}?)\s+to\s+(?P<after>[^.;,\n]{1,40})|"
    r"(?:原?[由从自])(?P<was>[^，。；\n]{1,20}?)(?:改|调整?|变更?|推迟|延[期后]?|提前|提[高升]?|上调|下调|降[低]?|增加?|减少?|缩短|延长)"
    r"[为到至成](?P<now>[^，。；\n]{1,20})",
    re.IGNORECASE,
)
# What holds now, where what held before is not told.
NOW = re.compile(
    r"\b(?:moved|changed|postponed|rescheduled|delayed|shifted|put (?:off|back)|brought forward|extended|shortened)\s+"
    r"(?:to|until|till)\s+(?P<value>[^.;,\n]{1,40})|"
    r"(?:改|调整|变更|推迟|延期?|延长|提前|顺延)[为到至成](?P<han>[^，。；\n]{1,20})",
    re.IGNORECASE,
)
ALIKE = 0.5  # share of the question's words that the sentence, with its title, has


def find(question: str, said: Supported, shown: Sequence[Passage], language: Language) -> Supported | None:
    """The sentence that tells of the change, citing both documents; None where none of those shown tells of one.

    Args:
        said: the sentence of the answer that may be out of date.
        shown: the passages of the prompt; marker n is `shown[n - 1]`.
    """
    if len(said.citations) != 1:
        return None
    cited = said.citations[0]
    asked = set(query_words(question))
    for marker, passage in enumerate(shown, 1):
        if passage.document.id == cited.document_id:
            continue
        for start, end in sentences(passage.text):
            text = passage.text[start:end]
            if not CHANGES.search(text) or not _is_about(asked, text, passage.title_line):
                continue
            before, after = _change(text)
            replaced = _is_told(before, cited.quote) if before else bool(dates(after) and dates(cited.quote))
            if after and replaced and not _is_told(after, cited.quote):
                new = AnswerCandidate(passage, marker, start, end, after.strip(), text, 0.0)
                source = shown[cited.marker - 1]
                old = AnswerCandidate(
                    source, cited.marker, cited.start - source.start, cited.end - source.start, before.strip(), cited.quote, 0.0
                )
                return told(new, old, language, new)
    return None


def _change(text: str) -> tuple[str, str]:
    """What held before, "" where that is not told, and what holds now, "" where nothing was changed."""
    if change := MOVED.search(text):
        return (change["before"], change["after"]) if change["after"] else (change["was"], change["now"])
    change = NOW.search(text)
    return "", (change["value"] or change["han"]) if change else ""


def _is_about(asked: set[str], text: str, title: str) -> bool:
    """Whether a sentence names something of what is asked, and it and its title most of it."""
    said = asked & set(words(text))
    return bool(said) and len(said | (asked & set(words(title)))) >= ALIKE * len(asked)


def _is_told(value: str, text: str) -> bool:
    """Whether a date or number stands in a text."""
    if dates(value):
        return tells_dates(text, value)
    return bool(figures(value)) and figures(value) <= figures(text)
