"""The embedder that the settings name, run the way that the settings say or that tests best on this machine."""

from __future__ import annotations

import platform
from pathlib import Path

from youju.embedding.base import Embedder, folder_fingerprint
from youju.embedding.openvino import bert
from youju.embedding.openvino.choice import fast_embedder, outcome, precision_of
from youju.embedding.query_encoder import is_fitted_for, with_query_encoder
from youju.embedding.sentence_transformer import SentenceTransformerEmbedder
from youju.errors import ModelUnavailable
from youju.model_files.locate import Progress, locate, no_progress
from youju.settings import Settings

GPU_FILES = ("/dev/nvidia0", "/dev/kfd", "/dev/nvhost-ctrl")


def make_embedder(settings: Settings, progress: Progress = no_progress) -> Embedder:
    """
    Raises:
        ModelUnavailable: its files are missing or are none, or the backend that is set cannot run them.
    """
    folder = locate(settings.embedding_model, "embedder", settings.cache_dir, progress)
    name, device = settings.embedding_model, settings.embedding_device
    backend: str = settings.embedding_backend
    shape = bert.read_shape(folder)
    if backend == "auto":
        on_cpu = device == "cpu" or (device == "auto" and not _has_gpu())
        backend = outcome(folder, shape, settings.cache_dir, progress).backend if shape and on_cpu else "torch"
    if backend != "torch" and shape is None:
        raise ModelUnavailable(
            f"{folder} is not a BERT encoder that {backend} can run.", "Set YOUJU_EMBEDDING_BACKEND to auto or torch."
        )
    embedder: Embedder
    if shape is None or backend == "torch":
        embedder = SentenceTransformerEmbedder(folder, name, device, settings.embedding_batch)
    else:
        embedder = fast_embedder(folder, shape, backend, name, settings.cache_dir, progress)
    if shape is None or not is_fitted_for(name):
        return embedder
    return with_query_encoder(embedder, folder, shape, precision_of(backend), settings.cache_dir, progress)


def embedder_fingerprint(settings: Settings, progress: Progress = no_progress) -> str:
    """The fingerprint of the embedder that the settings name, without loading it.

    Raises:
        ModelUnavailable: its files are missing.
    """
    return folder_fingerprint(locate(settings.embedding_model, "embedder", settings.cache_dir, progress))


def _has_gpu() -> bool:
    """Whether torch would use a GPU, found out without the seconds that importing torch takes."""
    return any(Path(path).exists() for path in GPU_FILES) or (platform.system(), platform.machine()) == ("Darwin", "arm64")
