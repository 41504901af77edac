"""HTML: the main content as text, with headings, lists and tables; navigation, scripts and what is hidden left out."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from itertools import takewhile

import lxml.html
from lxml import etree

from ingest.loaders.builder import TextBuilder, joined
from ingest.loaders.encoding import decode
from ingest.loaders.grid import Grid, add_table, spread
from ingest.loaders.hidden import declarations, has_background, hides, hides_letters, is_white
from youju.errors import UnreadableFile
from youju.records import Extracted

LEFT_OUT = frozenset(
    "script style noscript template svg math canvas iframe object nav aside button select textarea head audio video".split()
)
ROLES_LEFT_OUT = frozenset({"navigation", "search", "banner", "contentinfo", "complementary", "menu"})
BLOCKS = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header "
    "hr li main ol p pre section summary table tbody thead tfoot tr ul caption center".split()
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
MAIN = ("//main", "//*[@role='main']", "//article")
DECLARED = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
MAX_SPAN = 100  # columns or rows that one cell may reach over
PERMALINKS = "¶§#"


def load(data: bytes) -> Extracted:
    tree = _parse(data)
    if tree is None:
        raise UnreadableFile("no HTML in it.")
    title = (tree.findtext(".//title") or "").strip()
    builder = TextBuilder()
    for root in _main_parts(tree):
        _add_blocks(root, builder)
    first_heading = next((" ".join(h.text_content().split()).strip(PERMALINKS) for h in tree.iter("h1")), "")
    return builder.build("text/html", first_heading or title)


def _parse(data: bytes) -> lxml.html.HtmlElement | None:
    declared = DECLARED.search(data[:4096])
    try:
        # UTF-16 cannot be declared in bytes that read as ASCII (HTML standard, 13.2.3.2)
        named = declared.group(1).decode("ascii").lower() if declared else ""
        text = data.decode(named) if named and not named.startswith(("utf-16", "utf-32")) else decode(data)
    except (LookupError, UnicodeDecodeError):
        text = decode(data)
    # lxml refuses text that declares an encoding of its own
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))
    parser = lxml.html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml.html.document_fromstring(text, parser=parser)
    except etree.ParserError:
        return None


def _main_parts(tree: lxml.html.HtmlElement) -> list[lxml.html.HtmlElement]:
    for path in MAIN:
        found = [node for node in tree.xpath(path) if not any(True for _ in node.iterancestors("main", "article"))]
        if found:
            return found
    body = tree.find("body")
    return [body if body is not None else tree]


def _add_blocks(root: lxml.html.HtmlElement, builder: TextBuilder) -> None:
    lists = _outermost_lists(root)
    tables = {node: table for node in root.iter("table") if (table := _table(node))}
    current: lxml.html.HtmlElement | None = None  # the list we are in
    begin: int | None = None  # and where its text begins
    term: int | None = None  # where the term of a definition begins that its text is still to come for
    for node, text in _blocks(root, tables.keys()):
        if lists.get(node) is not current:
            if begin is not None:
                builder.keep_whole(begin)
            current, begin = lists.get(node), None
        start, end = add_table(builder, *tables[node]) if node in tables else _add_block(node, text, builder)
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


def _outermost_lists(root: lxml.html.HtmlElement) -> dict[lxml.html.HtmlElement, lxml.html.HtmlElement]:
    """Each node in a list -> the outermost list that it is in."""
    found: dict[lxml.html.HtmlElement, lxml.html.HtmlElement] = {}
    for one in root.iter("ul", "ol"):
        if one not in found:
            found.update(dict.fromkeys(one.iter(), one))
    return found


def _add_block(node: lxml.html.HtmlElement, text: str, builder: TextBuilder) -> tuple[int, int]:
    tag = node.tag if isinstance(node.tag, str) else ""
    if tag in HEADINGS:
        return builder.block(text.strip().strip(PERMALINKS), HEADINGS[tag])
    if tag == "pre":
        span = builder.block(text)
        builder.keep_whole(*span)
        return span
    text = " ".join(text.split())
    return builder.block(f"- {text}" if tag == "li" and text else text, joint="\n" if tag in ("li", "tr") else "\n\n")


def _blocks(
    root: lxml.html.HtmlElement, tables: Container[lxml.html.HtmlElement]
) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
    """The innermost blocks in reading order, each with the text that belongs to it and to no block inside it.
    Of `tables` only the captions.

    Walks with its own stack: a document may be nested deeper than Python recurses.
    """
    # Entries: a node to enter, or (block, text) to add to the block's run, or (block, None) to end that run.
    stack: list[tuple[lxml.html.HtmlElement, lxml.html.HtmlElement, str | None, bool]] = [(root, root, None, True)]
    run: list[str] = []
    while stack:
        node, block, text, enter = stack.pop()
        if not enter:
            if text is not None:
                run.append(text)
            else:
                yield block, "".join(run)
                run = []
            continue
        if _is_left_out(node):
            continue
        if node in tables:
            yield block, "".join(run)
            run = []
            yield from ((caption, "".join(_texts(caption))) for caption in node.iterchildren("caption"))
            yield node, ""
            continue
        if node.tag == "tr":
            yield node, joined(_cells(node))
            continue
        if node.tag == "br":
            run.append("\n" if block.tag == "pre" else " ")
            continue
        if node.tag in BLOCKS and node is not block:
            yield block, "".join(run)
            run = []
        owner = node if node.tag in BLOCKS or node is root else block
        if node.tag in BLOCKS or node is root:
            stack.append((node, owner, None, False))
        for child in reversed(node):
            if child.tail:
                stack.append((child, owner, child.tail, False))
            stack.append((child, owner, None, True))
        if node.text:
            stack.append((node, owner, node.text, False))


def _is_left_out(node: lxml.html.HtmlElement) -> bool:
    if not isinstance(node.tag, str):  # a comment or an entity
        return True
    style = node.get("style", "")
    return (
        node.tag in LEFT_OUT
        or node.get("role") in ROLES_LEFT_OUT
        or node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or (bool(style) and (hides(style) or _has_unseen_letters(node, style)))
        or (node.tag in ("header", "footer") and node.getparent() is not None and node.getparent().tag == "body")
    )


def _has_unseen_letters(node: lxml.html.HtmlElement, style: str) -> bool:
    by = hides_letters(style) or ("color" if is_white(style) and _is_on_paper(node) else "")
    return bool(by) and not any(by in declarations(one.get("style", "")) for one in node.iterdescendants())


def _is_on_paper(node: lxml.html.HtmlElement) -> bool:
    """Whether nothing says that something else than white paper is behind the node. A class may."""
    around = [node, *node.iterancestors()]
    return not any(one.get("class") or one.get("bgcolor") or one.get("background") for one in around) and not has_background(
        one.get("style", "") for one in around
    )


def _texts(node: lxml.html.HtmlElement) -> Iterator[str]:
    """The pieces of text in a cell, but for what is left out everywhere."""
    skip = 0
    for event, one in etree.iterwalk(node, events=("start", "end", "comment")):
        left_out = _is_left_out(one)
        if event == "start":
            skip += left_out
            if not skip and one.text:
                yield one.text
        if event == "end":
            skip -= left_out
        if event != "start" and one is not node and not skip and one.tail:
            yield one.tail


def _cells(row: lxml.html.HtmlElement) -> list[str]:
    return [_cell(cell) for cell in row.iterchildren("td", "th")]


def _cell(cell: lxml.html.HtmlElement) -> str:
    return " ".join(" ".join(_texts(cell)).split())


def _table(table: lxml.html.HtmlElement) -> tuple[Grid, int | None, bool] | None:
    """The cells of a table and how many of its rows are marked as names of the columns; None where it holds names only, or
    nothing is marked and it lays out a page."""
    parts = (
        [part] if part.tag == "tr" else part.iterchildren("tr") for part in table.iterchildren("tr", "thead", "tbody", "tfoot")
    )
    rows = [row for part in parts for row in part if not _is_left_out(row)]
    heads = sum(1 for _ in takewhile(_is_header, rows))
    if heads == len(rows) or (not heads and any(True for _ in table.iterdescendants("table"))):
        return None
    cells = (row.iterchildren("td", "th") for row in rows)
    return (
        spread([(_cell(cell), _span(cell, "rowspan"), _span(cell, "colspan")) for cell in row] for row in cells),
        heads or None,
        True,
    )


def _is_header(row: lxml.html.HtmlElement) -> bool:
    cells = list(row.iterchildren("td", "th"))
    names = [cell for cell in cells if cell.tag == "th"]
    blank = all(cell.tag == "th" or not cell.text_content().strip() for cell in cells)  # the corner is often a td
    return row.getparent().tag == "thead" or (bool(names) and len(cells) > 1 and blank)


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    digits = cell.get(name, "1").strip()
    return min(max(int(digits), 1), MAX_SPAN) if digits.isdecimal() else 1
