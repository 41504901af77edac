"""What is trained of the reader, on numbers drawn with a fixed seed."""

from __future__ import annotations

import pytest
import torch

from training.reader_data import Example, Group
from training.train_reader import HEADS, loss_of

SEED = 7
BATCH = [Group((Example([1], [2, 3], 0, 1), Example([1], [4, 5], None, None))), Group((Example([1], [6, 7], None, None),))]


def losses(trained: list[str]) -> tuple[float, list[float]]:
    drawn = torch.Generator().manual_seed(SEED)
    start, end = (torch.randn(3, 6, generator=drawn) for _ in range(2))
    found = (start, end, torch.randn(3, generator=drawn))
    loss, values = loss_of(found, BATCH, torch.tensor([4, 0, 0]), torch.tensor([5, 0, 0]), trained)
    return float(loss), values


@pytest.mark.parametrize("trained", [list(HEADS), ["span", "answerable"], ["relevance"]])
def test_only_these_losses_are_summed(trained: list[str]) -> None:
    loss, values = losses(trained)
    told = dict(zip(HEADS, values, strict=False))
    assert all(value > 0 for value in told.values())
    assert loss == pytest.approx(sum(told[head] for head in trained), rel=1e-5)
