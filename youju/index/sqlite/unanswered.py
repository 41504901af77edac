"""Questions that found no answer, or only part of one: counted, kept in the store, and deleted without a trace.

They tell which documents are lacking. Only a service that is told to keeps them (`YOUJU_KEEP_UNANSWERED`).
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from youju.index.base.questions import MOST_KEPT, folded
from youju.index.base.records import Unanswered
from youju.index.sqlite.database import Database
from youju.records import Language

# Questions of one collection, or all that may be seen.
WITHIN = (
    "(:collection IS NULL OR collection = :collection) "
    "AND (:allowed IS NULL OR collection IN (SELECT value FROM json_each(:allowed)))"
)


class UnansweredQuestions:
    """The unanswered questions of a store. Safe to use from several threads and processes.

    Every method raises `StoreUnusable` when the file cannot be read or written.
    """

    def __init__(self, database: Database, most: int = MOST_KEPT) -> None:
        self._database = database
        self._most = most
        self._allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> UnansweredQuestions:
        """The same for a caller who may see these collections only: what was asked of all is not among it. None for all."""
        limited = copy.copy(self)
        limited._allowed = allowed
        return limited

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

    def most_asked(self, collection: str | None = None, offset: int = 0, limit: int = MOST_KEPT) -> list[Unanswered]:
        """Most asked first, of these the latest first; of one collection, or all."""
        rows = self._database.rows(
            "SELECT question, language, nullif(collection, ''), missing, nearest, times, first_asked, last_asked "
            f"FROM unanswered WHERE {WITHIN} ORDER BY times DESC, last_asked DESC, folded LIMIT :limit OFFSET :offset",
            self._within(collection, limit=limit, offset=offset),
        )
        return [Unanswered(*row) for row in rows]

    def count(self, collection: str | None = None) -> int:
        return int(self._database.value(f"SELECT count(*) FROM unanswered WHERE {WITHIN}", self._within(collection)))

    def clear(self, collection: str | None = None) -> int:
        """Delete the questions of one collection, or all, also from the bytes of the file; returns how many there were."""
        with self._writing() as connection:
            connection.execute(f"DELETE FROM unanswered WHERE {WITHIN}", self._within(collection))
            deleted = int(connection.changes())
        self._database.empty_journal()
        return deleted

    def _within(self, collection: str | None, **bindings: Any) -> dict[str, Any]:
        """What `WITHIN` takes, and further bindings."""
        allowed = None if self._allowed is None else json.dumps(self._allowed)
        return bindings | {"collection": collection, "allowed": allowed}

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Any]:
        # What is deleted or replaced is overwritten with zeros. Writing the whole file anew, which documents need for their
        # full text, would take as long as copying the index.
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute("PRAGMA secure_delete = ON").fetchall()
            try:
                yield connection
            finally:
                connection.execute("PRAGMA secure_delete = OFF").fetchall()
