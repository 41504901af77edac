"""All that one index holds, carried into another one of whatever engine; and backups of an index in PostgreSQL by it.

A backup of PostgreSQL is a backup of the same index in SQLite: there is one form of backups, and what was backed up from one
engine can be restored into the other. What `docs/decisions/0036-one-form-of-backups.md` weighs.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from youju.errors import WouldOverwrite
from youju.files import disk_errors, require_space
from youju.index.base.records import Known, Location, Source
from youju.index.opening import Index, embedded, open_index, replaced
from youju.index.protocols import Store
from youju.maintenance import backup as files
from youju.maintenance.archive import GATE, Manifest
from youju.model_files.locate import Progress, no_progress
from youju.records import Chunk, Document, Extracted, Scores
from youju.settings import Settings
from youju.structure import Cells, Rest, Table, TableCard

CHARACTERS = 1 << 20  # of the lines of a large table that are held at once
CHUNKS = 1000  # of a document that are held at once
EVERY = 1 << 60  # more than there are of anything
NO_SCORES = Scores(0.0, 0.0, 0.0)


def carry(source: Index, target: Index, watch: Progress = no_progress) -> None:
    """Write all that an index holds into one that holds nothing. An unfinished reindex is left behind.

    Numbers of vectors come in the precision of both: SQLite keeps 16 bits.
    """
    with source.store.snapshot():
        documents = source.store.documents()
        places = _places(source.store)
        for number, document in enumerate(documents):
            _carry_document(source.store, target.store, document, places[document.id])
            watch("carrying documents", number + 1, len(documents))
        target.store.record_failures(source.store.failures())
        source.keys.carry_to(target.keys)
        for one in reversed(source.unanswered.most_asked(limit=EVERY)):
            target.unanswered.take(one)
        for judgement in reversed(source.feedback.latest(limit=EVERY)):
            target.feedback.add(judgement)
        for job in reversed(source.jobs.latest(limit=EVERY)):
            target.jobs.take(job, None if job.finished_at is not None else source.jobs.folder(job))


def backup(index: Index, target: Path, replace: bool = False, watch: Progress = no_progress) -> Manifest:
    """Write an index in PostgreSQL as it is at one instant into one file, which appears when it is complete.

    Args:
        replace: `target` may exist.

    Raises:
        PathNotFound, WouldOverwrite: the folder is not there; the file is.
        StorageFull: the disk of `target` cannot hold the copy and the backup.
        StoreUnusable: the database cannot be read.
    """
    files.check_target(target, replace)
    require_space(target.parent, index.store.bytes_used(), "The backup")
    with _in_files(index.settings, target.parent) as copy:
        carry(index, copy, watch)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(index.settings.gate_file, copy.settings.gate_file)
        return files.backup(embedded(copy.store, "", ""), target, replace, watch)


def restore(archive: Path, index: Index, replace: bool = False, watch: Progress = no_progress) -> Manifest:
    """Put what a backup holds into an index in PostgreSQL, in one transaction: until its end the old one is there.

    Args:
        replace: the index may hold something.

    Raises:
        BackupUnusable: the file is no backup, is damaged, or was written by a newer version.
        WouldOverwrite: the index holds something, and `replace` is not set.
        StorageFull: the disk of `YOUJU_DATA_DIR` cannot hold the backup for a while, or the server has no room.
    """
    if not replace and (index.store.sequence() or index.jobs.latest(1)):
        raise WouldOverwrite(
            f"there is an index in {index.store.place} already.", "Add --force to put the backup in its place."
        )
    with disk_errors(index.settings.data_dir), _in_files(index.settings, index.settings.data_dir) as copy:
        copy.close()  # the file is replaced
        manifest = files.restore(archive, copy.settings.data_dir, True, watch)
        revoked = [key.id for key in index.keys.all() if key.revoked_at is not None]
        opened = open_index(copy.settings)
        with contextlib.closing(opened), replaced(index.store):
            carry(opened, index, watch)
            for key_id in {key.id for key in index.keys.all()} & set(revoked):
                index.keys.revoke(key_id)  # whoever has one must not get in again by a restore
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(opened.settings.data_dir / GATE, index.settings.gate_file)
    return manifest


@contextlib.contextmanager
def _in_files(settings: Settings, folder: Path) -> Iterator[Index]:
    """An index in SQLite that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=files.SCRATCH, suffix=".partial", dir=folder) as name:
        index = open_index(settings.model_copy(update={"data_dir": Path(name) / "index", "database_url": SecretStr("")}))
        with contextlib.closing(index):
            yield index


def _places(store: Store) -> dict[str, list[Location]]:
    """All places of each document, by its id."""
    found = defaultdict[str, list[Location]](list)
    for collection in store.collections():
        for one in store.locations(collection):
            found[one.document_id].append(one)
    return found


def _carry_document(source: Store, target: Store, document: Document, places: list[Location]) -> None:
    outline = source.outlines.get(document.id)
    tables = source.tables_of(document.id)
    extracted = Extracted(
        source.text(document.id), document.media_type, document.title, outline.headings, document.page_starts,
        boxes=tuple(source.boxes(document.id, 0, EVERY)), lists=outline.lists,
        tables=tuple(_table(source, card) for card in tables), rest=tuple(_rests(source, document, tables)),
    )  # fmt: skip
    keys, vectors = source.outlines.vectors(document.id, EVERY)
    first, *others = [
        Source(document.collection, one.path_key, one.uri, one.digest, one.size, one.modified_ns) for one in places
    ]
    known = Known(document.id, places[0].suffix, document.ingested_at, (first, *others))
    chunks = list(_chunks(source, keys))
    original, embedder = source.original(document.id), source.embedder() or ""
    target.put(first, extracted, document.language, chunks, vectors, embedder, original, known)


def _chunks(store: Store, keys: list[int]) -> Iterator[Chunk]:
    for begin in range(0, len(keys), CHUNKS):
        for one in sorted(store.passages(dict.fromkeys(keys[begin : begin + CHUNKS], NO_SCORES)), key=lambda one: one.ordinal):
            yield Chunk(one.start, one.end, one.text, one.heading, one.language, one.page)


def _table(store: Store, card: TableCard) -> Table:
    held = store.table(card.document_id, card.ordinal, in_part=True)
    assert held is not None  # of one snapshot
    return Table(card.start, card.end, card.columns, held.rows, card.title, more=int(card.is_large))


def _rests(store: Store, document: Document, tables: list[TableCard]) -> Iterator[Rest]:
    """The rows of large tables behind the text: one table after the other, each from where its first row stands."""
    place = document.characters + 1
    for card in tables:
        if card.is_large:
            held = store.table(document.id, card.ordinal, in_part=True)
            assert held is not None
            count = card.count - len(held.rows)
            first = store.records.where(document.id, card.ordinal, limit=len(held.rows) + 1)[len(held.rows) :]
            place = first[0].start if first else place
            yield Rest(card.ordinal, partial(_rows, store, document.id, place, count))


def _rows(store: Store, document_id: str, place: int, count: int) -> Iterator[Cells]:
    while count > 0 and (held := store.records.at(document_id, place, place + CHARACTERS)):
        rows = [one for one in held if one.start >= place][:count]
        yield from (row.values for row in rows)
        count -= len(rows)
        place += CHARACTERS
