"""The steps of an ingest in order: plan, read, chunk, embed, store. Each document is one transaction, so that an
interrupted ingest goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ingest.chunking import chunk
from ingest.plan import Item, Plan, Skipped, plan
from ingest.sandbox import Limits, Read, Sandbox
from youju.embedding import Embedder, Vectors
from youju.language import detect_language
from youju.records import Chunk, Extracted
from youju.settings import DEFAULT_COLLECTION, Settings
from youju.store import Source, Store, content_hash
from youju.vectors import VectorIndex

EMBED_AT_ONCE = 128  # chunks gathered over documents before they are embedded; at most so much is lost by a kill


@dataclass
class Report:
    """What an ingest did. `embedded` counts chunks that went through the embedder, `reused` those that it spared."""

    collection: str
    documents: int = 0
    unchanged: int = 0
    deleted: int = 0
    chunks: int = 0
    embedded: int = 0
    reused: int = 0
    seconds: float = 0.0
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def failed(self) -> list[Skipped]:
        return [skipped for skipped in self.skipped if skipped.failed]


@dataclass(frozen=True)
class Pending:
    """A document that waits for its vectors."""

    source: Source
    extracted: Extracted
    chunks: Sequence[Chunk]
    item: Item


Watch = Callable[[Item, int], None]
"""Called with each file that is done, and its number of chunks."""


def make_plan(paths: Sequence[Path], settings: Settings, store: Store, collection: str | None = None) -> Plan:
    """The plan of `youju ingest`, for the collection given, set, or default."""
    name = collection or settings.collection or DEFAULT_COLLECTION
    return plan(paths, name, store, settings.max_file_mb << 20)


class Pipeline:
    """Carries out plans."""

    def __init__(self, settings: Settings, store: Store, embedder: Embedder, watch: Watch = lambda item, chunks: None) -> None:
        self._settings = settings
        self._store = store
        self._embedder = embedder
        self._watch = watch
        self._pending: list[Pending] = []

    def run(self, work: Plan, prune: bool = False) -> Report:
        """Ingest what is new or changed, and with `prune` delete what is gone. A file that fails never stops the rest.

        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """
        self._store.require_embedder(self._embedder.fingerprint)
        began = time.monotonic()
        report = Report(work.collection, skipped=list(work.skipped))
        self._note_unchanged(work, report)
        todo = [item for item in work.items if item.state != "unchanged"]
        limits = Limits(self._settings.parse_seconds, self._settings.max_file_mb << 20, self._settings.max_text_chars)
        with Sandbox(limits) as sandbox:
            for item, result in sandbox.read_all((item, item.path) for item in todo):
                self._take(item, result, report)
        self._flush(report)
        if prune and work.gone:
            report.deleted = self._store.delete(document.id for document in work.gone)
        VectorIndex(self._store, self._settings.vector_file, self._embedder.dimension).save()
        report.seconds = time.monotonic() - began
        return report

    def _note_unchanged(self, work: Plan, report: Report) -> None:
        unchanged = work.of("unchanged")
        report.unchanged = len(unchanged)
        self._store.touch([item.source for item in unchanged])
        for item in unchanged:
            self._watch(item, 0)

    def _take(self, item: Item, result: Read, report: Report) -> None:
        if result.extracted is None:
            report.skipped.append(Skipped(item.source.uri, result.reason, failed=True))
            self._watch(item, 0)
            return
        # The file may have changed since it was planned: what was read counts.
        same = result.digest == item.source.digest
        modified = item.source.modified_ns if same else -1
        source = replace(item.source, digest=result.digest, size=result.size, modified_ns=modified)
        chunks = chunk(result.extracted, self._embedder.count_tokens, self._settings.chunk_tokens)
        self._pending.append(Pending(source, result.extracted, chunks, item))
        if sum(len(pending.chunks) for pending in self._pending) >= EMBED_AT_ONCE:
            self._flush(report)

    def _flush(self, report: Report) -> None:
        """Embed and store all that is pending; each document in a transaction of its own."""
        pending, self._pending = self._pending, []
        texts = {
            content_hash(embedded): embedded
            for one in pending
            for embedded in (piece.embedded_text(one.extracted.title) for piece in one.chunks)
        }
        vectors = self._vectors(texts, report)
        for one in pending:
            hashes = [content_hash(piece.embedded_text(one.extracted.title)) for piece in one.chunks]
            rows = np.stack([vectors[key] for key in hashes]) if hashes else np.zeros((0, self._embedder.dimension), np.float32)
            language = detect_language(one.extracted.text)
            self._store.put(one.source, one.extracted, language, one.chunks, rows, self._embedder.fingerprint)
            report.documents += 1
            report.chunks += len(one.chunks)
            self._watch(one.item, len(one.chunks))
        report.reused = report.chunks - report.embedded

    def _vectors(self, texts: dict[str, str], report: Report) -> dict[str, Vectors]:
        """Content hash -> vector; only what the index does not hold yet is embedded."""
        same_embedder = self._store.embedder() == self._embedder.fingerprint
        vectors = self._store.vectors_of(list(texts)) if same_embedder else {}
        missing = [key for key in texts if key not in vectors]
        embedded = self._embedder.embed_documents([texts[key] for key in missing])
        report.embedded += len(missing)
        return vectors | dict(zip(missing, embedded, strict=True))
