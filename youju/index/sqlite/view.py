"""What a caller may see of the index: the conditions for it in SQL, and what they are bound to."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from youju.errors import StoreUnusable
from youju.index.sqlite.database import DAMAGED, Database
from youju.records import EVERYTHING, Scope

# Documents d that may be seen at all: NULL for all, else a JSON list of collections.
VISIBLE = "(:allowed IS NULL OR d.collection IN (SELECT value FROM json_each(:allowed)))"

# Documents d within a scope, but for the language; an unset value does not restrict.
DOCUMENT_IN_SCOPE = f"""{VISIBLE}
    AND (:collection IS NULL OR d.collection = :collection)
    AND (:document_ids IS NULL OR d.id IN (SELECT value FROM json_each(:document_ids)))
    AND (:uri_prefix = '' OR EXISTS (
        SELECT 1 FROM locations l WHERE l.document_id = d.id AND substr(l.uri, 1, length(:uri_prefix)) = :uri_prefix))"""
# Chunks c within a scope.
WITHIN_SCOPE = f"""chunks c JOIN documents d ON d.id = c.document_id
    WHERE {DOCUMENT_IN_SCOPE}
    AND (:language IS NULL OR c.language = :language)"""


@dataclass(frozen=True)
class View:
    """The database for a caller who may see these collections only; None for all. Every part of the store reads through one,
    so that none of them can forget the limit: what `VISIBLE` takes is always bound.
    """

    database: Database
    allowed: tuple[str, ...] | None = None

    def limited_to(self, allowed: tuple[str, ...] | None) -> View:
        """It never sees more than before."""
        return replace(self, allowed=EVERYTHING.within(self.allowed).within(allowed).allowed)

    def sees(self, collection: str) -> bool:
        return self.allowed is None or collection in self.allowed

    def rows(self, sql: str, **bindings: Any) -> list[tuple[Any, ...]]:
        return self.database.rows(sql, bindings | {"allowed": _listed(self.allowed)})

    def value(self, sql: str, **bindings: Any) -> Any:
        return self.database.value(sql, bindings | {"allowed": _listed(self.allowed)})

    def rows_within(self, scope: Scope, sql: str, **bindings: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement that holds `WITHIN_SCOPE`."""
        bounds = {
            "collection": scope.collection,
            "document_ids": json.dumps(scope.document_ids) if scope.document_ids else None,
            "uri_prefix": scope.uri_prefix,
            "language": scope.language,
            "allowed": _listed(scope.within(self.allowed).allowed),
        }
        return self.database.rows(sql, bindings | bounds)

    def damaged(self, what: str) -> StoreUnusable:
        return StoreUnusable(f"{self.database.path} is damaged ({what}).", DAMAGED)


def _listed(allowed: tuple[str, ...] | None) -> str | None:
    return None if allowed is None else json.dumps(allowed)
