"""Large tables as tables of the database, one for each, filled row by row before the document that they belong to is there.

A column `c1`, `c2`, … for each of theirs, numbers as numbers; `n1`, … where numbers are written otherwise (`1,234`, `€ 40`);
`start` is where the line of a row stands. Words by which rows are found are in a full text of their own.
Rows are written a batch at a time, so that no other writer waits; a table that no document took is dropped by the next one.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from youju.index.base.filling import BATCH, MOST_NUMBERS, Kinds, PlacedRows, WordsOfRows
from youju.index.sqlite.database import Database
from youju.records import Extracted
from youju.structure import Rest, Table
from youju.text.amounts import amount, stored

ABANDONED = 86_400  # seconds after which a table that no document took belongs to an ingest that was killed
TOKENIZER = "ascii tokenchars '-_.+#@/:,''&%$'"  # as that of `words`


@dataclass(frozen=True)
class Filled:
    """A table that waits for its document: its key in `record_tables`, the number of its table, its rows."""

    key: int
    ordinal: int
    rows: int


class Filler:
    """Writes the large tables of a document. Their lines follow behind its text, one table after the other."""

    def __init__(self, database: Database, extracted: Extracted) -> None:
        self._database = database
        self._extracted = extracted
        self._placed = PlacedRows(extracted)
        self._words_of = WordsOfRows()

    def fill(self) -> list[Filled]:
        if not self._extracted.rest:
            return []
        self._drop_abandoned()
        return [self._fill(rest) for rest in self._extracted.rest]

    def _drop_abandoned(self) -> None:
        before = int(time.time()) - ABANDONED
        left = self._database.rows("SELECT key FROM record_tables WHERE document_id IS NULL AND began < ?", (before,))
        if left:
            with self._database.transaction(changes_index=False) as (connection, _):
                for (key,) in left:
                    drop(connection, key)

    def _fill(self, rest: Rest) -> Filled:
        table = self._extracted.tables[rest.table]
        width = len(table.columns)
        columns = ", ".join(f"c{number}" for number in range(1, width + 1))
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.execute("INSERT INTO record_tables VALUES (NULL, NULL, ?, ?, '')", (rest.table, int(time.time())))
            key = connection.last_insert_rowid()
            connection.execute(f"CREATE TABLE records_{key} (start INTEGER PRIMARY KEY, {columns})")
            connection.execute(
                f"CREATE VIRTUAL TABLE records_{key}_words USING fts5(text, content='', tokenize=\"{TOKENIZER}\")"
            )
        try:
            kinds = self._write(key, table, rest)
            self._finish(key, kinds)
        except BaseException:
            with self._database.transaction(changes_index=False) as (connection, _):
                drop(connection, key)
            raise
        return Filled(key, rest.table, kinds.rows)

    def _write(self, key: int, table: Table, rest: Rest) -> Kinds:
        width = len(table.columns)
        places = ",".join("?" * (width + 1))
        kinds = Kinds(width)
        rows = self._placed.of(table, rest)
        told: list[int] = []  # columns whose words are kept
        while batch := list(itertools.islice(rows, BATCH)):
            kept = [(start, *map(stored, values)) for start, values in batch]
            kinds.count(kept)
            told = told or kinds.told()
            found = [(row[0], self._words_of([row[1 + column] for column in told])) for row in kept]
            with self._database.transaction(changes_index=False) as (connection, _):
                connection.executemany(f"INSERT INTO records_{key} VALUES ({places})", kept)
                connection.executemany(f"INSERT INTO records_{key}_words (rowid, text) VALUES (?, ?)", found)
        return kinds

    def _finish(self, key: int, kinds: Kinds) -> None:
        """Add the columns of numbers that are written otherwise, and note which columns hold numbers."""
        numbers = {}
        for column in range(kinds.width):
            if kinds.share(column) >= MOST_NUMBERS:
                numbers[column] = f"n{column + 1}" if kinds.otherwise[column] else f"c{column + 1}"
        added = [column for column, name in numbers.items() if name.startswith("n")]
        with self._database.transaction(changes_index=False) as (connection, _):
            connection.create_scalar_function("amount", _amount, 1, deterministic=True)
            for column in added:
                connection.execute(f"ALTER TABLE records_{key} ADD COLUMN n{column + 1}")
            if added:
                connection.execute(
                    f"UPDATE records_{key} SET " + ", ".join(f"n{column + 1} = amount(c{column + 1})" for column in added)
                )
            connection.execute(f"CREATE INDEX records_{key}_first ON records_{key}(c1 COLLATE NOCASE)")
            connection.execute("UPDATE record_tables SET numbers = ? WHERE key = ?", (json.dumps(numbers), key))


@contextlib.contextmanager
def filled(database: Database, extracted: Extracted) -> Iterator[list[Filled]]:
    """The large tables of a document, filled. They are dropped again where what takes them fails."""
    made = Filler(database, extracted).fill()
    try:
        yield made
    except BaseException:
        with database.transaction(changes_index=False) as (connection, _):
            for one in made:
                drop(connection, one.key)
        raise


def attach(connection: Any, document_id: str, filled: Sequence[Filled]) -> None:
    """Give tables to the document that they were filled for."""
    connection.executemany("UPDATE record_tables SET document_id = ? WHERE key = ?", [(document_id, one.key) for one in filled])


def remove(connection: Any, document_id: str) -> None:
    for (key,) in connection.execute("SELECT key FROM record_tables WHERE document_id = ?", (document_id,)).fetchall():
        drop(connection, key)


def drop(connection: Any, key: int) -> None:
    connection.execute(f"DROP TABLE IF EXISTS records_{key:d}")
    connection.execute(f"DROP TABLE IF EXISTS records_{key:d}_words")
    connection.execute("DELETE FROM record_tables WHERE key = ?", (key,))


def _amount(*values: Any) -> float | int | None:
    (value,) = values
    return amount(value) if isinstance(value, str) else value
