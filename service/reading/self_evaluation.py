"""What a generator's own word tells of an answer (self-evaluation): that the passages state one, asked before it drafts, and
that its draft says what the reader found.

Asked "does the text state the answer to this exact question?", a model tells more by the log odds of yes and no than by what it
then writes (Kadavath et al. 2022, https://arxiv.org/abs/2207.05221). Each generator has its own weights, fitted by
`python -m training.fit_self_evaluation`; one that was not measured is not asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources

from pydantic import BaseModel, ConfigDict, FiniteFloat

from service.reading.probability import log_odds, probability_of
from youju.records import Language

MOST_ODDS = 4.0


class AskedWeights(BaseModel):
    """Of the gate's log odds from the passages in the question's language and from the others, of the generator's, of a row of
    a table that the question names, and a constant: their sum is the log odds that the passages hold the answer."""

    model_config = ConfigDict(frozen=True)

    own: FiniteFloat
    other: FiniteFloat
    stated: FiniteFloat
    row: FiniteFloat
    intercept: FiniteFloat


class QuoteWeights(BaseModel):
    """Of the log odds after asking, of the generator's about the quotation, of what else speaks for it (`Quote.score`), and a
    constant."""

    model_config = ConfigDict(frozen=True)

    passages: FiniteFloat
    stated: FiniteFloat
    score: FiniteFloat = 0.0
    intercept: FiniteFloat


class DraftWeights(BaseModel):
    """Of the log odds after asking, of the generator's that the sentence which a draft stands on answers, of the draft saying
    what the reader found, and a constant: their sum is the log odds that the draft is right."""

    model_config = ConfigDict(frozen=True)

    asked: FiniteFloat
    stated: FiniteFloat
    agrees: FiniteFloat
    intercept: FiniteFloat


class SelfEvaluation(BaseModel):
    """The weights of one generator with one reader.

    Attributes:
        says, differs: log odds to add where a draft says what the reader found, or does not.
        stated: by language of the question; empty for a generator that is not asked.
        quoted: the same of a quotation that stands in for a draft, and of the confidence after asking.
        drafted: where the generator is asked about the sentence that a draft stands on too; `says` and `differs` then only tell
            whether a draft is worth writing.
        says_yes: log odds from which on its yes, or no, is taken from it alone; None where other signs have to agree.
        least: the gate's confidence from which on asking it may help.
        opens: what a draft needs before it is written, where `drafted` is known.
        chooses: whether it was measured at choosing among lines.
        thresholds: by strictness, of the confidence once it was asked.
    """

    model_config = ConfigDict(frozen=True)

    says: FiniteFloat = 0.0
    differs: FiniteFloat = 0.0
    stated: Mapping[Language, AskedWeights] = {}
    quoted: Mapping[Language, QuoteWeights] = {}
    drafted: DraftWeights | None = None
    says_yes: FiniteFloat | None = None
    least: FiniteFloat = 0.0
    opens: FiniteFloat = 0.0
    chooses: bool = False
    thresholds: Mapping[str, FiniteFloat] = {}

    def after_asking(self, own: float, other: float, asked: Language, stated: float, names_row: bool) -> float:
        """The confidence once the generator said, with these log odds, that the passages state the answer.

        Args:
            own, other: the gate's confidence in the passages of the question's language and in the others; 0 without any.
            names_row: whether the question names a row of a table that is shown.
        """
        weights = self.stated[asked]
        gate = weights.own * bounded_odds(own) + weights.other * bounded_odds(other)
        return probability_of(gate + weights.stated * stated + weights.row * names_row + weights.intercept)

    def after_quoting(self, confidence: float, asked: Language, stated: float, score: float) -> float:
        """The confidence that a quotation answers, once the generator said so with the log odds `stated`.

        Args:
            score: what else speaks for it, in log odds but for a constant.
        """
        weights = self.quoted.get(asked)
        if weights is None:
            return confidence
        told = weights.passages * log_odds(confidence) + weights.stated * stated + weights.score * score
        return probability_of(told + weights.intercept)

    def after_drafting(self, confidence: float, agrees: bool) -> float:
        """The confidence once a draft is there that says what the reader found, or does not."""
        return probability_of(log_odds(confidence) + (self.says if agrees else self.differs))

    def after_citing(self, confidence: float, agrees: bool | None, stated: float) -> float:
        """The confidence once the generator said, with these log odds, that the sentence which the draft stands on answers.

        Args:
            agrees: whether the draft says what the reader found; None where that cannot be told.
        """
        assert self.drafted is not None
        weights, told = self.drafted, 0.5 if agrees is None else float(agrees)
        odds = weights.asked * log_odds(confidence) + weights.stated * stated + weights.agrees * told + weights.intercept
        return probability_of(odds)


def bounded_odds(confidence: float) -> float:
    """Log odds of the gate, as far as they are counted: far from the middle they tell which kind of text it was fitted on."""
    return min(MOST_ODDS, max(-MOST_ODDS, log_odds(confidence)))


NOT_ASKED = SelfEvaluation()
"""Of a generator that was not measured: its word changes nothing."""


def load_self_evaluation(reader: str, generator: str) -> SelfEvaluation:
    """The weights that were fitted for this generator with this reader; weights that change nothing for others."""
    text = (resources.files("service.reading") / "self_evaluation.json").read_text(encoding="utf-8")
    return SelfEvaluation.model_validate(json.loads(text).get(reader, {}).get(generator, {}))
