"""Tables in plain text (.csv, .tsv), each row with the names of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode
from ingest.loaders.grid import Grid, add_table
from youju.errors import UnreadableFile
from youju.records import Extracted

DELIMITERS = "\t;|,"  # of those that part as many rows alike the first: commas stand in texts and numbers too
SAMPLE = 16384  # characters
SAMPLED = 100  # rows of the sample
FIELD = 1 << 20  # characters in a field; more comes of a quotation mark that is never closed
SAID = re.compile(r"\A\"?sep=(.)\"?[^\S\n]*\n", re.IGNORECASE)  # Excel's own line that names the delimiter
APOSTROPHES = re.compile(r"^'[^'\n]*'[,\t;|]", re.MULTILINE)


def load(data: bytes) -> Extracted:
    text = decode(data)
    csv.field_size_limit(FIELD)
    try:
        rows = [[" ".join(cell.split()) for cell in row] for row in _read(text)]
    except csv.Error as error:
        raise UnreadableFile(f"damaged table ({error}).") from error
    builder = TextBuilder()
    add_table(builder, Grid(rows))
    return builder.build("text/csv", "", from_heading=False)


def _read(text: str) -> list[list[str]]:
    said = SAID.match(text)
    text = text[said.end() :] if said else text
    sample = text[:SAMPLE]
    quote = "'" if APOSTROPHES.search(sample) and '"' not in sample else '"'
    delimiter = said[1] if said else max(DELIMITERS, key=lambda sign: _rows_alike(sample, sign, quote))
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote, skipinitialspace=True))


def _rows_alike(sample: str, delimiter: str, quote: str) -> int:
    """How many rows a delimiter parts into as many fields as most others: what stands above a table, or commas in its texts,
    are not of one length."""
    lines = sample.split("\n")[:SAMPLED] if delimiter in sample else []
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True))
    except csv.Error:
        return 0
    return max(Counter(len(row) for row in rows if len(row) > 1).values(), default=0)
