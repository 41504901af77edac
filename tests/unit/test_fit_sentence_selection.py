"""The fit of the weights by which a sentence is chosen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from service.grounding.selection import SIGNALS
from training.fit_sentence_selection import fit, held_out, load

SEED = 20261126


def made(path: Path, questions: int = 60, sentences: int = 8) -> Path:
    """Rows whose right sentence has the most of the second signal and, by chance, of the fifth."""
    rng = np.random.default_rng(SEED)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(questions):
            values = rng.random((sentences, len(SIGNALS)))
            right = np.argmax(values[:, 1] + values[:, 4] / 10)
            rows = [[*value, place == right] for place, value in enumerate(values.tolist())]
            file.write(json.dumps({"sentences": [[*row[:-1], bool(row[-1])] for row in rows]}) + "\n")
        file.write(json.dumps({"sentences": [[0.5] * len(SIGNALS) + [False]] * 3}) + "\n")  # nothing right in it
    return path


def test_the_signal_that_tells_gets_the_weight(tmp_path: Path) -> None:
    questions = load(made(tmp_path / "rows.jsonl"))
    assert len(questions) == 60
    weights = fit(questions)
    assert np.argmax(np.abs(weights)) == 1
    assert weights[1] > 5 * np.abs(np.delete(weights, [1, 4])).max()


def test_how_good_they_are_is_told_by_questions_left_out(tmp_path: Path) -> None:
    told = held_out(load(made(tmp_path / "rows.jsonl")))
    assert told[1] >= 0.8
    assert list(told.values()) == sorted(told.values())
