"""Markdown. The text stays as written, line for line, but for tables, whose rows get the names of their columns; headings,
lists, code and tables come from the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.loaders.encoding import decode
from ingest.loaders.grid import Grid, row_lines
from youju.records import Extracted, Heading

WHOLE = frozenset({"fence", "code_block", "bullet_list_open", "ordered_list_open", "tr_open"})
ROW_LEVEL = 2  # of a row of a table that stands by itself
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_TITLE = re.compile(r"^title:(.+)$", re.MULTILINE)
AROUND = re.compile(r"[\s>]*")  # what stands before a row of a table inside a quotation or a list
MARKER = re.compile(r"[\s>]*(?:[-*+]|\d{1,9}[.)])(?=\s)")
EMPHASIS = re.compile(r"(\*\*|__|\*|_|`)(.+)\1", re.DOTALL)
QUOTED = re.compile(r"([\"'])(.+)\1", re.DOTALL)


def load(data: bytes) -> Extracted:
    text = decode(data)
    front = FRONT_MATTER.match(text)
    named = FRONT_TITLE.search(front.group(1)) if front else None
    # The parser would take the front matter for a heading; blank lines in its place keep the line numbers.
    skipped = text[: front.end()].count("\n") if front else 0
    body = "\n" * skipped + text[front.end() :] if front else text
    # Headings, lists and tables are blocks; what stands inside a block is not parsed, which takes most of the time and is the
    # part that a text made for it can slow down without bound.
    tokens = MarkdownIt("commonmark").enable("table").disable("inline").parse(body)
    lines = text.split("\n")
    for rows in _tables(tokens):
        _write_table(rows, lines)
    text = "\n".join(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    headings = _headings(tokens, text, starts)
    title = _unquoted(named[1].strip()) if named else next((text[h.start : h.end] for h in headings if h.level == 1), "")
    whole = _whole(tokens, text, starts)
    return Extracted(text=text, media_type="text/markdown", title=title.strip(), headings=headings, whole=whole)


def _unquoted(title: str) -> str:
    quoted = QUOTED.fullmatch(title)
    return quoted[2] if quoted else title


def _tables(tokens: list[Token]) -> Iterator[list[tuple[int, list[str]]]]:
    """The rows of each table: their lines and their cells."""
    rows: list[tuple[int, list[str]]] = []
    for number, token in enumerate(tokens):
        if token.type == "tr_open" and token.map:
            rows.append((token.map[0], []))
        elif token.type in ("th_open", "td_open"):
            rows[-1][1].append(" ".join(tokens[number + 1].content.split()))
        elif token.type == "table_close":
            yield rows
            rows = []


def _write_table(rows: list[tuple[int, list[str]]], lines: list[str]) -> None:
    """Put the rows, each with the names of its columns, in the place of the lines of a table."""
    names = [EMPHASIS.sub(r"\2", cell) for cell in rows[0][1]]
    written = row_lines(Grid([names, *(cells for _, cells in rows[1:])]), 1)
    first = rows[0][0]
    for number, line in [(first + 1, ""), *((number, line) for (number, _), line in zip(rows, written, strict=True))]:
        marker = MARKER.match(lines[number]) if number == first else None
        around = f"{marker.group()} " if marker else "".join(AROUND.findall(lines[number])[:1])
        lines[number] = f"{around}{line}".rstrip()


def _whole(tokens: list[Token], text: str, starts: list[int]) -> tuple[tuple[int, int], ...]:
    """Lists, code and rows of tables that stand by themselves: what is inside others goes with them."""
    found = []
    for token in tokens:
        if token.map and token.level == (ROW_LEVEL if token.type == "tr_open" else 0) and token.type in WHOLE:
            begin, end = starts[token.map[0]], min(starts[token.map[1]], len(text))
            found.append((begin, begin + len(text[begin:end].rstrip())))
    return tuple((begin, end) for begin, end in found if end > begin)


def _headings(tokens: list[Token], text: str, starts: list[int]) -> tuple[Heading, ...]:
    found = []
    for token, inline in zip(tokens, tokens[1:], strict=False):
        if token.type == "heading_open" and token.map and inline.content:
            begin, end = starts[token.map[0]], starts[token.map[1]]
            first = inline.content.split("\n")[0]
            at = text.find(first, begin, end)  # within the heading's own lines: the text behind the # signs
            if at >= 0:
                found.append(Heading(at, at + len(first), int(token.tag[1])))
    return tuple(found)
