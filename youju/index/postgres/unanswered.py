"""Questions that found no answer, counted, in PostgreSQL. What each method promises, `protocols` says."""

from __future__ import annotations

from datetime import UTC, datetime

from youju.index.base.questions import MOST_KEPT, folded
from youju.index.base.records import Unanswered
from youju.index.postgres.noted import Noted
from youju.records import Language


class UnansweredQuestions(Noted):
    """The unanswered questions of a database. Safe to use from several threads, programs and machines."""

    TABLE = "unanswered"

    def add(self, question: str, language: Language, collection: str | None, missing: str, nearest: str | None) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        known = [one if one is None else one.replace("\0", "") for one in (question, language, missing, nearest)]
        with self._database.transaction(changes_index=False) as connection:
            connection.execute(
                "INSERT INTO unanswered VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s) "
                "ON CONFLICT (collection, folded) DO UPDATE SET "
                "(question, language, missing, nearest, last_asked) = (excluded.question, excluded.language, excluded.missing, "
                "excluded.nearest, excluded.last_asked), times = unanswered.times + 1",
                (collection or "", folded(str(known[0])), *known, now, now),
            )
            connection.execute(
                "DELETE FROM unanswered WHERE (collection, folded) IN (SELECT collection, folded FROM unanswered "
                "ORDER BY last_asked DESC, first_asked DESC OFFSET %s)",
                (self._most,),
            )

    def take(self, one: Unanswered) -> None:
        with self._database.transaction(changes_index=False) as connection:
            place = (one.collection or "", folded(one.question))
            connection.execute("DELETE FROM unanswered WHERE collection = %s AND folded = %s", place)
            row = (one.question, one.language, one.missing, one.nearest, one.times, one.first_asked, one.last_asked)
            connection.execute("INSERT INTO unanswered VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", (*place, *row))

    def most_asked(self, collection: str | None = None, offset: int = 0, limit: int = MOST_KEPT) -> list[Unanswered]:
        rows = self._rows(
            "SELECT question, language, nullif(collection, ''), missing, nearest, times, first_asked, last_asked "
            f"FROM unanswered WHERE {self._within(collection)} "
            "ORDER BY times DESC, last_asked DESC, folded LIMIT %(limit)s OFFSET %(offset)s",
            collection=collection, limit=limit, offset=offset,
        )  # fmt: skip
        return [Unanswered(*row) for row in rows]
