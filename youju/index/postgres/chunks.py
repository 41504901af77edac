"""Chunks of the index and whose vectors they carry, outlines and tables, read. What each method promises, `protocols` says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.errors import EmbedderMismatch
from youju.index.base.packing import card_of, content_hash, passage_of, unknown_document, unpacked_table
from youju.index.postgres.documents import DOCUMENT_COLUMNS, PLACED
from youju.index.postgres.view import View
from youju.records import Passage, Scope, Scores, embedded_text
from youju.structure import StoredTable, TableCard
from youju.text.outline import Outline, unpacked

CARD = (
    't.document_id, t.ordinal, t."start", t."end", t.title, t.columns, t.rows, '
    "EXISTS (SELECT 1 FROM record_tables r WHERE r.document_id = t.document_id AND r.ordinal = t.ordinal)"
)


@dataclass(frozen=True)
class Chunks:
    """The chunks that a view shows."""

    view: View

    def count(self) -> int:
        return sum(total.chunks for _, total in self.view.totals())

    def dimension(self) -> int:
        return int(self.view.value("SELECT vector_dims(embedding) FROM vectors LIMIT 1") or 0)

    def embedder(self) -> str | None:
        return self.view.database.meta("embedder")

    def require_embedder(self, fingerprint: str) -> None:
        known = self.embedder()
        if known not in (None, fingerprint) and self.count():
            made_by, _, model = (self.view.database.meta("reindexed") or "").partition(" ")
            right = f"Restart with YOUJU_EMBEDDING_MODEL={model}" if made_by == known else "Set YOUJU_EMBEDDING_MODEL back"
            raise EmbedderMismatch(
                f"the index in {self.view.database.place} holds vectors of another embedder ({known}, not {fingerprint}).",
                f"{right}, embed it again with `youju reindex`, or ingest into another database.",
            )

    def keys(self, scope: Scope) -> npt.NDArray[np.int64]:
        within, bound = self.view.within(scope, "v")
        if scope.language is not None:
            within, bound = f"{within} AND v.language = %(language)s", bound | {"language": scope.language}
        rows = self.view.rows(f"SELECT v.key FROM vectors v WHERE {within} ORDER BY v.key", **bound)
        return np.fromiter((key for (key,) in rows), np.int64)

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        rows = self.view.rows(
            "SELECT DISTINCT ON (c.content_hash) c.content_hash, v.embedding FROM chunks c "
            "JOIN vectors v ON v.document_id = c.document_id AND v.key = c.key "
            f"WHERE c.content_hash = ANY(%(hashes)s) AND {self.view.shown('v.collection')}",
            hashes=list(hashes),
        )
        return {key: vector.to_numpy().astype(np.float32) for key, vector in rows}

    def passages(self, scores: dict[int, Scores]) -> list[Passage]:
        rows = self.view.rows(
            'SELECT c.content_hash, c.key, c.ordinal, c."start", c."end", c.text, c.heading, c.language, c.page, '
            f"{DOCUMENT_COLUMNS} FROM {PLACED} JOIN chunks c ON c.document_id = d.id "
            f"WHERE c.key = ANY(%(keys)s) AND {self.view.shown()}",
            keys=[int(key) for key in scores],
        )
        found = []
        for known, *row in rows:
            passage = passage_of(row, scores[row[0]])
            if content_hash(embedded_text(passage.document.title, passage.heading, passage.text)) != known:
                raise self.view.damaged(f"chunk {passage.chunk_id}")
            found.append(passage)
        return sorted(found, key=lambda passage: (-passage.scores.fused, passage.key))


@dataclass(frozen=True)
class Outlines:
    """The outlines that a view shows."""

    view: View

    def get(self, document_id: str) -> Outline:
        rows = self.view.rows(
            "SELECT o.data, d.characters FROM documents d JOIN outlines o ON o.document_id = d.id "
            f"WHERE d.id = %(id)s AND {self.view.shown()}",
            id=document_id,
        )
        for data, characters in rows:
            return unpacked(bytes(data), characters)
        raise unknown_document(document_id)

    def chunks(self, document_id: str, start: int, end: int) -> list[int]:
        rows = self.view.rows(
            "SELECT c.key FROM chunks c JOIN documents d ON d.id = c.document_id "
            f'WHERE d.id = %(id)s AND c."start" < %(end)s AND c."end" > %(start)s AND {self.view.shown()} ORDER BY c.ordinal',
            id=document_id, start=start, end=end,
        )  # fmt: skip
        return [int(key) for (key,) in rows]

    def vectors(self, document_id: str, most: int) -> tuple[list[int], Vectors]:
        rows = self.view.rows(
            "SELECT c.key, v.embedding FROM chunks c JOIN documents d ON d.id = c.document_id "
            "JOIN vectors v ON v.document_id = c.document_id AND v.key = c.key WHERE d.id = %(id)s "
            "AND mod(c.ordinal, greatest(1, (d.chunks + %(most)s - 1) / %(most)s)) = 0 "
            f"AND {self.view.shown()} ORDER BY c.ordinal",
            id=document_id, most=most,
        )  # fmt: skip
        return [int(key) for key, _ in rows], np.array([vector.to_numpy() for _, vector in rows], np.float32)


@dataclass(frozen=True)
class Tables:
    """The tables that a view shows."""

    view: View

    @property
    def _shown(self) -> str:
        return f"FROM tables t JOIN documents d ON d.id = t.document_id WHERE {self.view.shown()}"

    def of(self, document_id: str) -> list[TableCard]:
        rows = self.view.rows(f"SELECT {CARD} {self._shown} AND d.id = %(id)s ORDER BY t.ordinal", id=document_id)
        return list(map(card_of, rows))

    def at(self, document_id: str, start: int, end: int) -> list[TableCard]:
        rows = self.view.rows(
            f'SELECT {CARD} {self._shown} AND d.id = %(id)s AND t."start" < %(end)s AND t."end" > %(start)s ORDER BY t.ordinal',
            id=document_id,
            start=start,
            end=end,
        )
        return list(map(card_of, rows))

    def within(self, scope: Scope, only_large: bool) -> list[TableCard]:
        within, bound = self.view.within(scope, "w")
        if scope.language is not None:
            within, bound = f"{within} AND w.language = %(language)s", bound | {"language": scope.language}
        large = "JOIN record_tables USING (document_id, ordinal) " if only_large else ""
        found = (
            f"SELECT {CARD} FROM tables t {large}"
            "JOIN (SELECT id document_id, collection, language FROM documents) w USING (document_id) "
            f"WHERE {within} ORDER BY t.document_id, t.ordinal"
        )
        return list(map(card_of, self.view.rows(found, **bound)))

    def get(self, document_id: str, ordinal: int, in_part: bool) -> StoredTable | None:
        found = f"SELECT {CARD}, t.cells {self._shown} AND d.id = %(id)s AND t.ordinal = %(ordinal)s"
        for *row, cells in self.view.rows(found, id=document_id, ordinal=ordinal):
            card = card_of(row)
            return None if card.is_large and not in_part else unpacked_table(card, bytes(cells))
        return None
