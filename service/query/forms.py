"""A question -> how likely it asks for each form of answer: a linear classifier over the query embedding and its wording.

The wording are the cues and the hashed words. The weights are fitted for one embedder by `python -m training.fit_forms`. With
another one the wording alone decides, by weights of its own; it is less sure, so that more is left to be a `fact`.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Mapping
from importlib import resources
from typing import get_args

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, FiniteFloat

from service.query.cues import NAMES, cues
from service.query.grams import DIMENSION, grams
from youju.records import Form

# What is taken for one of these is not looked for in any document: where wording alone decides, it needs a cue of its own.
OF_NO_DOCUMENT: frozenset[Form] = frozenset({"social", "instruction", "about"})

# The documents as such, or this place: without either, "file types" may be those of a program that a manual tells of.
OF_THE_COLLECTION = re.compile(
    r"\b(?:the|these|all|any|my|our|your|indexed|uploaded) (?:\w+ )?(?:documents?|files?|texts|papers|pdfs?)\b|"
    r"\b(?:documents|here)\b|这里|这儿|文档(?!类(?!型)|结构|模板|模式|对象|属性|元素)|资料",
    re.IGNORECASE,
)

# A topic before what is asked about it ("keyboard: go to the next field"): not an order with a text behind it.
TOPIC = re.compile(r"^\W*[\w-]+(?: [\w-]+){0,2}[:：]\s*(?!.*[\n\"“”])", re.DOTALL)
BEHIND_A_COLON = "instruction: text"  # the cue that sees such a text

# What a reader does as well as a service: handbooks tell how to turn, set and delete, and what to do in bad weather.
HANDLED = re.compile(
    r"^\W*(?:please )?(?:set|turn|delete|make|create|generate|fix|convert|send|count|order|book|plan|remind|be|say)\b",
    re.IGNORECASE,
)
ORDERED, OF_THE_WORLD = "instruction: write", "instruction: world"  # the cues that see such words

# Where documents are kept, but what they tell of too: the sections of an archive, the tables of a database.
KEEPING = re.compile(r"\b(?:archives?|librar(?:y|ies)|databases?|folders?)\b", re.IGNORECASE)
HERE = re.compile(r"\b(?:you|your|yours|here|this)\b", re.IGNORECASE)

# A person, a time, a place or an amount is one fact, whatever document the question names.
ONE_FACT = re.compile(
    r"^\W*(?:who|whom|whose|when|where|how (?:many|much|long|often))\b|谁|何时|什么时候|哪[里儿年天]|多少", re.IGNORECASE
)

SELDOM = 0.1  # with less probability than this a question is no `fact`, however many other forms it may be of

# A question that speaks to nobody is no greeting and no order: "in winter?" goes on with what was asked before.
ASKED = re.compile(r"^(?!.*(?:\b(?:you|your|i|me)\b|[你您我])).*[?？]\s*$", re.IGNORECASE | re.DOTALL)
ASKED_ZH = re.compile(r"^(?!.*[你您我]).*(?:什么|哪|怎么|多少|谁|几)")

MEASURED = re.compile(r"多久|多长时间|什么时候|几(?:天|次|分钟|小时)|\bhow (?:long|many|often|soon)\b", re.IGNORECASE)

ORDERS = re.compile(r"\W*(?:请|帮|给|把|替|麻烦|please|can you|could you|write|tell|give|make|draw)", re.IGNORECASE)

FORMS: tuple[Form, ...] = get_args(Form)


class FormWeights(BaseModel):
    """A multinomial logistic regression.

    Attributes:
        weights: for each form one for each feature: the embedding, where it has one, the cues, the hashed words.
        least: the probability from which on a question is taken to be of the form, and not a `fact`.
    """

    model_config = ConfigDict(frozen=True)

    weights: Mapping[Form, tuple[FiniteFloat, ...]]
    intercepts: Mapping[Form, FiniteFloat]
    least: Mapping[Form, FiniteFloat] = {}

    @functools.cached_property
    def matrix(self) -> npt.NDArray[np.float64]:
        """Shape (forms, features)."""
        return np.array([self.weights[form] for form in FORMS])

    def probabilities(self, features: npt.NDArray[np.float64]) -> dict[Form, float]:
        odds = self.matrix @ features + np.array([self.intercepts[form] for form in FORMS])
        shares = np.exp(odds - odds.max())
        return {form: float(share) for form, share in zip(FORMS, shares / shares.sum(), strict=True)}

    def decide(self, features: npt.NDArray[np.float64]) -> tuple[Form, float]:
        """The likeliest form and its probability; `fact`, if it may be one, where no form is likely enough."""
        likely = self.probabilities(features)
        best = max(likely, key=lambda form: likely[form])
        is_unsure = likely[best] < self.least.get(best, 0.0) and likely["fact"] >= SELDOM
        if best == "fact" or is_unsure:
            return "fact", likely["fact"]
        return best, likely[best]


class FormModel(BaseModel):
    """What was fitted: with the embedder of this fingerprint, and by wording alone, from these `cues` and so many `grams`."""

    model_config = ConfigDict(frozen=True)

    embedder: str
    cues: tuple[str, ...]
    grams: int
    with_embedding: FormWeights
    wording_only: FormWeights

    def decide(self, question: str, embedding: npt.NDArray[np.float32] | None) -> tuple[Form, float]:
        """
        Args:
            embedding: of the question as a query, by the embedder that this was fitted for; None for any other.
        """
        found = np.array(cues(question))
        wording = np.concatenate([found, grams(question)])
        if embedding is not None:
            form, likely = self.with_embedding.decide(np.concatenate([embedding.astype(np.float64), wording]))
            is_told = form != "about" or self._is_of_the_collection(question)
            is_told = is_told and not (form == "summary" and ONE_FACT.search(question))
            if form in OF_NO_DOCUMENT - {"about"} and ASKED.search(question):
                is_told = self._has_cue(form, found)
        else:
            form, likely = self.wording_only.decide(wording)
            is_told = form not in OF_NO_DOCUMENT or self._has_cue(form, found)
        if form == "instruction" and MEASURED.search(question):  # "after how long does it call me again?"
            is_told = is_told and bool(ORDERS.match(question))
        if form == "instruction" and TOPIC.search(question):
            is_told = is_told and self._has_cue(form, found, without=(BEHIND_A_COLON,))
        return (form, likely) if is_told else ("fact", 1.0 - likely)

    def says(self, form: Form, question: str) -> bool:
        """Whether the words of a question say that it is of this form, and may not as well be meant of a document."""
        if form in OF_NO_DOCUMENT and (ASKED.search(question) or ASKED_ZH.search(question)):
            return False
        doubtful = (BEHIND_A_COLON, OF_THE_WORLD, *([ORDERED] if HANDLED.match(question) else []))
        return self._has_cue(form, np.array(cues(question)), without=doubtful)

    def _is_of_the_collection(self, question: str) -> bool:
        plain = question if HERE.search(question) else KEEPING.sub(" ", question)
        return self._has_cue("about", np.array(cues(plain))) or bool(OF_THE_COLLECTION.search(question))

    def _has_cue(self, form: Form, found: npt.NDArray[np.float64], without: Collection[str] = ()) -> bool:
        named = (place for place, name in enumerate(self.cues) if name.startswith(f"{form}:") and name not in without)
        return any(found[place] for place in named)


@functools.cache
def bundled_forms() -> FormModel:
    model = FormModel.model_validate(json.loads((resources.files("service.query") / "forms.json").read_text(encoding="utf-8")))
    fitted = model.cues == NAMES and model.grams == DIMENSION
    assert fitted, "service/query/forms.json was fitted with other features: run python -m training.fit_forms"
    return model
