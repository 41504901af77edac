"""Whether the layers of the store are whole and agree: what `youju doctor` asks and mends. All of it is of the whole index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from youju.errors import StoreUnusable
from youju.index.base.packing import are_in_place, content_hash, unpack_vectors
from youju.index.sqlite.database import DAMAGED
from youju.index.sqlite.store import Store
from youju.index.sqlite.texts import Texts
from youju.records import embedded_text
from youju.text.language import passage_terms

TOLERANCE = 0.01  # by which the length of a unit vector may differ from 1


class Integrity:
    """Reads a store layer by layer, and writes anew what can be made from the rest."""

    engine = "SQLite"
    advice = DAMAGED

    def __init__(self, store: Store) -> None:
        self._database = store.database

    def damage(self, most: int = 5) -> list[str]:
        """What SQLite itself finds damaged, in its words."""
        return [str(row[0]) for row in self._database.rows(f"PRAGMA integrity_check({most:d})") if row[0] != "ok"]

    def count_dangling(self) -> int:
        """How many rows point to a row that is not there."""
        return len(self._database.rows("PRAGMA foreign_key_check"))

    def documents_without_place(self) -> list[str]:
        """Ids of documents that are found nowhere, so that no file stands for them."""
        rows = self._database.rows("SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM locations)")
        return [document_id for (document_id,) in rows]

    def incomplete_documents(self) -> list[str]:
        """Ids of documents whose text or number of chunks is not what they say."""
        rows = self._database.rows(
            "SELECT d.id, d.characters, count(c.key) <> d.chunks FROM documents d LEFT JOIN chunks c ON c.document_id = d.id "
            "GROUP BY d.id"
        )
        return [one for one, characters, differ in rows if differ or len(self._text(one)) != characters]

    def misplaced_chunks(self) -> list[int]:
        """Keys of chunks whose place is not in the text of their document."""
        rows = self._database.rows(
            "SELECT c.key FROM chunks c JOIN documents d ON d.id = c.document_id "
            "WHERE NOT (0 <= c.start AND c.start <= c.end AND c.end <= d.characters)"
        )
        return [key for (key,) in rows]

    def altered_chunks(self) -> list[int]:
        """Keys of chunks that are not what was stored, by their hash."""
        return [key for key, known, embedded in self._chunks() if content_hash(embedded) != known]

    def misplaced_tables(self) -> list[str]:
        """Ids of documents with tables whose cells do not hold what stands at their places."""
        return [one for (one,) in self._database.rows("SELECT DISTINCT document_id FROM tables") if not self._holds_tables(one)]

    def _holds_tables(self, document_id: str) -> bool:
        text = self._text(document_id)
        rows = self._database.rows("SELECT cells FROM tables WHERE document_id = ?", (document_id,))
        return all(are_in_place(cells, text) for (cells,) in rows)

    def has_vectors_of_other_length(self, dimension: int) -> bool:
        other = "SELECT EXISTS (SELECT 1 FROM chunks WHERE length(vector) <> ?)"
        return bool(self._database.value(other, (dimension * 2,)))

    def holds_unit_vectors(self) -> bool:
        """Whether every vector has the length 1; not so of what is no number."""
        return all(
            abs(np.linalg.norm(unpack_vectors(blob)) - 1) <= TOLERANCE
            for (blob,) in self._database.rows("SELECT vector FROM chunks")
        )

    def full_text_gaps(self) -> tuple[int, int]:
        """How many chunks the full text lacks, and how many it holds that are there no more."""
        live = {key for (key,) in self._database.rows("SELECT key FROM chunks")}
        held = {key for (key,) in self._database.rows("SELECT rowid FROM words")}
        return len(live - held), len(held - live)

    def write_full_text(self) -> None:
        """Make the full text anew from the chunks."""
        bags = sorted((key, " ".join(passage_terms(embedded))) for key, _, embedded in self._chunks())
        with self._database.transaction() as (connection, _):
            connection.execute("INSERT INTO words(words) VALUES ('delete-all')")
            connection.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", bags)

    def _chunks(self) -> Iterator[tuple[int, str, str]]:
        """Of every chunk, document by document: key, content hash, what the embedder and the full text see of it."""
        chunks = defaultdict(list)
        for document_id, *row in self._database.rows("SELECT document_id, key, content_hash, heading, start, end FROM chunks"):
            chunks[document_id].append(row)
        for document_id, title in self._database.rows("SELECT id, title FROM documents"):
            text = self._text(document_id)
            for key, known, heading, start, end in chunks[document_id]:
                yield key, known, embedded_text(title, heading, text[start:end])

    def _text(self, document_id: str) -> str:
        """Its text, empty where that is damaged."""
        try:
            return Texts(self._database).whole(document_id)
        except StoreUnusable:
            return ""
