"""What a service notes beside its documents, within collections: counted, and deleted without a trace."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any, ClassVar, Self

from youju.index.base.questions import MOST_KEPT
from youju.index.sqlite.database import Database

# Rows of one collection, or all that may be seen.
WITHIN = (
    "(:collection IS NULL OR collection = :collection) "
    "AND (:allowed IS NULL OR collection IN (SELECT value FROM json_each(:allowed)))"
)


class Noted:
    """The rows of a table whose key is a collection and a folded question. Safe to use from several threads and processes.

    Every method raises `StoreUnusable` when the file cannot be read or written.
    """

    TABLE: ClassVar[str]

    def __init__(self, database: Database, most: int = MOST_KEPT) -> None:
        self._database = database
        self._most = most
        self._allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> Self:
        """The same for a caller who may see these collections only: what was asked of all is not among it. None for all."""
        limited = copy.copy(self)
        limited._allowed = allowed
        return limited

    def count(self, collection: str | None = None) -> int:
        return int(self._database.value(f"SELECT count(*) FROM {self.TABLE} WHERE {WITHIN}", self._within(collection)))

    def clear(self, collection: str | None = None) -> int:
        """Delete the rows of one collection, or all, also from the bytes of the file; returns how many there were."""
        with self._writing() as connection:
            connection.execute(f"DELETE FROM {self.TABLE} WHERE {WITHIN}", self._within(collection))
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
