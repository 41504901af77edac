"""Rows of large tables on their way from the child that reads a file to the index: in a file of no name, so that no process
holds them all and nothing is left of them.

What comes from the child is taken for what it may be: lists of texts.
"""

from __future__ import annotations

import json
import struct
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from youju.errors import UnreadableFile
from youju.records import Extracted
from youju.structure import Cells, Rest

MARK = b"rows"  # what a message with rows begins with; no pickle does
BATCH = 500  # rows of a message
HEAD = struct.Struct("<II")  # number of the table, bytes that follow


def messages(rest: Iterable[Rest]) -> Iterator[bytes]:
    """The rows of large tables as the child sends them."""
    for one in rest:
        rows = iter(one.rows())
        while batch := list(islice(rows, BATCH)):
            body = json.dumps(batch).encode("ascii")
            yield MARK + HEAD.pack(one.table, len(body)) + body


class Spool:
    """The rows of the large tables of one file."""

    def __init__(self, folder: Path | None, most: int) -> None:
        """
        Args:
            folder: where there is room; None for the system's own.
            most: bytes that it may take.
        """
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as the rows are wanted
        weakref.finalize(self, self._file.close)
        self._left = most

    def add(self, message: bytes) -> bool:
        """Keep a message; False where there is no room for it."""
        self._left -= len(message)
        if self._left >= 0:
            self._file.seek(0, 2)
            self._file.write(message[len(MARK) :])
        return self._left >= 0

    def attached(self, extracted: Extracted) -> Extracted:
        """The same with its large tables' rows."""
        rest = tuple(Rest(number, partial(self.rows, number)) for number, table in enumerate(extracted.tables) if table.more)
        return replace(extracted, rest=rest)

    def rows(self, table: int) -> Iterator[Cells]:
        """
        Raises:
            UnreadableFile: these are no rows.
        """
        place = 0
        while True:
            self._file.seek(place)
            head = self._file.read(HEAD.size)
            if len(head) < HEAD.size:
                return
            number, length = HEAD.unpack(head)
            place += HEAD.size + length
            if number == table:
                yield from _checked(self._file.read(length))


def _checked(body: bytes) -> list[list[str]]:
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("the reader gave no rows") from error
    if not isinstance(rows, list) or not all(
        isinstance(row, list) and all(isinstance(cell, str) for cell in row) for row in rows
    ):
        raise UnreadableFile("the reader gave no rows")
    return rows
