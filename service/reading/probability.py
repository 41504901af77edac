"""Probabilities and their log odds, bounded so that neither ever is infinite."""

from __future__ import annotations

import math


def log_odds(probability: float) -> float:
    """Of a probability, bounded at its ends."""
    return math.log(max(probability, 1e-13) / max(1 - probability, 1e-13))


def probability_of(log_odds: float) -> float:
    """Of log odds, the logistic function."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))
