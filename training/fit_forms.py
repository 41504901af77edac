"""Fit the classifier of forms: `python -m training.fit_forms`, from `training/data/forms_{en,zh}.toml`.

Questions that were written on documents (`training/data/questions.jsonl.gz`) are seen too, since people word what they want to
know like orders and like questions for a place ("run a job ten minutes from now", "where is the mail queue"): each as the form
that a first fit finds likeliest of those that are answered from what documents say.

A form other than `fact` is believed from the probability on at which mistakes cost least: a fact that is answered as a list, a
summary or not at all is worse than a list answered with one sentence. These probabilities are of questions left out of the fit.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from service.query.cues import NAMES, cues
from service.query.forms import FORMS, FormModel, FormWeights
from service.query.grams import DIMENSION, grams
from training.real_sets import WRITTEN, written
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.records import Form, Language
from youju.settings import load_settings

LANGUAGES: tuple[Language, ...] = get_args(Language)
DATA = Path(__file__).parent / "data"
MODEL = Path(__file__).parent.parent / "service" / "query" / "forms.json"
# Embeddings lie near each other, and hashed words are small: without these the penalty would leave nothing of their weights.
EMBEDDING_SCALE, GRAM_SCALE = 6.0, 2.5
STRENGTH = 1.0  # inverse of the penalty on the weights
FOLDS = 5
SEED = 1
FALSE_FORM, FALSE_TURN = 2.0, 6.0  # costs of a form that a fact is not, and of one whose answer is nothing like a fact
FAR_FROM_FACTS = {"list", "summary", "about", "social", "instruction", "locate"}
OF_DOCUMENTS = 1200  # questions written on documents that are seen too
NOT_OF_DOCUMENTS = {"summary", "about", "social", "instruction", "locate"}
LEAST, LEAST_FAR = 0.35, 0.5  # no form is believed with less, whatever the few examples say
DECIMALS, GRAM_DECIMALS = 3, 1  # of weights; a question has many grams, so that what is rounded off evens out

Array = npt.NDArray[np.float64]


def load(folder: Path = DATA) -> list[tuple[Form, Language, str]]:
    """Form, language and question of each example."""
    found: list[tuple[Form, Language, str]] = []
    for language in LANGUAGES:
        forms = tomllib.loads((folder / f"forms_{language}.toml").read_text(encoding="utf-8"))
        assert set(forms) == set(FORMS)
        found += [(form, language, one) for form in FORMS for one in forms[form].strip().splitlines()]
    return found


def of_documents(most: int, held_out: bool = False) -> list[str]:
    """Questions that were written on documents, drawn at random; of those on documents that are held out alone, or without."""
    every = sorted({question.text for question in written(WRITTEN, for_judging=held_out)})
    return random.Random(SEED).sample(every, min(most, len(every)))


def likeliest(weights: FormWeights, features: Array) -> Form:
    """The likeliest of the forms that are answered from what documents say."""
    chances = weights.probabilities(features)
    return max((form for form in FORMS if form not in NOT_OF_DOCUMENTS), key=lambda form: chances[form])


def embedded(questions: Sequence[str], embedder: Embedder, batch: int = 32) -> Array:
    parts = [embedder.embed_queries(questions[start : start + batch]) for start in range(0, len(questions), batch)]
    return np.concatenate(parts).astype(np.float64)


def fitted(features: Array, forms: Sequence[Form], scale: Array) -> FormWeights:
    """
    Args:
        features: shape (questions, features).
        scale: what each feature is multiplied by for the fit.
    """
    middle = np.where(np.arange(len(scale)) < len(scale) - DIMENSION, features.mean(axis=0), 0.0)
    scaled = csr_matrix((features - middle) * scale)  # nearly all grams of a question are 0
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    classes = sorted(set(forms))
    unseen = cross_val_predict(model, scaled, forms, cv=folds, method="predict_proba")
    model.fit(scaled, forms)
    assert list(model.classes_) == classes
    weights, rows = model.coef_ * scale, {form: place for place, form in enumerate(classes)}
    intercepts = model.intercept_ - weights @ middle
    return FormWeights(
        weights={form: rounded(weights[rows[form]]) for form in FORMS},
        intercepts={form: round(float(intercepts[rows[form]]), DECIMALS) for form in FORMS},
        least={form: least(form, classes, unseen, forms) for form in FORMS if form != "fact"},
    )


def rounded(weights: Array) -> tuple[float, ...]:
    """Weights of which the last are those of grams, short enough to be kept."""
    first, hashed = weights[:-DIMENSION], weights[-DIMENSION:]
    return (*np.round(first, DECIMALS).tolist(), *(np.round(hashed, GRAM_DECIMALS) + 0.0).tolist())


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
    forms: list[Form] = [form for form, _, _ in examples]
    questions = [question for _, _, question in examples]
    of_wording = np.concatenate([np.ones(len(NAMES)), np.full(DIMENSION, GRAM_SCALE)])
    scale = np.concatenate([np.full(embedder.dimension, EMBEDDING_SCALE), of_wording])
    more = of_documents(OF_DOCUMENTS)
    wording, wording_more = (np.array([[*cues(one), *grams(one)] for one in some]) for some in (questions, more))
    both, both_more = np.hstack([embedded(questions, embedder), wording]), np.hstack([embedded(more, embedder), wording_more])
    first = fitted(both, forms, scale)
    forms += [likeliest(first, row) for row in both_more]
    both, wording = np.vstack([both, both_more]), np.vstack([wording, wording_more])
    model = FormModel(
        embedder=embedder.fingerprint, cues=NAMES, grams=DIMENSION,
        with_embedding=fitted(both, forms, scale), wording_only=fitted(wording, forms, of_wording),
    )  # fmt: skip
    text: dict[str, Any] = model.model_dump()
    MODEL.write_text(json.dumps(text, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print("seen, with the embedding:", round(shares(model.with_embedding, both, forms), 3), model.with_embedding.least)
    print("seen, by wording alone:", round(shares(model.wording_only, wording, forms), 3), model.wording_only.least)


if __name__ == "__main__":
    main()
