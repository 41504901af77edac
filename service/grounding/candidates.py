"""Candidate answers where they stand: what the reader found in the passages that the generator is shown.

The reader and the generator read apart from each other. Where the draft says what the reader found, it is right far more
often than where it says something else (docs/decisions/0009-grounded-answers.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.grounding.facts import says_more
from service.grounding.quotable import Quote
from service.reading.gate import VOUCHED, AnswerabilityGate, GateDecision
from service.reading.reranking import Pair
from youju.records import Language, Passage
from youju.text.denial import denies
from youju.text.language import detect_language, query_words, sentences, words
from youju.text.quantities import numbers

CLEARLY = 0.6  # least confidence of a quotation that the generator denies to answer
RATHER = 0.42  # of one that it does not: of the words of a document a reader sees what they are about
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


def answer_candidates(shown: Sequence[Passage], read: Sequence[Pair]) -> list[AnswerCandidate]:
    """The best candidate of each passage, in order; none for a passage without one.

    Args:
        shown: the passages of the prompt; marker n is `shown[n - 1]`.
        read: the passages as retrieved, with what was read in each.
    """
    return [candidate for marker, one in enumerate(shown, 1) if (candidate := _candidate(one, marker, read))]


def _candidate(shown: Passage, marker: int, read: Sequence[Pair]) -> AnswerCandidate | None:
    whole, reading = next(pair for pair in read if pair[0].key == shown.key)
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


def states(text: str, candidate: AnswerCandidate) -> bool:
    """Whether a text says the candidate: all of its numbers, or else at least half of its words."""
    sought = numbers(candidate.value)
    if sought:
        return sought <= numbers(text)
    terms = set(query_words(candidate.value)) or set(words(candidate.value))
    return len(terms & set(words(text))) >= STATED * len(terms)


def comparable(text: str, candidate: AnswerCandidate) -> bool:
    """Whether it tells something that a text does not state the candidate: across languages, words differ anyway."""
    return bool(numbers(candidate.value)) or detect_language(text) == candidate.passage.language


@dataclass(frozen=True)
class AgreementCheck:
    """Whether a draft may be given: how sure the gate was, and whether the draft says what the reader found.

    `found` is the best candidate of the passages shown, if there is one; `prior` the gate's confidence; `confidence` what is
    known now; `needed` what an answer needs; `denied` that the generator rather says that what a draft stands on does not
    answer: then the draft has to be more likely right than not.
    """

    gate: AnswerabilityGate
    found: AnswerCandidate | None
    prior: float
    confidence: float
    needed: float
    denied: bool = False

    @classmethod
    def of(cls, gate: AnswerabilityGate, decision: GateDecision, found: AnswerCandidate | None) -> AgreementCheck:
        return cls(gate, found, decision.confidence, decision.confidence, gate.needed(decision.across, decision.was_asked))

    def update(self, sentence: str, by_row: bool = False, stated: float | None = None) -> AgreementCheck:
        """The check once a draft begins with this sentence. It counts once, whatever was counted before.

        Args:
            by_row: a row of a table supports it. The reader knows prose: that it found something else tells nothing then.
            stated: log odds by which the generator said that what the sentence stands on answers; None if it was not asked.
        """
        agrees = self.found is not None and states(sentence, self.found)
        tells = agrees or (self.found is not None and comparable(sentence, self.found) and not by_row)
        if stated is not None:
            confidence = self.gate.after_citing(self.prior, agrees if tells else None, stated)
            return replace(self, confidence=confidence, denied=stated < 0)
        return replace(self, confidence=self.gate.after(self.prior, agrees)) if tells else replace(self, confidence=self.prior)

    def backs(self, sentence: str, question: str) -> AnswerCandidate | None:
        """The candidate that a sentence in another language than its passage states, without saying more or the contrary.

        Words of two languages cannot be compared, but a name, a number or a term that both the reader found and the generator
        wrote, apart from each other, is support.
        """
        found = self.found
        if found is None or detect_language(sentence) == found.passage.language or not states(sentence, found):
            return None
        said = found.passage.text[found.start : found.end]
        contrary = denies(sentence) != denies(said)
        # A number of the question (`Tern 6`) that the reader happened to find (`6 kW`) backs nothing else.
        return None if contrary or says_more(sentence, f"{found.passage.title_line}\n{said}", question) else found

    def once_quoted(self, asked: Language, quote: Quote) -> AgreementCheck:
        """The check once no sentence held and a quotation is to stand in for it. What is known of the passages counts, if no
        generator said anything of the quotation."""
        if quote.stated is None:
            return replace(self, confidence=self.prior, denied=False)
        confidence = self.gate.after_quoting(self.prior, asked, quote.stated, quote.score)
        return replace(self, confidence=confidence, denied=quote.stated < 0)

    @property
    def is_sure(self) -> bool:
        """Whether the confidence, as far as it is known, is enough."""
        return self.confidence >= (max(self.needed, VOUCHED) if self.denied else self.needed)

    @property
    def vouches(self) -> bool:
        """Whether a quotation may be given by itself: the gate is on, and it is about as likely right as not, clearly more so
        where the generator denies that it answers."""
        return self.gate.threshold > 0 and self.is_sure and self.confidence >= (CLEARLY if self.denied else RATHER)
