"""Chunks of the index and whose vectors they carry, read. What each method promises, `protocols` says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from youju.embedding.base import Vectors
from youju.errors import EmbedderMismatch
from youju.index.base.packing import content_hash, passage_of, unpack_vectors
from youju.index.sqlite.documents import DOCUMENT_COLUMNS, PLACED
from youju.index.sqlite.texts import Texts
from youju.index.sqlite.view import VISIBLE, WITHIN_SCOPE, View
from youju.records import Passage, Scope, Scores, embedded_text


@dataclass(frozen=True)
class Chunks:
    """The chunks that a view shows."""

    view: View

    def count(self) -> int:
        return int(self.view.value(f"SELECT coalesce(sum(d.chunks), 0) FROM totals d WHERE {VISIBLE}"))

    def dimension(self) -> int:
        return int(self.view.value("SELECT length(vector) / 2 FROM chunks LIMIT 1") or 0)

    def embedder(self) -> str | None:
        return self.view.database.meta("embedder")

    def require_embedder(self, fingerprint: str) -> None:
        known = self.embedder()
        if known not in (None, fingerprint) and self.count():
            made_by, _, model = (self.view.database.meta("reindexed") or "").partition(" ")
            right = f"Restart with YOUJU_EMBEDDING_MODEL={model}" if made_by == known else "Set YOUJU_EMBEDDING_MODEL back"
            raise EmbedderMismatch(
                f"the index in {self.view.database.path.parent} holds vectors of another embedder "
                f"({known}, not {fingerprint}).",
                f"{right}, embed it again with `youju reindex`, or ingest into a new folder with YOUJU_DATA_DIR.",
            )

    def keys(self, scope: Scope) -> npt.NDArray[np.int64]:
        rows = self.view.rows_within(scope, f"SELECT c.key FROM {WITHIN_SCOPE} ORDER BY c.key")
        return np.fromiter((key for (key,) in rows), np.int64)

    def vectors_of(self, hashes: Sequence[str]) -> dict[str, Vectors]:
        rows = self.view.rows(
            "SELECT content_hash, vector FROM chunks WHERE content_hash IN (SELECT value FROM json_each(:hashes)) "
            f"AND (:allowed IS NULL OR document_id IN (SELECT id FROM documents d WHERE {VISIBLE})) GROUP BY content_hash",
            hashes=json.dumps(list(hashes)),
        )
        return {key: unpack_vectors(blob) for key, blob in rows}

    def passages(self, scores: dict[int, Scores]) -> list[Passage]:
        with self.view.database.snapshot():  # a document that is replaced in between is no damage
            rows = self.view.rows(
                "SELECT c.document_id, c.content_hash, c.key, c.ordinal, c.start, c.end, c.heading, c.language, c.page, "
                f"{DOCUMENT_COLUMNS} FROM {PLACED} JOIN chunks c ON c.document_id = d.id WHERE {VISIBLE} "
                "AND c.key IN (SELECT value FROM json_each(:keys))",
                keys=json.dumps(list(scores)),
            )
            places = [(document_id, start, end) for document_id, _, _, _, start, end, *_ in rows]
            texts = Texts(self.view.database).parts(places)
        found = []
        for (_, known, key, ordinal, start, end, *row), text in zip(rows, texts, strict=True):
            passage = passage_of((key, ordinal, start, end, text, *row), scores[key])
            if content_hash(embedded_text(passage.document.title, passage.heading, passage.text)) != known:
                raise self.view.damaged(f"chunk {passage.chunk_id}")  # SQLite itself does not notice a changed letter
            found.append(passage)
        return sorted(found, key=lambda passage: (-passage.scores.fused, passage.key))
