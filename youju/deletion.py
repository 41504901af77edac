"""Deletion that can be proved: what is deleted is looked for in every layer, down to the bytes of the files."""

from __future__ import annotations

import json
import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from youju.records import Scope
from youju.store import Store
from youju.vectors import VectorIndex

PROBE_BYTES = 48  # of each piece of text or vector looked for; longer ones may be split over pages of the file
PROBES = 200  # pieces looked for, spread over the chunks


@dataclass(frozen=True)
class Proof:
    """How much of the deleted documents is left: rows in the store, words in the full text, vectors in the index, and pieces
    of their text or vectors in the files.
    """

    documents: int
    chunks: int
    words: int
    vectors: int
    pieces_in_files: int
    pieces_looked_for: int

    @property
    def clean(self) -> bool:
        return not (self.documents or self.chunks or self.words or self.vectors or self.pieces_in_files)


def delete_and_prove(store: Store, index: VectorIndex, document_ids: Sequence[str]) -> Proof:
    """Delete documents, write the files anew without them, and look for them everywhere.

    The database is rewritten, which takes about as long as copying it; deletions without proof only mark.

    Raises:
        UnknownDocument: there is none of one of the ids; nothing is deleted then.
    """
    for document_id in document_ids:
        store.document(document_id)
    keys = store.keys(Scope(document_ids=tuple(document_ids)))
    pieces = _pieces(store, document_ids)
    store.delete(document_ids)
    store.database.rewrite()
    index.save()
    looked_for = [piece for piece in pieces if not _is_held(store, piece)]  # what live documents hold too proves nothing
    files = [path for path in (store.path, store.path.with_name(store.path.name + "-wal"), index.path) if path.exists()]
    ids, gone = json.dumps(list(document_ids)), json.dumps(keys.tolist())
    return Proof(
        documents=_count(store, "documents", "id", ids) + _count(store, "locations", "document_id", ids),
        chunks=_count(store, "chunks", "key", gone),
        words=_count(store, "words", "rowid", gone),
        vectors=int(np.isin(index.keys(), keys).sum()),
        pieces_in_files=sum(_occurs(piece, path) for path in files for piece in looked_for),
        pieces_looked_for=len(looked_for),
    )


def _count(store: Store, table: str, column: str, values: str) -> int:
    return int(
        store.database.value(f"SELECT count(*) FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))", (values,))
    )


def _pieces(store: Store, document_ids: Sequence[str]) -> list[bytes]:
    """From the middle of each chunk's text and of its vector, at most `PROBES` in all."""
    found = []
    contents = store.database.rows(
        "SELECT text, vector FROM chunks WHERE document_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(document_ids)),),
    )
    for text, vector in contents:
        for data in (text.encode(), vector):
            middle = max(0, len(data) // 2 - PROBE_BYTES // 2)
            piece = data[middle : middle + PROBE_BYTES]
            if len(set(piece)) > 8:  # blanks and zeros are everywhere
                found.append(piece)
    step = max(1, len(found) // PROBES)
    return found[::step]


def _is_held(store: Store, piece: bytes) -> bool:
    """Whether the text or the vector of a live document holds these bytes."""
    return bool(
        store.database.value(
            "SELECT EXISTS (SELECT 1 FROM documents WHERE instr(CAST(text AS BLOB), ?1)) "
            "OR EXISTS (SELECT 1 FROM chunks WHERE instr(vector, ?1))",
            (piece,),
        )
    )


def _occurs(piece: bytes, path: Path) -> bool:
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(piece) >= 0
