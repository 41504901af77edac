"""Vectors of another embedder, made beside those in use and put in their place in one transaction.

Knows how they are kept, not how they are made (`ingest/reindex.py`). They lie in a table of their own by the keys of their
chunks: keys are never used twice and rise with every commit, so that one ascending walk meets all that is ingested meanwhile,
and what is deleted meanwhile takes its new vector with it (a foreign key that cascades).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import filelock

from youju.embedding.base import Vectors
from youju.errors import IndexInUse
from youju.index.base.packing import pack_vector, unpack_vectors
from youju.index.base.records import Embed, Goal, Superseded, Waiting
from youju.index.sqlite.store import Store
from youju.index.sqlite.texts import Texts
from youju.records import embedded_text

FEW = 128  # chunks that are embedded while writers wait, so that an ingest beside it cannot put off the end for ever


class _More(Exception):
    """More chunks wait than writers should be kept waiting for."""


class NewVectors:
    """The new vectors of a store. Safe to use from several threads and processes; one reindex at a time (`reindex_lock`)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._database = store.database

    def alone(self) -> contextlib.AbstractContextManager[None]:
        return reindex_lock(self._store.path.parent)

    def goal(self) -> Goal | None:
        """Of the reindex that was begun and is not finished."""
        known = self._database.meta("reindex")
        return None if known is None else Goal(**json.loads(known))

    def count(self) -> int:
        return int(self._database.value("SELECT count(*) FROM new_vectors"))

    def text_bytes(self) -> int:
        """Of all chunks: what the swap writes to the journal beside the vectors."""
        return int(self._database.value("SELECT coalesce(sum(length(CAST(heading AS BLOB))), 0) FROM chunks"))

    def begin(self, goal: Goal) -> None:
        """Go on with the reindex to this embedder, or begin it; new vectors of any other one are dropped."""
        known = self.goal()
        with self._database.transaction(changes_index=False) as (connection, _):
            if known is None or known.fingerprint != goal.fingerprint:
                connection.execute("DELETE FROM new_vectors")
            value = json.dumps({"fingerprint": goal.fingerprint, "model": goal.model})
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('reindex', ?)", (value,))

    def waiting(self, after: int, limit: int) -> list[Waiting]:
        """Chunks with keys above `after` that have no new vector, ascending."""
        with self._database.snapshot():  # the texts of these very chunks, though documents are replaced meanwhile
            rows = self._database.rows(
                "SELECT d.id, c.start, c.end, c.key, c.content_hash, d.title, c.heading "
                "FROM chunks c JOIN documents d ON d.id = c.document_id "
                "WHERE c.key > ? AND NOT EXISTS (SELECT 1 FROM new_vectors n WHERE n.key = c.key) ORDER BY c.key LIMIT ?",
                (after, limit),
            )
            texts = Texts(self._database).parts([(document_id, start, end) for document_id, start, end, *_ in rows])
        return [
            Waiting(key, digest, embedded_text(title, heading, text))
            for (_, _, _, key, digest, title, heading), text in zip(rows, texts, strict=True)
        ]

    def of_contents(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Content hash -> new vector, for contents that were embedded already."""
        rows = self._database.rows(
            "SELECT c.content_hash, n.vector FROM chunks c JOIN new_vectors n ON n.key = c.key "
            "WHERE c.content_hash IN (SELECT value FROM json_each(?)) GROUP BY c.content_hash",
            (json.dumps(list(hashes)),),
        )
        return {digest: unpack_vectors(blob) for digest, blob in rows}

    def add(self, goal: Goal, vectors: Mapping[int, Vectors]) -> None:
        """Keep new vectors by the keys of their chunks; chunks that were deleted meanwhile are left out.

        Raises:
            Superseded: the store is not on its way to this goal any more.
        """
        with self._database.transaction(changes_index=False) as (connection, _):
            self._insert(connection, goal, vectors)

    def put_in_place(self, goal: Goal, embed: Embed) -> bool:
        """Replace all vectors in one transaction, after a few late chunks were embedded in it.

        Returns:
            False, and nothing is changed, when more than a few still wait.

        Raises:
            Superseded: the store is not on its way to this goal any more.
        """
        with contextlib.suppress(_More), self._database.transaction() as (connection, _):
            late = self.waiting(0, FEW + 1)
            if len(late) > FEW:
                raise _More
            self._insert(connection, goal, embed(late) if late else {})
            # Chunks keep their sequence: a cache of the vectors before is known by its embedder.
            connection.execute("UPDATE chunks SET vector = (SELECT n.vector FROM new_vectors n WHERE n.key = chunks.key)")
            connection.execute("DELETE FROM new_vectors")
            connection.execute("DELETE FROM meta WHERE name = 'reindex'")
            connection.execute(
                "INSERT OR REPLACE INTO meta VALUES ('embedder', ?), ('reindexed', ?)",
                (goal.fingerprint, f"{goal.fingerprint} {goal.model}"),
            )
            return True
        return False

    def drop(self) -> int:
        """Give an unfinished reindex up; returns how many new vectors there were."""
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute("DELETE FROM new_vectors")
            count = int(connection.changes())
            connection.execute("DELETE FROM meta WHERE name = 'reindex'")
        return count

    def _insert(self, connection: Any, goal: Goal, vectors: Mapping[int, Vectors]) -> None:
        known = self.goal()
        if known is None or known.fingerprint != goal.fingerprint:
            raise Superseded("this reindex was given up or replaced by another command.", "Start it again if you want it.")
        connection.executemany(
            "INSERT OR IGNORE INTO new_vectors SELECT key, ? FROM chunks WHERE key = ?",
            [(pack_vector(vector), key) for key, vector in vectors.items()],
        )


@contextlib.contextmanager
def reindex_lock(data_dir: Path) -> Iterator[None]:
    """
    Raises:
        IndexInUse: another reindex is at work.
    """
    lock = filelock.FileLock(data_dir / ".reindex.lock", blocking=False)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise IndexInUse(f"another reindex of {data_dir} is at work.", "Wait for it, or stop it.") from None
    try:
        yield
    finally:
        lock.release()
