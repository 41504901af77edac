"""Deletion that can be proved: what is deleted is looked for in every layer, down to the bytes of the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from youju.index import protocols
from youju.index.opening import embedded, faiss_index
from youju.index.sqlite.store import Store
from youju.index.sqlite.traces import Traces
from youju.records import Scope

PROBE_BYTES = 48  # of each piece of text or vector looked for; longer ones may be split over pages of the file
WINDOW_BYTES = 1 << 20  # of a file looked through at once
IN_POSTGRES = "Delete without it: rows are gone at once, their bytes with the next VACUUM (docs/operations.md)."
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


def delete_and_prove(store: protocols.Store, vectors: protocols.VectorIndex, document_ids: Sequence[str]) -> Proof:
    """Delete documents, write the files anew without them, and look for them everywhere.

    The database is rewritten, which takes about as long as copying it; deletions without proof only mark.

    Raises:
        UnknownDocument: there is none of one of the ids; nothing is deleted then.
    """
    store, index = embedded(store, "Proving a deletion down to the bytes", IN_POSTGRES), faiss_index(vectors)
    for document_id in document_ids:
        store.document(document_id)
    traces = Traces(store)
    index.refresh()  # what it cannot follow shall stop this before anything is deleted
    keys = store.keys(Scope(document_ids=tuple(document_ids)))
    pieces = _pieces(store, document_ids)
    store.delete(document_ids)
    store.rewrite()
    index.save()
    looked_for = [piece for piece in pieces if not traces.is_held(piece)]  # what live documents hold too proves nothing
    files = [path for path in (store.path, store.path.with_name(store.path.name + "-wal"), index.path) if path.exists()]
    left = traces.rows_left(document_ids, keys.tolist())
    return Proof(
        documents=left.documents,
        chunks=left.chunks,
        words=left.words,
        vectors=int(np.isin(index.keys(), keys).sum()),
        pieces_in_files=sum(_found(looked_for, path) for path in files),
        pieces_looked_for=len(looked_for),
    )


def _pieces(store: Store, document_ids: Sequence[str]) -> list[bytes]:
    """From the middle of each block of text and of each vector, at most `PROBES` in all."""
    found = []
    for data in Traces(store).contents(document_ids):
        middle = max(0, len(data) // 2 - PROBE_BYTES // 2)
        piece = data[middle : middle + PROBE_BYTES]
        if len(set(piece)) > 8:  # blanks and zeros are everywhere
            found.append(piece)
    step = max(1, len(found) // PROBES)
    return found[::step] + [piece for document_id in document_ids for piece in _pieces_of_original(store, document_id)]


def _pieces_of_original(store: Store, document_id: str) -> list[bytes]:
    """From the middle and the quarters of the file as it is stored, unless a live document was read from the same bytes."""
    data = Traces(store).packed_original(document_id)
    if len(data) < 8 * PROBE_BYTES or Traces(store).shares_its_file(document_id):
        return []
    found = [data[len(data) * part // 4 :][:PROBE_BYTES] for part in (1, 2, 3)]
    return [piece for piece in found if len(set(piece)) > 8]


def _found(pieces: Sequence[bytes], path: Path) -> int:
    """How many of the pieces a file holds. Read in parts: a search through all of it would hold up every other thread."""
    left, before = set(pieces), b""
    with path.open("rb") as file:
        while left and (part := file.read(WINDOW_BYTES)):
            window = before + part
            left -= {piece for piece in left if piece in window}
            before = window[-PROBE_BYTES:]
    return len(set(pieces)) - len(left)
