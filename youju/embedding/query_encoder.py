"""What encodes questions to search the passages of an index, where that is another encoder than the one of the passages.

The passages' encoder stays, and so does every index: only the encoder of questions was trained further, as a low-rank change of
its linear layers (`query_encoder.safetensors`, made by `python -m training.fit_query_encoder` for the bundled embedder;
docs/decisions/0051-an-encoder-for-questions.md). Other embedders search with their own vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
from safetensors import safe_open

from youju.embedding.base import Embedder, Vectors
from youju.embedding.openvino import bert
from youju.embedding.openvino.embedder import OpenVinoEmbedder
from youju.embedding.openvino.graphs import kept, trained_further
from youju.model_files import low_rank
from youju.model_files.locate import Progress, no_progress


class TwoEncoders:
    """An `Embedder` whose questions search with the vectors of another one."""

    def __init__(self, embedder: Embedder, questions: Embedder) -> None:
        self.name, self.fingerprint, self.dimension = embedder.name, embedder.fingerprint, embedder.dimension
        self._embedder, self._questions = embedder, questions

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_documents(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_queries(texts)

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return self._questions.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)


def changes_file() -> Path:
    return Path(str(resources.files("youju.embedding") / "query_encoder.safetensors"))


def is_fitted_for(name: str) -> bool:
    """Whether the bundled change was trained for the embedder of this name."""
    with safe_open(changes_file(), "np") as file:
        return bool((file.metadata() or {}).get("embedder") == name)


def with_query_encoder(
    embedder: Embedder, folder: Path, shape: bert.Shape, precision: str, cache_dir: Path, progress: Progress = no_progress
) -> TwoEncoders:
    """The embedder of `folder`, with the encoder of questions that was trained from it.

    Args:
        precision: `f32` or `bf16`, in which questions are encoded.
    """
    source = changes_file()
    graph = kept(
        trained_further(cache_dir, "questions", source, folder), "preparing the encoder of questions",
        lambda: bert.build(changed(bert.encoder_weights(folder), source), shape), progress,
    )  # fmt: skip
    questions = OpenVinoEmbedder(folder, graph, embedder.name, embedder.fingerprint, precision, shape.maximum)
    return TwoEncoders(embedder, questions)


def changed(weights: dict[str, low_rank.Array], source: Path) -> dict[str, low_rank.Array]:
    """The weights of an encoder with the low-rank changes of the file `source` added."""
    added = {f"{name}.weight": up @ down for name, (down, up) in low_rank.load(source).items()}
    return weights | {name: weights[name].astype(np.float32) + change for name, change in added.items()}
