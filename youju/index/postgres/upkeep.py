"""Whether the tables are whole and agree, and vectors of another embedder. What each method promises, `protocols` says."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from pgvector import Vector

from youju.embedding.base import Vectors
from youju.errors import IndexInUse
from youju.index.base.packing import are_in_place, content_hash
from youju.index.base.records import Embed, Goal, Superseded, Waiting
from youju.index.postgres import graphs, postings
from youju.index.postgres.database import Database
from youju.index.postgres.pool import Connection
from youju.index.postgres.schema import lock_key, set_meta
from youju.index.postgres.view import DAMAGED
from youju.index.postgres.writing import EMBEDDER, OF_A_DOCUMENT
from youju.records import embedded_text
from youju.text.language import passage_terms

TOLERANCE = 0.01  # by which the length of a unit vector may differ from 1
FEW = 128  # chunks that are embedded while writers wait, so that an ingest beside it cannot put off the end for ever
TEXTS = "SELECT c.key, c.content_hash, d.title, c.heading, c.text FROM chunks c JOIN documents d ON d.id = c.document_id"
BATCH = 1000  # chunks whose words are written at once
ROWS = 10_000  # of postings that are looked over at once
VECTOR_OF = "v.document_id = c.document_id AND v.key = c.key"


class Integrity:
    """Reads the tables layer by layer, and writes anew what can be made from the rest."""

    engine = "PostgreSQL"
    advice = DAMAGED

    def __init__(self, database: Database) -> None:
        self._database = database

    def damage(self, most: int = 5) -> list[str]:
        """Nothing: a server with checksums finds damage when it reads, and then every check here says so."""
        return []

    def count_dangling(self) -> int:
        without = "SELECT count(*) FROM {} t WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = t.document_id)"
        chunks = f"SELECT count(*) FROM vectors v WHERE NOT EXISTS (SELECT 1 FROM chunks c WHERE {VECTOR_OF})"
        bare = f"SELECT count(*) FROM chunks c WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE {VECTOR_OF})"
        statements = [*map(without.format, OF_A_DOCUMENT), chunks, bare]
        return sum(int(self._database.value(statement)) for statement in statements)

    def documents_without_place(self) -> list[str]:
        return self._ids("SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM locations)")

    def incomplete_documents(self) -> list[str]:
        return self._ids(
            "SELECT d.id FROM documents d LEFT JOIN chunks c ON c.document_id = d.id GROUP BY d.id "
            "HAVING count(c.key) <> d.chunks OR d.characters <> length(d.text)"
        )

    def misplaced_chunks(self) -> list[int]:
        rows = self._database.rows(
            "SELECT c.key FROM chunks c JOIN documents d ON d.id = c.document_id "
            'WHERE substr(d.text, c."start" + 1, c."end" - c."start") <> c.text'
        )
        return [key for (key,) in rows]

    def altered_chunks(self) -> list[int]:
        return [key for key, known, *parts in self._database.rows(TEXTS) if content_hash(embedded_text(*parts)) != known]

    def misplaced_tables(self) -> list[str]:
        return [one for one in self._ids("SELECT DISTINCT document_id FROM tables") if not self._holds_tables(one)]

    def _holds_tables(self, document_id: str) -> bool:
        text = str(self._database.value("SELECT text FROM documents WHERE id = %s", (document_id,)))
        rows = self._database.rows("SELECT cells FROM tables WHERE document_id = %s", (document_id,))
        return all(are_in_place(bytes(cells), text) for (cells,) in rows)

    def has_vectors_of_other_length(self, dimension: int) -> bool:
        other = "SELECT EXISTS (SELECT 1 FROM vectors WHERE vector_dims(embedding) <> %s)"
        return bool(self._database.value(other, (dimension,)))

    def holds_unit_vectors(self) -> bool:
        other = "SELECT EXISTS (SELECT 1 FROM vectors WHERE NOT abs(vector_norm(embedding) - 1) <= %s)"
        return not self._database.value(other, (TOLERANCE,))

    def full_text_gaps(self) -> tuple[int, int]:
        held = np.zeros(0, np.int64)
        with self._database.snapshot(), self._database.connection() as connection:
            with connection.cursor("postings", binary=True) as cursor:
                cursor.execute(f"SELECT p.first, p.last, p.chunks, p.data FROM {postings.EVERYWHERE}".encode())
                while rows := cursor.fetchmany(ROWS):
                    held = np.union1d(held, postings.Postings.of(rows).keys)
            known = np.array(self._database.rows("SELECT key FROM chunks WHERE length > 0"), np.int64).reshape(-1)
        return len(np.setdiff1d(known, held)), len(np.setdiff1d(held, known))

    def write_full_text(self) -> None:
        with self._database.transaction() as connection, connection.cursor() as cursor:
            # In this order: writers begin with `documents`, those who settle postings with `new_postings`.
            cursor.execute("LOCK TABLE documents, new_postings, postings, chunks, document_sums IN EXCLUSIVE MODE")
            cursor.execute("TRUNCATE postings, new_postings")
            after = 0
            while batch := self._database.rows(f"{TEXTS} WHERE c.key > %s ORDER BY c.key LIMIT %s", (after, BATCH)):
                bags = [(key, passage_terms(embedded_text(*parts))) for key, _, *parts in batch]
                cursor.executemany(
                    "UPDATE chunks SET length = %s, words = %s WHERE key = %s",
                    [(len(bag), " ".join(bag), key) for key, bag in bags],
                )
                after = batch[-1][0]
            postings.write_all(cursor)
            cursor.execute(
                "UPDATE document_sums s SET words = (SELECT coalesce(sum(c.length), 0) FROM chunks c "
                "WHERE c.document_id = s.document_id AND c.language = s.language)"
            )

    def _ids(self, sql: str) -> list[str]:
        return [str(one) for (one,) in self._database.rows(sql)]


class _More(Exception):
    """More chunks wait than writers should be kept waiting for."""


class NewVectors:
    """The new vectors, in a table beside those in use. Safe to use from several programs; one reindex at a time (`alone`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with contextlib.closing(self._database.connect()) as connection:  # the server lets go of it when this program dies
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock_key("reindex"),)).fetchone()
            if row is None or not row[0]:
                raise IndexInUse(f"another reindex of {self._database.place} is at work.", "Wait for it, or stop it.")
            yield

    def goal(self) -> Goal | None:
        known = self._database.meta("reindex")
        return None if known is None else Goal(**json.loads(known))

    def count(self) -> int:
        return int(self._database.value("SELECT count(*) FROM new_vectors"))

    def text_bytes(self) -> int:
        return 0  # vectors lie in a table of their own: the texts are not written again

    def begin(self, goal: Goal) -> None:
        known = self.goal()
        with self._database.transaction(changes_index=False) as connection:
            if known is None or known.fingerprint != goal.fingerprint:
                connection.execute("DELETE FROM new_vectors")
            set_meta(connection, "reindex", json.dumps({"fingerprint": goal.fingerprint, "model": goal.model}))

    def waiting(self, after: int, limit: int) -> list[Waiting]:
        rows = self._database.rows(
            f"{TEXTS} WHERE c.key > %s AND NOT EXISTS (SELECT 1 FROM new_vectors n WHERE n.key = c.key) "
            "ORDER BY c.key LIMIT %s",
            (after, limit),
        )
        return [Waiting(key, digest, embedded_text(title, heading, text)) for key, digest, title, heading, text in rows]

    def of_contents(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        rows = self._database.rows(
            "SELECT DISTINCT ON (c.content_hash) c.content_hash, n.embedding FROM chunks c JOIN new_vectors n ON n.key = c.key "
            "WHERE c.content_hash = ANY(%s)",
            (list(hashes),),
        )
        return {digest: vector.to_numpy().astype(np.float32) for digest, vector in rows}

    def add(self, goal: Goal, vectors: Mapping[int, Vectors]) -> None:
        with self._database.transaction(changes_index=False) as connection:
            self._insert(connection, goal, vectors)

    def put_in_place(self, goal: Goal, embed: Embed) -> bool:
        with contextlib.suppress(_More), self._database.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (EMBEDDER,))  # nobody stores vectors of the old one
            late = self.waiting(0, FEW + 1)
            if len(late) > FEW:
                raise _More
            self._insert(connection, goal, embed(late) if late else {})
            graphs.drop(connection)  # it is built anew by whoever saves the vectors
            connection.execute("UPDATE vectors v SET embedding = n.embedding FROM new_vectors n WHERE n.key = v.key")
            connection.execute(
                "UPDATE document_sums s SET total = t.total FROM "
                "(SELECT document_id, language, sum(embedding) total FROM vectors GROUP BY 1, 2) t "
                "WHERE t.document_id = s.document_id AND t.language = s.language"
            )
            connection.execute("DELETE FROM new_vectors")
            connection.execute("DELETE FROM meta WHERE name = 'reindex'")
            set_meta(connection, "embedder", goal.fingerprint)
            set_meta(connection, "reindexed", f"{goal.fingerprint} {goal.model}")
            return True
        return False

    def drop(self) -> int:
        with self._database.transaction(changes_index=False) as connection:
            count = connection.execute("DELETE FROM new_vectors").rowcount
            connection.execute("DELETE FROM meta WHERE name = 'reindex'")
        return count

    def _insert(self, connection: Connection, goal: Goal, vectors: Mapping[int, Vectors]) -> None:
        known = self.goal()
        if known is None or known.fingerprint != goal.fingerprint:
            raise Superseded("this reindex was given up or replaced by another command.", "Start it again if you want it.")
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO new_vectors SELECT document_id, key, %s FROM chunks WHERE key = %s ON CONFLICT DO NOTHING",
                [(Vector(np.asarray(vector, np.float32)), key) for key, vector in vectors.items()],
            )
