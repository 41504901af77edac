"""The cases of a table that a question does not tell apart, if all of its rows are there: of a part of them nothing is said."""

from __future__ import annotations

from service.grounding.alternatives import alternatives
from youju.index.protocols import Store
from youju.records import Passage
from youju.text.rows import Span


def whole_alternatives(store: Store, question: str, passage: Passage, start: int, end: int) -> list[Span]:
    """What `alternatives` finds, unless the table in the store has more rows than the passage."""
    rows = alternatives(question, passage, start, end)
    if not rows:
        return []
    first, last = passage.start + rows[0][0], passage.start + rows[-1][1]
    tables = store.tables_at(passage.document.id, first, last)
    return rows if all(table.count <= len(rows) for table in tables) else []
