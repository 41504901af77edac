"""An embedder over sentence-transformers, on any device. The only place that knows that package, and torch for embedding."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from youju.embedding.base import Vectors, folder_fingerprint
from youju.errors import ModelUnavailable


class SentenceTransformerEmbedder:
    """An `Embedder` over a local sentence-transformers folder. Safe to call from several threads."""

    def __init__(self, folder: Path, name: str, device: str = "auto", batch: int = 32) -> None:
        """
        Raises:
            ModelUnavailable: the folder is not a sentence-transformers model.
        """
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import sentence_transformers
        import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        self.name = name
        self._batch = batch
        self._lock = threading.Lock()
        try:
            self._model = sentence_transformers.SentenceTransformer(
                str(folder), device=None if device == "auto" else device, local_files_only=True
            )
        except (OSError, ValueError, KeyError, RuntimeError, AssertionError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise ModelUnavailable(
                f"{folder} cannot be loaded as a sentence-transformers model on device {device!r} ({reason}).",
                "Set YOUJU_EMBEDDING_MODEL or YOUJU_EMBEDDING_DEVICE, or run `youju models prepare`.",
            ) from error
        self.fingerprint = folder_fingerprint(folder)

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "document")

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "query")

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones left out."""
        if not texts:
            return []
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        # A model without such a prompt gets the plain text; one is never borrowed from another model.
        known = self._model.prompts.get(prompt) is not None
        with self._lock:
            vectors = self._model.encode(
                list(texts),
                prompt_name=prompt if known else None,
                batch_size=self._batch,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, np.float32)
