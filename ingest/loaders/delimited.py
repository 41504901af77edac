"""Tables in plain text (.csv, .tsv), each row with the names of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import dropwhile, islice

from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode
from ingest.loaders.grid import LARGE, WIDEST, Grid, Tail, add_table
from ingest.loaders.header import WITHIN
from youju.errors import UnreadableFile
from youju.records import Extracted

DELIMITERS = "\t;|,"  # of those that part as many rows alike the first: commas stand in texts and numbers too
SAMPLE = 16384  # characters
SAMPLED = 100  # rows of the sample
HELD = LARGE + WITHIN + 1  # rows looked at to find names and to tell that a table is large
FIELD = 1 << 20  # characters in a field; more comes of a quotation mark that is never closed
SAID = re.compile(r"\A\"?sep=(.)\"?[^\S\n]*\n", re.IGNORECASE)  # Excel's own line that names the delimiter
APOSTROPHES = re.compile(r"^'[^'\n]*'[,\t;|]", re.MULTILINE)


def load(data: bytes) -> Extracted:
    text = decode(data)
    csv.field_size_limit(FIELD)
    builder = TextBuilder()
    try:
        read = _reader(text)
        rows = read()
        held = list(islice(rows, HELD))
        rest = _Rest(read, HELD)
        tail = rest.tail() if len(held) == HELD else None
        if tail is not None and tail.width > WIDEST:
            held, tail = held + list(rows), None
        add_table(builder, Grid(held), tail=tail)
    except csv.Error as error:
        raise UnreadableFile(f"damaged table ({error}).") from error
    return builder.build("text/csv", "", from_heading=False)


@dataclass(frozen=True)
class _Rest:
    """The rows of a table behind those that are held: read anew from the text each time."""

    read: Callable[[], Iterator[list[str]]]
    held: int

    def rows(self) -> Iterator[list[str]]:
        """They are tidy, as `ingest.loaders.rowlines.tidied` makes them of those that are held."""
        rows = islice(self.read(), self.held, None)
        return ([" ".join(cell.split()) for cell in row] for row in rows if any(row))

    def tail(self) -> Tail | None:
        """
        Raises:
            csv.Error: there is a field that never ends.
        """
        count = width = 0
        for row in filter(any, islice(self.read(), self.held, None)):
            count += 1
            width = max(width, len(row))
        return Tail(count, width, self.rows) if count else None


def _reader(text: str) -> Callable[[], Iterator[list[str]]]:
    """What reads the rows of a text, as often as it is called."""
    said = SAID.match(text)
    text = text[said.end() :] if said else text
    sample = text[:SAMPLE]
    quote = "'" if APOSTROPHES.search(sample) and '"' not in sample else '"'
    delimiter = said[1] if said else max(DELIMITERS, key=lambda sign: _rows_alike(sample, sign, quote))

    def read() -> Iterator[list[str]]:
        lines = io.StringIO(text, newline="")
        rows = csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True)
        return dropwhile(lambda row: not any(row), rows)

    return read


def _rows_alike(sample: str, delimiter: str, quote: str) -> int:
    """How many rows a delimiter parts into as many fields as most others: what stands above a table, or commas in its texts,
    are not of one length."""
    lines = sample.split("\n")[:SAMPLED] if delimiter in sample else []
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True))
    except csv.Error:
        return 0
    return max(Counter(len(row) for row in rows if len(row) > 1).values(), default=0)
