"""Documents, passages and tables as rows of a database, and back: what is packed into one column, the same in every engine."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import astuple, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from youju.embedding.base import Vectors
from youju.errors import UnknownDocument
from youju.index.base.questions import folded
from youju.index.base.records import DRAWN_TYPES, Judgement, Known, Source
from youju.records import Box, Document, Extracted, Passage, Scores
from youju.structure import Cell, Column, Row, StoredTable, Table, TableCard


def content_hash(embedded_text: str) -> str:
    """Key under which a vector is found again, so that the same content is not embedded twice."""
    return hashlib.sha256(embedded_text.encode()).hexdigest()


# Bytes

AS_THEY_ARE, DEFLATED = b"\0", b"\1"  # the first byte of what is packed tells how
BLOCK = 4096  # characters; smaller blocks take more room together, of larger ones each passage takes longer


def pack(data: bytes) -> bytes:
    """Deflated where that saves a tenth at least, as they are where it does not."""
    deflated = zlib.compress(data)
    return DEFLATED + deflated if len(deflated) < 0.9 * len(data) else AS_THEY_ARE + data


def unpack(packed: bytes) -> bytes:
    return zlib.decompress(memoryview(packed)[1:]) if packed[:1] == DEFLATED else packed[1:]


def packed_blocks(text: str) -> list[bytes]:
    """A text as it is stored: blocks of `BLOCK` characters, each by itself."""
    return [pack(text[start : start + BLOCK].encode()) for start in range(0, len(text), BLOCK)]


def pack_vector(vector: Vectors) -> bytes:
    """As numbers of 16 bits: similarities of unit vectors stay within 0.001 of what they were."""
    return np.ascontiguousarray(vector, "<f2").tobytes()


def unpack_vectors(data: bytes | bytearray) -> Vectors:
    """One packed vector, or several on end."""
    return np.frombuffer(data, "<f2").astype(np.float32)


# What was said of answers


def packed_judgement(one: Judgement) -> tuple[Any, ...]:
    """A judgement as a row: its collection ('' for all) and the form in which questions are equal, then its fields."""
    question, answer = (text.replace("\0", "") for text in (one.question, one.answer))  # which PostgreSQL takes in no text
    return (
        one.collection or "", folded(question), question, one.language, int(one.is_right), answer, json.dumps(one.answers),
        json.dumps(one.documents), None if one.answerable is None else int(one.answerable), one.judged_at,
    )  # fmt: skip


def judgement_of(row: Sequence[Any]) -> Judgement:
    question, language, collection, is_right, answer, answers, documents, answerable, judged_at = row
    return Judgement(
        question, language, collection, bool(is_right), answer, tuple(json.loads(answers)), tuple(json.loads(documents)),
        None if answerable is None else bool(answerable), judged_at,
    )  # fmt: skip


# Documents


def document_row(
    source: Source, extracted: Extracted, language: str, chunks: int, known: Known | None = None
) -> tuple[Any, ...]:
    """All columns of a document but its id."""
    boxes = zlib.compress(json.dumps([astuple(box) for box in extracted.boxes]).encode()) if extracted.boxes else None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return (
        source.collection, extracted.title, extracted.media_type, language, source.digest,
        known.suffix if known else source.suffix, len(extracted.text), chunks, json.dumps(extracted.page_starts),
        known.ingested_at if known else now, boxes, extracted.text,
    )  # fmt: skip


def document_ids(source: Source) -> tuple[str, str]:
    """Ids for a new document: from its place, and from its place and its content."""
    place = f"{source.collection}\0{source.path_key}"
    plain, salted = (hashlib.sha256(text.encode()).hexdigest()[:16] for text in (place, f"{place}\0{source.digest}"))
    return plain, salted


def document_of(row: Sequence[Any]) -> Document:
    """The document in a row: its columns up to `chunks`, its pages and other places as JSON, whether its original is kept."""
    *columns, page_starts, ingested_at, also_at, kept = row
    values = [*columns, tuple(json.loads(page_starts)), ingested_at, tuple(sorted(json.loads(also_at)))]
    document = Document(*values)
    return replace(document, page_pictures=bool(kept) and document.media_type in DRAWN_TYPES, original_kept=bool(kept))


def unknown_document(document_id: str) -> UnknownDocument:
    return UnknownDocument(f"there is no document {document_id!r}.", "`youju documents list` shows all.")


def boxes_within(packed: bytes | None, start: int, end: int) -> list[Box]:
    """The boxes that hold some of the characters `start` to `end`."""
    known = json.loads(zlib.decompress(packed)) if packed else []
    return [Box(*row) for row in known if row[0] < end and row[1] > start]


def passage_of(row: Sequence[Any], scores: Scores) -> Passage:
    """The passage in a row of a chunk's columns, with those of its document behind them."""
    key, ordinal, start, end, text, heading, language, page, *document = row
    owner = document_of(document)
    return Passage(
        key=key, chunk_id=f"{owner.id}-{ordinal}", ordinal=ordinal, document=owner, start=start, end=end, text=text,
        heading=heading, language=language, page=page, scores=scores,
    )  # fmt: skip


# Tables


def table_rows(tables: Sequence[Table], text: str) -> list[tuple[Any, ...]]:
    """All columns of the tables of a document but its id."""
    return [
        (
            ordinal, table.start, table.end, table.title, json.dumps([column.path for column in table.columns]),
            len(table.rows), _packed(table, text),
        )
        for ordinal, table in enumerate(tables)
    ]  # fmt: skip


def _packed(table: Table, text: str) -> bytes:
    groups: dict[tuple[str, ...], int] = {}
    rows = [
        (
            row.start,
            row.end,
            groups.setdefault(row.group, len(groups)),
            [(column, start, end, text[start:end]) for column, start, end in row.cells],
        )
        for row in table.rows
    ]
    return zlib.compress(json.dumps((list(groups), rows)).encode(), 1)


def are_in_place(packed: bytes, text: str) -> bool:
    """Whether the cells of a table as stored hold what stands at their places in the text of its document."""
    try:
        _, rows = json.loads(zlib.decompress(packed))
        return all(text[start:end] == value for *_, cells in rows for _, start, end, value in cells)
    except (ValueError, TypeError, zlib.error):
        return False


def unpacked_table(card: TableCard, packed: bytes) -> StoredTable:
    groups, packed_rows = json.loads(zlib.decompress(packed))
    known = [tuple(group) for group in groups]
    rows, values = [], []
    for start, end, group, cells in packed_rows:
        rows.append(Row(start, end, tuple(Cell(*cell[:3]) for cell in cells), known[group]))
        values.append(tuple(cell[3] for cell in cells))
    return StoredTable(card, tuple(rows), tuple(values))


def card_of(row: Sequence[Any]) -> TableCard:
    document_id, ordinal, start, end, title, columns, count, is_large = row
    paths = tuple(Column(tuple(path)) for path in json.loads(columns))
    return TableCard(document_id, ordinal, start, end, title, paths, count, bool(is_large))
