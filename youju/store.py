"""SQLite: the only truth. Documents, chunks, vectors and full text of the index, each change in one transaction.

Knows nothing of FAISS, files on disk other than its own, models or HTTP. Through apsw, because the SQLite of many
Pythons has the WAL-reset bug (3.7.0 to 3.51.2).

Every committed change raises `sequence` by one. A chunk carries the sequence that added it and a tombstone the one that
removed it, so that a cache which knows its own sequence can catch up (`changes_since`). Keys of chunks are never used twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import numpy.typing as npt

from youju.embedding import Vectors
from youju.errors import EmbedderMismatch, StoreUnusable, UnknownCollection, UnknownDocument
from youju.files import only_one
from youju.language import words
from youju.records import EVERYTHING, Chunk, Document, Extracted, Passage, Scope, Scores

SCHEMA_VERSION = 1
Bindings = tuple[Any, ...] | dict[str, Any]
UNUSABLE = "If it is damaged, move it away and ingest again; or set YOUJU_DATA_DIR to another folder."
BUSY_MS = 30_000  # how long a writer waits for another one

# The ascii tokenizer keeps every non-ASCII character; with these signs it splits at spaces only, so that the words of
# `youju.language.words`, joined by spaces, go in and come out as they are. Any SQLite can read the file.
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, collection TEXT NOT NULL, source TEXT NOT NULL, uri TEXT NOT NULL, title TEXT NOT NULL,
    media_type TEXT NOT NULL, language TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL, characters INTEGER NOT NULL, chunks INTEGER NOT NULL, page_starts TEXT NOT NULL,
    ingested_at TEXT NOT NULL, text TEXT NOT NULL, -- last: SQLite walks through a long text to reach what lies behind it
    UNIQUE (collection, source)
) STRICT;
CREATE TABLE chunks (
    key INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL REFERENCES documents(id), ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL, end INTEGER NOT NULL, text TEXT NOT NULL, heading TEXT NOT NULL, language TEXT NOT NULL,
    page INTEGER, content_hash TEXT NOT NULL, vector BLOB NOT NULL, sequence INTEGER NOT NULL,
    UNIQUE (document_id, ordinal)
) STRICT;
CREATE INDEX chunks_by_content ON chunks(content_hash);
CREATE INDEX chunks_by_sequence ON chunks(sequence);
CREATE TABLE tombstones (key INTEGER PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
CREATE INDEX tombstones_by_sequence ON tombstones(sequence);
CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize="ascii tokenchars '-_.+#@/:,''&%$'"
);
"""

DOCUMENT_COLUMNS = (
    "d.id, d.collection, d.source, d.uri, d.title, d.media_type, d.language, d.digest, d.size, d.modified_ns, "
    "d.characters, d.chunks, d.page_starts, d.ingested_at"
)


# Chunks c within a scope; an unset value does not restrict.
WITHIN_SCOPE = """chunks c JOIN documents d ON d.id = c.document_id
    WHERE (:collection IS NULL OR d.collection = :collection)
    AND (:document_ids IS NULL OR d.id IN (SELECT value FROM json_each(:document_ids)))
    AND substr(d.uri, 1, length(:uri_prefix)) = :uri_prefix
    AND (:language IS NULL OR c.language = :language)"""


@dataclass(frozen=True)
class Changes:
    """What happened to chunks behind a sequence. `vectors` has shape (len(added), dimension), `languages` (len(added),)."""

    sequence: int
    added: npt.NDArray[np.int64]
    languages: npt.NDArray[np.str_]
    vectors: Vectors
    removed: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """Where a document comes from and in which state it was read. `digest` is the SHA-256 of its bytes."""

    collection: str
    source: str
    uri: str
    digest: str
    size: int
    modified_ns: int

    @property
    def document_id(self) -> str:
        """The same for the same source in the same collection, so that links survive a new ingest."""
        return hashlib.sha256(f"{self.collection}\0{self.source}".encode()).hexdigest()[:16]


def content_hash(embedded_text: str) -> str:
    """Key under which a vector is found again, so that the same content is not embedded twice."""
    return hashlib.sha256(embedded_text.encode()).hexdigest()


class Store:
    """The index in one SQLite file. Safe to use from several threads and processes; one writer at a time, others wait."""

    def __init__(self, path: Path) -> None:
        """Open the file, and make it if it is not there.

        Raises:
            StoreUnusable: it is not such a file, cannot be opened, or was written by a newer version.
        """
        self.path = path
        self._local = threading.local()
        self._connections: list[apsw.Connection] = []
        self._guard = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._migrate()
        except apsw.BusyError as error:
            raise StoreUnusable(f"{path} is being written by another program.", "Try again when that is done.") from error
        except (apsw.Error, OSError) as error:
            raise StoreUnusable(f"{path} cannot be used as an index ({error}).", UNUSABLE) from error

    def close(self) -> None:
        with self._guard:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    # Reading

    def sequence(self) -> int:
        """Number of the last committed change."""
        return int(self._meta("sequence") or 0)

    def identity(self) -> str:
        """Names this very index, so that a cache of another one is not taken for its own."""
        return self._meta("identity") or ""

    def embedder(self) -> str | None:
        """Fingerprint of the embedder whose vectors the index holds."""
        return self._meta("embedder")

    def require_embedder(self, fingerprint: str) -> None:
        """
        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """
        known = self.embedder()
        if known not in (None, fingerprint) and self.count_chunks():
            raise EmbedderMismatch(
                f"the index in {self.path.parent} holds vectors of another embedder ({known}, not {fingerprint}).",
                "Set YOUJU_EMBEDDING_MODEL back, or ingest into a new folder with YOUJU_DATA_DIR.",
            )

    def count_chunks(self) -> int:
        return int(self._value("SELECT count(*) FROM chunks"))

    def collections(self) -> dict[str, int]:
        """Name -> number of documents."""
        rows = self._rows("SELECT collection, count(*) FROM documents GROUP BY collection ORDER BY collection")
        return dict(rows)

    def require_collection(self, name: str | None) -> None:
        """
        Raises:
            UnknownCollection: no document is in it.
        """
        if name is None:
            return
        known = self.collections()
        if name not in known:
            there = ", ".join(known) or "none yet"
            raise UnknownCollection(f"there is no collection {name!r}.", f"Collections: {there}.")

    def documents(self, collection: str | None = None) -> list[Document]:
        rows = self._rows(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE ?1 IS NULL OR d.collection = ?1 ORDER BY d.collection, d.uri",
            (collection,),
        )
        return [_document(row) for row in rows]

    def document(self, document_id: str) -> Document:
        """
        Raises:
            UnknownDocument: there is none of that id.
        """
        rows = self._rows(f"SELECT {DOCUMENT_COLUMNS} FROM documents d WHERE d.id = ?", (document_id,))
        for row in rows:
            return _document(row)
        raise UnknownDocument(f"there is no document {document_id!r}.", "`youju documents list` shows all.")

    def text(self, document_id: str) -> str:
        """The extracted text that offsets refer to.

        Raises:
            UnknownDocument: there is none of that id.
        """
        for (text,) in self._rows("SELECT text FROM documents WHERE id = ?", (document_id,)):
            return str(text)
        raise UnknownDocument(f"there is no document {document_id!r}.", "`youju documents list` shows all.")

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        """Content hash -> vector, for those that the index already holds."""
        rows = self._rows(
            "SELECT content_hash, vector FROM chunks WHERE content_hash IN (SELECT value FROM json_each(?)) "
            "GROUP BY content_hash",
            (json.dumps(list(hashes)),),
        )
        return {key: np.frombuffer(blob, np.float32) for key, blob in rows}

    def keys(self, scope: Scope) -> npt.NDArray[np.int64]:
        """Keys of the live chunks within a scope, ascending."""
        rows = self._rows(f"SELECT c.key FROM {WITHIN_SCOPE} ORDER BY c.key", _scope_bindings(scope))
        return np.fromiter((key for (key,) in rows), np.int64)

    def changes_since(self, sequence: int) -> Changes:
        """Chunks added and removed behind `sequence`, from one consistent view."""
        with self._connection():  # one transaction, so that rows and sequence belong together
            now = self.sequence()
            rows = self._rows("SELECT key, language, vector FROM chunks WHERE sequence > ? ORDER BY key", (sequence,))
            removed = self._rows("SELECT key FROM tombstones WHERE sequence > ?", (sequence,))
        vectors = np.frombuffer(b"".join(blob for _, _, blob in rows), np.float32)
        return Changes(
            sequence=now,
            added=np.array([key for key, _, _ in rows], np.int64),
            languages=np.array([language for _, language, _ in rows], np.str_),
            vectors=vectors.reshape(len(rows), -1) if rows else vectors.reshape(0, 0),
            removed=np.array([key for (key,) in removed], np.int64),
        )

    def search_words(self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> dict[int, float]:
        """Chunk key -> BM25 score (higher is better) of the best `limit` chunks that hold any word of `query`."""
        if not query:
            return {}
        bindings = {"words": " OR ".join(_quoted(word) for word in dict.fromkeys(query)), "limit": limit}
        within = "" if scope.is_everything else f"AND words.rowid IN (SELECT c.key FROM {WITHIN_SCOPE})"
        rows = self._rows(
            f"SELECT words.rowid, bm25(words) FROM words WHERE words MATCH :words {within} ORDER BY rank LIMIT :limit",
            bindings if scope.is_everything else bindings | _scope_bindings(scope),
        )
        return {key: -score for key, score in rows}

    def word_counts(self, query: Sequence[str]) -> dict[str, int]:
        """Word -> number of chunks that hold it."""
        return {
            word: int(self._value("SELECT count(*) FROM words WHERE words MATCH ?", (_quoted(word),)))
            for word in dict.fromkeys(query)
        }

    def passages(self, scores: dict[int, Scores]) -> list[Passage]:
        """The live chunks of these keys as passages, best fused score first. Chunks deleted meanwhile are left out."""
        rows = self._rows(
            f"SELECT c.key, c.ordinal, c.start, c.end, c.text, c.heading, c.language, c.page, {DOCUMENT_COLUMNS} "
            "FROM chunks c JOIN documents d ON d.id = c.document_id "
            "WHERE c.key IN (SELECT value FROM json_each(?))",
            (json.dumps(list(scores)),),
        )
        found = [_passage(row, scores[row[0]]) for row in rows]
        return sorted(found, key=lambda passage: (-passage.scores.fused, passage.key))

    # Writing

    def put(
        self, source: Source, extracted: Extracted, language: str, chunks: Sequence[Chunk], vectors: Vectors, embedder: str
    ) -> str:
        """Store a document with its chunks and vectors, in place of its former state, in one transaction; returns its id.

        Args:
            vectors: shape (len(chunks), dimension), float32.
            embedder: fingerprint of the embedder that made them.

        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """
        assert len(vectors) == len(chunks)
        document_id = source.document_id
        embedded_texts = [chunk.embedded_text(extracted.title) for chunk in chunks]
        bags = [" ".join(words(text)) for text in embedded_texts]  # before the lock is taken
        with self._transaction() as (connection, sequence):
            self.require_embedder(embedder)
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('embedder', ?)", (embedder,))
            self._remove(connection, document_id, sequence)
            connection.execute(
                "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    document_id, source.collection, source.source, source.uri, extracted.title, extracted.media_type,
                    language, source.digest, source.size, source.modified_ns, len(extracted.text), len(chunks),
                    json.dumps(extracted.page_starts), datetime.now(UTC).isoformat(timespec="seconds"), extracted.text,
                ),
            )  # fmt: skip
            for ordinal, (chunk, vector) in enumerate(zip(chunks, vectors, strict=True)):
                key = content_hash(embedded_texts[ordinal])
                connection.execute(
                    "INSERT INTO chunks (document_id, ordinal, start, end, text, heading, language, page, content_hash, "
                    "vector, sequence) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    (
                        document_id, ordinal, chunk.start, chunk.end, chunk.text, chunk.heading, chunk.language,
                        chunk.page, key, np.ascontiguousarray(vector, "<f4").tobytes(), sequence,
                    ),
                )  # fmt: skip
                connection.execute(
                    "INSERT INTO words (rowid, text) VALUES (?, ?)",
                    (connection.last_insert_rowid(), bags[ordinal]),
                )
        return document_id

    def touch(self, sources: Iterable[Source]) -> None:
        """Note the time and the given path of files whose content is as stored."""
        rows = [(s.uri, s.size, s.modified_ns, s.document_id) for s in sources]
        known = {document_id: state for document_id, *state in self._rows("SELECT id, uri, size, modified_ns FROM documents")}
        different = [row for row in rows if known.get(row[3]) != list(row[:3])]
        if different:
            with self._transaction() as (connection, _):
                connection.executemany("UPDATE documents SET uri = ?, size = ?, modified_ns = ? WHERE id = ?", different)

    def delete(self, document_ids: Iterable[str]) -> int:
        """Delete documents with all their chunks in one transaction; returns how many there were."""
        with self._transaction() as (connection, sequence):
            return sum(self._remove(connection, document_id, sequence) for document_id in document_ids)

    # Inside

    def _connection(self) -> apsw.Connection:
        if not hasattr(self._local, "connection"):
            connection = apsw.Connection(str(self.path))
            connection.set_busy_timeout(BUSY_MS)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            with self._guard:
                self._connections.append(connection)
            self._local.connection = connection
        connection_here: apsw.Connection = self._local.connection
        return connection_here

    def _rows(self, sql: str, bindings: Bindings = ()) -> list[tuple[Any, ...]]:
        try:
            return list(self._connection().execute(sql, bindings))
        except apsw.Error as error:
            raise StoreUnusable(f"{self.path} cannot be used as an index ({error}).", UNUSABLE) from error

    def _value(self, sql: str, bindings: Bindings = ()) -> Any:
        rows = self._rows(sql, bindings)
        return rows[0][0] if rows else None

    def _meta(self, name: str) -> str | None:
        value = self._value("SELECT value FROM meta WHERE name = ?", (name,))
        return None if value is None else str(value)

    def _migrate(self) -> None:
        """Make or check the schema. One process at a time makes a new file; an up-to-date one is only read."""
        if self.path.exists() and int(self._value("PRAGMA user_version")) == SCHEMA_VERSION:
            return
        with only_one(self.path):
            self._make_schema()

    def _make_schema(self) -> None:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        with contextlib.ExitStack() as undo:
            undo.callback(connection.execute, "ROLLBACK")
            version = int(self._value("PRAGMA user_version"))
            if version > SCHEMA_VERSION:
                raise StoreUnusable(
                    f"{self.path} was written by a newer version (schema {version}; this one knows {SCHEMA_VERSION}).",
                    "Update youju, or set YOUJU_DATA_DIR to another folder.",
                )
            if version == 0:
                connection.execute(SCHEMA)
                connection.execute("INSERT INTO meta VALUES ('sequence', '0'), ('identity', ?)", (uuid.uuid4().hex,))
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("COMMIT")
            undo.pop_all()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[tuple[apsw.Connection, int]]:
        """A write transaction and the sequence that it will have once committed."""
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            sequence = self.sequence() + 1
            yield connection, sequence
            connection.execute("UPDATE meta SET value = ? WHERE name = 'sequence'", (str(sequence),))
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if isinstance(error, apsw.Error):
                raise StoreUnusable(
                    f"{self.path} cannot be written ({error}).",
                    "Check the disk and who else uses the file, then try again.",
                ) from error
            raise

    def _remove(self, connection: apsw.Connection, document_id: str, sequence: int) -> int:
        keys = connection.execute("SELECT key FROM chunks WHERE document_id = ?", (document_id,)).fetchall()
        connection.executemany("INSERT INTO tombstones VALUES (?, ?)", [(key, sequence) for (key,) in keys])
        connection.executemany("DELETE FROM words WHERE rowid = ?", keys)
        connection.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))
        connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        return connection.changes()


def _quoted(word: str) -> str:
    """A word as FTS5 takes it literally."""
    return '"' + word.replace('"', '""') + '"'


def _scope_bindings(scope: Scope) -> dict[str, Any]:
    return {
        "collection": scope.collection,
        "document_ids": json.dumps(scope.document_ids) if scope.document_ids else None,
        "uri_prefix": scope.uri_prefix,
        "language": scope.language,
    }


def _document(row: Sequence[Any]) -> Document:
    columns = list(row)
    columns[-2] = tuple(json.loads(columns[-2]))
    return Document(*columns)


def _passage(row: Sequence[Any], scores: Scores) -> Passage:
    key, ordinal, start, end, text, heading, language, page, *document = row
    owner = _document(document)
    return Passage(
        key=key, chunk_id=f"{owner.id}-{ordinal}", ordinal=ordinal, document=owner, start=start, end=end, text=text,
        heading=heading, language=language, page=page, scores=scores,
    )  # fmt: skip
