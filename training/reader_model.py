"""The reader as a torch module: the bundled embedder's encoder, read with question and passage together, and three heads.

Written for training on a CPU with bfloat16 matrices: attention has its own backward pass (torch's takes 40 % of a step).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class _Attention(torch.autograd.Function):
    """Scaled dot-product attention whose backward pass goes text by text, so that the scores stay in the cache."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
        out = functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        ctx.save_for_backward(query, key, value, bias, out)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        query, key, value, bias, out = ctx.saved_tensors
        (grad,) = grads
        by_query, by_key, by_value = torch.empty_like(query), torch.empty_like(key), torch.empty_like(value)
        scale = 1 / math.sqrt(query.shape[-1])
        shared = (grad * out).sum(-1, keepdim=True)
        for i in range(query.shape[0]):
            q, k, v, g = (query[i] * scale).contiguous(), key[i].contiguous(), value[i].contiguous(), grad[i].contiguous()
            weights = torch.baddbmm(bias[i], q, k.transpose(1, 2)).softmax(-1)
            by_value[i] = torch.bmm(weights.transpose(1, 2), g)
            scores = torch.bmm(g, v.transpose(1, 2)).sub_(shared[i]).mul_(weights)
            by_query[i] = torch.bmm(scores, k).mul_(scale)
            by_key[i] = torch.bmm(scores.transpose(1, 2), q)
        return by_query, by_key, by_value, None


def attention(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Heads × length × width of each text; on a GPU torch's own backward pass is the faster one."""
    if query.is_cuda:
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
    weighed: Tensor = _Attention.apply(query, key, value, bias)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return weighed


class _Dropout(nn.Module):
    """Dropout with slices of one mask drawn beforehand: drawing afresh takes longer than the layer."""

    def __init__(self, share: float, size: int = 1 << 25) -> None:
        super().__init__()
        self.share = share
        kept = torch.rand(size) >= share
        self.mask: Tensor
        self.register_buffer("mask", kept.to(torch.bfloat16) / (1 - share), persistent=False)

    def forward(self, value: Tensor) -> Tensor:
        if not self.training:
            return value
        if value.is_cuda:
            return functional.dropout(value, self.share)
        size = value.numel()
        start = int(torch.randint(0, self.mask.numel() - size, ()))
        return value * self.mask[start : start + size].view(value.shape)


class _Layer(nn.Module):
    def __init__(self, hidden: int, heads: int, inner: int, epsilon: float, dropout: nn.Module) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(hidden, hidden) for _ in range(4))
        self.inner, self.outer = nn.Linear(hidden, inner), nn.Linear(inner, hidden)
        self.norm1, self.norm2 = nn.LayerNorm(hidden, epsilon), nn.LayerNorm(hidden, epsilon)
        self.dropout = dropout

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = hidden.shape
        q, k, v = (
            part(hidden).view(batch, length, self.heads, -1).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        weighed = attention(q, k, v, bias.to(q.dtype))
        attended = weighed.transpose(1, 2).reshape(batch, length, width)
        hidden = self.norm1(hidden + self.dropout(self.out(attended)))
        return self.norm2(hidden + self.dropout(self.outer(functional.gelu(self.inner(hidden)))))  # type: ignore[no-any-return]


NAMES = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
    "out": "attention.output.dense", "norm1": "attention.output.LayerNorm", "inner": "intermediate.dense",
    "outer": "output.dense", "norm2": "output.LayerNorm",
}  # fmt: skip
"""Our names of a layer's parts -> those of the embedder's weights."""


class ReaderNetwork(nn.Module):
    """Token ids, kinds (0 question, 1 passage) and mask -> start and end logits of each token, and of there being an answer.

    Position 0 of the start and end logits stands for "no answer here". Made of an embedder's weights, or of a reader's.
    """

    def __init__(self, weights: dict[str, np.ndarray], heads: int, epsilon: float, dropout: float) -> None:
        super().__init__()
        table = weights["embeddings.word_embeddings.weight"]
        hidden = table.shape[1]
        layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
        inner = weights["encoder.layer.0.intermediate.dense.weight"].shape[0]
        shared = _Dropout(dropout)
        self.words = nn.Embedding.from_pretrained(torch.from_numpy(table.astype(np.float32)), freeze=True)
        self.positions = nn.Parameter(torch.from_numpy(weights["embeddings.position_embeddings.weight"].astype(np.float32)))
        kind = torch.from_numpy(weights["embeddings.token_type_embeddings.weight"].astype(np.float32))
        is_reader = "span.weight" in weights
        self.kinds = nn.Parameter(kind if is_reader else kind[:1].repeat(2, 1))  # the embedder never saw the second
        self.norm = nn.LayerNorm(hidden, epsilon)
        self.layers = nn.ModuleList(_Layer(hidden, heads, inner, epsilon, shared) for _ in range(layers))
        self.span, self.answerable = nn.Linear(hidden, 2), nn.Linear(hidden, 1)
        self._load(weights)
        if is_reader:
            for head, name in ((self.span, "span"), (self.answerable, "answerable")):
                head.load_state_dict({key: torch.from_numpy(weights[f"{name}.{key}"]) for key in ("weight", "bias")})

    def _load(self, weights: dict[str, np.ndarray]) -> None:
        parts = [(self.norm, "embeddings.LayerNorm")]
        for number, layer in enumerate(self.layers):
            parts += [(getattr(layer, ours), f"encoder.layer.{number}.{theirs}") for ours, theirs in NAMES.items()]
        for part, name in parts:
            for kind in ("weight", "bias"):
                getattr(part, kind).data = torch.from_numpy(weights[f"{name}.{kind}"].astype(np.float32))

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        bias = (1 - mask.float())[:, None, None, :] * -1e4
        hidden = self.words(ids) + self.positions[: ids.shape[1]] + self.kinds[kinds]
        hidden = self.norm(hidden)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        allowed = (kinds * mask).float()
        allowed[:, 0] = 1
        spans = self.span(hidden).float() + (1 - allowed)[..., None] * -1e4
        return spans[..., 0], spans[..., 1], self.answerable(hidden[:, 0]).float().squeeze(-1)
