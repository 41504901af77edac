"""HTML: the main content as text, with headings, lists and tables; navigation, scripts and what is hidden left out."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile

import lxml.html
from lxml import etree

from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode, decode_as
from ingest.loaders.grid import Grid, add_table, spread
from ingest.loaders.htmlfaq import mark_questions
from ingest.loaders.htmllists import ListNotes, Markers, outermost_lists
from ingest.loaders.htmlshown import Node, Shown
from ingest.loaders.htmlwalk import TICKED, UNTICKED, blocks, text_of
from youju.errors import UnreadableFile
from youju.records import Extracted
from youju.structure import ItemList

HEADINGS = {f"h{level}": level for level in range(1, 7)}
DECLARED = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)|^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w-]+)", re.IGNORECASE
)
MAX_SPAN = 100  # columns or rows that one cell may reach over
PERMALINKS = "¶§#"
BOXES = f" \n{TICKED}{UNTICKED}"  # alone they say nothing


def load(data: bytes, encoding: str = "") -> Extracted:
    """
    Args:
        encoding: what another place, a header of a message, says of it.
    """
    tree = _parse(data, encoding)
    if tree is None:
        raise UnreadableFile("no HTML in it.")
    title = (tree.findtext(".//title") or "").strip()
    builder = TextBuilder()
    mark_questions(tree)
    body, shown = tree.find("body"), Shown(tree)
    lists = _add_blocks(body if body is not None else tree, builder, shown)
    built = replace(builder.build("text/html", ""), lists=lists)
    first = next(iter(tree.xpath("(//main//h1 | //*[@role='main']//h1)[1]")), None)
    if first is not None:  # that of the site may stand before it
        title = text_of(first, shown).strip(PERMALINKS)
    elif any(heading.level == 1 for heading in built.headings):
        title = built.title
    return replace(built, title=title or built.title)


def _parse(data: bytes, encoding: str) -> Node | None:
    declared = DECLARED.search(data[:4096])
    named = encoding or ((declared[1] or declared[2]).decode("ascii") if declared else "")
    # UTF-16 cannot be declared in bytes that read as ASCII (HTML standard, 13.2.3.2)
    usable = bool(named) and not named.lower().startswith(("utf-16", "utf-32", "unicode"))
    text = decode_as(data, named) if usable else decode(data)
    # lxml refuses text that declares an encoding of its own
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))
    parser = lxml.html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml.html.document_fromstring(text, parser=parser)
    except etree.ParserError:
        return None


def _add_blocks(root: Node, builder: TextBuilder, shown: Shown) -> tuple[ItemList, ...]:
    """Add all blocks; returns the lists that they make."""
    lists, markers, notes = outermost_lists(root), Markers(root), ListNotes(root)
    tables = {node: table for node in root.iter("table") if (table := _table(node, shown))}
    current: Node | None = None  # the list we are in
    begin: int | None = None  # and where its text begins
    term: int | None = None  # where the term of a definition begins that its text is still to come for
    for node, text in blocks(root, shown, tables.keys()):
        if lists.get(node) is not current:
            if begin is not None:
                builder.keep_whole(begin)
            current, begin = lists.get(node), None
        start, end = add_table(builder, *tables[node]) if node in tables else _add_block(node, text, builder, markers)
        notes.note(node, start, end)
        if current is not None and begin is None and end > start:
            begin = start
        if current is None and end > start:
            if node.tag == "dt":
                term = start if term is None else term
            elif term is not None:
                builder.keep_whole(term)
                term = None
    if begin is not None:
        builder.keep_whole(begin)
    return notes.lists()


def _add_block(node: Node, text: str, builder: TextBuilder, markers: Markers) -> tuple[int, int]:
    tag = node.tag if isinstance(node.tag, str) else ""
    if tag in HEADINGS:
        return builder.block(text.strip().strip(PERMALINKS), HEADINGS[tag])
    if tag == "pre":
        span = builder.block(text)
        builder.keep_whole(*span)
        return span
    text = " ".join(text.split()) if text.strip(BOXES) else ""
    marker = markers.take(node, text)
    joint = "\n" if marker or tag in ("li", "tr") else "\n\n"
    return builder.block(f"{marker} {text}" if marker else text, joint=joint)


def _table(table: Node, shown: Shown) -> tuple[Grid, int | None, bool] | None:
    """The cells of a table and how many of its rows are marked as names of the columns; None where it holds names only, or
    nothing is marked and it lays out a page."""
    parts = (
        [part] if part.tag == "tr" else part.iterchildren("tr") for part in table.iterchildren("tr", "thead", "tbody", "tfoot")
    )
    rows = [row for part in parts for row in part if not shown.leaves_out(row)]
    heads = sum(1 for _ in takewhile(_is_header, rows))
    if heads == len(rows) or (not heads and any(True for _ in table.iterdescendants("table"))):
        return None
    cells = (row.iterchildren("td", "th") for row in rows)
    return (
        spread([(text_of(cell, shown), _span(cell, "rowspan"), _span(cell, "colspan")) for cell in row] for row in cells),
        heads or None,
        True,
    )


def _is_header(row: Node) -> bool:
    cells = list(row.iterchildren("td", "th"))
    names = [cell for cell in cells if cell.tag == "th"]
    blank = all(cell.tag == "th" or not cell.text_content().strip() for cell in cells)  # the corner is often a td
    return row.getparent().tag == "thead" or (bool(names) and len(cells) > 1 and blank)


def _span(cell: Node, name: str) -> int:
    digits = cell.get(name, "1").strip()
    return min(max(int(digits), 1), MAX_SPAN) if digits.isdecimal() else 1
