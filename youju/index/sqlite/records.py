"""Rows of large tables, looked up, counted and summed. Their tables `filling.py` makes.

Every statement is made here from numbers of columns and bound values, only reads, and has a limit of time. Groups are gathered
in a table of this connection's own: with few groups that takes a third of the time of `GROUP BY`, which sorts all rows.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from youju.index.base.filling import record_line
from youju.index.base.records import TooLong
from youju.index.sqlite.view import VISIBLE, View
from youju.structure import Condition, Group, Record
from youju.text.amounts import shown, stored

SECONDS = 10.0  # what is asked of a table may take
GATHERED_KIB = 65536  # of memory for groups; more of them go to a temporary file
MOST_COMMON = 20_000  # rows with a word beyond which it tells too little to be looked for
STEPS = 20_000  # of SQLite's machine between two looks at the clock
OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
DECIMALS = 6  # of a sum: what lies behind comes of adding binary fractions
NUMBERS = "('integer', 'real')"


@dataclass(frozen=True)
class Opened:
    """A large table: its key, the names of its columns, and for those with numbers the column of the database that has them."""

    key: int
    names: tuple[str, ...]
    numbers: dict[int, str]

    @property
    def columns(self) -> str:
        return ", ".join(f"r.c{number}" for number in range(1, len(self.names) + 1))

    def value(self, column: int) -> str:
        """The column of the database by which one is compared and summed."""
        if not 0 <= column < len(self.names):
            raise ValueError(f"there is no column {column}")
        return self.numbers.get(column, f"c{column + 1}")


@dataclass(frozen=True)
class Records:
    """The rows of the large tables that a view shows. Each method gives nothing of a table that is not there or not large.

    Raises:
        TooLong: each of them, if it takes more than `SECONDS`.
    """

    view: View

    def numeric(self, document_id: str, ordinal: int) -> tuple[bool, ...]:
        """Which columns hold numbers."""
        opened = self._open(document_id, ordinal)
        return tuple(column in opened.numbers for column in range(len(opened.names))) if opened else ()

    def named(self, document_id: str, ordinal: int, words: Sequence[str], limit: int = 10) -> list[Record]:
        """The rows that hold most of the words (`youju.text.language.query_words`), the rarest weigh most; best first.

        A word that very many rows hold only tells among those that hold a rarer one.
        """
        with self._reading(document_id, ordinal) as opened:
            if opened is None:
                return []
            quoted = ['"' + word.replace('"', '""') + '"' for word in dict.fromkeys(words)]
            rare = [word for word in quoted if 0 < self._count(opened, word) <= MOST_COMMON]
            if not rare:
                return []
            common = " OR ".join(word for word in quoted if word not in rare)
            either = " OR ".join(rare)
            # What holds a rare word and a common one too weighs both.
            match = f"({either}) AND ({either} OR {common})" if common else either
            found = self._rows(
                f"SELECT rowid FROM records_{opened.key}_words WHERE records_{opened.key}_words MATCH :match "
                "ORDER BY rank LIMIT :limit",
                {"match": match, "limit": limit},
            )
            starts = json.dumps([start for (start,) in found])
            rows = self._select(opened, "r.start IN (SELECT value FROM json_each(:starts))", {"starts": starts})
            by_start = {row.start: row for row in rows}
            return [by_start[start] for (start,) in found]

    def where(
        self, document_id: str, ordinal: int, conditions: Sequence[Condition] = (), by: int | None = None,
        descending: bool = False, limit: int = 10,
    ) -> list[Record]:  # fmt: skip
        """The first rows for which all conditions hold, in the order of a column (`by`), or as they stand."""
        with self._reading(document_id, ordinal) as opened:
            if opened is None:
                return []
            held, bound = _held(opened, conditions)
            order = "r.start"
            if by is not None:
                value = f"r.{opened.value(by)}"
                held += f" AND {value} IS NOT NULL"
                held += f" AND typeof({value}) IN {NUMBERS}" if by in opened.numbers else ""
                order = f"{value} {'DESC' if descending else 'ASC'}, r.start"
            return self._select(opened, f"{held} ORDER BY {order} LIMIT :limit", bound | {"limit": limit})

    def at(self, document_id: str, start: int, end: int) -> list[Record]:
        """The rows whose lines have a part between two places behind the text, of whatever table."""
        found: list[Record] = []
        keys = self.view.rows(
            "SELECT r.ordinal FROM record_tables r JOIN documents d ON d.id = r.document_id "
            f"WHERE d.id = :id AND {VISIBLE} ORDER BY r.ordinal",
            id=document_id,
        )
        for (ordinal,) in keys:
            with self._reading(document_id, ordinal) as opened:
                if opened is not None:
                    first = f"coalesce((SELECT max(start) FROM records_{opened.key} WHERE start <= :start), :start)"
                    rows = self._select(opened, f"r.start >= {first} AND r.start < :end ORDER BY r.start",
                                        {"start": start, "end": end})  # fmt: skip
                    found += [row for row in rows if row.end > start]
        return sorted(found, key=lambda row: row.start)

    def groups(
        self, document_id: str, ordinal: int, conditions: Sequence[Condition] = (), by: int | None = None,
        of: int | None = None,
    ) -> list[Group]:  # fmt: skip
        """The rows for which all conditions hold, gathered by what they hold in a column (`by`; without one all together), with
        what the numbers in another (`of`) come to. In the order of the names; one group of no rows where none fits."""
        with self._reading(document_id, ordinal) as opened:
            if opened is None:
                return []
            held, bound = _held(opened, conditions)
            value = f"r.{opened.value(of)}" if of is not None else "NULL"
            number = f"CASE WHEN typeof({value}) IN {NUMBERS} THEN {value} END"
            name = f"coalesce(r.c{by + 1}, '')" if by is not None and opened.value(by) else "''"
            table = f"records_{opened.key} r"
            if by is None:
                rows = self._rows(
                    f"SELECT '', count(*), count(v), coalesce(sum(v), 0.0), min(v), max(v) "
                    f"FROM (SELECT {number} v FROM {table} WHERE {held})",
                    bound,
                )
                return [_group(*row) for row in rows]
            self._rows(f"PRAGMA temp.cache_size = -{GATHERED_KIB}")
            self._rows("DROP TABLE IF EXISTS temp.gathered")
            self._rows("CREATE TABLE temp.gathered (name PRIMARY KEY, rows, numbers, total, least, most) WITHOUT ROWID")
            self._rows(
                f"INSERT INTO temp.gathered SELECT name, 1, v IS NOT NULL, coalesce(v, 0.0), v, v "
                f"FROM (SELECT {name} name, {number} v FROM {table} WHERE {held}) WHERE TRUE "
                "ON CONFLICT DO UPDATE SET rows = rows + 1, numbers = numbers + excluded.numbers, "
                "total = total + excluded.total, least = coalesce(min(least, excluded.least), least, excluded.least), "
                "most = coalesce(max(most, excluded.most), most, excluded.most)",
                bound,
            )
            rows = self._rows("SELECT * FROM temp.gathered ORDER BY name")
            self._rows("DROP TABLE temp.gathered")
            return [_group(*row) for row in rows]

    # Reading

    @contextlib.contextmanager
    def _reading(self, document_id: str, ordinal: int) -> Iterator[Opened | None]:
        """One consistent view of a table, with a limit of time."""
        with self.view.database.within(SECONDS, STEPS, TooLong):
            yield self._open(document_id, ordinal)

    def _open(self, document_id: str, ordinal: int) -> Opened | None:
        rows = self.view.rows(
            "SELECT r.key, r.numbers, t.columns FROM record_tables r JOIN documents d ON d.id = r.document_id "
            "JOIN tables t ON t.document_id = d.id AND t.ordinal = r.ordinal "
            f"WHERE d.id = :id AND r.ordinal = :ordinal AND {VISIBLE}",
            id=document_id,
            ordinal=ordinal,
        )
        for key, numbers, columns in rows:
            named = {int(column): str(name) for column, name in json.loads(numbers).items()}
            return Opened(int(key), tuple(" ".join(path) for path in json.loads(columns)), named)
        return None

    def _count(self, opened: Opened, word: str) -> int:
        """How many rows hold a word, counted as far as that matters."""
        table = f"records_{opened.key}_words"
        counted = f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH :word LIMIT :most)"
        return int(self._rows(counted, {"word": word, "most": MOST_COMMON + 1})[0][0])

    def _select(self, opened: Opened, condition: str, bound: dict[str, Any]) -> list[Record]:
        rows = self._rows(f"SELECT r.start, {opened.columns} FROM records_{opened.key} r WHERE {condition}", bound)
        found = []
        for start, *values in rows:
            cells = tuple(map(shown, values))
            line = record_line(opened.names, cells)
            found.append(Record(start, start + len(line), line, cells))
        return found

    def _rows(self, sql: str, bound: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self.view.database.rows(sql, bound or {})


def _group(name: Any, rows: int, numbers: int, total: float, least: float | None, most: float | None) -> Group:
    return Group(shown(name), rows, numbers, round(total, DECIMALS), least, most)


def _held(opened: Opened, conditions: Sequence[Condition]) -> tuple[str, dict[str, Any]]:
    """Conditions as SQL, and what is bound in it."""
    parts, bound = ["TRUE"], dict[str, Any]()
    for number, one in enumerate(conditions):
        name = f"v{number}"
        bound[name] = one.value
        shown_in = f"r.c{one.column + 1}"
        value = f"r.{opened.value(one.column)}"
        if one.operator == "contains":
            parts.append(f"instr(lower({shown_in}), lower(:{name})) > 0")
        elif isinstance(one.value, str) and not isinstance(stored(one.value), str):
            bound[name] = stored(one.value)
            parts.append(f"{shown_in} {OPERATORS[one.operator]} :{name}")
        elif isinstance(one.value, str):
            parts.append(f"{shown_in} {OPERATORS[one.operator]} :{name} COLLATE NOCASE")
        else:
            parts.append(f"typeof({value}) IN {NUMBERS} AND {value} {OPERATORS[one.operator]} :{name}")
    return " AND ".join(parts), bound
