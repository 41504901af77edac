"""Questions that found no answer, or only part of one: counted, kept in the store, and deleted without a trace.

They tell which documents are lacking. Only a service that is told to keeps them (`YOUJU_KEEP_UNANSWERED`).
"""

from __future__ import annotations

from datetime import UTC, datetime

from youju.index.base.questions import MOST_KEPT, folded
from youju.index.base.records import Unanswered
from youju.index.sqlite.noted import WITHIN, Noted
from youju.records import Language


class UnansweredQuestions(Noted):
    """The unanswered questions of a store. Safe to use from several threads and processes."""

    TABLE = "unanswered"

    def add(self, question: str, language: Language, collection: str | None, missing: str, nearest: str | None) -> None:
        """Count a question; what was noted at its last asking is replaced."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO unanswered VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?7) ON CONFLICT DO UPDATE SET "
                "question = ?3, language = ?4, missing = ?5, nearest = ?6, times = times + 1, last_asked = ?7",
                (collection or "", folded(question), question, language, missing, nearest, now),
            )
            connection.execute(
                "DELETE FROM unanswered WHERE (collection, folded) IN (SELECT collection, folded FROM unanswered "
                "ORDER BY last_asked, first_asked LIMIT max(0, (SELECT count(*) FROM unanswered) - ?))",
                (self._most,),
            )

    def take(self, one: Unanswered) -> None:
        row = (one.question, one.language, one.missing, one.nearest, one.times, one.first_asked, one.last_asked)
        with self._writing() as connection:
            kept = "INSERT OR REPLACE INTO unanswered VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            connection.execute(kept, (one.collection or "", folded(one.question), *row))

    def most_asked(self, collection: str | None = None, offset: int = 0, limit: int = MOST_KEPT) -> list[Unanswered]:
        """Most asked first, of these the latest first; of one collection, or all."""
        rows = self._database.rows(
            "SELECT question, language, nullif(collection, ''), missing, nearest, times, first_asked, last_asked "
            f"FROM unanswered WHERE {WITHIN} ORDER BY times DESC, last_asked DESC, folded LIMIT :limit OFFSET :offset",
            self._within(collection, limit=limit, offset=offset),
        )
        return [Unanswered(*row) for row in rows]
