"""What a caller may see of the index: the conditions for it in SQL, and what they are bound to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from youju.errors import StoreUnusable
from youju.index.postgres.database import Database, Total
from youju.records import EVERYTHING, Scope

DAMAGED = "Restore a backup of the database, or delete these documents and ingest them again; `youju doctor` tells where it is."


@dataclass(frozen=True)
class View:
    """The database for a caller who may see these collections only; None for all. Every part of the store reads through one,
    so that none of them can forget the limit.
    """

    database: Database
    allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> View:
        """It never sees more than before."""
        return replace(self, allowed=EVERYTHING.within(self.allowed).within(allowed).allowed)

    def sees(self, collection: str) -> bool:
        return self.allowed is None or collection in self.allowed

    def shown(self, column: str = "d.collection") -> str:
        """The condition that a row is of a collection that may be seen; `rows` and `value` bind what it takes."""
        return "TRUE" if self.allowed is None else f"{column} = ANY(%(allowed)s)"

    def rows(self, sql: str, **bindings: Any) -> list[tuple[Any, ...]]:
        return self.database.rows(sql, bindings | {"allowed": list(self.allowed or ())})

    def value(self, sql: str, **bindings: Any) -> Any:
        rows = self.rows(sql, **bindings)
        return rows[0][0] if rows else None

    def totals(self) -> list[tuple[str, Total]]:
        """Of the collections that may be seen, in their order."""
        return [(name, total) for name, total in self.database.totals().items() if self.sees(name)]

    def within(self, scope: Scope, row: str) -> tuple[str, dict[str, Any]]:
        """The condition that a row with the columns `document_id` and `collection` lies within a scope but for its language,
        and what it takes.

        Args:
            row: the name of the row in the statement.
        """
        allowed = scope.within(self.allowed).allowed
        if scope.collection is not None:
            allowed = (scope.collection,) if allowed is None or scope.collection in allowed else ()
        conditions: list[str] = []
        bound: dict[str, Any] = {}
        if allowed is not None:
            conditions.append(f"{row}.collection = ANY(%(within)s)")
            bound["within"] = list(allowed)
        if scope.document_ids:
            conditions.append(f"{row}.document_id = ANY(%(documents)s)")
            bound["documents"] = list(scope.document_ids)
        if scope.uri_prefix:
            conditions.append(f"{row}.document_id IN (SELECT document_id FROM locations WHERE starts_with(uri, %(prefix)s))")
            bound["prefix"] = scope.uri_prefix
        return " AND ".join(conditions) or "TRUE", bound

    def damaged(self, what: str) -> StoreUnusable:
        return StoreUnusable(f"{self.database.place} is damaged ({what}).", DAMAGED)
