"""What people said of answers, in PostgreSQL. What each method promises, `protocols` says."""

from __future__ import annotations

import copy
from typing import Any

from youju.index.base.packing import judgement_of, packed_judgement
from youju.index.base.questions import MOST_KEPT
from youju.index.base.records import Judgement
from youju.index.postgres.database import Database


class Feedback:
    """The judgements of a database, one for each question of a collection. Safe to use from several threads, programs and
    machines."""

    def __init__(self, database: Database, most: int = MOST_KEPT) -> None:
        self._database = database
        self._most = most
        self._allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> Feedback:
        limited = copy.copy(self)
        limited._allowed = allowed
        return limited

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

    def count(self, collection: str | None = None) -> int:
        return int(self._rows(f"SELECT count(*) FROM feedback WHERE {self._within(collection)}", collection=collection)[0][0])

    def clear(self, collection: str | None = None) -> int:
        with self._database.transaction(changes_index=False) as connection:
            gone = f"DELETE FROM feedback WHERE {self._within(collection)}"
            return connection.execute(gone.encode(), {"collection": collection, "allowed": list(self._allowed or ())}).rowcount

    def _within(self, collection: str | None) -> str:
        one = "TRUE" if collection is None else "collection = %(collection)s"
        return one if self._allowed is None else f"{one} AND collection = ANY(%(allowed)s)"

    def _rows(self, sql: str, **bindings: Any) -> list[tuple[Any, ...]]:
        return self._database.rows(sql, bindings | {"allowed": list(self._allowed or ())})
