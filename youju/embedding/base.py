"""The `Embedder` protocol (a bi-encoder): texts -> unit vectors. Knows nothing of documents, chunks or what runs a model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors of length 1, so that a dot product is a cosine similarity.

    `name` is for people; `fingerprint` changes whenever the vectors would; `dimension` is the length of a vector.
    The methods that embed return float32 of shape (number of texts, dimension). `embed_queries` is for questions that are
    compared with each other or with sentences, `embed_retrieval_queries` for those that search the passages of an index: the
    same, but where an encoder of its own was trained for that.
    """

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    def embed_documents(self, texts: Sequence[str]) -> Vectors: ...
    def embed_queries(self, texts: Sequence[str]) -> Vectors: ...
    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors: ...
    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


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
