"""A sentence-transformers folder with a BERT encoder -> an OpenVINO graph: token ids and mask in, unit vectors out.

Knows nothing of tokenizers, texts or which precision is worth it. The graph is built from OpenVINO's own operations and
not by tracing, so that it is the same with every version of torch and transformers, and quantised where we say.

int8 follows what OpenVINO's CPU plugin fuses: activations pass a FakeQuantize with ranges measured on a sample, weights are
symmetric int8 per output channel. The second matrix of each feed-forward block stays in floating point: its input has
outliers that cost recall (docs/decisions/0007-fast-embedding.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset15 as op
from safetensors.numpy import load_file

Ranges = Mapping[str, tuple[float, float]]
"""Name of a quantised activation -> its usual lowest and highest value."""

MASKED = -1e4  # added to the scores of padding; small enough to vanish, large enough for bfloat16


@dataclass(frozen=True)
class Shape:
    """What the graph must know of the model besides its weights."""

    hidden: int
    heads: int
    layers: int
    epsilon: float
    first_position: int
    pooling: str
    maximum: int


def read_shape(folder: Path) -> Shape | None:
    """The shape of the model in `folder`, or None when it is not one that this module can build."""
    try:
        config = _json(folder / "config.json")
        modules = [module["type"].rsplit(".", 1)[-1] for module in _json(folder / "modules.json")]
        pooling = _json(folder / "1_Pooling" / "config.json")
        limits = _json(folder / "sentence_bert_config.json")
    except (OSError, ValueError, KeyError, TypeError):
        return None
    modes = [name for name, on in pooling.items() if name.startswith("pooling_mode_") and on is True]
    ways = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    buildable = (
        config.get("model_type") in ("bert", "xlm-roberta")
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and modules in (["Transformer", "Pooling", "Normalize"], ["Transformer", "Pooling"])
        and len(modes) == 1
        and modes[0] in ways
        and not limits.get("do_lower_case")
        and (folder / "model.safetensors").is_file()
        and (folder / "tokenizer.json").is_file()
    )
    if not buildable:
        return None
    # RoBERTa counts positions from behind the padding's id.
    first = config["pad_token_id"] + 1 if config["model_type"] == "xlm-roberta" else 0
    positions = config["max_position_embeddings"] - first
    return Shape(
        config["hidden_size"], config["num_attention_heads"], config["num_hidden_layers"], float(config["layer_norm_eps"]),
        first, ways[modes[0]], min(limits.get("max_seq_length") or positions, positions),
    )  # fmt: skip


def build(weights: Mapping[str, npt.NDArray[Any]], shape: Shape, ranges: Ranges | None = None) -> ov.Model:
    """The graph, in int8 where `ranges` tells how.

    Args:
        weights: of the encoder as `encoder_weights` names them.
    """
    return _Builder(weights, shape, ranges or {}).model()


def build_reader(weights: Mapping[str, npt.NDArray[Any]], shape: Shape) -> ov.Model:
    """The graph of a reader: token ids, mask and kinds (0 question, 1 passage), each batch × length, in; out come the start
    and end logits (batch × length × 2) and the logit of there being an answer (batch × 1 × 1).

    Args:
        weights: of the encoder as `encoder_weights` names them, and `span.*` and `answerable.*` for the heads.
    """
    return _Builder(weights, shape, {}).reader()


def build_probe(folder: Path, shape: Shape) -> tuple[ov.Model, list[str]]:
    """A graph that gives the lowest and the highest value of each activation that int8 would quantise.

    Returns:
        The graph, and the names: output 2i is the lowest value of name i, output 2i + 1 the highest.
    """
    builder = _Builder(encoder_weights(folder), shape, {})
    model = builder.model()
    axes = op.constant(np.array([0, 1, 2], np.int64))
    results = [
        op.result(reduce(value, axes)) for value in builder.activations.values() for reduce in (op.reduce_min, op.reduce_max)
    ]
    return ov.Model(results, model.get_parameters(), "probe"), list(builder.activations)


class _Builder:
    """Collects the operations; `activations` are the inputs of the layers that int8 may quantise."""

    def __init__(self, weights: Mapping[str, npt.NDArray[Any]], shape: Shape, ranges: Ranges) -> None:
        self._weights = weights
        self._shape = shape
        self._ranges = ranges
        self.activations: dict[str, Any] = {}

    def model(self) -> ov.Model:
        ids, mask = _input("ids", ov.Type.i32), _input("mask", ov.Type.f32)
        hidden = self._encoded(ids, mask)
        if self._shape.pooling == "cls":
            pooled = op.gather(hidden, op.constant(0), op.constant(1))
        else:  # the length is taken away below, so the sum will do for the mean
            pooled = op.reduce_sum(op.multiply(hidden, op.unsqueeze(mask, op.constant(2))), _ints(1), False)
        return ov.Model([op.result(op.normalize_l2(pooled, _ints(1), 1e-12, "max"))], [ids, mask], "embedder")

    def reader(self) -> ov.Model:
        ids, mask, kinds = _input("ids", ov.Type.i32), _input("mask", ov.Type.f32), _input("kinds", ov.Type.i32)
        hidden = self._encoded(ids, mask, kinds)
        first = op.gather(hidden, _ints(0), op.constant(1))
        results = [op.result(self._linear(hidden, "span")), op.result(self._linear(first, "answerable"))]
        return ov.Model(results, [ids, mask, kinds], "reader")

    def _encoded(self, ids: Any, mask: Any, kinds: Any = None) -> Any:
        bias = op.multiply(op.subtract(op.constant(np.float32(1)), mask), op.constant(np.float32(MASKED)))
        bias = op.unsqueeze(op.unsqueeze(bias, op.constant(1)), op.constant(1))
        hidden = self._embeddings(ids, kinds)
        for layer in range(self._shape.layers):
            hidden = self._layer(hidden, bias, f"encoder.layer.{layer}.")
        return hidden

    def _embeddings(self, ids: Any, kinds: Any) -> Any:
        weights = self._weights
        length = op.gather(op.shape_of(ids, ov.Type.i32), op.constant(1), op.constant(0))
        first = op.constant(self._shape.first_position, ov.Type.i32)
        positions = op.range(first, op.add(length, first), op.constant(1, ov.Type.i32), ov.Type.i32)
        # Most of the weights: half precision halves the file and the memory, and its error is far below that of training.
        table = op.constant(weights["embeddings.word_embeddings.weight"].astype(np.float16))
        words = op.gather(op.convert(table, ov.Type.f32), ids, op.constant(0))
        places = op.gather(_constant(weights["embeddings.position_embeddings.weight"]), positions, op.constant(0))
        kind_table = weights["embeddings.token_type_embeddings.weight"]
        if kinds is None:
            kind = _constant(kind_table[0].reshape(1, 1, -1))
        else:
            kind = op.gather(_constant(kind_table), kinds, op.constant(0))
        return self._norm(op.add(op.add(words, op.unsqueeze(places, op.constant(0))), kind), "embeddings.LayerNorm")

    def _layer(self, hidden: Any, bias: Any, name: str) -> Any:
        heads, width = self._shape.heads, self._shape.hidden // self._shape.heads
        swap = _ints(0, 2, 1, 3)
        taken = self._quantised(hidden, name + "attention")
        query, key, value = (
            op.transpose(op.reshape(self._linear(taken, f"{name}attention.self.{part}"), _ints(0, 0, heads, width), True), swap)
            for part in ("query", "key", "value")
        )
        attended = op.transpose(op.scaled_dot_product_attention(query, key, value, bias), swap)
        attended = op.reshape(attended, _ints(0, 0, self._shape.hidden), True)
        attended = self._linear(self._quantised(attended, name + "output"), name + "attention.output.dense")
        hidden = self._norm(op.add(attended, hidden), name + "attention.output.LayerNorm")
        inner = self._linear(self._quantised(hidden, name + "inner"), name + "intermediate.dense")
        outer = self._linear(op.gelu(inner, "erf"), name + "output.dense", exact=True)
        return self._norm(op.add(outer, hidden), name + "output.LayerNorm")

    def _quantised(self, value: Any, name: str) -> Any:
        self.activations[name] = value
        if not self._ranges:
            return value
        low, high = self._ranges[name]
        low, high = min(low, 0.0), max(high, 1e-6)
        step = (high - low) / 255
        zero = round(-low / step)  # zero must be a level of its own, or padding would not stay zero
        bounds = [op.constant(np.full((1, 1, 1), bound, np.float32)) for bound in (-zero * step, (255 - zero) * step)]
        return op.fake_quantize(value, *bounds, *bounds, 256)

    def _linear(self, value: Any, name: str, exact: bool = False) -> Any:
        matrix = self._weights[name + ".weight"].astype(np.float32)
        if self._ranges and not exact:
            scale = np.maximum(np.abs(matrix).max(axis=1, keepdims=True), 1e-8) / 127
            rounded = np.clip(np.round(matrix / scale), -127, 127).astype(np.int8)
            weight = op.multiply(op.convert(op.constant(rounded), ov.Type.f32), _constant(scale))
        else:
            weight = _constant(matrix)
        return op.add(op.matmul(value, weight, False, True), _constant(self._weights[name + ".bias"].reshape(1, 1, -1)))

    def _norm(self, value: Any, name: str) -> Any:
        normal = op.mvn(value, _ints(-1), True, self._shape.epsilon, "inside_sqrt")
        scaled = op.multiply(normal, _constant(self._weights[name + ".weight"].reshape(1, 1, -1)))
        return op.add(scaled, _constant(self._weights[name + ".bias"].reshape(1, 1, -1)))


def encoder_weights(folder: Path) -> dict[str, npt.NDArray[Any]]:
    """The tensors under the names that `BertModel` gives them, whatever stands before."""
    tensors = load_file(folder / "model.safetensors")
    prefix = next(name for name in tensors if name.endswith("embeddings.word_embeddings.weight"))
    prefix = prefix.removesuffix("embeddings.word_embeddings.weight")
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _input(name: str, kind: Any) -> Any:
    """A matrix of batch × length."""
    return op.parameter([-1, -1], kind, name=name)


def _constant(values: npt.NDArray[Any]) -> Any:
    return op.constant(np.ascontiguousarray(values, np.float32))


def _ints(*values: int) -> Any:
    return op.constant(np.array(values, np.int64))
