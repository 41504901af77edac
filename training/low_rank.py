"""A linear layer and what training adds to it as two thin matrices (LoRA, Hu et al. 2021, https://arxiv.org/abs/2106.09685)."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class LowRank(nn.Module):
    """A linear layer that stays, and what training adds to it."""

    def __init__(self, plain: nn.Linear, rank: int, scale: float = 1.0, start: tuple[Any, Any] | None = None) -> None:
        """
        Args:
            scale: by which what is added is multiplied.
            start: `down` and `up` (times `scale`) of an earlier training, of at most `rank`; the rest begins as nothing.
        """
        super().__init__()
        self.plain, self.scale = plain.requires_grad_(False), scale
        width, device = plain.in_features, plain.weight.device
        down = torch.randn(rank, width, device=device) / math.sqrt(width)
        up = torch.zeros(plain.out_features, rank, device=device)
        if start is not None:
            before = len(start[0])
            down[:before] = torch.from_numpy(start[0]).to(device)
            up[:, :before] = torch.from_numpy(start[1]).to(device) / scale
        self.down, self.up = nn.Parameter(down), nn.Parameter(up)

    def forward(self, value: Tensor) -> Tensor:
        added = functional.linear(functional.linear(value, self.down.to(value.dtype)), self.up.to(value.dtype))
        plain: Tensor = self.plain(value)
        return plain + self.scale * added
