"""Fits the gate (`service/reading/gate.py`) to questions about documents that are in the index.

Every answerable question gives up to three samples: with the passages that retrieval finds; with those that hold the answer
taken away while the rest of their document stays (`hard`); and with all passages of its documents taken away (`absent`).
So unanswerable questions need not be written, though they may be. Nothing is generated: only reading and retrieval count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.reading.gate import AnswerabilityGate, Features, Gate
from service.retrieval.retriever import Retriever
from youju.errors import InvalidRequest
from youju.evaluation import metrics
from youju.evaluation.records import EvalQuestion
from youju.evaluation.statistics import roc_auc
from youju.records import EVERYTHING, Passage, Scope

Floats = npt.NDArray[np.float64]

POOL = 60  # passages retrieved, so that enough remain when some are taken away
FEWEST = 20  # answerable questions, and unanswerable samples
FOLDS = 5
PENALTY = 0.3  # inverse strength of the regularisation, on normalised features
REFUSED = {"lenient": 0.02, "balanced": 0.06, "strict": 0.12}
"""Strictness -> share of answerable questions in the language of their passages that the gate may refuse."""
CURVE = (0.0, 0.02, 0.04, 0.08, 0.12, 0.16, 0.2, 0.3)  # shares refused at which the rest of the curve is shown
WEIGHT = {"answerable": 1.0, "hard": 0.7, "absent": 0.3, "unanswerable": 1.0}
USED = (
    "span", "second_span", "answerable", "lift", "coverage", "coverage_any", "place", "cross", "zh",
    "span_cross", "answerable_cross", "lift_cross", "span_zh", "coverage_zh",
)  # fmt: skip
USED_WITHOUT_READER = ("lift", "coverage", "coverage_any", "cross", "zh", "coverage_zh")


@dataclass(frozen=True)
class Sample:
    """What the gate sees of a question under one condition. `group` tells which question it came from."""

    group: int
    kind: str
    features: Features


@dataclass(frozen=True)
class OperatingPoint:
    """What a threshold does: shares of answerable questions refused, and of unanswerable ones let through, by kind."""

    threshold: float
    false_refusals: float
    false_answers: dict[str, float]


@dataclass(frozen=True)
class Fitted:
    """A gate, and how it did on questions that it was not fitted on (cross-validation)."""

    gate: Gate
    points: dict[str, OperatingPoint]
    curve: list[OperatingPoint]
    auc: dict[str, float]
    counts: dict[str, int]


def samples(
    questions: Sequence[EvalQuestion], retriever: Retriever, gatekeeper: AnswerabilityGate, top_k: int,
    scope: Scope | Callable[[EvalQuestion], Scope] = EVERYTHING, progress: Callable[[int], None] = lambda done: None,
) -> list[Sample]:  # fmt: skip
    """The samples of all questions.

    Args:
        scope: what is searched, for all questions or for each.

    Raises:
        EmptyIndex, UnknownCollection, EmbedderMismatch: see `Retriever.retrieve`.
    """
    found = []
    for number, question in enumerate(questions):
        pool = retriever.retrieve(question.question, POOL, scope(question) if callable(scope) else scope)
        read = {pair[0].key: pair for pair in gatekeeper.read(question.question, pool)}
        for kind, passages in conditions(question, pool, gatekeeper.candidates(top_k)).items():
            if passages:
                decision = gatekeeper.judge(question.question, [read[passage.key] for passage in passages], top_k)
                found.append(Sample(number, kind, decision.features))
        progress(number + 1)
    return found


def conditions(question: EvalQuestion, pool: Sequence[Passage], top_k: int) -> dict[str, list[Passage]]:
    """Kind -> the passages that the gate would see."""
    if not question.answerable:
        return {"unanswerable": list(pool[:top_k])}
    found = {"answerable": list(pool[:top_k])}
    gold = [any(metrics.same_document(passage.document.uri, named) for named in question.documents) for passage in pool]
    if question.documents:
        found["absent"] = [passage for passage, mine in zip(pool, gold, strict=True) if not mine][:top_k]
    if question.documents and question.answers:
        holding = [mine and metrics.holds(passage.text, question.answers) for passage, mine in zip(pool, gold, strict=True)]
        if any(holding):
            found["hard"] = [passage for passage, holds in zip(pool, holding, strict=True) if not holds][:top_k]
    return found


def fit(given: Sequence[Sample], reader: str, about: dict[str, Any], each: Sequence[float] | None = None) -> Fitted:
    """Fit a gate and choose its thresholds.

    Args:
        each: what each sample counts; None for all the same.
        reader: name of the reader that the samples were made with.
        about: kept in the gate's file along with the figures.

    Raises:
        InvalidRequest: too few samples.
    """
    kinds = np.array([sample.kind for sample in given])
    can = kinds == "answerable"
    if can.sum() < FEWEST or (~can).sum() < FEWEST:
        raise InvalidRequest(
            f"{can.sum()} answerable and {(~can).sum()} unanswerable cases; at least {FEWEST} of each are needed.",
            "Write more questions; with `documents` and `answers` each gives an unanswerable case too.",
        )
    names = USED if reader != "similarity" else USED_WITHOUT_READER
    values = np.array([[sample.features[name] for name in names] for sample in given], np.float64)
    weights = np.array([WEIGHT[kind] for kind in kinds]) * (1.0 if each is None else np.asarray(each))
    groups = np.array([sample.group for sample in given])
    held_out = np.zeros(len(given))
    from sklearn.model_selection import GroupKFold  # here: it takes a second that no other command needs

    for train, test in GroupKFold(FOLDS).split(values, can, groups):
        slopes, intercept = _regression(values[train], can[train], weights[train])
        held_out[test] = _sigmoid(values[test] @ slopes + intercept)
    slopes, intercept = _regression(values, can, weights)
    # Across languages reading is too unsure to choose a threshold by; the probability there means the same.
    same = can & np.array([sample.features["cross"] == 0 for sample in given])
    sure = held_out[same if same.sum() >= FEWEST else can]
    points = {name: _point(float(np.quantile(sure, share)), held_out, kinds) for name, share in REFUSED.items()}
    unanswerable = sorted(set(kinds) - {"answerable"})
    auc = {}
    for kind in unanswerable:
        chosen = can | (kinds == kind)
        auc[kind] = round(roc_auc(held_out[chosen].tolist(), can[chosen].tolist()) or 0.0, 4)
    counts = {kind: int((kinds == kind).sum()) for kind in ("answerable", *unanswerable)}
    gate = Gate(
        {name: round(float(slope), 5) for name, slope in zip(names, slopes, strict=True)}, round(float(intercept), 5),
        {name: round(point.threshold, 4) for name, point in points.items()},
        about | {"reader": reader, "samples": counts, "auc": auc,
                 "cross_validated": {name: {"false_refusals": round(point.false_refusals, 4),
                                            "false_answers": {k: round(v, 4) for k, v in point.false_answers.items()}}
                                     for name, point in points.items()}},
    )  # fmt: skip
    curve = [_point(float(np.quantile(sure, share)), held_out, kinds) for share in CURVE]
    return Fitted(gate, points, curve, auc, counts)


def _regression(values: Floats, can: npt.NDArray[np.bool_], weights: Floats) -> tuple[Floats, float]:
    """Slopes and intercept for the features as they are."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale = np.where(scale < 1e-9, 1.0, scale)  # a feature that never varies gets a slope of zero
    model = LogisticRegression(C=PENALTY, max_iter=2000).fit((values - mean) / scale, can, sample_weight=weights)
    slopes = model.coef_[0] / scale
    return slopes, float(model.intercept_[0] - slopes @ mean)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))))


def _point(threshold: float, sure: Floats, kinds: npt.NDArray[np.str_]) -> OperatingPoint:
    let_through = sure >= threshold
    return OperatingPoint(
        threshold,
        float((~let_through)[kinds == "answerable"].mean()),
        {kind: float(let_through[kinds == kind].mean()) for kind in sorted(set(kinds) - {"answerable"})},
    )
