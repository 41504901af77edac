"""Changes of the index, each one transaction. What each method promises, `protocols` says.

Writers of different documents do not wait for each other: they lock the places and contents that they change, and the sequence
only for their commit. Whoever takes a place away locks its document, so that of two who do, one sees what the other did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from pgvector import Vector

from youju.embedding.base import Vectors
from youju.index.base.packing import content_hash, document_ids, document_row, table_rows
from youju.index.base.records import Known, Source
from youju.index.postgres import graphs, postings, records
from youju.index.postgres.chunks import Chunks
from youju.index.postgres.pool import Connection
from youju.index.postgres.schema import LANGUAGES, lock_key, set_meta
from youju.index.postgres.view import View
from youju.records import Chunk, Extracted, Failure
from youju.text.language import passage_terms
from youju.text.outline import packed

# All that belongs to a document, those that others point to last.
OF_A_DOCUMENT = (
    "new_vectors", "document_sums", "vectors", "chunks", "outlines", "originals", "record_rows", "record_tables",
    "tables", "locations",
)  # fmt: skip
EMBEDDER = lock_key("embedder")  # held shared by whoever stores vectors, alone by whoever replaces them all
WORDS = lock_key("words")  # held alone by whoever changes postings that are there; taken last
SETTLED = 512  # chunks after which new postings are moved to where the words have theirs
NUL, REPLACED = "\0", "\ufffd"  # PostgreSQL holds no NUL in a text


@dataclass(frozen=True)
class Writer:
    """Writes documents. It deletes only what its view shows."""

    view: View

    def put(
        self, source: Source, extracted: Extracted, language: str, chunks: Sequence[Chunk], vectors: Vectors, embedder: str,
        original: bytes | None, known: Known | None = None,
    ) -> str:  # fmt: skip
        assert len(vectors) == len(chunks)
        prepared = _Prepared(self.view, source.collection, extracted, chunks, vectors)  # before any lock is taken
        row = [_without_nul(value) for value in document_row(source, extracted, language, len(chunks), known)]
        cells = table_rows(extracted.tables, extracted.text)
        Chunks(self.view).require_embedder(embedder)
        with self.view.database.transaction() as connection:
            is_known = self.view.database.meta("embedder") == embedder
            share = "_shared" if is_known else ""  # who changes it is alone
            connection.execute(f"SELECT pg_advisory_xact_lock{share}(%s)".encode(), (EMBEDDER,))
            Chunks(self.view).require_embedder(embedder)
            if Chunks(self.view).embedder() != embedder:
                set_meta(connection, "embedder", embedder)
                graphs.drop(connection)
            _lock(connection, source)
            gone = _remove(connection, self._leave(connection, source.collection, [source.path_key]))
            document_id = known.document_id if known else self._new_id(source)
            insert = f"INSERT INTO documents VALUES ({', '.join(['%s'] * 13)})"
            connection.execute(insert.encode(), (document_id, *row))
            outline = packed(extracted.headings, extracted.lists)
            connection.execute("INSERT INTO outlines VALUES (%s, %s)", (document_id, outline))
            if original is not None:
                connection.execute("INSERT INTO originals VALUES (%s, %s)", (document_id, original))
            counts = records.keep(connection, document_id, extracted)
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO tables VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    [
                        (document_id, *(_without_nul(one) for one in table[:5]), counts.get(table[0], table[5]), table[6])
                        for table in cells
                    ],
                )
            for place in known.places if known else (source,):
                _place(connection, place, document_id)
            prepared.copy(connection, document_id)
            _remove_words(connection, gone)
        if prepared.is_last_of_many:
            self.view.database.afterwards(self._settle)
        return document_id

    def link(self, source: Source, moved_from: str | None) -> str | None:
        with self.view.database.transaction() as connection:
            _lock(connection, source)
            known = self.view.database.rows(
                "SELECT id FROM documents WHERE collection = %s AND digest = %s AND suffix = %s "
                "ORDER BY ingested_at, id LIMIT 1 FOR UPDATE",
                (source.collection, source.digest, source.suffix),
            )
            if not known:
                return None
            document_id = str(known[0][0])
            here = self._document_at(source.collection, source.path_key)
            is_left = here is not None and here != document_id
            gone = _remove(connection, self._leave(connection, source.collection, [source.path_key]) if is_left else [])
            _place(connection, source, document_id)
            if moved_from is not None:
                forget = "DELETE FROM locations WHERE collection = %s AND source = %s"
                connection.execute(forget, (source.collection, moved_from))
            _remove_words(connection, gone)
        return document_id

    def touch(self, sources: Iterable[Source]) -> None:
        states = {(s.collection, s.path_key): s for s in sources}
        known = self._states_at([*states])
        different = [
            (one.uri, one.size, one.modified_ns, *place)
            for place, one in states.items()
            if known.get(place, (one.uri, one.size, one.modified_ns)) != (one.uri, one.size, one.modified_ns)
        ]
        if different:
            with self.view.database.transaction() as connection, connection.cursor() as cursor:
                cursor.executemany(
                    "UPDATE locations SET uri = %s, size = %s, modified_ns = %s WHERE collection = %s AND source = %s",
                    different,
                )

    def delete(self, ids: Iterable[str]) -> int:
        with self.view.database.transaction() as connection:
            # In one order, so that no two wait for each other.
            found = self.view.rows(
                f"SELECT id FROM documents d WHERE id = ANY(%(ids)s) AND {self.view.shown()} ORDER BY id FOR UPDATE",
                ids=list(dict.fromkeys(ids)),
            )
            gone = [document_id for (document_id,) in found]
            words = _remove(connection, gone)
            forget = "UPDATE job_files SET name = '(deleted)', document_id = NULL WHERE document_id = ANY(%s)"
            connection.execute(forget, (gone,))
            _remove_words(connection, words)
        return len(found)

    def forget(self, collection: str, sources: Iterable[str]) -> int:
        if not self.view.sees(collection):
            return 0
        with self.view.database.transaction() as connection:
            gone = self._leave(connection, collection, list(sources))
            _remove_words(connection, _remove(connection, gone))
        return len(gone)

    # Beside the documents

    def add_original(self, document_id: str, data: bytes) -> None:
        with self.view.database.transaction(changes_index=False) as connection:
            kept = "INSERT INTO originals SELECT id, %s FROM documents WHERE id = %s ON CONFLICT DO NOTHING"
            connection.execute(kept, (data, document_id))

    def record_failures(self, failures: Sequence[Failure]) -> None:
        if failures:
            with self.view.database.transaction(changes_index=False) as connection, connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO failures VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
                    "ON CONFLICT (collection, source) DO UPDATE SET "
                    "(uri, size, modified_ns, reader, reason, failed_at) = (excluded.uri, excluded.size, excluded.modified_ns, "
                    "excluded.reader, excluded.reason, excluded.failed_at)",
                    [[_without_nul(value) for value in astuple(one)] for one in failures],
                )

    def forget_failures(self, collection: str, sources: Iterable[str]) -> None:
        gone = list(sources)
        if gone and self.view.sees(collection):
            with self.view.database.transaction(changes_index=False) as connection:
                connection.execute("DELETE FROM failures WHERE collection = %s AND source = ANY(%s)", (collection, gone))

    # Places

    def _states_at(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, int, int]]:
        """(collection, place) -> its state, of those that are known."""
        rows = self.view.database.rows(
            "SELECT l.collection, l.source, l.uri, l.size, l.modified_ns "
            "FROM unnest(%s::text[], %s::text[]) a (collection, source) "
            "JOIN locations l ON l.collection = a.collection AND l.source = a.source",
            ([collection for collection, _ in places], [path_key for _, path_key in places]),
        )
        return {(collection, path_key): (uri, size, modified_ns) for collection, path_key, uri, size, modified_ns in rows}

    def _document_at(self, collection: str, path_key: str) -> str | None:
        found = "SELECT document_id FROM locations WHERE collection = %s AND source = %s"
        return self.view.database.value(found, (collection, path_key))  # type: ignore[no-any-return]

    def _new_id(self, source: Source) -> str:
        """From its place, so that links survive; where that id is taken by what was there before, from the content too."""
        plain, salted = document_ids(source)
        return salted if self.view.database.value("SELECT 1 FROM documents WHERE id = %s", (plain,)) else plain

    def _leave(self, connection: Connection, collection: str, path_keys: Sequence[str]) -> list[str]:
        """Take places away; returns the documents that have none left."""
        here = "FROM locations WHERE collection = %s AND source = ANY(%s)"
        found = self.view.database.rows(f"SELECT DISTINCT document_id {here}", (collection, list(path_keys)))
        known = [document_id for (document_id,) in found]
        connection.execute("SELECT 1 FROM documents WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (known,))
        connection.execute(f"DELETE {here}".encode(), (collection, list(path_keys)))
        placed = "SELECT 1 FROM locations l WHERE l.document_id = d.id"
        without = f"SELECT id FROM documents d WHERE id = ANY(%s) AND NOT EXISTS ({placed})"
        return [document_id for (document_id,) in self.view.database.rows(without, (known,))]

    def _settle(self) -> None:
        """Move new postings to where the words have theirs, unless another writer does."""
        is_done = False
        while not is_done:
            with self.view.database.transaction(changes_index=False) as connection, connection.cursor() as cursor:
                is_mine = cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (WORDS,)).fetchone()
                is_done = is_mine != (True,) or postings.settle(cursor)


class _Prepared:
    """The chunks of a document as rows: made before the transaction begins, copied in it."""

    def __init__(self, view: View, collection: str, extracted: Extracted, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        title = _without_nul(extracted.title)
        texts = [_without_nul(chunk.embedded_text(title)) for chunk in chunks]
        self._chunks, self._vectors = chunks, np.asarray(vectors, np.float32)
        self._hashes = [content_hash(text) for text in texts]
        self._bags = [passage_terms(text) for text in texts]
        found = view.database.rows("SELECT nextval('chunk_keys') FROM generate_series(1, %s)", (len(chunks),))
        self._keys = sorted(int(key) for (key,) in found)
        self._collection = collection
        self._postings = postings.rows_of(collection, dict(zip(self._keys, self._bags, strict=True)))

    @property
    def is_last_of_many(self) -> bool:
        """Whether it has the last of so many chunks: true for one writer of them all."""
        return any(key % SETTLED == 0 for key in self._keys)

    def copy(self, connection: Connection, document_id: str) -> None:
        if not self._chunks:
            return
        with connection.cursor() as cursor:
            with cursor.copy("COPY chunks FROM STDIN") as copy:
                for ordinal, (key, chunk, digest, bag) in enumerate(
                    zip(self._keys, self._chunks, self._hashes, self._bags, strict=True)
                ):
                    text, heading = _without_nul(chunk.text), _without_nul(chunk.heading)
                    copy.write_row(
                        (
                            document_id, ordinal, key, chunk.start, chunk.end, text, heading, chunk.language, chunk.page,
                            digest, len(bag), " ".join(bag),
                        )
                    )  # fmt: skip
            with cursor.copy(
                "COPY vectors (document_id, key, collection, language, embedding) FROM STDIN (FORMAT BINARY)"
            ) as copy:
                copy.set_types(["text", "int8", "text", "text", "vector"])
                for key, chunk, vector in zip(self._keys, self._chunks, self._vectors, strict=True):
                    copy.write_row((document_id, key, self._collection, chunk.language, Vector(vector)))
            postings.copy(cursor, self._postings)
            for language in LANGUAGES:
                own = [n for n, chunk in enumerate(self._chunks) if chunk.language == language]
                if own:
                    total = Vector(self._vectors[own].sum(axis=0, dtype=np.float64).astype(np.float32))
                    words = sum(len(self._bags[n]) for n in own)
                    cursor.execute(
                        "INSERT INTO document_sums VALUES (%s, %s, %s, %s, %s, %s)",
                        (document_id, self._collection, language, len(own), total, words),
                    )


def _without_nul(value: Any) -> Any:
    return value.replace(NUL, REPLACED) if isinstance(value, str) else value


def _lock(connection: Connection, source: Source) -> None:
    """Nobody else writes the same place or the same content meanwhile; in one order, so that no two wait for each other."""
    for key in sorted({lock_key("place", source.collection, source.path_key), lock_key(source.collection, source.digest)}):
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (key,))


def _place(connection: Connection, source: Source, document_id: str) -> None:
    connection.execute(
        "INSERT INTO locations VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (collection, source) DO UPDATE SET "
        "(document_id, uri, size, modified_ns) = (excluded.document_id, excluded.uri, excluded.size, excluded.modified_ns)",
        (source.collection, source.path_key, document_id, source.uri, source.size, source.modified_ns),
    )
    gone = "DELETE FROM failures WHERE collection = %s AND source = %s"
    connection.execute(gone, (source.collection, source.path_key))


def _remove(connection: Connection, document_ids: Sequence[str]) -> list[tuple[int, str, str]]:
    """Returns key, collection and words of their chunks, for `_remove_words`."""
    if not document_ids:
        return []
    gone = list(document_ids)
    words = "SELECT c.key, d.collection, c.words FROM chunks c JOIN documents d ON d.id = c.document_id WHERE d.id = ANY(%s)"
    found = connection.execute(words, (gone,)).fetchall()
    for table in OF_A_DOCUMENT:
        connection.execute(f"DELETE FROM {table} WHERE document_id = ANY(%s)".encode(), (gone,))
    connection.execute("DELETE FROM documents WHERE id = ANY(%s)", (gone,))
    return found


def _remove_words(connection: Connection, gone: Sequence[tuple[int, str, str]]) -> None:
    """The last thing of a transaction, since those who do so wait for each other."""
    if gone:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (WORDS,))
    for collection in {collection for _, collection, _ in gone}:
        own = [(key, words) for key, where, words in gone if where == collection]
        with connection.cursor() as cursor:
            postings.remove(cursor, collection, {word for _, words in own for word in words.split()}, [key for key, _ in own])
