"""The index in SQLite, the only truth: documents, their places, chunks, vectors, full text. Each change is one transaction.

Knows nothing of FAISS, files other than its own, models or HTTP. A chunk carries the sequence that added it and a tombstone
the one that removed it, so that a cache can catch up (`changes_since`). Keys of chunks are never used twice.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.errors import EmbedderMismatch, StoreUnusable, UnknownCollection, UnknownDocument
from youju.index.sqlite import jobs, originals
from youju.index.sqlite.database import BUSY_MS, DAMAGED, Database
from youju.records import EVERYTHING, Box, Chunk, Document, Extracted, Failure, Passage, Scope, Scores, embedded_text
from youju.text.language import words

# A document is shown at its first place; the others are named in `also_at`.
DOCUMENT_COLUMNS = (
    "d.id, d.collection, l.source, l.uri, d.title, d.media_type, d.language, d.digest, l.size, l.modified_ns, "
    "d.characters, d.chunks, d.page_starts, d.ingested_at, "
    "(SELECT json_group_array(o.uri) FROM locations o WHERE o.document_id = d.id AND o.source <> l.source) also_at, "
    "EXISTS (SELECT 1 FROM originals WHERE document_id = d.id)"
)
PLACED = (
    "documents d JOIN locations l ON l.collection = d.collection AND l.source = "
    "(SELECT source FROM locations WHERE document_id = d.id ORDER BY uri, source LIMIT 1)"
)

# Documents d that may be seen at all: NULL for all, else a JSON list of collections.
VISIBLE = "(:allowed IS NULL OR d.collection IN (SELECT value FROM json_each(:allowed)))"

# Chunks that hold a word and may be seen. `CROSS JOIN` keeps the order: else SQLite asks the full text anew for every chunk.
VISIBLE_WORDS = f"""FROM words CROSS JOIN chunks c ON c.key = words.rowid CROSS JOIN documents d ON d.id = c.document_id
    WHERE words MATCH :word AND {VISIBLE}"""

# Chunks c within a scope; an unset value does not restrict.
WITHIN_SCOPE = f"""chunks c JOIN documents d ON d.id = c.document_id
    WHERE {VISIBLE}
    AND (:collection IS NULL OR d.collection = :collection)
    AND (:document_ids IS NULL OR d.id IN (SELECT value FROM json_each(:document_ids)))
    AND (:uri_prefix = '' OR EXISTS (
        SELECT 1 FROM locations l WHERE l.document_id = d.id AND substr(l.uri, 1, length(:uri_prefix)) = :uri_prefix))
    AND (:language IS NULL OR c.language = :language)"""


@dataclass(frozen=True)
class Changes:
    """What happened to chunks behind a sequence. `vectors` has shape (len(added), dimension), `languages` (len(added),);
    `embedder` is the fingerprint of what made them.
    """

    sequence: int
    embedder: str | None
    added: npt.NDArray[np.int64]
    languages: npt.NDArray[np.str_]
    vectors: Vectors
    removed: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Source:
    """Where a document comes from and in which state it was read. `digest` is the SHA-256 of its bytes."""

    collection: str
    path_key: str
    uri: str
    digest: str
    size: int
    modified_ns: int

    @property
    def suffix(self) -> str:
        """The same bytes under another ending may be read in another way, so the ending is part of the content."""
        return PurePath(self.uri).suffix.lower()


@dataclass(frozen=True)
class Location:
    """A place where a document was found."""

    path_key: str
    uri: str
    document_id: str
    digest: str
    suffix: str
    size: int
    modified_ns: int


def content_hash(embedded_text: str) -> str:
    """Key under which a vector is found again, so that the same content is not embedded twice."""
    return hashlib.sha256(embedded_text.encode()).hexdigest()


class Store:
    """The documents of the index. Safe to use from several threads and processes.

    One that is limited to some collections (`limited_to`) reads and deletes there as if the rest did not exist.
    """

    allowed: tuple[str, ...] | None = None

    def __init__(self, path: Path, busy_ms: int = BUSY_MS) -> None:
        """
        Args:
            busy_ms: how long a write waits for another one.

        Raises:
            StoreUnusable: the file is no index, cannot be opened, or was written by another version.
        """
        self.path = path
        self.database = Database(path, busy_ms)
        self._rows = self.database.rows
        self._value = self.database.value

    def close(self) -> None:
        self.database.close()

    def limited_to(self, allowed: tuple[str, ...] | None) -> Store:
        """The same store for a caller who may see these collections only; None for all that this one sees."""
        limited = copy.copy(self)
        limited.allowed = EVERYTHING.within(self.allowed).within(allowed).allowed
        return limited

    # Reading

    def sequence(self) -> int:
        """Number of the last committed change."""
        return self.database.sequence()

    def identity(self) -> str:
        """Names this very index, so that answers from another one are not taken for its own."""
        return self.database.meta("identity") or ""

    def cache_marks(self) -> list[str]:
        """Marks of the caches that may be used; one with another mark may be of another history."""
        return (self.database.meta("cache_marks") or "").split()

    def mark_cache(self, mark: str, before: str) -> None:
        """Note the mark of a cache that is about to be written, and of the one in whose place it comes. All that it holds was
        committed before, so that whoever knows the mark knows that too.
        """
        with self.database.transaction(changes_index=False) as (connection, _):
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('cache_marks', ?)", (f"{mark} {before}",))

    def embedder(self) -> str | None:
        """Fingerprint of the embedder whose vectors the index holds."""
        return self.database.meta("embedder")

    def require_embedder(self, fingerprint: str) -> None:
        """
        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """
        known = self.embedder()
        if known not in (None, fingerprint) and self.count_chunks():
            made_by, _, model = (self.database.meta("reindexed") or "").partition(" ")
            right = f"Restart with YOUJU_EMBEDDING_MODEL={model}" if made_by == known else "Set YOUJU_EMBEDDING_MODEL back"
            raise EmbedderMismatch(
                f"the index in {self.path.parent} holds vectors of another embedder ({known}, not {fingerprint}).",
                f"{right}, embed it again with `youju reindex`, or ingest into a new folder with YOUJU_DATA_DIR.",
            )

    def dimension(self) -> int:
        """Length of the vectors; 0 while there are none."""
        return int(self._value("SELECT length(vector) / 4 FROM chunks LIMIT 1") or 0)

    def count_chunks(self) -> int:
        if self.allowed is None:
            return int(self._value("SELECT count(*) FROM chunks"))
        return int(self._value(f"SELECT coalesce(sum(d.chunks), 0) FROM documents d WHERE {VISIBLE}", self._limit()))

    def collections(self) -> dict[str, int]:
        """Name -> number of documents."""
        rows = self._rows(
            f"SELECT collection, count(*) FROM documents d WHERE {VISIBLE} GROUP BY collection ORDER BY collection",
            self._limit(),
        )
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
            f"SELECT {DOCUMENT_COLUMNS} FROM {PLACED} WHERE {VISIBLE} AND (:collection IS NULL OR d.collection = :collection) "
            "ORDER BY d.collection, l.uri",
            self._limit(collection=collection),
        )
        return [_document(row) for row in rows]

    def document(self, document_id: str) -> Document:
        """
        Raises:
            UnknownDocument: there is none of that id.
        """
        for row in self._rows(
            f"SELECT {DOCUMENT_COLUMNS} FROM {PLACED} WHERE d.id = :id AND {VISIBLE}", self._limit(id=document_id)
        ):
            return _document(row)
        raise UnknownDocument(f"there is no document {document_id!r}.", "`youju documents list` shows all.")

    def text(self, document_id: str) -> str:
        """The extracted text that offsets refer to.

        Raises:
            UnknownDocument: there is none of that id.
        """
        for (text,) in self._rows(f"SELECT text FROM documents d WHERE id = :id AND {VISIBLE}", self._limit(id=document_id)):
            return str(text)
        raise UnknownDocument(f"there is no document {document_id!r}.", "`youju documents list` shows all.")

    def boxes(self, document_id: str, start: int, end: int) -> list[Box]:
        """Where the text from `start` to `end` stands on its pages; empty where that is not known."""
        packed = self._value(f"SELECT boxes FROM documents d WHERE id = :id AND {VISIBLE}", self._limit(id=document_id))
        known = json.loads(zlib.decompress(packed)) if packed else []
        return [Box(*row) for row in known if row[0] < end and row[1] > start]

    def locations(self, collection: str) -> list[Location]:
        """All places of a collection's documents."""
        rows = self._rows(
            "SELECT l.source, l.uri, d.id, d.digest, d.suffix, l.size, l.modified_ns "
            f"FROM locations l JOIN documents d ON d.id = l.document_id WHERE l.collection = :collection AND {VISIBLE} "
            "ORDER BY l.uri",
            self._limit(collection=collection),
        )
        return [Location(*row) for row in rows]

    def failures(self, collection: str | None = None) -> list[Failure]:
        """Files that could not be read when last tried."""
        rows = self._rows(
            "SELECT collection, source, uri, size, modified_ns, reader, reason, failed_at FROM failures d "
            f"WHERE {VISIBLE} AND (:collection IS NULL OR collection = :collection) ORDER BY collection, uri",
            self._limit(collection=collection),
        )
        return [Failure(*row) for row in rows]

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
        rows = self._rows(f"SELECT c.key FROM {WITHIN_SCOPE} ORDER BY c.key", self._within(scope))
        return np.fromiter((key for (key,) in rows), np.int64)

    def changes_since(self, sequence: int) -> Changes:
        """Chunks added and removed behind `sequence`, from one consistent view."""
        with self.database.snapshot():
            now, embedder = self.sequence(), self.embedder()
            rows = self._rows("SELECT key, language, vector FROM chunks WHERE sequence > ? ORDER BY key", (sequence,))
            removed = self._rows("SELECT key FROM tombstones WHERE sequence > ?", (sequence,))
        if len({len(blob) for _, _, blob in rows}) > 1:
            raise self._damaged("vectors of different lengths")
        vectors = np.frombuffer(b"".join(blob for _, _, blob in rows), np.float32)
        if not (vectors == vectors).all() or np.isinf(vectors).any():  # one such number would spoil every search
            raise self._damaged("vectors that hold no numbers")
        return Changes(
            sequence=now,
            embedder=embedder,
            added=np.array([key for key, _, _ in rows], np.int64),
            languages=np.array([language for _, language, _ in rows], np.str_),
            vectors=vectors.reshape(len(rows), -1) if rows else vectors.reshape(0, 0),
            removed=np.array([key for (key,) in removed], np.int64),
        )

    def search_words(self, query: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> dict[int, float]:
        """Chunk key -> BM25 score (higher is better) of the best `limit` chunks that hold any word of `query`.

        What a word weighs is counted over the whole index; for a limited store, over what it sees.
        """
        if not query:
            return {}
        seen = self.limited_to(scope.allowed)
        if seen.allowed is not None:
            return seen._search_visible_words(query, limit, scope)
        bindings = {"words": " OR ".join(_quoted(word) for word in dict.fromkeys(query)), "limit": limit}
        # The plus keeps SQLite from asking the full text anew for every key.
        within = "" if scope.is_everything else f"AND +words.rowid IN (SELECT c.key FROM {WITHIN_SCOPE})"
        rows = self._rows(
            f"SELECT words.rowid, bm25(words) FROM words WHERE words MATCH :words {within} ORDER BY rank LIMIT :limit",
            bindings if scope.is_everything else bindings | self._within(scope),
        )
        return {key: -score for key, score in rows}

    def word_counts(self, query: Sequence[str]) -> dict[str, int]:
        """Word -> number of chunks that hold it."""
        if self.allowed is not None:
            counted = f"SELECT count(*) {VISIBLE_WORDS}"
            return {word: int(self._value(counted, self._limit(word=_quoted(word)))) for word in dict.fromkeys(query)}
        return {
            word: int(self._value("SELECT count(*) FROM words WHERE words MATCH ?", (_quoted(word),)))
            for word in dict.fromkeys(query)
        }

    def passages(self, scores: dict[int, Scores]) -> list[Passage]:
        """The live chunks of these keys as passages, best fused score first. Chunks deleted meanwhile are left out.

        Raises:
            StoreUnusable: one of them is not what was stored.
        """
        rows = self._rows(
            "SELECT c.content_hash, c.key, c.ordinal, c.start, c.end, c.text, c.heading, c.language, c.page, "
            f"{DOCUMENT_COLUMNS} FROM {PLACED} JOIN chunks c ON c.document_id = d.id WHERE {VISIBLE} "
            "AND c.key IN (SELECT value FROM json_each(:keys))",
            self._limit(keys=json.dumps(list(scores))),
        )
        found = []
        for known, *row in rows:
            passage = _passage(row, scores[row[0]])
            if content_hash(embedded_text(passage.document.title, passage.heading, passage.text)) != known:
                raise self._damaged(f"chunk {passage.chunk_id}")  # SQLite itself does not notice a changed letter
            found.append(passage)
        return sorted(found, key=lambda passage: (-passage.scores.fused, passage.key))

    # Writing

    def put(
        self, source: Source, extracted: Extracted, language: str, chunks: Sequence[Chunk], vectors: Vectors, embedder: str,
        original: bytes | None = None,
    ) -> str:  # fmt: skip
        """Store a document with its chunks and vectors, in place of what was at its place, in one transaction; returns its id.

        A document that stays at its place keeps its id, so that links survive a change of its content.

        Args:
            vectors: shape (len(chunks), dimension), float32.
            embedder: fingerprint of the embedder that made them.
            original: the bytes of the file, if they are to be kept.

        Raises:
            EmbedderMismatch: the index holds vectors of another embedder.
        """
        assert len(vectors) == len(chunks)
        texts = [chunk.embedded_text(extracted.title) for chunk in chunks]
        bags = [" ".join(words(text)) for text in texts]  # before the lock is taken
        boxes = zlib.compress(json.dumps([astuple(box) for box in extracted.boxes]).encode()) if extracted.boxes else None
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self.database.transaction() as (connection, sequence):
            self.require_embedder(embedder)
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('embedder', ?)", (embedder,))
            self._leave(connection, source, sequence)
            document_id = self._new_id(source)
            connection.execute(
                "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    document_id, source.collection, extracted.title, extracted.media_type, language, source.digest,
                    source.suffix, len(extracted.text), len(chunks), json.dumps(extracted.page_starts), now, boxes,
                    extracted.text,
                ),
            )  # fmt: skip
            if original is not None:
                originals.keep(connection, document_id, original)
            self._place(connection, source, document_id)
            for ordinal, (chunk, vector) in enumerate(zip(chunks, vectors, strict=True)):
                connection.execute(
                    "INSERT INTO chunks (document_id, ordinal, start, end, text, heading, language, page, content_hash, "
                    "vector, sequence) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                    (
                        document_id, ordinal, chunk.start, chunk.end, chunk.text, chunk.heading, chunk.language,
                        chunk.page, content_hash(texts[ordinal]), np.ascontiguousarray(vector, "<f4").tobytes(), sequence,
                    ),
                )  # fmt: skip
                connection.execute(
                    "INSERT INTO words (rowid, text) VALUES (?, ?)", (connection.last_insert_rowid(), bags[ordinal])
                )
        return document_id

    def link(self, source: Source, moved_from: str | None = None) -> str | None:
        """Note that the content of `source` is found at its place too; returns the document's id.

        Args:
            moved_from: the place that it left.

        Returns:
            None, and nothing is changed, when the collection holds no such content.
        """
        with self.database.transaction() as (connection, sequence):
            known = self._rows(
                "SELECT id FROM documents WHERE collection = ? AND digest = ? AND suffix = ? ORDER BY ingested_at LIMIT 1",
                (source.collection, source.digest, source.suffix),
            )
            if not known:
                return None
            document_id = str(known[0][0])
            here = self._document_at(source.collection, source.path_key)
            if here is not None and here != document_id:
                self._leave(connection, source, sequence)
            self._place(connection, source, document_id)
            if moved_from is not None:
                connection.execute("DELETE FROM locations WHERE collection = ? AND source = ?", (source.collection, moved_from))
        return document_id

    def touch(self, sources: Iterable[Source]) -> None:
        """Note the time and the given path of files whose content is as stored."""
        rows = [(s.uri, s.size, s.modified_ns, s.collection, s.path_key) for s in sources]
        known = {tuple(place): state for *place, state in self._known_states()}
        different = [row for row in rows if known.get(row[3:]) != json.dumps(row[:3])]
        if different:
            with self.database.transaction() as (connection, _):
                connection.executemany(
                    "UPDATE locations SET uri = ?, size = ?, modified_ns = ? WHERE collection = ? AND source = ?", different
                )

    def delete(self, document_ids: Iterable[str]) -> int:
        """Delete documents with all their chunks and places in one transaction; returns how many there were."""
        deleted = 0
        with self.database.transaction() as (connection, sequence):
            visible = f"SELECT 1 FROM documents d WHERE id = :id AND {VISIBLE}"
            for document_id in document_ids:
                if self._value(visible, self._limit(id=document_id)):
                    deleted += self._remove(connection, document_id, sequence)
                    jobs.forget_names(connection, document_id)
        return deleted

    def forget(self, collection: str, sources: Iterable[str]) -> int:
        """Forget places, and delete the documents that are left without one; returns how many of these there were."""
        with self.database.transaction() as (connection, sequence):
            return sum(self._leave(connection, Source(collection, source, "", "", 0, 0), sequence) for source in sources)

    def record_failures(self, failures: Sequence[Failure]) -> None:
        """Note files that could not be read."""
        if failures:
            with self.database.transaction(changes_index=False) as (connection, _):
                connection.executemany(
                    "INSERT OR REPLACE INTO failures VALUES (?,?,?,?,?,?,?,?)", [astuple(one) for one in failures]
                )

    def forget_failures(self, collection: str, sources: Iterable[str]) -> None:
        """Forget the failures of files that are gone."""
        rows = [(collection, source) for source in sources]
        if rows:
            with self.database.transaction(changes_index=False) as (connection, _):
                connection.executemany("DELETE FROM failures WHERE collection = ? AND source = ?", rows)

    # Inside

    def _damaged(self, what: str) -> StoreUnusable:
        return StoreUnusable(f"{self.path} is damaged ({what}).", DAMAGED)

    def _limit(self, **bindings: Any) -> dict[str, Any]:
        """Bindings with what `VISIBLE` takes."""
        return bindings | {"allowed": None if self.allowed is None else json.dumps(self.allowed)}

    def _within(self, scope: Scope) -> dict[str, Any]:
        """What `WITHIN_SCOPE` takes."""
        allowed = scope.within(self.allowed).allowed
        return {
            "collection": scope.collection,
            "document_ids": json.dumps(scope.document_ids) if scope.document_ids else None,
            "uri_prefix": scope.uri_prefix,
            "language": scope.language,
            "allowed": None if allowed is None else json.dumps(allowed),
        }

    def _visible_words(self, word: str) -> dict[int, float]:
        """Key of each chunk of a limited store that holds the word -> its BM25 score, with the word's weight in the whole."""
        rows = self._rows(f"SELECT words.rowid, bm25(words) {VISIBLE_WORDS}", self._limit(word=_quoted(word)))
        return {key: -score for key, score in rows}

    def _search_visible_words(self, query: Sequence[str], limit: int, scope: Scope) -> dict[int, float]:
        """Like `search_words`, with weights that do not tell how often a word occurs in what this store does not see.

        FTS5 multiplies a word's weight with a share that depends on the chunk alone (and on the mean length of all), so that
        the weight in the whole can be taken out and the own one put in.
        """
        with self.database.snapshot():
            is_all = replace(scope, allowed=None).is_everything  # then what is visible is within the scope
            within = set() if is_all else set(self.keys(scope).tolist())
            visible, total = self.count_chunks(), int(self._value("SELECT count(*) FROM chunks"))
            scores: dict[int, float] = {}
            for word in dict.fromkeys(query):
                found = self._visible_words(word)
                everywhere = int(self._value("SELECT count(*) FROM words WHERE words MATCH ?", (_quoted(word),)))
                factor = word_weight(visible, len(found)) / word_weight(total, everywhere)
                for key, score in found.items():
                    if is_all or key in within:
                        scores[key] = scores.get(key, 0.0) + score * factor
        return dict(sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:limit])

    def _known_states(self) -> list[tuple[Any, ...]]:
        rows = self._rows("SELECT collection, source, uri, size, modified_ns FROM locations")
        return [(collection, source, json.dumps(state)) for collection, source, *state in rows]

    def _document_at(self, collection: str, source: str) -> str | None:
        return self._value(  # type: ignore[no-any-return]
            "SELECT document_id FROM locations WHERE collection = ? AND source = ?", (collection, source)
        )

    def _new_id(self, source: Source) -> str:
        """From its place, so that links survive; where that id is taken by what was there before, from the content too."""
        place = f"{source.collection}\0{source.path_key}"
        plain, salted = (hashlib.sha256(text.encode()).hexdigest()[:16] for text in (place, f"{place}\0{source.digest}"))
        return salted if self._value("SELECT 1 FROM documents WHERE id = ?", (plain,)) else plain

    def _place(self, connection: Any, source: Source, document_id: str) -> None:
        connection.execute(
            "INSERT OR REPLACE INTO locations VALUES (?,?,?,?,?,?)",
            (source.collection, source.path_key, document_id, source.uri, source.size, source.modified_ns),
        )
        connection.execute("DELETE FROM failures WHERE collection = ? AND source = ?", (source.collection, source.path_key))

    def _leave(self, connection: Any, source: Source, sequence: int) -> int:
        """Take a place away; its document goes with its last place. Returns how many documents went."""
        document_id = self._document_at(source.collection, source.path_key)
        if document_id is None:
            return 0
        connection.execute("DELETE FROM locations WHERE collection = ? AND source = ?", (source.collection, source.path_key))
        if self._value("SELECT 1 FROM locations WHERE document_id = ?", (document_id,)):
            return 0
        return self._remove(connection, document_id, sequence)

    def _remove(self, connection: Any, document_id: str, sequence: int) -> int:
        keys = connection.execute("SELECT key FROM chunks WHERE document_id = ?", (document_id,)).fetchall()
        connection.executemany("INSERT INTO tombstones VALUES (?, ?)", [(key, sequence) for (key,) in keys])
        connection.executemany("DELETE FROM words WHERE rowid = ?", keys)
        connection.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))
        connection.execute("DELETE FROM locations WHERE document_id = ?", (document_id,))
        originals.remove(connection, document_id)
        connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
        return int(connection.changes())


def word_weight(total: int, count: int) -> float:
    """What FTS5's BM25 gives a word that `count` of `total` texts hold."""
    return max(math.log((total - count + 0.5) / (count + 0.5)), 1e-6)


def _quoted(word: str) -> str:
    """A word as FTS5 takes it literally."""
    return '"' + word.replace('"', '""') + '"'


def _document(row: Sequence[Any]) -> Document:
    *columns, page_starts, ingested_at, also_at, drawable = row
    values = [*columns, tuple(json.loads(page_starts)), ingested_at, tuple(sorted(json.loads(also_at))), bool(drawable)]
    return Document(*values)


def _passage(row: Sequence[Any], scores: Scores) -> Passage:
    key, ordinal, start, end, text, heading, language, page, *document = row
    owner = _document(document)
    return Passage(
        key=key, chunk_id=f"{owner.id}-{ordinal}", ordinal=ordinal, document=owner, start=start, end=end, text=text,
        heading=heading, language=language, page=page, scores=scores,
    )  # fmt: skip
