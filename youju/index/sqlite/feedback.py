"""What people said of answers: right or not, and what would be right. Kept in the store, and deleted without a trace.

Only a service that is told to keeps it (`YOUJU_KEEP_FEEDBACK`).
"""

from __future__ import annotations

from youju.index.base.packing import judgement_of, packed_judgement
from youju.index.base.questions import MOST_KEPT
from youju.index.base.records import Judgement
from youju.index.sqlite.noted import WITHIN, Noted

COLUMNS = "question, language, nullif(collection, ''), is_right, answer, answers, documents, answerable, judged_at"


class Feedback(Noted):
    """The judgements of a store, one for each question of a collection. Safe to use from several threads and processes."""

    TABLE = "feedback"

    def add(self, one: Judgement) -> None:
        """Keep a judgement in place of the one that the same question had."""
        with self._writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                packed_judgement(one),
            )
            connection.execute(
                "DELETE FROM feedback WHERE (collection, folded) IN (SELECT collection, folded FROM feedback "
                "ORDER BY judged_at LIMIT max(0, (SELECT count(*) FROM feedback) - ?))",
                (self._most,),
            )

    def latest(self, collection: str | None = None, offset: int = 0, limit: int = MOST_KEPT) -> list[Judgement]:
        """The latest first; of one collection, or all."""
        rows = self._database.rows(
            f"SELECT {COLUMNS} FROM feedback WHERE {WITHIN} ORDER BY judged_at DESC, folded LIMIT :limit OFFSET :offset",
            self._within(collection, limit=limit, offset=offset),
        )
        return [judgement_of(row) for row in rows]
