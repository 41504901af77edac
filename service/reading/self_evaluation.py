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


class Weights(BaseModel):
    """Of the gate's log odds, of the generator's, and a constant; their sum is the log odds of a right answer."""

    model_config = ConfigDict(frozen=True)

    gate: FiniteFloat = 1.0
    stated: FiniteFloat = 0.0
    intercept: FiniteFloat = 0.0

    def apply(self, confidence: float, stated: float) -> float:
        return probability_of(self.gate * log_odds(confidence) + self.stated * stated + self.intercept)


class SelfEvaluation(BaseModel):
    """The weights of one generator with one reader.

    Attributes:
        says, differs: log odds to add where a draft says what the reader found, or does not.
        stated: by language of the question; empty for a generator that is not asked.
        quoted: the same of a quotation that stands in for a draft, and of the confidence after asking.
        least: the gate's confidence from which on asking it may help.
        thresholds: by strictness, of the confidence once it was asked.
    """

    model_config = ConfigDict(frozen=True)

    says: FiniteFloat = 0.0
    differs: FiniteFloat = 0.0
    stated: Mapping[Language, Weights] = {}
    quoted: Mapping[Language, Weights] = {}
    least: FiniteFloat = 0.0
    thresholds: Mapping[str, FiniteFloat] = {}

    def after_asking(self, confidence: float, asked: Language, stated: float) -> float:
        """The confidence once the generator said, with these log odds, that the passages state the answer."""
        return self.stated[asked].apply(confidence, stated)

    def after_quoting(self, confidence: float, asked: Language, stated: float) -> float:
        """The confidence that a quotation answers, once the generator said so with these log odds."""
        return self.quoted.get(asked, Weights()).apply(confidence, stated)

    def after_drafting(self, confidence: float, agrees: bool) -> float:
        """The confidence once a draft is there that says what the reader found, or does not."""
        return probability_of(log_odds(confidence) + (self.says if agrees else self.differs))


NOT_ASKED = SelfEvaluation()
"""Of a generator that was not measured: its word changes nothing."""


def load_self_evaluation(reader: str, generator: str) -> SelfEvaluation:
    """The weights that were fitted for this generator with this reader; weights that change nothing for others."""
    text = (resources.files("service.reading") / "self_evaluation.json").read_text(encoding="utf-8")
    return SelfEvaluation.model_validate(json.loads(text).get(reader, {}).get(generator, {}))
