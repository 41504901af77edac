"""The binary formats before 2007, .doc and .ppt, through office-oxide: headings, paragraphs, lists and tables, a page for each
slide. A table in a cell comes as the text of the cell, notes come behind the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from office_oxide import Document, OfficeOxideError

from ingest.loaders import symbols
from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode
from ingest.loaders.grid import add_table, spread
from ingest.loaders.hidden import LEAST_POINTS
from ingest.loaders.raised import Runs
from youju.errors import UnreadableFile
from youju.records import Extracted

SLIDE_LEVEL = 2
SHIFTS = {"superscript": 1, "subscript": -1}
WHITE = [255, 255, 255]
MAX_SPAN = 100
Node = dict[str, Any]


def load_document(data: bytes) -> Extracted:
    return _load(data, "doc", "application/msword")


def load_slides(data: bytes) -> Extracted:
    return _load(data, "ppt", "application/vnd.ms-powerpoint")


def _load(data: bytes, form: Literal["doc", "ppt"], media_type: str) -> Extracted:
    try:
        read: Node = Document.from_bytes(data, form).to_ir()
    except OfficeOxideError as error:
        raise UnreadableFile(
            f"this old .{form} cannot be read ({error}): open it in an office program, save it as .{form}x."
        ) from error
    document = _Old(form == "ppt")
    for section in read.get("sections", ()):
        document.add_section(section)
    title = _title(read.get("metadata", {}).get("title") or "")
    return document.builder.build(media_type, "" if title == "PowerPoint Presentation" else title)


def _title(text: str) -> str:
    """The title of a document; office-oxide takes its bytes for Latin, whatever they are."""
    try:
        return decode(text.encode("latin-1")) if text else ""
    except (UnicodeEncodeError, UnreadableFile):
        return text


class _Old:
    """Adds the parts of a document to a builder."""

    def __init__(self, is_slides: bool) -> None:
        self.builder = TextBuilder()
        self._is_slides = is_slides
        self._edges: set[str] = set()

    def add_section(self, section: Node) -> None:
        if self._is_slides:
            self.builder.page()
        if section.get("hidden"):
            return
        self._add_edge(section.get("header"))
        self._add(section.get("elements", ()))
        self._add_edge(section.get("footer"))
        self.builder.block("\n".join(self._texts(section.get("speaker_notes", ()))))

    def _add_edge(self, edge: Node | None) -> None:
        """A header or footer, once."""
        text = "\n".join(filter(str.strip, self._texts(edge.get("content", ())))) if edge else ""
        if text not in self._edges:
            self._edges.add(text)
            self.builder.block(text)

    def _add(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            match node.get("type"):
                case "heading":
                    level = SLIDE_LEVEL if self._is_slides else node.get("level", 1)
                    self.builder.block(_text(node.get("content", ()), True), heading_level=level)
                case "paragraph":
                    self.builder.block(_text(node.get("content", ()), self._is_slides))
                case "list":
                    first: int | None = None
                    for text in filter(str.strip, self._texts((node,))):
                        start, _ = self.builder.block(f"- {text}", joint="\n")
                        first = start if first is None else first
                    if first is not None:
                        self.builder.keep_whole(first)
                case "table":
                    self._add_table(node)
                case "footnote" | "endnote":
                    self.builder.block(" ".join(self._texts((node,))))
                case _:
                    self._add(_inside(node))

    def _add_table(self, table: Node) -> None:
        rows = [
            [
                (
                    " ".join(" ".join(self._texts(cell.get("content", ()), True)).split()),
                    _span(cell, "row_span"),
                    _span(cell, "col_span"),
                )
                for cell in row.get("cells", ())
            ]
            for row in table.get("rows", ())
        ]
        add_table(self.builder, spread(rows), sure=len(rows) < 3)

    def _texts(self, nodes: Iterable[Node], on_colour: bool = False) -> Iterator[str]:
        """The texts of the paragraphs in nodes."""
        for node in nodes:
            if node.get("type") in ("paragraph", "heading"):
                yield _text(node.get("content", ()), on_colour or self._is_slides)
            else:
                yield from self._texts(_inside(node), on_colour)


def _inside(node: Node) -> Iterator[Node]:
    """What a node holds, whatever kind it is."""
    for key in ("content", "items", "rows", "cells", "elements", "children", "nested"):
        inside = node.get(key)
        yield from (one for one in inside if isinstance(one, dict)) if isinstance(inside, list) else ()


def _text(content: Iterable[Node], on_colour: bool) -> str:
    runs = Runs()
    _add_runs(content, on_colour, runs)
    return runs.text()


def _add_runs(content: Iterable[Node], on_colour: bool, runs: Runs) -> None:
    for run in content:
        text = run.get("text")
        white = run.get("color") == WHITE and not on_colour and not (run.get("highlight") or run.get("background_color"))
        if run.get("type") == "line_break":
            runs.add("\n")
        elif not isinstance(text, str):
            _add_runs(_inside(run), on_colour, runs)
        elif run.get("strikethrough") or run.get("hidden") or white or run.get("font_size_half_pt", 24) < 2 * LEAST_POINTS:
            runs.gap()
        else:
            runs.add(symbols.plain(text, run.get("font_name", "")), SHIFTS.get(run.get("vertical_align", ""), 0))


def _span(cell: Node, name: str) -> int:
    return min(max(int(cell.get(name, 1)), 1), MAX_SPAN)
