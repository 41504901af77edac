"""Checkpoints -> `service/reading/reader.safetensors`: `python -m training.export_reader CHECKPOINT ...`.

Several that began as the same weights are averaged: the mean reads better than the best of them, at the cost of one (Wortsman
et al. 2022, https://arxiv.org/abs/2203.05482).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from service.reading import weights
from service.reading.cross_encoder import weights_file
from training.reader_model import NAMES
from youju.embedding.openvino import bert
from youju.model_files.locate import E5_SMALL, prepare
from youju.settings import load_settings


def renamed(state: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """The checkpoint's tensors under the names of the embedder's weights."""
    plain = {
        "positions": "embeddings.position_embeddings.weight", "kinds": "embeddings.token_type_embeddings.weight",
        "norm.weight": "embeddings.LayerNorm.weight", "norm.bias": "embeddings.LayerNorm.bias",
    }  # fmt: skip
    found = {}
    for name, tensor in state.items():
        parts = name.split(".")
        if parts[0] == "layers":
            new = f"encoder.layer.{parts[1]}.{NAMES[parts[2]]}.{parts[3]}"
        elif parts[0] in ("span", "answerable"):
            new = name
        else:
            new = plain.get(name, "")
        if new:
            found[new] = tensor.float().numpy()
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--about", default="")
    arguments = parser.parse_args()
    base = bert.encoder_weights(prepare(E5_SMALL, load_settings().cache_dir))
    states = [torch.load(path) for path in arguments.checkpoints]
    trained = renamed({name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]})
    weights.save(trained, base, weights_file(), {"about": arguments.about})
    print(weights_file(), round(weights_file().stat().st_size / 2**20, 2), "MiB")
    again = weights.load(weights_file(), base)
    for name in ("encoder.layer.0.attention.self.query.weight", "encoder.layer.11.output.dense.weight"):
        change = np.linalg.norm(trained[name] - base[name])
        print(name, "change", change, "error of packing", np.linalg.norm(again[name] - trained[name]) / change)


if __name__ == "__main__":
    main()
