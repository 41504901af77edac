"""Rows of tables as evidence: the passages that hold them whole, and citations with the table drawn beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from service.grounding.citations import cite
from service.tables.sheet import Sheet
from youju.index.protocols import Store
from youju.records import Citation, Passage, Scope, Scores, TableEvidence
from youju.text.language import ROW_CELLS

MOST_PASSAGES = 400  # of a document, among which those of rows that were not found are looked for


def line(sheet: Sheet, row: int) -> str:
    """A row as loaders write it, each value behind the name of its column."""
    cells = zip(sheet.names, sheet.values[row], strict=True)
    return ROW_CELLS.join(f"{name}: {value.text}" if name else value.text for name, value in cells if value.text)


def citation_of(
    sheet: Sheet, row: int, cells: Sequence[tuple[int, int]], shown: Sequence[Passage], confidence: float
) -> Citation:
    """
    Args:
        cells: row and column of those to be marked.
        shown: one of them holds the row.
    """
    start, end = sheet.spans[row]
    at = next(at for at, passage in enumerate(shown) if passage.start <= start and end <= passage.end)
    table = TableEvidence(
        title=sheet.title, columns=list(sheet.names), rows=[[value.text for value in sheet.values[row]]],
        marked=[(0, column) for _, column in cells],
    )  # fmt: skip
    citation = cite(at + 1, shown[at], start - shown[at].start, end - shown[at].start, confidence)
    return citation.model_copy(update={"table": table})


def passages_of(spans: Sequence[tuple[int, int]], passages: Sequence[Passage], store: Store) -> tuple[Passage, ...]:
    """For each row a passage that holds all of it: one that was found, another chunk of the document, or the row itself."""
    shown: dict[str, Passage] = {}
    others: list[Passage] | None = None
    for start, end in spans:
        holder = _holder(passages, start, end)
        if holder is None:
            others = _of_document(passages[0], store) if others is None else others
            holder = _holder(others, start, end) or _alone(passages[0], start, end, store)
        shown.setdefault(holder.chunk_id, holder)
    return tuple(shown.values())


def _holder(passages: Sequence[Passage], start: int, end: int) -> Passage | None:
    return next((passage for passage in passages if passage.start <= start and end <= passage.end), None)


def _of_document(passage: Passage, store: Store) -> list[Passage]:
    keys = store.keys(Scope(document_ids=(passage.document.id,)))
    return store.passages({int(key): Scores(0.0, 0.0, 0.0) for key in keys[:MOST_PASSAGES]})


def _alone(passage: Passage, start: int, end: int, store: Store) -> Passage:
    """A row that no chunk holds whole, under the name of the passage that led to it."""
    return replace(
        passage,
        start=start,
        end=end,
        text=store.excerpt(passage.document.id, start, end),
        chunk_id=f"{passage.chunk_id}-{start}",
    )
