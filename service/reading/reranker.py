"""Any cross-encoder of sentence-transformers (bge-reranker and others) beside a reader: it tells which passages come first.

What stands where, and whether it answers at all, the reader tells as before: the gate is fitted on that, while the scores of
cross-encoders have no common scale and know of no spans.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import sentence_transformers
import torch

from service.reading.base import Reader, Reading
from youju.errors import ModelUnavailable

BATCH = 16  # passages; on a CPU more at once are no faster
ADVICE = "Set YOUJU_READER to e5-small-reader, or to a cross-encoder that tells how relevant a text is."


class RerankingReader:
    """A `Reader` that has the passages weighed by a cross-encoder too. Its name is that of the reader below."""

    def __init__(self, reader: Reader, folder: Path, device: str = "auto") -> None:
        """
        Raises:
            ModelUnavailable: the folder holds no cross-encoder that can be used.
        """
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._reader = reader
        self._lock = threading.Lock()
        try:
            self._model = sentence_transformers.CrossEncoder(
                str(folder), device=None if device == "auto" else device, local_files_only=True
            )
        except (OSError, ValueError, KeyError, RuntimeError, AssertionError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise ModelUnavailable(f"{folder} cannot be loaded as a cross-encoder ({reason}).", ADVICE) from error
        if self._model.num_labels not in (1, 2):
            raise ModelUnavailable(f"{folder} tells {self._model.num_labels} kinds of pairs, not how relevant one is.", ADVICE)

    @property
    def name(self) -> str:
        return self._reader.name

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[Reading]:
        readings = self._reader.read(question, passages)
        if not readings:
            return []
        pairs = [(question, f"{title}\n{text}" if title else text) for title, text in passages]
        with self._lock:
            logits = np.asarray(
                self._model.predict(pairs, batch_size=BATCH, activation_fn=torch.nn.Identity(), show_progress_bar=False)
            )
        relevant = logits[:, 1] - logits[:, 0] if logits.ndim == 2 and logits.shape[1] == 2 else logits.reshape(len(pairs))
        return [replace(reading, relevance=float(one)) for reading, one in zip(readings, relevant, strict=True)]
