"""Looks an index over: is every layer whole, and do they agree? What can be mended without the documents, `repair` mends."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from youju.errors import IndexInUse, StoreUnusable
from youju.files import process_lock
from youju.index.opening import Index, index_of
from youju.index.protocols import Integrity, Store
from youju.records import EVERYTHING
from youju.settings import Settings

SHOWN = 5  # examples named in a finding


@dataclass(frozen=True)
class Finding:
    """Something that is wrong. `repairable` tells whether `repair` mends it; else `advice` says what does."""

    check: str
    problem: str
    repairable: bool
    advice: str


def examine(store: Store, settings: Settings) -> list[Finding]:
    """All that is wrong with the index; nothing when it is whole."""
    try:
        # What is read from a file that SQLite finds damaged tells nothing more.
        index = index_of(store, settings)
        return list(_database(index.integrity)) or _layers(index)
    except StoreUnusable as error:
        return [Finding("database", error.detail.rstrip("."), False, error.advice)]


def _layers(index: Index) -> list[Finding]:
    integrity, store, settings = index.integrity, index.store, index.settings
    return [
        *_documents(integrity), *_tables(integrity), *_chunks(integrity, store.dimension()), *_full_text(integrity),
        *_vectors(index), *_uploads(index), *_new_vectors(index), *_calibration(store, settings), *_scratch(settings),
    ]  # fmt: skip


def repair(store: Store, settings: Settings) -> list[Finding]:
    """Mend what can be mended; returns what is left."""
    broken = {finding.check for finding in examine(store, settings) if finding.repairable}
    index = index_of(store, settings)
    if "documents" in broken:
        store.delete(index.integrity.documents_without_place())
    if "full text" in broken:
        index.integrity.write_full_text()
    if "vector file" in broken:
        settings.vector_file.unlink(missing_ok=True)
        if store.dimension():
            index.vectors().save()
    if "uploads" in broken:
        index.jobs.remove_leftovers()
    if "reindex" in broken:
        with contextlib.suppress(IndexInUse), index.new_vectors.alone():
            index.new_vectors.drop()
    if "restore" in broken:
        with process_lock(settings.database):  # removes what is left over
            pass
    return examine(store, settings)


def _database(integrity: Integrity) -> Iterator[Finding]:
    if problems := integrity.damage():
        yield Finding("database", f"{integrity.engine} finds damage: {'; '.join(problems)}", False, integrity.advice)
    if broken := integrity.count_dangling():
        yield Finding("database", f"{broken} rows point to nothing", False, integrity.advice)


def _documents(integrity: Integrity) -> Iterator[Finding]:
    if orphans := integrity.documents_without_place():
        yield Finding("documents", f"{len(orphans)} documents have no place: {_some(orphans)}", True, "")
    if wrong := integrity.incomplete_documents():
        yield Finding("documents", f"{len(wrong)} documents do not hold what they say: {_some(wrong)}", False, _AGAIN)


def _tables(integrity: Integrity) -> Iterator[Finding]:
    if misplaced := integrity.misplaced_tables():
        problem = f"{len(misplaced)} documents have tables that are not what stands at their place: {_some(misplaced)}"
        yield Finding("tables", problem, False, _AGAIN)


def _chunks(integrity: Integrity, dimension: int) -> Iterator[Finding]:
    if misplaced := integrity.misplaced_chunks():
        problem = f"{len(misplaced)} chunks are not what stands at their place: {_some(misplaced)}"
        yield Finding("chunks", problem, False, _AGAIN)
    if altered := integrity.altered_chunks():
        yield Finding("chunks", f"{len(altered)} chunks are not what was stored: {_some(altered)}", False, _AGAIN)
    if integrity.has_vectors_of_other_length(dimension) or not integrity.holds_unit_vectors():
        yield Finding("chunks", "there are vectors that are no unit vectors of one length", False, _AGAIN)


def _full_text(integrity: Integrity) -> Iterator[Finding]:
    lacking, left_over = integrity.full_text_gaps()
    if lacking or left_over:
        yield Finding("full text", f"{lacking} chunks are not in it, {left_over} are there no more", True, "")


def _vectors(index: Index) -> Iterator[Finding]:
    store, dimension = index.store, index.store.dimension()
    if not dimension or index.integrity.has_vectors_of_other_length(dimension):  # nothing that it could hold
        return
    advice = "It is made again at the next start; `--repair` makes it now."
    vectors = index.vectors()
    if not vectors.is_usable:
        yield Finding("vector file", "it is damaged, or of another index", True, advice)
        return
    live = store.keys(EVERYTHING)
    if not np.array_equal(vectors.keys(), live):
        yield Finding("vector file", f"it holds {len(vectors)} vectors, the index {len(live)}", True, advice)


def _uploads(index: Index) -> Iterator[Finding]:
    if leftovers := index.jobs.leftovers():
        yield Finding("uploads", f"{len(leftovers)} folders of uploads that nobody needs", True, "")


def _new_vectors(index: Index) -> Iterator[Finding]:
    new = index.new_vectors
    goal, count = new.goal(), new.count()
    if goal is None and not count:
        return
    try:
        with new.alone():
            pass
    except IndexInUse:  # it is being made just now
        return
    if goal is None:
        yield Finding("reindex", f"{count} new vectors that no reindex made", True, "")
    else:
        done = f"{count} of {index.store.count_chunks()} chunks embedded"
        way = f"`youju reindex --model {goal.model}` goes on with it; mending gives it up"
        yield Finding("reindex", f"one with {goal.model} was not finished ({done}; {way})", True, way)


def _calibration(store: Store, settings: Settings) -> Iterator[Finding]:
    """A gate that was fitted to similarities of another embedder. What is no calibration at all stops the service anyway."""
    with contextlib.suppress(OSError, ValueError, KeyError, AttributeError):
        made_with = json.loads(settings.gate_file.read_bytes())["about"].get("embedder")
        if made_with not in (None, store.embedder()) and store.embedder() is not None:
            problem = f"{settings.gate_file} was made with another embedder ({made_with}) than the index"
            yield Finding("calibration", problem, False, "Run `youju calibrate` anew, or `youju calibrate --remove`.")


def _scratch(settings: Settings) -> Iterator[Finding]:
    if leftovers := list(settings.data_dir.glob(f".{settings.database.name}.*.partial")):
        way = "if it is not at work, run it again; mending removes what it left"
        yield Finding("restore", f"{len(leftovers)} was interrupted ({way})", True, way)


_AGAIN = "Delete these documents and ingest them again."


def _some(names: Sequence[object]) -> str:
    return ", ".join(map(str, names[:SHOWN])) + (", …" if len(names) > SHOWN else "")
