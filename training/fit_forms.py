"""Fit the classifier of forms: `python -m training.fit_forms`, from `training/data/forms_{en,zh}.toml`.

A form other than `fact` is believed from the probability on at which mistakes cost least: a fact that is answered as a list, a
summary or not at all is worse than a list answered with one sentence. These probabilities are of questions left out of the fit.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from service.query.cues import NAMES, cues
from service.query.forms import FORMS, FormModel, FormWeights
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.records import Form, Language
from youju.settings import load_settings

LANGUAGES: tuple[Language, ...] = get_args(Language)
DATA = Path(__file__).parent / "data"
MODEL = Path(__file__).parent.parent / "service" / "query" / "forms.json"
EMBEDDING_SCALE = 5.0  # embeddings lie near each other: without it the penalty would leave nothing of their weights
STRENGTH = 1.0  # inverse of the penalty on the weights
FOLDS = 10
FALSE_FORM, FALSE_TURN = 2.0, 6.0  # costs of a form that a fact is not, and of one whose answer is nothing like a fact
FAR_FROM_FACTS = {"list", "summary", "about", "social", "instruction", "locate"}
LEAST, LEAST_FAR = 0.35, 0.5  # no form is believed with less, whatever the few examples say
DECIMALS = 3

Array = npt.NDArray[np.float64]


def load(folder: Path = DATA) -> list[tuple[Form, Language, str]]:
    """Form, language and question of each example."""
    found: list[tuple[Form, Language, str]] = []
    for language in LANGUAGES:
        forms = tomllib.loads((folder / f"forms_{language}.toml").read_text(encoding="utf-8"))
        assert set(forms) == set(FORMS)
        found += [(form, language, one) for form in FORMS for one in forms[form].strip().splitlines()]
    return found


def embedded(questions: Sequence[str], embedder: Embedder, batch: int = 32) -> Array:
    parts = [embedder.embed_queries(questions[start : start + batch]) for start in range(0, len(questions), batch)]
    return np.concatenate(parts).astype(np.float64)


def fitted(features: Array, forms: Sequence[Form], scale: Array) -> FormWeights:
    """
    Args:
        features: shape (questions, features).
        scale: what each feature is multiplied by for the fit.
    """
    middle = features.mean(axis=0)
    scaled = (features - middle) * scale
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    classes = sorted(set(forms))
    unseen = cross_val_predict(model, scaled, forms, cv=folds, method="predict_proba")
    model.fit(scaled, forms)
    assert list(model.classes_) == classes
    weights, rows = model.coef_ * scale, {form: place for place, form in enumerate(classes)}
    intercepts = model.intercept_ - weights @ middle
    return FormWeights(
        weights={form: tuple(np.round(weights[rows[form]], DECIMALS).tolist()) for form in FORMS},
        intercepts={form: round(float(intercepts[rows[form]]), DECIMALS) for form in FORMS},
        least={form: least(form, classes, unseen, forms) for form in FORMS if form != "fact"},
    )


def least(form: Form, classes: Sequence[str], unseen: Array, forms: Sequence[Form]) -> float:
    """The probability from which on it costs least to believe a form, never less than where both turns are alike."""
    taken = unseen.argmax(axis=1) == classes.index(form)
    sure, truth = unseen[taken, classes.index(form)], np.array(forms)[taken]
    cost = np.where(truth == form, -1.0, np.where(truth == "fact", FALSE_TURN if form in FAR_FROM_FACTS else FALSE_FORM, 0.0))
    steps = np.round(np.arange(LEAST_FAR if form in FAR_FROM_FACTS else LEAST, 0.96, 0.05), 2)
    costs = [cost[sure >= step].sum() for step in steps]
    return float(steps[int(np.argmin(costs))])


def shares(weights: FormWeights, features: Array, forms: Sequence[Form]) -> float:
    return float(np.mean([weights.decide(row)[0] == form for row, form in zip(features, forms, strict=True)]))


def main() -> None:
    settings = load_settings()
    embedder = make_embedder(settings)
    examples = load()
    forms = [form for form, _, _ in examples]
    questions = [question for _, _, question in examples]
    lexical = np.array([cues(question) for question in questions])
    both = np.hstack([embedded(questions, embedder), lexical])
    ones = np.ones(lexical.shape[1])
    scale = np.concatenate([np.full(embedder.dimension, EMBEDDING_SCALE), ones])
    model = FormModel(
        embedder=embedder.fingerprint, cues=NAMES,
        with_embedding=fitted(both, forms, scale), cues_only=fitted(lexical, forms, ones),
    )  # fmt: skip
    text: dict[str, Any] = model.model_dump()
    MODEL.write_text(json.dumps(text, ensure_ascii=False) + "\n", encoding="utf-8")
    print("seen, with the embedding:", round(shares(model.with_embedding, both, forms), 3), model.with_embedding.least)
    print("seen, by the cues alone:", round(shares(model.cues_only, lexical, forms), 3), model.cues_only.least)


if __name__ == "__main__":
    main()
