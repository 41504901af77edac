"""What people said of answers: right or not, and what would be right. Kept in the store, and deleted without a trace.

Only a service that is told to keeps it (`YOUJU_KEEP_FEEDBACK`).
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

from youju.index.base.packing import judgement_of, packed_judgement
from youju.index.base.questions import MOST_KEPT
from youju.index.base.records import Judgement
from youju.index.sqlite.database import Database
from youju.index.sqlite.unanswered import WITHIN

COLUMNS = "question, language, nullif(collection, ''), is_right, answer, answers, documents, answerable, judged_at"


class Feedback:
    """The judgements of a store, one for each question of a collection. Safe to use from several threads and processes.

    Every method raises `StoreUnusable` when the file cannot be read or written.
    """

    def __init__(self, database: Database, most: int = MOST_KEPT) -> None:
        self._database = database
        self._most = most
        self._allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> Feedback:
        """The same for a caller who may see these collections only: what was asked of all is not among it. None for all."""
        limited = copy.copy(self)
        limited._allowed = allowed
        return limited

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

    def count(self, collection: str | None = None) -> int:
        return int(self._database.value(f"SELECT count(*) FROM feedback WHERE {WITHIN}", self._within(collection)))

    def clear(self, collection: str | None = None) -> int:
        """Delete those of one collection, or all, also from the bytes of the file; returns how many there were."""
        with self._writing() as connection:
            connection.execute(f"DELETE FROM feedback WHERE {WITHIN}", self._within(collection))
            deleted = int(connection.changes())
        self._database.empty_journal()
        return deleted

    def _within(self, collection: str | None, **bindings: Any) -> dict[str, Any]:
        """What `WITHIN` takes, and further bindings."""
        allowed = None if self._allowed is None else json.dumps(self._allowed)
        return bindings | {"collection": collection, "allowed": allowed}

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Any]:
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute("PRAGMA secure_delete = ON").fetchall()
            try:
                yield connection
            finally:
                connection.execute("PRAGMA secure_delete = OFF").fetchall()
