"""Tables in plain text (.csv, .tsv), each row with the header."""

from __future__ import annotations

import csv
import io
from collections import Counter

from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode
from ingest.loaders.grid import Grid, add_table
from youju.errors import UnreadableFile
from youju.records import Extracted

DELIMITERS = ",\t;|"
SAMPLE = 16384  # characters
FIELD = 1 << 20  # characters in a field; more comes of a quotation mark that is never closed


def load(data: bytes) -> Extracted:
    text = decode(data)
    csv.field_size_limit(FIELD)
    try:
        rows = [[" ".join(cell.split()) for cell in row] for row in csv.reader(io.StringIO(text, newline=""), _dialect(text))]
    except csv.Error as error:
        raise UnreadableFile(f"damaged table ({error}).") from error
    builder = TextBuilder()
    add_table(builder, Grid(rows))
    return builder.build("text/csv", "", from_heading=False)


def _dialect(text: str) -> type[csv.Dialect]:
    """What the sniffer says; where it cannot tell, the delimiter that most first lines hold."""
    sample = text[:SAMPLE]

    class Usual(csv.excel):
        delimiter = _most_common(sample)

    try:
        found = csv.Sniffer().sniff(sample, DELIMITERS)
    except csv.Error:
        return Usual
    # The sniffer takes the first quotation marks it sees for the rule; doubled ones are it nearly everywhere.
    found.doublequote = True
    return found


def _most_common(sample: str) -> str:
    lines = [line for line in sample.split("\n") if line][:20]
    counted = Counter({sign: sum(sign in line for line in lines) for sign in DELIMITERS})
    return counted.most_common(1)[0][0]
