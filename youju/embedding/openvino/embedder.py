"""Runs an embedder's OpenVINO graph: tokens, batches of nearly equal length, vectors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import openvino as ov
from tokenizers import Encoding, Tokenizer

from youju.embedding.base import Vectors

BATCH_TOKENS = 4096  # tokens in one run, padding counted: more gains nothing and leaves the processor's cache


class OpenVinoEmbedder:
    """An `Embedder` over a graph of `youju.embedding.base.openvino.bert`. Safe to call from several threads."""

    def __init__(self, folder: Path, graph: Path, name: str, fingerprint: str, precision: str, maximum: int) -> None:
        """
        Args:
            folder: the sentence-transformers folder, for its tokenizer and prompts.
            graph: the `.xml` file.
            precision: `f32` or `bf16`, for what is not int8; a processor without bfloat16 uses float32.
            maximum: longest text in tokens, special ones included; the rest is cut off.
        """
        self.name = name
        self.fingerprint = fingerprint
        self._maximum = maximum
        self._lock = threading.Lock()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._prompts = _prompts(folder)
        core = ov.Core()
        options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1"}
        self._compiled = core.compile_model(core.read_model(graph), "CPU", options)
        self._request = self._compiled.create_infer_request()

    @property
    def dimension(self) -> int:
        return int(self._compiled.output(0).get_partial_shape()[1].get_length())

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, "document")

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts, "query")

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones left out."""
        return [len(one.ids) for one in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def _embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        before = self._prompts.get(prompt) or ""
        encoded = self._tokenizer.encode_batch([before + text for text in texts])
        tokens = [_cut(one, self._maximum) for one in encoded]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for rows in _batches([len(ids) for ids in tokens]):
            longest = max(len(tokens[row]) for row in rows)
            ids = np.zeros((len(rows), longest), np.int32)
            mask = np.zeros((len(rows), longest), np.float32)
            for place, row in enumerate(rows):
                ids[place, : len(tokens[row])] = tokens[row]
                mask[place, : len(tokens[row])] = 1
            with self._lock:
                vectors[rows] = self._request.infer([ids, mask])[0]
        return vectors


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows in batches of nearly equal length, longest first."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _cut(encoding: Encoding, maximum: int) -> list[int]:
    """The ids of a text, cut to `maximum` with its last special token kept."""
    ids: list[int] = encoding.ids
    return ids if len(ids) <= maximum else [*ids[: maximum - 1], ids[-1]]


def _prompts(folder: Path) -> dict[str, str]:
    """Name -> what stands before such a text; none where the model has none."""
    path = folder / "config_sentence_transformers.json"
    return (json.loads(path.read_text(encoding="utf-8")).get("prompts") or {}) if path.is_file() else {}
