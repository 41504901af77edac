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
from types import MappingProxyType
from typing import NamedTuple, get_args

import numpy as np

from youju.embedding.base import Vectors
from youju.records import Language


class LiftScale(NamedTuple):
    """What the encoder of questions and moving them did to how far above the average passage the nearest ones are, over 2,000
    questions: taken back, so that lifts mean to fusion and to a gate what they meant when these were fitted."""

    scale: float = 1.0
    further: float = 0.0

    def usual(self, lift: float) -> float:
        """What the lift would have been."""
        return lift / self.scale - self.further


def lift_scale(embedder: str, asked: Language, language: Language) -> LiftScale:
    """For questions in the one language and passages in the other."""
    return _fitted(embedder).lifts.get(f"{asked} {language}", LiftScale())


def moved(embedder: str, query: Vectors, asked: Language) -> dict[Language, Vectors]:
    """Language of passages -> what stands in for the question there; nothing for its own, or where nothing was fitted.

    Args:
        embedder: name of the embedder that made `query`, of shape (dimension,) and length one.
    """
    found: dict[Language, Vectors] = {}
    for language in get_args(Language):
        shift = _fitted(embedder).shifts.get(f"{asked} {language}")
        if shift is not None and shift.shape == query.shape:
            there = query + shift
            found[language] = there / np.linalg.norm(there)
    return found


class _Fitted(NamedTuple):
    """By direction, such as `zh en`."""

    shifts: Mapping[str, Vectors] = MappingProxyType({})
    lifts: Mapping[str, LiftScale] = MappingProxyType({})


@cache
def _fitted(embedder: str) -> _Fitted:
    text = (resources.files("service.retrieval") / "shifts.json").read_text(encoding="utf-8")
    file = json.loads(text)
    if file["embedder"] != embedder:
        return _Fitted()
    shifts = {way: np.array(vector, np.float32) for way, vector in file["shifts"].items()}
    return _Fitted(shifts, {way: LiftScale(**scale) for way, scale in file["lifts"].items()})
