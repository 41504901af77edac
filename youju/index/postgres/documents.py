"""Documents of the index and the places where they were found, read. What each method promises, `protocols` says."""

from __future__ import annotations

from dataclasses import dataclass

from youju.errors import UnknownCollection
from youju.index.base.packing import boxes_within, document_of, unknown_document
from youju.index.base.records import KEPT_TYPES, Location
from youju.index.postgres.records import Records
from youju.index.postgres.view import View
from youju.records import Box, Document, Failure

# A document is shown at its first place; the others are named in `also_at`.
DOCUMENT_COLUMNS = (
    "d.id, d.collection, l.source, l.uri, d.title, d.media_type, d.language, d.digest, l.size, l.modified_ns, "
    "d.characters, d.chunks, d.page_starts, d.ingested_at, "
    "(SELECT coalesce(json_agg(o.uri), '[]')::text FROM locations o WHERE o.document_id = d.id AND o.source <> l.source), "
    "EXISTS (SELECT 1 FROM originals WHERE document_id = d.id)"
)
PLACED = "documents d JOIN LATERAL (SELECT * FROM locations WHERE document_id = d.id ORDER BY uri, source LIMIT 1) l ON TRUE"
LOCATION = (
    "SELECT l.source, l.uri, d.id, d.digest, d.suffix, l.size, l.modified_ns "
    "FROM locations l JOIN documents d ON d.id = l.document_id"
)


@dataclass(frozen=True)
class Documents:
    """The documents that a view shows."""

    view: View

    def collections(self) -> dict[str, int]:
        return {name: total.documents for name, total in self.view.totals()}

    def require_collection(self, name: str | None) -> None:
        if name is None:
            return
        known = self.collections()
        if name not in known:
            there = ", ".join(known) or "none yet"
            raise UnknownCollection(f"there is no collection {name!r}.", f"Collections: {there}.")

    def count(self, collection: str | None) -> int:
        return sum(total.documents for name, total in self.view.totals() if collection in (None, name))

    def page(self, collection: str | None, offset: int, limit: int | None) -> list[Document]:
        rows = self.view.rows(
            f"SELECT {DOCUMENT_COLUMNS} FROM {PLACED} WHERE {self._of(collection)} ORDER BY d.collection, l.uri, d.id "
            "LIMIT %(limit)s OFFSET %(offset)s",
            collection=collection,
            limit=limit,
            offset=offset,
        )
        return [document_of(row) for row in rows]

    def get(self, document_id: str) -> Document:
        found = f"SELECT {DOCUMENT_COLUMNS} FROM {PLACED} WHERE d.id = %(id)s AND {self.view.shown()}"
        for row in self.view.rows(found, id=document_id):
            return document_of(row)
        raise unknown_document(document_id)

    def text(self, document_id: str) -> str:
        for (text,) in self.view.rows(
            f"SELECT text FROM documents d WHERE id = %(id)s AND {self.view.shown()}", id=document_id
        ):
            return str(text)
        raise unknown_document(document_id)

    def excerpt(self, document_id: str, start: int, end: int, records: Records) -> str:
        rows = self.view.rows(
            "SELECT characters, substr(text, %(start)s::integer + 1, %(length)s::integer) FROM documents d "
            f"WHERE id = %(id)s AND {self.view.shown()}",
            id=document_id,
            start=min(max(start, 0), 1 << 30),
            length=min(max(end - max(start, 0), 0), 1 << 30),
        )
        for characters, text in rows:
            if end <= characters + 1:
                return str(text)
            lines, place = [str(text)] if start < characters else [], max(start, characters + 1)
            rows_there = records.at(document_id, place, end)
            lines += [row.line[max(place - row.start, 0) : end - row.start] for row in rows_there]
            return "\n".join(lines)
        raise unknown_document(document_id)

    def boxes(self, document_id: str, start: int, end: int) -> list[Box]:
        found = f"SELECT boxes FROM documents d WHERE id = %(id)s AND {self.view.shown()}"
        return boxes_within(self.view.value(found, id=document_id), start, end)

    def locations(self, collection: str) -> list[Location]:
        here = f"{LOCATION} WHERE {self.view.shown()} AND l.collection = %(collection)s ORDER BY l.uri"
        return [Location(*row) for row in self.view.rows(here, collection=collection)]

    def location(self, collection: str, path_key: str) -> Location | None:
        here = f"{LOCATION} WHERE {self.view.shown()} AND l.collection = %(collection)s AND l.source = %(path_key)s"
        rows = self.view.rows(here, collection=collection, path_key=path_key)
        return Location(*rows[0]) if rows else None

    # Originals

    def original(self, document_id: str) -> bytes | None:
        data = self.view.value(
            "SELECT o.data FROM originals o JOIN documents d ON d.id = o.document_id "
            f"WHERE d.id = %(id)s AND {self.view.shown()}",
            id=document_id,
        )
        return None if data is None else bytes(data)

    def lacking_originals(self, collection: str) -> dict[str, str]:
        rows = self.view.rows(
            "SELECT l.source, d.id FROM locations l JOIN documents d ON d.id = l.document_id "
            f"WHERE l.collection = %(collection)s AND {self.view.shown()} AND d.media_type = ANY(%(types)s) "
            "AND NOT EXISTS (SELECT 1 FROM originals o WHERE o.document_id = d.id)",
            collection=collection,
            types=list(KEPT_TYPES),
        )
        return dict(rows)

    # Files that could not be read

    def failures(self, collection: str | None) -> list[Failure]:
        rows = self.view.rows(
            "SELECT collection, source, uri, size, modified_ns, reader, reason, failed_at FROM failures d "
            f"WHERE {self._of(collection)} ORDER BY collection, uri",
            collection=collection,
        )
        return [Failure(*row) for row in rows]

    def count_failures(self) -> int:
        return int(self.view.value(f"SELECT count(*) FROM failures d WHERE {self.view.shown()}"))

    def _of(self, collection: str | None) -> str:
        return self.view.shown() + ("" if collection is None else " AND d.collection = %(collection)s")
