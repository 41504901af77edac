"""Markdown. The text stays as written, line for line, but for tables, whose rows get the names of their columns and whose cells
lose their signs; headings, lists, code and tables come from the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.loaders.builder import ABOVE
from ingest.loaders.encoding import decode
from ingest.loaders.grid import NOTHING, Grid, Lined, row_lines, table_of
from youju.records import Extracted, Heading
from youju.structure import Table
from youju.text.markdown import MEDIA_TYPE, inline
from youju.text.rowlines import Line

WHOLE = frozenset({"fence", "code_block", "bullet_list_open", "ordered_list_open"})
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
FRONT_TITLE = re.compile(r"^title:(.+)$", re.MULTILINE)
AROUND = re.compile(r"[\s>]*")  # what stands before a row of a table inside a quotation or a list
MARKER = re.compile(r"[\s>]*(?:[-*+]|\d{1,9}[.)])(?=\s)")
RULE = re.compile(r"(?<=\n)[^\S\n]*\|?[^\S\n]*:?-+:?[^\S\n]*(?:\|[^\S\n]*:?-+:?[^\S\n]*)*\|?[^\S\n]*$", re.MULTILINE)
BAR = re.compile(r"(?<!\\)\|")
QUOTED = re.compile(r"([\"'])(.+)\1", re.DOTALL)

Source = tuple[int, list[list[str]]]
"""The line where it begins, and the cells of its rows."""


def load(data: bytes) -> Extracted:
    text = decode(data)
    front = FRONT_MATTER.match(text)
    named = FRONT_TITLE.search(front.group(1)) if front else None
    # The parser would take the front matter for a heading; blank lines in its place keep the line numbers.
    skipped = text[: front.end()].count("\n") if front else 0
    body = "\n" * skipped + text[front.end() :] if front else text
    # Headings, lists and tables are blocks; what stands inside a block is not parsed, which takes most of the time and is the
    # part that a text made for it can slow down without bound.
    tokens = MarkdownIt("commonmark").disable("inline").parse(body)
    lines = text.split("\n")
    tables = list(_tables(tokens))
    written = [_write_table(first, rows, lines) for first, rows in tables]
    text = "\n".join(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    headings = _headings(tokens, text, starts)
    noted = [table for one in written if (table := _noted(one, lines, starts, text, headings))]
    title = _unquoted(named[1].strip()) if named else next((text[h.start : h.end] for h in headings if h.level == 1), "")
    whole = _whole(tokens, tables, text, starts)
    return Extracted(
        text=text, media_type=MEDIA_TYPE, title=" ".join(inline(title).split()), headings=headings, whole=whole,
        tables=tuple(noted),
    )  # fmt: skip


def _unquoted(title: str) -> str:
    quoted = QUOTED.fullmatch(title)
    return quoted[2] if quoted else title


def _tables(tokens: list[Token]) -> Iterator[Source]:
    """Where each table begins, and the cells of its rows. To the parser it is a paragraph; its own rule for tables goes over
    them sign by sign, which takes five times as long."""
    for token in tokens:
        rule = RULE.search(token.content) if token.type == "inline" and token.map and "|" in token.content else None
        if rule and token.map:
            above, rows = token.content[: rule.start()].split("\n"), token.content[rule.end() :].split("\n")[1:]
            if len(cells := _cells(above[-2])) == len(_cells(rule.group())):
                yield token.map[0] + len(above) - 2, [cells, *map(_cells, rows)]


def _cells(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.replace("\\|", "|").strip() for cell in (BAR.split(line) if "\\" in line else line.split("|"))]


@dataclass(frozen=True)
class Written:
    """A table as it was written: its first line, the lines of its rows with what stands before each."""

    first: int
    rows: list[tuple[int, str, Line]]
    lined: Lined


def _write_table(first: int, rows: list[list[str]], lines: list[str]) -> Written:
    """Put the rows, each with the names of its columns, in the place of the lines of a table."""
    read = [[" ".join(inline(cell).split()) for cell in row[: len(rows[0])]] for row in rows]
    written, lined = row_lines(Grid(read), 1)
    placed = []
    for number, line in enumerate([written[0], NOTHING, *written[1:]], start=first):
        marker = MARKER.match(lines[number]) if number == first else None
        around = f"{marker.group()} " if marker else "".join(AROUND.findall(lines[number])[:1])
        lines[number] = f"{around}{line.text}".rstrip()
        if line.text:
            placed.append((number, around, line))
    return Written(first, placed[sum(bool(line.text) for line in lined.above) :], lined)


def _noted(written: Written, lines: list[str], starts: list[int], text: str, headings: Sequence[Heading]) -> Table | None:
    heading = next((text[h.start : h.end] for h in reversed(headings) if h.start < starts[written.first]), "")
    above = next((line.strip() for line in reversed(lines[: written.first]) if line.strip()), "")
    title = [heading, *([above] if len(above) <= ABOVE and not above.endswith(heading or " ") else [])]
    rows = [(starts[number] + len(around), line) for number, around, line in written.rows]
    return table_of(rows, written.lined, "\n".join(filter(None, title)))


def _whole(tokens: list[Token], tables: Sequence[Source], text: str, starts: list[int]) -> tuple[tuple[int, int], ...]:
    """Lists, code and rows of tables that stand by themselves: what is inside others goes with them."""
    blocks = [token.map for token in tokens if token.type in WHOLE and token.level == 0 and token.map]
    lines = [(line, line + 1) for first, rows in tables for line in range(first + 2, first + 1 + len(rows))]
    found: list[tuple[int, int]] = []
    for first, behind in sorted([*((block[0], block[1]) for block in blocks), *lines], key=lambda one: (one[0], -one[1])):
        begin, end = starts[first], min(starts[behind], len(text))
        end = begin + len(text[begin:end].rstrip())
        if end > begin and (not found or begin >= found[-1][1]):
            found.append((begin, end))
    return tuple(found)


def _headings(tokens: list[Token], text: str, starts: list[int]) -> tuple[Heading, ...]:
    found = []
    for token, held in zip(tokens, tokens[1:], strict=False):
        if token.type == "heading_open" and token.map and held.content:
            begin, end = starts[token.map[0]], starts[token.map[1]]
            first = held.content.split("\n")[0]
            at = text.find(first, begin, end)  # within the heading's own lines: the text behind the # signs
            if at >= 0:
                found.append(Heading(at, at + len(first), int(token.tag[1])))
    return tuple(found)
