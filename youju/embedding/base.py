"""Texts -> unit vectors, with sentence-transformers underneath. The only place here that knows torch.

Knows nothing of documents, chunks or where model files come from.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from youju.errors import ModelUnavailable

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors of length 1, so that a dot product is a cosine similarity.

    `name` is for people; `fingerprint` changes whenever the vectors would; `dimension` is the length of a vector.
    Both methods return float32 of shape (number of texts, dimension).
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    def embed_documents(self, texts: Sequence[str]) -> Vectors: ...
    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...
    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


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


def folder_fingerprint(folder: Path) -> str:
    """Hash of the configuration files and of the sizes and edges of the weights: cheap, and different for another model."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}:{size}".encode())
        with path.open("rb") as file:
            digest.update(file.read(65536))
            file.seek(max(0, size - 65536))
            digest.update(file.read())
    return digest.hexdigest()[:16]
