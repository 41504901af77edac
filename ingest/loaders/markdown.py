"""Markdown. The text stays as written, line for line, but for tables, whose rows get the names of their columns and whose cells
lose their signs, and for HTML in it; headings, lists, code and tables come from the parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.loaders.builder import ABOVE
from ingest.loaders.encoding import decode
from ingest.loaders.grid import NOTHING, Grid, Lined, row_lines, table_of
from ingest.loaders.markdownhtml import fragments, without_tags
from youju.records import Extracted, Heading
from youju.structure import ItemList, Table
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

Part = TypeVar("Part", Heading, Table, ItemList)
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
    parser = MarkdownIt("commonmark").disable("inline")
    tokens, lines = parser.parse(body), text.split("\n")
    if without_tags(lines, tokens):
        tokens = parser.parse("\n".join([""] * skipped + lines[skipped:]))
    pages = list(fragments(tokens, lines))
    inside = {number for page in pages for number in range(page.first, page.behind)}
    tokens = [token for token in tokens if not token.map or not inside.issuperset((token.map[0], token.map[1] - 1))]
    tables = list(_tables(tokens))
    written = [_write_table(first, rows, lines) for first, rows in tables]
    gone = {number for page in pages for number in page.write(lines, _around(lines[page.first]))}
    starts = [0]
    for number, line in enumerate(lines):
        starts.append(starts[-1] + (0 if number in gone else len(line) + 1))
    text = "\n".join(line for number, line in enumerate(lines) if number not in gone)
    read = [page.read_at(starts[page.first]) for page in pages]
    headings = _in_order(_headings(tokens, text, starts), *(one.headings for one in read))
    noted = [table for one in written if (table := _noted(one, lines, starts, text, headings))]
    title = _unquoted(named[1].strip()) if named else next((text[h.start : h.end] for h in headings if h.level == 1), "")
    return Extracted(
        text=text, media_type=MEDIA_TYPE, title=" ".join(inline(title).split()), headings=headings,
        whole=_apart([*_whole(tokens, tables, text, starts), *(span for one in read for span in one.whole)]),
        tables=_in_order(noted, *(one.tables for one in read)), lists=_in_order(*(one.lists for one in read)),
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


def _around(line: str) -> str:
    """What stands before a block in a line: the sign of an item or quotation."""
    marker, around = MARKER.match(line), "".join(AROUND.findall(line)[:1])
    return f"{marker.group()} " if marker else around if around.strip() else ""


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
        around = (_around(lines[number]) if number == first else "") or "".join(AROUND.findall(lines[number])[:1])
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


def _whole(tokens: list[Token], tables: Sequence[Source], text: str, starts: list[int]) -> Iterator[tuple[int, int]]:
    """Lists, code and rows of tables."""
    blocks = [token.map for token in tokens if token.type in WHOLE and token.level == 0 and token.map]
    lines = [(line, line + 1) for first, rows in tables for line in range(first + 2, first + 1 + len(rows))]
    for first, behind in [*((block[0], block[1]) for block in blocks), *lines]:
        begin, end = starts[first], min(starts[behind], len(text))
        yield begin, begin + len(text[begin:end].rstrip())


def _apart(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Those that stand by themselves, in order: what is inside others goes with them."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(spans, key=lambda one: (one[0], -one[1])):
        if end > begin and (not found or begin >= found[-1][1]):
            found.append((begin, end))
    return tuple(found)


def _in_order(*parts: Iterable[Part]) -> tuple[Part, ...]:
    return tuple(sorted(chain.from_iterable(parts), key=lambda one: one.start))


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
