"""Rows of large tables: written, looked up, counted and summed. What each method promises, `protocols` says.

All large tables share one table of the database; cells are arrays. Every statement is made here from numbers of columns and
bound values, only reads, and has a limit of time.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from youju.index.base.bm25 import K1, B, word_weight
from youju.index.base.filling import BATCH, MOST_NUMBERS, Kinds, PlacedRows, WordsOfRows, record_line
from youju.index.base.records import TooLong
from youju.index.postgres.pool import Connection
from youju.index.postgres.view import View
from youju.records import Extracted
from youju.structure import Condition, Group, Record, Rest, Table
from youju.text.amounts import amount, shown, stored

SECONDS = 10.0  # what is asked of a table may take
MOST_COMMON = 20_000  # rows with a word beyond which it tells too little to be looked for
OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
DECIMALS = 6  # of a sum: what lies behind comes of adding binary fractions
OF_TABLE = "r.document_id = %(id)s AND r.ordinal = %(ordinal)s"


@dataclass(frozen=True)
class Opened:
    """A large table: the names of its columns, those with numbers, how many rows it has, and their words on average."""

    names: tuple[str, ...]
    numbers: frozenset[int]
    rows: int
    mean: float

    def number(self, column: int) -> str:
        """The number by which a cell is compared and summed; NULL where it shows none."""
        if not 0 <= column < len(self.names):
            raise ValueError(f"there is no column {column}")
        return f"r.{'amounts' if column in self.numbers else 'plain'}[{column + 1}]"


@dataclass(frozen=True)
class Records:
    """The rows of the large tables that a view shows."""

    view: View

    def numeric(self, document_id: str, ordinal: int) -> tuple[bool, ...]:
        opened = self._open(document_id, ordinal)
        return tuple(column in opened.numbers for column in range(len(opened.names))) if opened else ()

    def named(self, document_id: str, ordinal: int, words: Sequence[str], limit: int = 10) -> list[Record]:
        with self._reading(document_id, ordinal) as opened:
            if opened is None:
                return []
            bound: dict[str, Any] = {"id": document_id, "ordinal": ordinal}
            counts = {word: self._count(word, bound) for word in dict.fromkeys(words)}
            rare = [word for word, count in counts.items() if 0 < count <= MOST_COMMON]
            weights = [word_weight(opened.rows, count) for count in counts.values()]
            length = f"{K1} * ({1 - B} + {B} * cardinality(r.words) / {max(opened.mean, 1e-6)!r})"
            score = (
                f"SELECT sum(a.weight * f.tf * {K1 + 1} / (f.tf + {length})) "
                "FROM unnest(%(words)s::text[], %(weights)s::float8[]) a (word, weight), "
                "LATERAL (SELECT cardinality(array_positions(r.words, a.word)) tf) f WHERE f.tf > 0"
            )
            bound |= {"rare": rare, "words": list(counts), "weights": weights, "limit": limit}
            held = f'r.words && %(rare)s::text[] ORDER BY ({score}) DESC, r."start" LIMIT %(limit)s'
            return self._select(opened, held, bound) if rare else []

    def where(
        self, document_id: str, ordinal: int, conditions: Sequence[Condition] = (), by: int | None = None,
        descending: bool = False, limit: int = 10,
    ) -> list[Record]:  # fmt: skip
        with self._reading(document_id, ordinal) as opened:
            if opened is None:
                return []
            held, bound = _held(opened, conditions)
            order = 'r."start"'
            if by is not None:
                number, way = opened.number(by), "DESC" if descending else "ASC"
                held += f" AND {number} IS NOT NULL" if by in opened.numbers else f" AND r.cells[{by + 1}] <> ''"
                text = f"CASE WHEN {number} IS NULL THEN r.cells[{by + 1}] END"
                # Numbers come before texts, as in SQLite.
                order = f'({number} IS NULL) {way}, {number} {way}, {text} COLLATE "C" {way}, r."start"'
            bound |= {"id": document_id, "ordinal": ordinal, "limit": limit}
            return self._select(opened, f"{held} ORDER BY {order} LIMIT %(limit)s", bound)

    def at(self, document_id: str, start: int, end: int) -> list[Record]:
        found: list[Record] = []
        ordinals = self.view.rows(
            "SELECT r.ordinal FROM record_tables r JOIN documents d ON d.id = r.document_id "
            f"WHERE d.id = %(id)s AND {self.view.shown()} ORDER BY r.ordinal",
            id=document_id,
        )
        for (ordinal,) in ordinals:
            with self._reading(document_id, ordinal) as opened:
                if opened is not None:
                    first = f'(SELECT max(r."start") FROM record_rows r WHERE {OF_TABLE} AND r."start" <= %(start)s)'
                    held = f'r."start" >= coalesce({first}, %(start)s) AND r."start" < %(end)s ORDER BY r."start"'
                    bound = {"id": document_id, "ordinal": ordinal, "start": start, "end": end}
                    found += [row for row in self._select(opened, held, bound) if row.end > start]
        return sorted(found, key=lambda row: row.start)

    def groups(
        self, document_id: str, ordinal: int, conditions: Sequence[Condition] = (), by: int | None = None,
        of: int | None = None,
    ) -> list[Group]:  # fmt: skip
        with self._reading(document_id, ordinal) as opened:
            if opened is None:
                return []
            held, bound = _held(opened, conditions)
            number = "NULL::float8" if of is None else opened.number(of)
            sums = f"count(*), count({number}), coalesce(sum({number}), 0), min({number}), max({number})"
            of_all = f"FROM record_rows r WHERE {OF_TABLE} AND {held}"
            statement = f"SELECT '', {sums} {of_all}"
            if by is not None and opened.number(by):
                name, first = f"r.cells[{by + 1}]", f"min(r.plain[{by + 1}])"
                statement = f'SELECT {name}, {sums} {of_all} GROUP BY {name} ORDER BY {first} NULLS LAST, {name} COLLATE "C"'
            rows = self.view.rows(statement, **bound, id=document_id, ordinal=ordinal)
            return [
                Group(found, rows, numbers, round(total, DECIMALS), least, most)
                for found, rows, numbers, total, least, most in rows
            ]

    # Reading

    @contextlib.contextmanager
    def _reading(self, document_id: str, ordinal: int) -> Iterator[Opened | None]:
        """One consistent view of a table, with a limit of time."""
        with self.view.database.within(SECONDS, TooLong):
            yield self._open(document_id, ordinal)

    def _open(self, document_id: str, ordinal: int) -> Opened | None:
        rows = self.view.rows(
            "SELECT r.numbers, r.words, t.columns, t.rows FROM record_tables r JOIN documents d ON d.id = r.document_id "
            "JOIN tables t ON t.document_id = d.id AND t.ordinal = r.ordinal "
            f"WHERE d.id = %(id)s AND r.ordinal = %(ordinal)s AND {self.view.shown()}",
            id=document_id,
            ordinal=ordinal,
        )
        for numbers, mean, columns, count in rows:
            names = tuple(" ".join(path) for path in json.loads(columns))
            return Opened(names, frozenset(json.loads(numbers)), count, mean)
        return None

    def _count(self, word: str, bound: dict[str, Any]) -> int:
        """How many rows hold a word, counted as far as that matters."""
        held = f"SELECT 1 FROM record_rows r WHERE {OF_TABLE} AND r.words @> ARRAY[%(word)s::text] LIMIT {MOST_COMMON + 1}"
        return int(self.view.value(f"SELECT count(*) FROM ({held}) f", **bound, word=word))

    def _select(self, opened: Opened, condition: str, bound: dict[str, Any]) -> list[Record]:
        rows = self.view.rows(f'SELECT r."start", r.cells FROM record_rows r WHERE {OF_TABLE} AND {condition}', **bound)
        found = []
        for start, values in rows:
            line = record_line(opened.names, values)
            found.append(Record(start, start + len(line), line, tuple(values)))
        return found


def _held(opened: Opened, conditions: Sequence[Condition]) -> tuple[str, dict[str, Any]]:
    """Conditions as SQL, and what is bound in it. Texts are equal whatever the case of their letters; a text is behind every
    number; an empty cell fits nothing."""
    parts, bound = ["TRUE"], dict[str, Any]()
    for index, one in enumerate(conditions):
        name, cell, number = f"v{index}", f"r.cells[{one.column + 1}]", opened.number(one.column)
        plain, operator = f"r.plain[{one.column + 1}]", OPERATORS.get(one.operator, "")
        bound[name] = one.value
        filled = f"{cell} <> ''"
        if one.operator == "contains":
            parts.append(f"{filled} AND strpos(lower({cell}), lower(%({name})s)) > 0")
        elif isinstance(one.value, str) and not isinstance(value := stored(one.value), str):
            bound[name] = value
            behind = "TRUE" if one.operator in ("!=", ">", ">=") else "FALSE"
            parts.append(f"{filled} AND CASE WHEN {plain} IS NULL THEN {behind} ELSE {plain} {operator} %({name})s::float8 END")
        elif isinstance(one.value, str):
            before = "TRUE" if one.operator in ("!=", "<", "<=") else "FALSE"
            text = f'lower({cell}) COLLATE "C" {operator} lower(%({name})s) COLLATE "C"'
            parts.append(f"{filled} AND CASE WHEN {plain} IS NULL THEN {text} ELSE {before} END")
        else:
            parts.append(f"{number} {operator} %({name})s::float8")
    return " AND ".join(f"({part})" for part in parts), bound


# Writing


def keep(connection: Connection, document_id: str, extracted: Extracted) -> dict[int, int]:
    """Write the large tables of a document, within the transaction that stores it; returns their numbers of rows, by number.

    Raises:
        UnreadableFile: a row cannot be read.
    """
    placed = PlacedRows(extracted)
    return {rest.table: _keep(connection, document_id, extracted.tables[rest.table], rest, placed) for rest in extracted.rest}


def _keep(connection: Connection, document_id: str, table: Table, rest: Rest, placed: PlacedRows) -> int:
    kinds, words_of = Kinds(len(table.columns)), WordsOfRows()
    rows, told, total = placed.of(table, rest), list[int](), 0
    while batch := list(itertools.islice(rows, BATCH)):
        typed = [(start, *map(stored, values)) for start, values in batch]
        kinds.count(typed)
        told = told or kinds.told()
        copied = 'COPY record_rows (document_id, ordinal, "start", cells, plain, amounts, words) FROM STDIN'
        with connection.cursor() as cursor, cursor.copy(copied) as copy:
            for start, *values in typed:
                words = words_of([values[column] for column in told]).split()
                plain = [None if value is None or isinstance(value, str) else float(value) for value in values]
                amounts = [
                    amount(value) if isinstance(value, str) else number for value, number in zip(values, plain, strict=True)
                ]
                copy.write_row((document_id, rest.table, start, list(map(shown, values)), plain, amounts, words))
                total += len(words)
    numbers = [column for column in range(kinds.width) if kinds.share(column) >= MOST_NUMBERS]
    connection.execute(
        "INSERT INTO record_tables VALUES (%s, %s, %s, %s)",
        (document_id, rest.table, json.dumps(numbers), total / max(1, kinds.rows)),
    )
    return kinds.rows
