"""Candidate answers where they stand: what the reader found in the passages that the generator is shown.

The reader and the generator read apart from each other. Where the draft says what the reader found, it is right far more
often than where it says something else (docs/decisions/0009-grounded-answers.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.grounding.verifier import NEGATION, says_more
from service.reading import Reading
from service.reading.gate import VOUCHED, AnswerabilityGate, GateDecision
from youju.records import Passage
from youju.text.language import detect_language, query_words, sentences, words
from youju.text.quantities import numbers

STATED = 0.5  # share of a candidate's words that a sentence must hold to say the same


@dataclass(frozen=True)
class AnswerCandidate:
    """A candidate answer in its sentence.

    `start` and `end` of the sentence count characters of the passage, which is number `marker`; `around` is the rest of the
    sentence; `score` is the reader's.
    """

    passage: Passage
    marker: int
    start: int
    end: int
    value: str
    around: str
    score: float


def answer_candidates(
    shown: Sequence[Passage], passages: Sequence[Passage], readings: Sequence[Reading]
) -> list[AnswerCandidate]:
    """The best candidate of each passage, in order; none for a passage without one.

    Args:
        shown: the passages of the prompt, narrowed; marker n is `shown[n - 1]`.
        passages: as retrieved, with their readings.
    """
    return [claim for marker, one in enumerate(shown, 1) if (claim := _claim(one, marker, passages, readings))]


def _claim(shown: Passage, marker: int, passages: Sequence[Passage], readings: Sequence[Reading]) -> AnswerCandidate | None:
    whole, reading = next((p, r) for p, r in zip(passages, readings, strict=True) if p.key == shown.key)
    if not reading.spans:
        return None
    start, end = (offset + whole.start - shown.start for offset in (reading.spans[0].start, reading.spans[0].end))
    for low, high in sentences(shown.text):
        if low <= start and end <= high:
            text = shown.text
            return AnswerCandidate(
                shown, marker, low, high, text[start:end], f"{text[low:start]} {text[end:high]}", reading.best
            )
    return None


def states(text: str, claim: AnswerCandidate) -> bool:
    """Whether a text says the candidate: all of its numbers, or else at least half of its words."""
    sought = numbers(claim.value)
    if sought:
        return sought <= numbers(text)
    terms = set(query_words(claim.value)) or set(words(claim.value))
    return len(terms & set(words(text))) >= STATED * len(terms)


def comparable(text: str, claim: AnswerCandidate) -> bool:
    """Whether it tells something that a text does not state the candidate: across languages, words differ anyway."""
    return bool(numbers(claim.value)) or detect_language(text) == claim.passage.language


class AgreementCheck:
    """Decides whether the first sentence of a draft may be given: how sure the gate was, and whether it says what was found."""

    def __init__(self, gatekeeper: AnswerabilityGate, weighed: GateDecision, found: Sequence[AnswerCandidate]) -> None:
        """
        Args:
            found: the candidate of the best passage, if there is one.
        """
        self._gatekeeper = gatekeeper
        self.found = found
        self.confidence = weighed.confidence
        self._needed = gatekeeper.needed(weighed.across)

    def __call__(self, sentence: str) -> bool:
        if self.found:
            agrees = states(sentence, self.found[0])
            if agrees or comparable(sentence, self.found[0]):
                self.confidence = self._gatekeeper.after(self.confidence, agrees)
        return self.is_sure

    def backs(self, sentence: str) -> AnswerCandidate | None:
        """The candidate that a sentence in another language than its passage states, without saying more or the contrary.

        Words of two languages cannot be compared, but a name, a number or a term that both the reader found and the generator
        wrote, apart from each other, is support.
        """
        claim = self.found[0] if self.found else None
        if claim is None or detect_language(sentence) == claim.passage.language or not states(sentence, claim):
            return None
        passage = claim.passage
        said = passage.text[claim.start : claim.end]
        denies = bool(NEGATION.search(sentence)) != bool(NEGATION.search(said))
        context = f"{passage.document.title}\n{passage.heading}\n{passage.text}"
        return None if denies or says_more(sentence, context) else claim

    @property
    def is_sure(self) -> bool:
        """Whether the confidence, as far as it is known, is enough."""
        return self.confidence >= self._needed

    @property
    def vouches(self) -> bool:
        """Whether what the reader found may be given by itself: the gate is on, and more likely right than not."""
        return self._gatekeeper.threshold > 0 and self.is_sure and self.confidence >= VOUCHED
