"""Rich Text through striprtf, which gives the text alone; headings are guessed as in plain text."""

from __future__ import annotations

import re

from striprtf.striprtf import rtf_to_text

from ingest.loaders import plain
from ingest.loaders.builder import joined
from ingest.loaders.encoding import clean
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/rtf"
TITLE = re.compile(r"\{\\info\b[^{}]*(?:\{(?!\\title)[^{}]*\}\s*)*\{\\title\s?((?:[^{}\\]|\\.)*)\}")
CODE_PAGE = re.compile(r"\\ansicpg\d+")
ROW_END = re.compile(r"\|[ \t]*$")


def load(data: bytes) -> Extracted:
    # Bytes beyond ASCII stand for themselves in the code page, as their escapes do.
    source = re.sub(rb"[\x80-\xff]", lambda match: b"\\'%02x" % match.group()[0], data).decode("ascii")
    try:
        text = clean(_without_halves(rtf_to_text(source, errors="replace")))
        named = TITLE.search(source)
        page = CODE_PAGE.search(source)
        title = rtf_to_text(f"{{\\rtf1{page.group() if page else ''} {named[1]}}}", errors="replace") if named else ""
    except (ValueError, LookupError, OverflowError) as error:
        raise UnreadableFile(f"damaged RTF ({error}).") from error
    lines = [_row(line) if ROW_END.search(line) else line.rstrip() for line in text.split("\n")]
    extracted = plain.read("\n".join(lines).strip("\n"), MEDIA_TYPE)
    return Extracted(extracted.text, MEDIA_TYPE, _without_halves(title).strip() or extracted.title, extracted.headings)


def _without_halves(text: str) -> str:
    """Characters beyond 16 bits come as two halves: joined here."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _row(line: str) -> str:
    """A row of a table, which comes as `a|b|`."""
    return joined([" ".join(cell.split()) for cell in line.rstrip().removesuffix("|").split("|")])
