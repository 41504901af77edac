"""Looks an index over: is every layer whole, and do they agree? What can be mended without the documents, `repair` mends."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from youju.errors import IndexInUse, StoreUnusable
from youju.files import process_lock
from youju.index.sqlite.database import DAMAGED
from youju.index.sqlite.jobs import Jobs
from youju.index.sqlite.new_vectors import NewVectors, reindex_lock
from youju.index.sqlite.store import Store, content_hash
from youju.index.vectors import VectorIndex
from youju.records import EVERYTHING, embedded_text
from youju.settings import Settings
from youju.text.language import words

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
        return list(_database(store)) or _layers(store, settings)
    except StoreUnusable as error:
        return [Finding("database", error.detail.rstrip("."), False, error.advice)]


def _layers(store: Store, settings: Settings) -> list[Finding]:
    return [
        *_documents(store), *_chunks(store), *_full_text(store), *_vector_file(store, settings), *_uploads(store, settings),
        *_new_vectors(store, settings), *_calibration(store, settings), *_scratch(settings),
    ]  # fmt: skip


def repair(store: Store, settings: Settings) -> list[Finding]:
    """Mend what can be mended; returns what is left."""
    broken = {finding.check for finding in examine(store, settings) if finding.repairable}
    if "documents" in broken:
        orphans = store.database.rows("SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM locations)")
        store.delete(document_id for (document_id,) in orphans)
    if "full text" in broken:
        _write_full_text(store)
    if "vector file" in broken:
        settings.vector_file.unlink(missing_ok=True)
        if dimension := store.dimension():
            VectorIndex(store, settings.vector_file, dimension).save()
    if "uploads" in broken:
        Jobs(store.database, settings.spool_dir).remove_leftovers()
    if "reindex" in broken:
        with contextlib.suppress(IndexInUse), reindex_lock(settings.data_dir):
            NewVectors(store).drop()
    if "restore" in broken:
        with process_lock(settings.database):  # removes what is left over
            pass
    return examine(store, settings)


def _database(store: Store) -> Iterator[Finding]:
    problems = [row[0] for row in store.database.rows("PRAGMA integrity_check(5)") if row[0] != "ok"]
    if problems:
        yield Finding("database", f"SQLite finds damage: {'; '.join(problems)}", False, DAMAGED)
    if broken := store.database.rows("PRAGMA foreign_key_check"):
        yield Finding("database", f"{len(broken)} rows point to nothing", False, DAMAGED)


def _documents(store: Store) -> Iterator[Finding]:
    orphans = store.database.rows("SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM locations)")
    if orphans:
        yield Finding("documents", f"{len(orphans)} documents have no place: {_some(orphans)}", True, "")
    wrong = store.database.rows(
        "SELECT d.id FROM documents d LEFT JOIN chunks c ON c.document_id = d.id GROUP BY d.id "
        "HAVING count(c.key) <> d.chunks OR d.characters <> length(d.text)"
    )
    if wrong:
        yield Finding("documents", f"{len(wrong)} documents do not hold what they say: {_some(wrong)}", False, _AGAIN)


def _chunks(store: Store) -> Iterator[Finding]:
    rows = store.database.rows(
        "SELECT c.key FROM chunks c JOIN documents d ON d.id = c.document_id "
        "WHERE substr(d.text, c.start + 1, c.end - c.start) <> c.text"
    )
    if rows:
        yield Finding("chunks", f"{len(rows)} chunks are not what stands at their place: {_some(rows)}", False, _AGAIN)
    texts = store.database.rows(
        "SELECT c.key, c.content_hash, d.title, c.heading, c.text FROM chunks c JOIN documents d ON d.id = c.document_id"
    )
    if changed := [(key,) for key, known, *parts in texts if content_hash(embedded_text(*parts)) != known]:
        yield Finding("chunks", f"{len(changed)} chunks are not what was stored: {_some(changed)}", False, _AGAIN)
    if _odd_vectors(store, store.dimension()) or any(
        not abs(np.linalg.norm(np.frombuffer(blob, np.float32)) - 1) <= 0.01  # true of what is no number too
        for (blob,) in store.database.rows("SELECT vector FROM chunks")
    ):
        yield Finding("chunks", "there are vectors that are no unit vectors of one length", False, _AGAIN)


def _odd_vectors(store: Store, dimension: int) -> bool:
    return bool(store.database.value("SELECT EXISTS (SELECT 1 FROM chunks WHERE length(vector) <> ?)", (dimension * 4,)))


def _full_text(store: Store) -> Iterator[Finding]:
    live = {key for (key,) in store.database.rows("SELECT key FROM chunks")}
    held = {key for (key,) in store.database.rows("SELECT rowid FROM words")}
    if live != held:
        yield Finding("full text", f"{len(live - held)} chunks are not in it, {len(held - live)} are there no more", True, "")


def _write_full_text(store: Store) -> None:
    rows = store.database.rows(
        "SELECT c.key, d.title, c.heading, c.text FROM chunks c JOIN documents d ON d.id = c.document_id ORDER BY c.key"
    )
    bags = [(key, " ".join(words(embedded_text(title, heading, text)))) for key, title, heading, text in rows]
    with store.database.transaction() as (connection, _):
        connection.execute("INSERT INTO words(words) VALUES ('delete-all')")
        connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", bags)


def _vector_file(store: Store, settings: Settings) -> Iterator[Finding]:
    dimension = store.dimension()
    if not dimension or _odd_vectors(store, dimension):  # nothing to hold, or nothing that it could hold
        return
    advice = "It is made again at the next start; `--repair` makes it now."
    index = VectorIndex(store, settings.vector_file, dimension)
    if settings.vector_file.exists() and index.sequence == 0:  # a missing or an old one is only a cache that lags
        yield Finding("vector file", "it is damaged, or of another index", True, advice)
        return
    index.refresh()
    live = store.keys(EVERYTHING)
    if not np.array_equal(index.keys(), live):
        yield Finding("vector file", f"it holds {len(index)} vectors, the index {len(live)}", True, advice)


def _uploads(store: Store, settings: Settings) -> Iterator[Finding]:
    if leftovers := Jobs(store.database, settings.spool_dir).leftovers():
        yield Finding("uploads", f"{len(leftovers)} folders of uploads that nobody needs", True, "")


def _new_vectors(store: Store, settings: Settings) -> Iterator[Finding]:
    new = NewVectors(store)
    goal, count = new.goal(), new.count()
    if goal is None and not count:
        return
    try:
        with reindex_lock(settings.data_dir):
            pass
    except IndexInUse:  # it is being made just now
        return
    if goal is None:
        yield Finding("reindex", f"{count} new vectors that no reindex made", True, "")
    else:
        done = f"{count} of {store.count_chunks()} chunks embedded"
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


def _some(rows: Sequence[tuple[object, ...]]) -> str:
    shown = ", ".join(str(row[0]) for row in rows[:SHOWN])
    return shown + (", …" if len(rows) > SHOWN else "")
