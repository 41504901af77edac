"""Documents of the index and the places where they were found, read. What each method promises, `protocols` says."""

from __future__ import annotations

from dataclasses import dataclass

from youju.errors import UnknownCollection
from youju.index.base.packing import boxes_within, document_of, unknown_document
from youju.index.base.records import Location
from youju.index.sqlite.records import Records
from youju.index.sqlite.texts import Texts
from youju.index.sqlite.view import VISIBLE, View
from youju.records import Box, Document

# A document is shown at its first place; the others are named in `also_at`.
DOCUMENT_COLUMNS = (
    "d.id, d.collection, l.source, l.uri, d.title, d.media_type, d.language, d.digest, l.size, l.modified_ns, "
    "d.characters, d.chunks, d.page_starts, d.ingested_at, "
    "(SELECT json_group_array(o.uri) FROM locations o WHERE o.document_id = d.id AND o.source <> l.source) also_at, "
    "EXISTS (SELECT 1 FROM originals WHERE document_id = d.id)"
)
PLACED = (
    "documents d JOIN locations l ON l.collection = d.collection AND l.source = "
    "(SELECT source FROM locations WHERE document_id = d.id ORDER BY uri, source LIMIT 1)"
)
OF_COLLECTION = f"{VISIBLE} AND (:collection IS NULL OR d.collection = :collection)"
LOCATION = (
    "l.source, l.uri, d.id, d.digest, d.suffix, l.size, l.modified_ns "
    f"FROM locations l JOIN documents d ON d.id = l.document_id WHERE {VISIBLE}"
)


@dataclass(frozen=True)
class Documents:
    """The documents that a view shows."""

    view: View

    def collections(self) -> dict[str, int]:
        return dict(self.view.rows(f"SELECT collection, documents FROM totals d WHERE {VISIBLE} ORDER BY collection"))

    def require_collection(self, name: str | None) -> None:
        if name is None:
            return
        known = self.collections()
        if name not in known:
            there = ", ".join(known) or "none yet"
            raise UnknownCollection(f"there is no collection {name!r}.", f"Collections: {there}.")

    def count(self, collection: str | None) -> int:
        counted = f"SELECT coalesce(sum(documents), 0) FROM totals d WHERE {OF_COLLECTION}"
        return int(self.view.value(counted, collection=collection))

    def page(self, collection: str | None, offset: int, limit: int | None) -> list[Document]:
        # In the end by id, since several documents may have been given the same uri.
        rows = self.view.rows(
            f"SELECT {DOCUMENT_COLUMNS} FROM {PLACED} WHERE {OF_COLLECTION} ORDER BY d.collection, l.uri, d.id "
            "LIMIT :limit OFFSET :offset",
            collection=collection,
            limit=-1 if limit is None else limit,
            offset=offset,
        )
        return [document_of(row) for row in rows]

    def get(self, document_id: str) -> Document:
        for row in self.view.rows(f"SELECT {DOCUMENT_COLUMNS} FROM {PLACED} WHERE d.id = :id AND {VISIBLE}", id=document_id):
            return document_of(row)
        raise unknown_document(document_id)

    def text(self, document_id: str) -> str:
        with self.view.database.snapshot():
            self._characters(document_id)
            return Texts(self.view.database).whole(document_id)

    def excerpt(self, document_id: str, start: int, end: int, records: Records) -> str:
        with self.view.database.snapshot():
            characters = self._characters(document_id)
            text = Texts(self.view.database).part(document_id, start, min(end, characters))
        if end <= characters + 1:
            return text
        lines, place = [text] if start < characters else [], max(start, characters + 1)
        rows_there = records.at(document_id, place, end)
        lines += [row.line[max(place - row.start, 0) : end - row.start] for row in rows_there]
        return "\n".join(lines)

    def _characters(self, document_id: str) -> int:
        for (characters,) in self.view.rows(f"SELECT characters FROM documents d WHERE id = :id AND {VISIBLE}", id=document_id):
            return int(characters)
        raise unknown_document(document_id)

    def boxes(self, document_id: str, start: int, end: int) -> list[Box]:
        packed = self.view.value(f"SELECT boxes FROM documents d WHERE id = :id AND {VISIBLE}", id=document_id)
        return boxes_within(packed, start, end)

    def locations(self, collection: str) -> list[Location]:
        rows = self.view.rows(f"SELECT {LOCATION} AND l.collection = :collection ORDER BY l.uri", collection=collection)
        return [Location(*row) for row in rows]

    def location(self, collection: str, path_key: str) -> Location | None:
        here = f"SELECT {LOCATION} AND l.collection = :collection AND l.source = :path_key"
        rows = self.view.rows(here, collection=collection, path_key=path_key)
        return Location(*rows[0]) if rows else None
