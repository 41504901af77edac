"""Documents for the tests of an index."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from pydantic import SecretStr

from tests.fakes import HashingEmbedder
from tests.postgres import Server
from youju.index.base.records import Source
from youju.index.protocols import Store
from youju.records import Chunk, Extracted, Scores
from youju.settings import Settings
from youju.text.language import detect_language

EMBEDDER = HashingEmbedder()


def source(name: str, collection: str = "default", digest: str = "d") -> Source:
    return Source(collection, f"/folder/{name}", name, digest, 1, 1)


def put(
    store: Store, name: str, texts: Sequence[str], collection: str = "default", digest: str = "", original: bytes | None = None,
) -> str:  # fmt: skip
    """A document whose chunks are these texts, each in its own language; returns its id."""
    text, chunks = "", []
    for piece in texts:
        chunks.append(Chunk(len(text), len(text) + len(piece), piece, "", detect_language(piece), None))
        text += piece + "\n"
    vectors = EMBEDDER.embed_documents(texts) if texts else np.zeros((0, EMBEDDER.dimension), np.float32)
    where = source(name, collection, digest or f"{name} {text}")
    extracted = Extracted(text, "application/pdf" if original else "text/plain", name)
    return store.put(where, extracted, "en", chunks, vectors, EMBEDDER.fingerprint, original)


def texts_of(store: Store, keys: Sequence[int]) -> list[str]:
    """What the chunks of these keys hold, in this order; those that are there no more are left out."""
    found = {one.key: one.text for one in store.passages({key: Scores(0.0, 0.0, 0.0) for key in keys})}
    return [found[key] for key in keys if key in found]


def with_engine(request: pytest.FixtureRequest, made: Settings) -> Iterator[Settings]:
    """The settings with the engine that a fixture is asked for: with a new database of its own, if that is PostgreSQL."""
    if request.param == "sqlite":
        yield made
        return
    server: Server = request.getfixturevalue("server")
    name = f"test_{uuid.uuid4().hex}"
    yield made.model_copy(update={"database_url": SecretStr(server.create(name))})
    server.drop(name)
