"""Passages of different documents that say the same thing with different values.

Two sentences are about the same when they share most of their words besides the candidate answers and name the same codes
and numbers there; they conflict when the candidate answers differ. Knows nothing of generators.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from service.grounding.candidates import AnswerCandidate, answer_candidates
from service.grounding.citations import Supported, cite
from service.reading import Reading
from youju.records import Language, Passage, Sentence
from youju.text.language import words
from youju.text.quantities import codes, numbers

CANDIDATE = 0.0  # least score of a span that counts as an answer
ALIKE = 0.6  # share of the words of the shorter sentence that the other one must hold
SAID: dict[Language, str] = {
    "en": "The documents disagree: “{first}” ({first_date}) says {first_value}, "
    "“{second}” ({second_date}) says {second_value}.",
    "zh": "文档说法不一：《{first}》（{first_date}）为{first_value}，《{second}》（{second_date}）为{second_value}。",
}


def find(
    shown: Sequence[Passage], passages: Sequence[Passage], readings: Sequence[Reading], language: Language
) -> Supported | None:
    """The sentence that tells of a conflict, with both citations, or None.

    Args:
        shown: the passages of the prompt, narrowed; marker n is `shown[n - 1]`.
        passages: as retrieved, with their readings.
    """
    found = [candidate for candidate in answer_candidates(shown, passages, readings) if candidate.score >= CANDIDATE]
    for number, first in enumerate(found):
        for second in found[number + 1 :]:
            if first.passage.document.id != second.passage.document.id and disagree(first, second):
                return _told(first, second, language)
    return None


def disagree(first: AnswerCandidate, second: AnswerCandidate) -> bool:
    """Whether two claims are about the same and differ."""
    if _same_value(first.value, second.value):
        return False
    around, other = set(words(first.around)), set(words(second.around))
    if min(len(around), len(other)) < 3 or numbers(first.around) != numbers(second.around):
        return False
    return codes(first.around) == codes(second.around) and len(around & other) >= ALIKE * min(len(around), len(other))


def _same_value(first: str, second: str) -> bool:
    if numbers(first) or numbers(second):
        return numbers(first) == numbers(second)
    one, other = set(words(first)), set(words(second))
    return bool(one & other) or not one or not other


def _told(first: AnswerCandidate, second: AnswerCandidate, language: Language) -> Supported:
    text = SAID[language].format(
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
    """When the document's file was last changed."""
    return datetime.fromtimestamp(passage.document.modified_ns / 1e9, UTC).date().isoformat()
