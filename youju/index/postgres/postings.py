"""Postings in PostgreSQL: which chunks of a collection hold a word, how often, and how many words each of them holds.

A row holds many of them, packed: `chunks` times three numbers, by how much the key is greater than the one before (0 for
`first`), how often the chunk holds the word, and its length in words; each in as many bytes as it needs, seven bits in a byte,
the least first, the last byte below 128. What a document adds goes to `new_postings`, a row for each of its words, so that
writers wait for nobody; once in a while `settle` appends that to the last row of the word in `postings`, as log-structured
indexes do. The keys of two rows may lie in each other's range, but no key is in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

ROW = 256  # postings in a row at most: below 2 kB, else PostgreSQL would keep them in another place
AT_ONCE = 50_000  # new rows that are settled in one transaction
BATCH = 2000  # chunks whose words are packed at once
COLUMNS = "word, collection, first, last, chunks, data"
EVERYWHERE = f"(SELECT {COLUMNS} FROM postings UNION ALL SELECT {COLUMNS} FROM new_postings) p"
OLDEST = (
    "DELETE FROM new_postings WHERE ctid = ANY("
    f"ARRAY(SELECT ctid FROM new_postings ORDER BY word, collection, first LIMIT %s)) RETURNING {COLUMNS}"
)
LAST = f"""DELETE FROM postings p USING (
    SELECT l.* FROM unnest(%s::text[], %s::text[]) a (word, collection) CROSS JOIN LATERAL (
        SELECT o.word, o.collection, o.first FROM postings o WHERE o.word = a.word AND o.collection = a.collection
        ORDER BY o.first DESC LIMIT 1
    ) l) x WHERE p.word = x.word AND p.collection = x.collection AND p.first = x.first AND p.chunks < {ROW}
    RETURNING {", ".join(f"p.{column}" for column in COLUMNS.split(", "))}"""
OVERLAPPING = f"DELETE FROM {{}} WHERE collection = %s AND word = ANY(%s) AND first <= %s AND last >= %s RETURNING {COLUMNS}"
IN_ORDER = f"SELECT {COLUMNS} FROM new_postings ORDER BY word, collection, first"
WORDS_OF_CHUNKS = (
    "SELECT c.key, d.collection, c.words FROM chunks c JOIN documents d ON d.id = c.document_id "
    "WHERE c.key > %s ORDER BY c.key LIMIT %s"
)
Numbers = npt.NDArray[np.int64]


class Row(NamedTuple):
    """As it lies in a table."""

    word: str
    collection: str
    first: int
    last: int
    chunks: int
    data: bytes


@dataclass(frozen=True)
class Postings:
    """Chunks that hold a word, in no certain order."""

    keys: Numbers
    times: Numbers
    lengths: Numbers

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, bytes]]) -> Self:
        """
        Args:
            rows: `first`, `last`, `chunks` and `data` of each.
        """
        if not rows:
            return cls(*np.zeros((3, 0), np.int64))
        steps, times, lengths = _unpacked(b"".join(data for *_, data in rows)).reshape(-1, 3).T
        firsts, lasts, counts = np.array([row[:3] for row in rows], np.int64).T
        steps[np.cumsum(counts) - counts] = firsts - np.concatenate([[0], lasts[:-1]])
        return cls(np.cumsum(steps), times, lengths)

    def only(self, chosen: npt.NDArray[np.bool_]) -> Postings:
        return Postings(self.keys[chosen], self.times[chosen], self.lengths[chosen])


def rows_of(collection: str, bags: Mapping[int, Sequence[str]]) -> list[Row]:
    """The rows of some chunks.

    Args:
        bags: key -> words of a chunk.
    """
    numbers: dict[str, int] = {}
    found = [(numbers.setdefault(word, len(numbers)), key, len(bag)) for key, bag in bags.items() for word in bag]
    if not found:
        return []
    words, keys, lengths = np.array(found, np.int64).T
    order = np.lexsort((keys, words))
    words, keys, lengths = words[order], keys[order], lengths[order]
    starts = np.flatnonzero(np.diff(words, prepend=-1) | np.diff(keys, prepend=-1))  # of what is the same word of a chunk
    times = np.diff(starts, append=len(keys))
    return _rows(collection, list(numbers), np.bincount(words[starts]), Postings(keys[starts], times, lengths[starts]))


def _rows(collection: str, words: Sequence[str], counts: Numbers, postings: Postings) -> list[Row]:
    """
    Args:
        counts: how many of the postings are of each word; those of one are in the order of their keys.
    """
    ends = np.cumsum(counts).tolist()
    cuts = [
        (word, start, min(start + ROW, end))
        for word, begin, end in zip(words, [0, *ends[:-1]], ends, strict=True)
        for start in range(begin, end, ROW)
    ]
    if not cuts:
        return []
    steps = np.diff(postings.keys, prepend=0)
    steps[[start for _, start, _ in cuts]] = 0
    data, behind = _packed(np.column_stack([steps, postings.times, postings.lengths]).ravel())
    places, keys = [0, *behind[2::3].tolist()], postings.keys.tolist()
    return [
        Row(word, collection, keys[start], keys[end - 1], end - start, data[places[start] : places[end]])
        for word, start, end in cuts
    ]


def copy(cursor: Any, rows: Iterable[Row], table: str = "new_postings") -> None:
    with cursor.copy(f"COPY {table} ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copied:
        copied.set_types(["text", "text", "int8", "int8", "int4", "bytea"])
        for row in rows:
            copied.write_row(row)


def settle(cursor: Any) -> bool:
    """Move the oldest new rows to where the words have theirs. Only one program at a time may do so, or `remove`.

    Returns:
        Whether that were all.
    """
    new = sorted(Row(*row) for row in cursor.execute(OLDEST, (AT_ONCE,), binary=True).fetchall())
    places = sorted({row[:2] for row in new})
    last = cursor.execute(LAST, ([word for word, _ in places], [name for _, name in places]), binary=True).fetchall()
    copy(cursor, _in_fewer(sorted([*new, *(Row(*row) for row in last)])), "postings")
    return len(new) < AT_ONCE


def _in_fewer(rows: Iterable[Row]) -> Iterator[Row]:
    """The postings of many words in fewer rows.

    Args:
        rows: in order.
    """
    for _, own in groupby(rows, key=lambda row: row[:2]):
        yield from joined(list(own))


def joined(rows: Sequence[Row]) -> Iterator[Row]:
    """The same postings of a word in fewer rows.

    Args:
        rows: in order.
    """
    one = rows[0]
    for row in rows[1:]:
        if one.last < row.first and one.chunks + row.chunks <= ROW:
            data = one.data + _step(row.first - one.last) + row.data[1:]  # its own first step is 0, a byte
            one = one._replace(last=row.last, chunks=one.chunks + row.chunks, data=data)
        else:
            yield one
            one = row
    yield one


def remove(cursor: Any, collection: str, words: Iterable[str], keys: Sequence[int]) -> None:
    """Take chunks out of all rows of these words. Only one program at a time may do so, or `settle`."""
    gone, sought = np.array(keys, np.int64), list(words)
    for table in ("postings", "new_postings"):
        rows = cursor.execute(OVERLAPPING.format(table), (collection, sought, max(keys), min(keys)), binary=True).fetchall()
        if rows:
            postings = Postings.of([row[2:] for row in rows])
            stays = ~np.isin(postings.keys, gone)
            counts = np.array([row[4] for row in rows], np.int64)
            left = np.add.reduceat(stays, np.cumsum(counts) - counts, dtype=np.int64)
            copy(cursor, _rows(collection, [row[0] for row in rows], left, postings.only(stays)), table)


def write_all(cursor: Any, at_once: int = AT_ONCE, watch: Callable[[str], None] = lambda reached: None) -> None:
    """Write the postings of all chunks anew, from their words, in one transaction; both tables are empty.

    All come as new ones and are then joined in order: within a transaction nothing that `settle` leaves behind can be cleaned.

    Args:
        at_once: new rows that are read at once.
        watch: is told how far it has come.
    """
    after = read = put = 0
    while batch := cursor.execute(WORDS_OF_CHUNKS, (after, BATCH)).fetchall():
        bags: dict[str, dict[int, list[str]]] = {}
        for key, collection, words in batch:
            bags.setdefault(collection, {})[key] = words.split()
        for collection, own in bags.items():
            copy(cursor, rows_of(collection, own))
        after, read = batch[-1][0], read + len(batch)
        watch(f"the words of {read} chunks are read")
    watch(f"the words of {read} chunks are put in order")
    with cursor.connection.cursor("in_order", binary=True) as ordered:
        ordered.execute(IN_ORDER)
        rows: list[Row] = []  # of a word that may go on
        while found := ordered.fetchmany(at_once):
            rows += [Row(*row) for row in found]
            put += len(found)
            watch(f"{put} rows of the words of {read} chunks are written")
            last = rows[-1][:2]
            copy(cursor, _in_fewer(row for row in rows if row[:2] != last), "postings")
            rows = list(joined([row for row in rows if row[:2] == last]))
    copy(cursor, rows, "postings")
    cursor.execute("TRUNCATE new_postings")


def _step(number: int) -> bytes:
    """One number packed."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def _packed(numbers: Numbers) -> tuple[bytes, Numbers]:
    """Numbers packed, and where each ends."""
    sizes = np.ones(len(numbers), np.int64)
    for bits in range(7, 63, 7):
        sizes += numbers >= 1 << bits
    ends = np.cumsum(sizes)
    found = np.zeros(ends[-1], np.uint8)
    for place in range(sizes.max()):
        here = sizes > place
        found[(ends - sizes)[here] + place] = (numbers[here] >> 7 * place & 127) | (sizes[here] > place + 1) << 7
    return found.tobytes(), ends


def _unpacked(data: bytes) -> Numbers:
    found = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(found < 128) + 1
    sizes = np.diff(ends, prepend=0)
    starts = ends - sizes
    if sizes.max() == 1:
        return found.astype(np.int64)
    places = np.arange(len(found)) - np.repeat(starts, sizes)
    return np.add.reduceat((found & 127).astype(np.int64) << 7 * places, starts)
