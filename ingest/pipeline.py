"""The steps of an ingest in order: plan, read, chunk, embed, store. Each document is one transaction, so that an
interrupted ingest goes on where it was.

Reading happens in a child process and embedding in a thread, both while the document before is chunked and stored.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from ingest.chunking import chunk
from ingest.plan import Item, Plan, Skipped, plan, reader_name
from ingest.sandbox import Limits, Read, Sandbox
from youju.embedding.base import Embedder, Vectors
from youju.errors import UnreadableFile, WouldEmpty
from youju.index.base.packing import content_hash
from youju.index.base.records import DRAWN_TYPES, KEPT_TYPES, LARGEST, LARGEST_UNDRAWN, Source
from youju.index.opening import open_vectors
from youju.index.protocols import Store
from youju.records import Chunk, Extracted, Failure
from youju.settings import DEFAULT_COLLECTION, Settings
from youju.text.language import document_language

EMBED_AT_ONCE = 128  # chunks gathered over documents before they are embedded; at most twice so many are lost by a kill

State = Literal["embedding", "done", "unchanged", "linked", "failed"]


@dataclass(frozen=True)
class Note:
    """What of a file is not in its text, and why."""

    uri: str
    text: str


@dataclass
class IngestReport:
    """What an ingest did. `embedded` counts chunks that went through the embedder, `reused` those that it spared;
    `linked` counts files whose content was known, moved or a duplicate. `embedding_seconds` is part of `seconds`.
    """

    collection: str
    documents: int = 0
    unchanged: int = 0
    linked: int = 0
    deleted: int = 0
    chunks: int = 0
    embedded: int = 0
    reused: int = 0
    seconds: float = 0.0
    embedding_seconds: float = 0.0
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def failed(self) -> list[Skipped]:
        return [skipped for skipped in self.skipped if skipped.failed]


@dataclass(frozen=True)
class IngestProgress:
    """What became of a file: chunks once it is embedded, its document once it is stored, the reason if it failed or notes."""

    item: Item
    state: State
    chunks: int = 0
    document_id: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Pending:
    """A document that waits for its vectors. `texts` are what the embedder sees of each chunk, by content hash."""

    source: Source
    extracted: Extracted
    chunks: Sequence[Chunk]
    texts: dict[str, str]
    hashes: Sequence[str]
    item: Item


Watch = Callable[[IngestProgress], None]


def make_plan(
    paths: Sequence[Path], settings: Settings, store: Store, collection: str | None = None, retry: bool = False,
    shown_as: Mapping[Path, str] = {},
) -> Plan:  # fmt: skip
    """The plan of `youju ingest`, for the collection given, set, or default."""
    name = collection or settings.collection or DEFAULT_COLLECTION
    return plan(paths, name, store, settings.max_file_mb << 20, retry, shown_as)


def make_sandbox(settings: Settings) -> Sandbox:
    limits = Limits(settings.parse_seconds, settings.max_file_mb << 20, settings.max_text_chars)
    return Sandbox(limits, settings.data_dir)


class Pipeline:
    """Carries out plans, one at a time."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        embedder: Callable[[], Embedder],
        watch: Watch = lambda progress: None,
        storing: Callable[[Item], AbstractContextManager[None]] = lambda item: nullcontext(),
        sandbox: Sandbox | None = None,
    ) -> None:
        """
        Args:
            sandbox: what reads the files, if it is to be used again; else one is made.
            storing: what a file's document is stored within.
            embedder: makes the embedder, when the first text needs it: a plan with nothing to embed loads no model.
        """
        self._settings = settings
        self._store = store
        self._make_embedder = embedder
        self._made: Embedder | None = None
        self._watch = watch
        self._storing = storing
        self._sandbox = sandbox
        self._pending: list[Pending] = []
        self._embedding: tuple[list[Pending], Future[dict[str, Vectors]]] | None = None

    def run(self, work: Plan, prune: bool = False, may_empty: bool = False) -> IngestReport:
        """Ingest what is new or changed, and with `prune` delete what is gone. A file that fails never stops the rest.

        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
            WouldEmpty: pruning would leave nothing in the collection, and `may_empty` is not set; nothing was done.
        """
        if prune and work.empties and not may_empty:
            raise WouldEmpty(
                f"all {work.known} files of collection {work.collection!r} are gone from here; pruning would empty it.",
                "Check the path; if that is what you want, add --yes.",
            )
        began = time.monotonic()
        report = IngestReport(work.collection, skipped=list(work.skipped))
        # A file that could not even be looked at has no state by which to know it again: it is tried every time.
        unreadable = [one for one in work.skipped if one.path_key]
        self._store.record_failures(
            [_failure(work.collection, one.path_key, one.uri, -1, -1, one.reason) for one in unreadable]
        )
        self._note_unchanged(work.of("unchanged"), report)
        self._read(work.of("new") + work.of("changed"), report)
        # What an earlier file of this run should have brought may have failed: then it is read by itself.
        self._read([item for item in work.of("moved") + work.of("duplicate") if not self._link(item, report)], report)
        self._store.forget_failures(work.collection, work.gone_failures)
        if prune and work.gone:
            report.deleted = self._store.forget(work.collection, [location.path_key for location in work.gone])
        self._save_vectors()  # even if nothing was done: a run before may have been stopped just here
        report.seconds = time.monotonic() - began
        return report

    @property
    def _embedder(self) -> Embedder:
        if self._made is None:
            self._made = self._make_embedder()
            self._store.require_embedder(self._made.fingerprint)
        return self._made

    def _save_vectors(self) -> None:
        if self._made or self._store.dimension():
            open_vectors(self._store, self._settings, self._made).save()

    def _note_unchanged(self, items: Sequence[Item], report: IngestReport) -> None:
        report.unchanged = len(items)
        self._store.touch([item.source for item in items])
        lacking = self._store.lacking_originals(report.collection) if self._settings.keep_originals else {}
        for item in items:
            if document_id := lacking.get(item.source.path_key):
                drawn = self._store.document(document_id).media_type in DRAWN_TYPES
                if (data := self._bytes_of(item, item.source, drawn)) is not None:
                    self._store.add_original(document_id, data)
            self._watch(IngestProgress(item, "unchanged"))

    def _link(self, item: Item, report: IngestReport) -> bool:
        """Note a place of known content; False when the collection does not hold it."""
        with self._storing(item):
            document_id = self._store.link(item.source, item.moved_from)
        if document_id is None:
            return False
        report.linked += 1
        self._watch(IngestProgress(item, "linked", document_id=document_id))
        return True

    def _read(self, items: Sequence[Item], report: IngestReport) -> None:
        if not items:
            return
        _ = self._embedder  # fails early, before anything is read
        reader = nullcontext(self._sandbox) if self._sandbox else make_sandbox(self._settings)
        with reader as sandbox, ThreadPoolExecutor(1) as thread, closing(sandbox.read_all((i, i.path) for i in items)) as read:
            for item, result in read:
                if result.extracted is None:
                    self._fail(item, result, report)
                else:
                    self._take(item, result, result.extracted)
                    if sum(len(pending.texts) for pending in self._pending) >= EMBED_AT_ONCE:
                        self._embed(thread, report)
            self._embed(thread, report)
            self._embed(thread, report)  # nothing more to embed: stores what the thread has done

    def _fail(self, item: Item, result: Read, report: IngestReport) -> None:
        source = item.source
        report.skipped.append(Skipped(source.uri, result.reason, failed=result.failed))
        if result.failed:
            failure = _failure(source.collection, source.path_key, source.uri, source.size, source.modified_ns, result.reason)
            self._store.record_failures([failure])
        self._watch(IngestProgress(item, "failed", reason=result.reason))

    def _take(self, item: Item, result: Read, extracted: Extracted) -> None:
        # The file may have changed since it was planned: what was read counts.
        same = result.digest == item.source.digest
        modified = item.source.modified_ns if same else -1
        source = replace(item.source, digest=result.digest, size=result.size, modified_ns=modified)
        chunks = chunk(extracted, self._embedder.count_tokens, self._settings.chunk_tokens)
        embedded = [piece.embedded_text(extracted.title) for piece in chunks]
        hashes = [content_hash(text) for text in embedded]
        self._pending.append(Pending(source, extracted, chunks, dict(zip(hashes, embedded, strict=True)), hashes, item))
        self._watch(IngestProgress(item, "embedding", len(chunks)))

    def _embed(self, thread: ThreadPoolExecutor, report: IngestReport) -> None:
        """Hand what is pending to the embedder's thread, and store what it has done before."""
        done, self._embedding = self._embedding, None
        vectors = done[1].result() if done else {}
        if self._pending:
            pending, self._pending = self._pending, []
            texts = {key: text for one in pending for key, text in one.texts.items()}
            # What the batch before holds is known as well, though it is not stored yet.
            self._embedding = (pending, thread.submit(self._vectors, texts, vectors, report))
        if done:
            self._put(done[0], vectors, report)

    def _vectors(self, texts: dict[str, str], before: dict[str, Vectors], report: IngestReport) -> dict[str, Vectors]:
        """Content hash -> vector; only what is not known yet is embedded."""
        same_embedder = self._store.embedder() == self._embedder.fingerprint
        known = {key: before[key] for key in texts if key in before}
        if same_embedder:
            known |= self._store.vectors_of([key for key in texts if key not in known])
        missing = [key for key in texts if key not in known]
        began = time.monotonic()
        embedded = self._embedder.embed_documents([texts[key] for key in missing])
        report.embedding_seconds += time.monotonic() - began
        report.embedded += len(missing)
        return known | dict(zip(missing, embedded, strict=True))

    def _put(self, pending: Iterable[Pending], vectors: dict[str, Vectors], report: IngestReport) -> None:
        """Store documents, each in a transaction of its own."""
        for one in pending:
            rows = [vectors[key] for key in one.hashes]
            matrix = np.stack(rows) if rows else np.zeros((0, self._embedder.dimension), np.float32)
            language = document_language(one.extracted.text)
            try:
                with self._storing(one.item):
                    document_id = self._store.put(
                        one.source, one.extracted, language, one.chunks, matrix, self._embedder.fingerprint, self._original(one)
                    )
            except UnreadableFile as error:  # rows of a large table are read as they are stored
                self._fail(one.item, Read(None, error.detail), report)
                continue
            report.documents += 1
            report.chunks += len(one.chunks)
            report.notes += [Note(one.source.uri, text) for text in one.extracted.notes]
            self._watch(IngestProgress(one.item, "done", len(one.chunks), document_id, "; ".join(one.extracted.notes)))
        report.reused = report.chunks - report.embedded

    def _original(self, one: Pending) -> bytes | None:
        """The file, if it is to be kept and still is what was read."""
        if not self._settings.keep_originals or one.extracted.media_type not in KEPT_TYPES:
            return None
        return self._bytes_of(one.item, one.source, one.extracted.media_type in DRAWN_TYPES)

    @staticmethod
    def _bytes_of(item: Item, source: Source, drawn: bool) -> bytes | None:
        """`drawn`: whether pages are drawn from it."""
        if source.size > (LARGEST if drawn else LARGEST_UNDRAWN):
            return None
        try:
            data = item.path.read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == source.digest else None


def _failure(collection: str, source: str, uri: str, size: int, modified_ns: int, reason: str) -> Failure:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Failure(collection, source, uri, size, modified_ns, reader_name(), reason, now)
