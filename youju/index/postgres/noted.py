"""What a service notes beside its documents, within collections. What each method promises, `protocols` says."""

from __future__ import annotations

import copy
from typing import Any, ClassVar, Self

from youju.index.base.questions import MOST_KEPT
from youju.index.postgres.database import Database


class Noted:
    """The rows of a table whose key is a collection and a folded question."""

    TABLE: ClassVar[str]

    def __init__(self, database: Database, most: int = MOST_KEPT) -> None:
        self._database = database
        self._most = most
        self._allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> Self:
        limited = copy.copy(self)
        limited._allowed = allowed
        return limited

    def count(self, collection: str | None = None) -> int:
        return int(
            self._rows(f"SELECT count(*) FROM {self.TABLE} WHERE {self._within(collection)}", collection=collection)[0][0]
        )

    def clear(self, collection: str | None = None) -> int:
        with self._database.transaction(changes_index=False) as connection:
            gone = f"DELETE FROM {self.TABLE} WHERE {self._within(collection)}"
            return connection.execute(gone.encode(), {"collection": collection, "allowed": list(self._allowed or ())}).rowcount

    def _within(self, collection: str | None) -> str:
        one = "TRUE" if collection is None else "collection = %(collection)s"
        return one if self._allowed is None else f"{one} AND collection = ANY(%(allowed)s)"

    def _rows(self, sql: str, **bindings: Any) -> list[tuple[Any, ...]]:
        return self._database.rows(sql, bindings | {"allowed": list(self._allowed or ())})
