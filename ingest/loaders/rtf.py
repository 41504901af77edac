"""Rich Text through striprtf, which gives the text alone; headings are guessed as in plain text."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby

from striprtf.striprtf import rtf_to_text

from ingest.loaders import plain
from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import clean
from ingest.loaders.grid import Grid, add_table
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/rtf"
TITLE = re.compile(r"\{\\info\b[^{}]*(?:\{(?!\\title)[^{}]*\}\s*)*\{\\title\s?((?:[^{}\\]|\\.)*)\}")
CODE_PAGE = re.compile(r"\\ansicpg\d+")
ROW_END = re.compile(r"\|[ \t]*$")


def load(data: bytes) -> Extracted:
    # Bytes beyond ASCII stand for themselves in the code page, as their escapes do.
    source = re.sub(rb"[\x80-\xff]", lambda match: b"\\'%02x" % match.group()[0], data).decode("ascii")
    # striprtf looks for the end of a link to the end of the line; line ends mean nothing in RTF, so each link gets one.
    source = source.replace("{\\field", "\n{\\field")
    try:
        text = clean(_without_halves(rtf_to_text(source, errors="replace")))
        named = TITLE.search(source)
        page = CODE_PAGE.search(source)
        title = rtf_to_text(f"{{\\rtf1{page.group() if page else ''} {named[1]}}}", errors="replace") if named else ""
    except (ValueError, LookupError, OverflowError) as error:
        raise UnreadableFile(f"damaged RTF ({error}).") from error
    builder = TextBuilder()
    for is_row, lines in groupby(text.split("\n"), lambda line: bool(ROW_END.search(line))):
        if is_row:
            rows = [_row(line) for line in lines]
            add_table(builder, Grid(rows), sure=len(rows) < 3)
        else:
            builder.block("\n".join(line.rstrip() for line in lines))
    built = builder.build(MEDIA_TYPE, "")
    guessed = plain.read(built.text, MEDIA_TYPE)
    return replace(built, title=_without_halves(title).strip() or guessed.title, headings=guessed.headings)


def _without_halves(text: str) -> str:
    """Characters beyond 16 bits come as two halves: joined here."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _row(line: str) -> list[str]:
    """A row of a table, which comes as `a|b|`."""
    return [" ".join(cell.split()) for cell in line.rstrip().removesuffix("|").split("|")]
