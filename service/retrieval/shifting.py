"""By what the vector of a question is moved to search passages of another language.

An embedder knows in which language a text is, so that some passages are near to all questions of another language, and the
one that answers stands behind them. One vector for each direction takes that away. Fitted for the bundled embedder by
`python -m training.fit_query_shift` (docs/decisions/0049-moved-across-languages.md); others search as they did.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import get_args

import numpy as np

from youju.embedding.base import Vectors
from youju.records import Language

USUAL_LIFT = 0.043
"""By how much further above the average passage the nearest one is for a question that was moved, over 2,000 questions: taken
away, so that lifts mean to a gate what they meant when it was fitted."""


def moved(embedder: str, query: Vectors, asked: Language) -> dict[Language, Vectors]:
    """Language of passages -> what stands in for the question there; nothing for its own, or where nothing was fitted.

    Args:
        embedder: name of the embedder that made `query`, of shape (dimension,) and length one.
    """
    found: dict[Language, Vectors] = {}
    for language in get_args(Language):
        shift = _shifts(embedder).get(f"{asked} {language}")
        if shift is not None and shift.shape == query.shape:
            there = query + shift
            found[language] = there / np.linalg.norm(there)
    return found


@cache
def _shifts(embedder: str) -> Mapping[str, Vectors]:
    text = (resources.files("service.retrieval") / "shifts.json").read_text(encoding="utf-8")
    fitted = json.loads(text)
    return (
        {way: np.array(vector, np.float32) for way, vector in fitted["shifts"].items()}
        if fitted["embedder"] == embedder
        else {}
    )
