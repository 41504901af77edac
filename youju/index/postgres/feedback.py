"""What people said of answers, in PostgreSQL. What each method promises, `protocols` says."""

from __future__ import annotations

from youju.index.base.packing import judgement_of, packed_judgement
from youju.index.base.questions import MOST_KEPT
from youju.index.base.records import Judgement
from youju.index.postgres.noted import Noted


class Feedback(Noted):
    """The judgements of a database, one for each question of a collection. Safe to use from several threads, programs and
    machines."""

    TABLE = "feedback"

    def add(self, one: Judgement) -> None:
        row = packed_judgement(one)
        with self._database.transaction(changes_index=False) as connection:
            connection.execute("DELETE FROM feedback WHERE collection = %s AND folded = %s", row[:2])
            connection.execute("INSERT INTO feedback VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", row)
            connection.execute(
                "DELETE FROM feedback WHERE (collection, folded) IN (SELECT collection, folded FROM feedback "
                "ORDER BY judged_at DESC OFFSET %s)",
                (self._most,),
            )

    def latest(self, collection: str | None = None, offset: int = 0, limit: int = MOST_KEPT) -> list[Judgement]:
        rows = self._rows(
            "SELECT question, language, nullif(collection, ''), is_right, answer, answers, documents, answerable, judged_at "
            f"FROM feedback WHERE {self._within(collection)} "
            "ORDER BY judged_at DESC, folded LIMIT %(limit)s OFFSET %(offset)s",
            collection=collection, limit=limit, offset=offset,
        )  # fmt: skip
        return [judgement_of(row) for row in rows]
