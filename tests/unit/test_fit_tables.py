"""Weights of readings of tables are fitted on rows that are kept, and confidence on answers of tables that they were not fitted
on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from training.fit_tables import FEWEST, fit, fit_readings, signs
from training.table_rows import Rows

QUESTIONS = 4 * FEWEST


def made_rows(start: int = 0, count: int = QUESTIONS) -> Rows:
    """Questions with three readings each; `good` speaks for the right one, which it marks in most of them."""
    rows, choice = Rows(), random.Random(start)
    for number in range(start, start + count):
        marked = choice.random() < 0.9
        some = [
            ({"bias": 1.0, "good": float(marked), "sure.op=read": 1.0}, True, 0),
            ({"bias": 1.0, "bad": 1.0, "sure.op=read": 1.0}, False, 1),
            ({"bias": 1.0, "good": float(not marked), "sure.op=counted": 1.0}, False, 2),
        ]
        rows.add(f"table {number}", "made", True, some)
    return rows


def test_what_marks_the_right_reading_gains_weight_and_signs_of_confidence_alone_do_not() -> None:
    rows = made_rows()
    weights = fit_readings(rows, range(QUESTIONS))
    assert weights["good"] > 1 > 0 > weights["bad"]
    assert not any(name.startswith("sure.") for name in weights)


def test_an_answer_is_less_sure_in_a_table_that_does_not_answer() -> None:
    rows, absent = made_rows(), Rows()
    for number in range(QUESTIONS):
        absent.add(f"other {number}", "made", False, [({"bad": 1.0, "sure.op=read": 1.0}, False, at) for at in range(3)])
    rows.join(absent)
    fitted = fit(rows)
    held = list(signs(rows, fitted["readings"], range(len(rows.questions))))
    likely = [sum(fitted["confidence"].get(name, 0.0) * value for name, value in one.found.items()) for one in held]
    own, other = ([sure for sure, one in zip(likely, held, strict=True) if one.is_own == kind] for kind in (True, False))
    assert len(own) == len(other) == QUESTIONS
    assert sum(own) > sum(other)


def test_rows_that_were_kept_are_the_same_and_join_others(tmp_path: Path) -> None:
    one, other = made_rows(0, 5), made_rows(5, 5)
    one.save(tmp_path / "one.npz")
    again = Rows.load(tmp_path / "one.npz")
    again.join(other)
    assert again.questions == [*one.questions, *other.questions]
    assert again.right == one.right + other.right
    both = again.matrix().toarray()
    assert both.shape[0] == 30
    place = {name: both[:, at] for name, at in again.names.items()}
    assert place["bad"].tolist() == pytest.approx([0, 1, 0] * 10)
