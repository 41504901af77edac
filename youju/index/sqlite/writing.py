"""Changes of the index, each one transaction. What each method promises, `protocols` says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from youju.embedding.base import Vectors
from youju.index.base.packing import content_hash, document_ids, document_row, pack_vector, packed_blocks, table_rows
from youju.index.base.records import Known, Source
from youju.index.sqlite import filling, jobs, originals, outlines, tables, texts
from youju.index.sqlite.chunks import Chunks
from youju.index.sqlite.view import VISIBLE, View
from youju.records import Chunk, Extracted
from youju.text.language import passage_terms

COUNTED = """INSERT INTO totals VALUES (?, 1, ?) ON CONFLICT (collection)
    DO UPDATE SET documents = documents + 1, chunks = chunks + excluded.chunks"""
UNCOUNTED = """UPDATE totals SET documents = documents - 1, chunks = totals.chunks - d.chunks
    FROM (SELECT collection, chunks FROM documents WHERE id = ?) d WHERE totals.collection = d.collection"""


@dataclass(frozen=True)
class Writer:
    """Writes documents. It deletes only what its view shows."""

    view: View

    def put(
        self, source: Source, extracted: Extracted, language: str, chunks: Sequence[Chunk], vectors: Vectors, embedder: str,
        original: bytes | None, known: Known | None = None,
    ) -> str:  # fmt: skip
        assert len(vectors) == len(chunks)
        embedded = [chunk.embedded_text(extracted.title) for chunk in chunks]
        bags = [" ".join(passage_terms(one)) for one in embedded]  # like the row, before the lock is taken
        *row, text = document_row(source, extracted, language, len(chunks), known)
        blocks = packed_blocks(text)
        rows_of_tables = table_rows(extracted.tables, extracted.text)
        Chunks(self.view).require_embedder(embedder)
        with filling.filled(self.view.database, extracted) as large, self.view.database.transaction() as (connection, sequence):
            Chunks(self.view).require_embedder(embedder)
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('embedder', ?)", (embedder,))
            self._leave(connection, source.collection, source.path_key, sequence)
            document_id = known.document_id if known else self._new_id(source)
            connection.execute("INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", (document_id, *row))
            texts.keep(connection, document_id, blocks)
            connection.execute(COUNTED, (source.collection, len(chunks)))
            outlines.keep(connection, document_id, extracted)
            if original is not None:
                originals.keep(connection, document_id, original)
            tables.keep(connection, document_id, rows_of_tables, {one.ordinal: one.rows for one in large})
            filling.attach(connection, document_id, large)
            for place in known.places if known else (source,):
                _place(connection, place, document_id)
            for ordinal, (chunk, vector) in enumerate(zip(chunks, vectors, strict=True)):
                connection.execute(
                    "INSERT INTO chunks (document_id, ordinal, start, end, heading, language, page, content_hash, vector, "
                    "sequence) VALUES (?,?,?,?,?,?,?,?,?,?)",
                    (
                        document_id, ordinal, chunk.start, chunk.end, chunk.heading, chunk.language, chunk.page,
                        content_hash(embedded[ordinal]), pack_vector(vector), sequence,
                    ),
                )  # fmt: skip
                connection.execute(
                    "INSERT INTO words (rowid, text) VALUES (?, ?)", (connection.last_insert_rowid(), bags[ordinal])
                )
        return document_id

    def link(self, source: Source, moved_from: str | None) -> str | None:
        with self.view.database.transaction() as (connection, sequence):
            known = self.view.database.rows(
                "SELECT id FROM documents WHERE collection = ? AND digest = ? AND suffix = ? ORDER BY ingested_at LIMIT 1",
                (source.collection, source.digest, source.suffix),
            )
            if not known:
                return None
            document_id = str(known[0][0])
            here = self._document_at(source.collection, source.path_key)
            if here is not None and here != document_id:
                self._leave(connection, source.collection, source.path_key, sequence)
            _place(connection, source, document_id)
            if moved_from is not None:
                connection.execute("DELETE FROM locations WHERE collection = ? AND source = ?", (source.collection, moved_from))
        return document_id

    def touch(self, sources: Iterable[Source]) -> None:
        states = {(s.collection, s.path_key): (s.uri, s.size, s.modified_ns) for s in sources}
        known = self._states_at(list(states)) if states else {}
        different = [(*state, *place) for place, state in states.items() if known.get(place, state) != state]
        if different:
            with self.view.database.transaction() as (connection, _):
                connection.executemany(
                    "UPDATE locations SET uri = ?, size = ?, modified_ns = ? WHERE collection = ? AND source = ?", different
                )

    def delete(self, document_ids: Iterable[str]) -> int:
        deleted = 0
        with self.view.database.transaction() as (connection, sequence):
            for document_id in document_ids:
                if self.view.value(f"SELECT 1 FROM documents d WHERE id = :id AND {VISIBLE}", id=document_id):
                    deleted += _remove(connection, document_id, sequence)
                    jobs.forget_names(connection, document_id)
        return deleted

    def forget(self, collection: str, sources: Iterable[str]) -> int:
        if not self.view.sees(collection):
            return 0
        with self.view.database.transaction() as (connection, sequence):
            return sum(self._leave(connection, collection, source, sequence) for source in sources)

    def _states_at(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, int, int]]:
        """(collection, place) -> its state, of those that are known."""
        # `CROSS JOIN` keeps the order: each place asked about is looked up by its key.
        rows = self.view.database.rows(
            "SELECT l.collection, l.source, l.uri, l.size, l.modified_ns FROM json_each(?) asked CROSS JOIN locations l "
            "ON l.collection = asked.value ->> 0 AND l.source = asked.value ->> 1",
            (json.dumps(places),),
        )
        return {(collection, path_key): (uri, size, modified_ns) for collection, path_key, uri, size, modified_ns in rows}

    def _document_at(self, collection: str, path_key: str) -> str | None:
        return self.view.database.value(  # type: ignore[no-any-return]
            "SELECT document_id FROM locations WHERE collection = ? AND source = ?", (collection, path_key)
        )

    def _new_id(self, source: Source) -> str:
        """From its place, so that links survive; where that id is taken by what was there before, from the content too."""
        plain, salted = document_ids(source)
        return salted if self.view.database.value("SELECT 1 FROM documents WHERE id = ?", (plain,)) else plain

    def _leave(self, connection: Any, collection: str, path_key: str, sequence: int) -> int:
        """Take a place away; its document goes with its last place. Returns how many documents went."""
        document_id = self._document_at(collection, path_key)
        if document_id is None:
            return 0
        connection.execute("DELETE FROM locations WHERE collection = ? AND source = ?", (collection, path_key))
        if self.view.database.value("SELECT 1 FROM locations WHERE document_id = ?", (document_id,)):
            return 0
        return _remove(connection, document_id, sequence)


def _place(connection: Any, source: Source, document_id: str) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO locations VALUES (?,?,?,?,?,?)",
        (source.collection, source.path_key, document_id, source.uri, source.size, source.modified_ns),
    )
    connection.execute("DELETE FROM failures WHERE collection = ? AND source = ?", (source.collection, source.path_key))


def _remove(connection: Any, document_id: str, sequence: int) -> int:
    keys = connection.execute("SELECT key FROM chunks WHERE document_id = ?", (document_id,)).fetchall()
    connection.executemany("INSERT INTO tombstones VALUES (?, ?)", [(key, sequence) for (key,) in keys])
    connection.executemany("DELETE FROM words WHERE rowid = ?", keys)
    connection.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM locations WHERE document_id = ?", (document_id,))
    texts.remove(connection, document_id)
    originals.remove(connection, document_id)
    outlines.remove(connection, document_id)
    tables.remove(connection, document_id)
    filling.remove(connection, document_id)
    connection.execute(UNCOUNTED, (document_id,))
    emptied = "DELETE FROM totals WHERE documents = 0 AND collection = (SELECT collection FROM documents WHERE id = ?)"
    connection.execute(emptied, (document_id,))
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    return int(connection.changes())
