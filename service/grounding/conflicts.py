"""Passages of different documents that say the same thing with different values.

Two sentences are about the same when they share most of their words besides the candidate answers and name the same codes
and numbers there; they conflict (contradiction detection) when the candidate answers differ. The newer document is named
first. Knows nothing of generators.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from service.grounding.candidates import AnswerCandidate, answer_candidates
from service.grounding.citations import Supported, cite
from service.reading.reranking import Pair
from youju.records import Language, Passage, Sentence
from youju.text.dates import MONTHS, dates, tells_dates
from youju.text.language import query_words, words
from youju.text.names import named
from youju.text.quantities import codes, figures, numbers

CANDIDATE = 0.0  # least score of a span that counts as an answer
# What was changed, and into what: of two values that one text tells so, the second holds.
CHANGED = re.compile(
    r"(?:from\s+)?(?P<before>.*\S)\s+to\s+(?P<after>.+)|"
    r"(?:原?[由从自])?(?P<was>.*?)(?:改|调整?|变更?|推迟|延[期后]?|提前|提[高升]?|上调|下调|降[低]?|增加?|减少?|缩短|延长)[为到至成](?P<now>.+)",
    re.IGNORECASE | re.DOTALL,
)
CHANGES = re.compile(
    r"\b(?:mov|chang|postpon|delay|reschedul|shift|push|brought|bring|rais|lower|increas|reduc|extend|shorten|cut|amend|"
    r"rise|rose|rising|drop|fall|fell|go(?:es|ne)? up|went up)\w*|"
    r"改|调|推迟|延|提前|提|降|增|减|缩|变",
    re.IGNORECASE,
)
ALIKE = 0.6  # share of the words of the shorter sentence that the other one must hold
SAID: dict[Language, str] = {
    "en": "The documents disagree: “{first}” ({first_date}) says {first_value}, "
    "“{second}” ({second_date}) says {second_value}.",
    "zh": "文档说法不一：《{first}》（{first_date}）为{first_value}，《{second}》（{second_date}）为{second_value}。",
}

REPLACED: dict[Language, str] = {
    "en": "This was changed: “{first}” ({first_date}) says {first_value} "
    "instead of {second_value} (“{second}”, {second_date}).",
    "zh": "此处已有变更：《{first}》（{first_date}）改为{first_value}，原为{second_value}（《{second}》，{second_date}）。",
}


# Where the text that tells of the change does not say what held before.
REPLACES: dict[Language, str] = {
    "en": "This was changed: “{first}” ({first_date}) says {first_value}; the above stands in “{second}” ({second_date}).",
    "zh": "此处已有变更：《{first}》（{first_date}）改为{first_value}；以上出自《{second}》（{second_date}）。",
}


def find(shown: Sequence[Passage], read: Sequence[Pair], language: Language) -> Supported | None:
    """The sentence that tells of a conflict, with both citations, or None.

    Args:
        shown: the passages of the prompt; marker n is `shown[n - 1]`.
        read: the passages as retrieved, with what was read in each.
    """
    read_in = [candidate for candidate in answer_candidates(shown, read) if candidate.score >= CANDIDATE]
    found = [_as_changed(candidate) for candidate in read_in]
    for number, first in enumerate(found):
        for later, second in enumerate(found[number + 1 :], number + 1):
            if first.passage.document.id != second.passage.document.id and disagree(first, second):
                changes = [one for one, place in ((first, number), (second, later)) if one is not read_in[place]]
                return told(first, second, language, changes[0] if len(changes) == 1 else None)
    return None


def disagree(first: AnswerCandidate, second: AnswerCandidate) -> bool:
    """Whether two candidates are about the same and differ.

    Where one names the value of the other beside its own, as `moved from 1 May to 15 June` does, half of the words that tell
    something are enough.
    """
    if _same_value(first.value, second.value):
        return False
    around, other = set(words(first.around)), set(words(second.around))
    values = numbers(first.value) | numbers(second.value)
    if min(len(around), len(other)) < 3 or numbers(first.around) - values != numbers(second.around) - values:
        return False
    if first.passage.language == second.passage.language and _names(first) != _names(second):
        return False  # two people, two towns
    if codes(first.around) != codes(second.around):
        return False
    if _is_told(first.value, second.around) or _is_told(second.value, first.around):
        around, other = set(query_words(first.around)), set(query_words(second.around))
        return 2 * len(around & other) >= min(len(around), len(other)) > 0
    return len(around & other) >= ALIKE * min(len(around), len(other))


def _as_changed(candidate: AnswerCandidate) -> AnswerCandidate:
    """The candidate with what holds now for its value, where it tells what was changed (`moves from 1 May to 15 June`)."""
    found = CHANGED.fullmatch(candidate.value.strip())
    if not found or not CHANGES.search(f"{candidate.around} {candidate.value}"):
        return candidate
    before, after = (found["before"], found["after"]) if found["after"] else (found["was"], found["now"])
    if not (figures(before) and figures(after)):
        return candidate
    # The year is written once, behind both.
    years = [str(one.year) for one in dates(after) if one.year] if any(one.year is None for one in dates(before)) else []
    return replace(candidate, value=after, around=" ".join([candidate.around, before, *years]))


def _is_told(value: str, around: str) -> bool:
    """Whether the date that a value is stands in a text."""
    return bool(dates(value)) and tells_dates(around, value)


def _names(candidate: AnswerCandidate) -> set[str]:
    """The names beside the value; months are no names."""
    found = named(candidate.around, candidate.passage.language)
    return found - {word for month in MONTHS for word in words(month)}


def _same_value(first: str, second: str) -> bool:
    if dates(first) and dates(second):
        return tells_dates(first, second) or tells_dates(second, first)
    if numbers(first) or numbers(second):
        return numbers(first) == numbers(second)
    one, other = set(words(first)), set(words(second))
    return bool(one & other) or not one or not other


def told(first: AnswerCandidate, second: AnswerCandidate, language: Language, changes: AnswerCandidate | None) -> Supported:
    """The sentence that tells that two documents differ, citing both.

    Args:
        changes: the one of both that tells that the other's value was changed.
    """
    if changes:
        first, second = changes, second if changes is first else first
    else:
        first, second = sorted((first, second), key=lambda one: _date(one.passage), reverse=True)
    wording = SAID if changes is None else REPLACED if second.value else REPLACES
    text = wording[language].format(
        first=_name(first.passage), first_date=_date(first.passage), first_value=" ".join(first.value.split()),
        second=_name(second.passage), second_date=_date(second.passage), second_value=" ".join(second.value.split()),
    )  # fmt: skip
    citations = tuple(
        cite(candidate.marker, candidate.passage, candidate.start, candidate.end, 1.0) for candidate in (first, second)
    )
    return Supported(Sentence(text=text, markers=[first.marker, second.marker], support=1.0), citations)


def _name(passage: Passage) -> str:
    """The title on one line; the name of the file where it has none."""
    return " ".join(passage.document.title.split()) or passage.document.uri.rsplit("/", 1)[-1]


def _date(passage: Passage) -> str:
    """When the document's file was last changed; of an upload, when it came."""
    if passage.document.modified_ns <= 0:
        return passage.document.ingested_at[: len("2026-01-31")]
    return datetime.fromtimestamp(passage.document.modified_ns / 1e9, UTC).date().isoformat()
