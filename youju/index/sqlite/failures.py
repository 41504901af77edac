"""Files that could not be read when last tried. What each method promises, `protocols` says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from youju.index.sqlite.view import VISIBLE, View
from youju.records import Failure


@dataclass(frozen=True)
class Failures:
    """The failures that a view shows."""

    view: View

    def all(self, collection: str | None) -> list[Failure]:
        rows = self.view.rows(
            "SELECT collection, source, uri, size, modified_ns, reader, reason, failed_at FROM failures d "
            f"WHERE {VISIBLE} AND (:collection IS NULL OR collection = :collection) ORDER BY collection, uri",
            collection=collection,
        )
        return [Failure(*row) for row in rows]

    def count(self) -> int:
        return int(self.view.value(f"SELECT count(*) FROM failures d WHERE {VISIBLE}"))

    def record(self, failures: Sequence[Failure]) -> None:
        if failures:
            with self.view.database.transaction(changes_index=False) as (connection, _):
                connection.executemany(
                    "INSERT OR REPLACE INTO failures VALUES (?,?,?,?,?,?,?,?)", [astuple(one) for one in failures]
                )

    def forget(self, collection: str, sources: Iterable[str]) -> None:
        rows = [(collection, source) for source in sources]
        if rows and self.view.sees(collection):
            with self.view.database.transaction(changes_index=False) as (connection, _):
                connection.executemany("DELETE FROM failures WHERE collection = ? AND source = ?", rows)
