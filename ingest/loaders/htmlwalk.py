"""The text of a page of HTML in reading order, block by block; what stands in a line of it is made text: raised letters,
formulas, the values of a form.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from ingest.loaders.formulas import mathml
from ingest.loaders.hidden import declarations
from ingest.loaders.htmlshown import Node, Shown
from ingest.loaders.raised import lowered, raised
from ingest.loaders.tex import tex
from youju.text.rowlines import plain_line

BLOCKS = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header "
    "hr li main ol p pre section summary table tbody thead tfoot tr ul caption center".split()
)
VALUED = frozenset({"br", "input", "textarea", "select", "img", "svg", "math", "mjx-container"})
LIFTING = frozenset({"sup", "sub", "a"})
NOTE_LINKS = frozenset({"noteref", "doc-noteref"})
UNSHOWN_INPUTS = frozenset({"hidden", "password", "submit", "button", "reset", "image", "file", "color"})
HIGHER, LOWER = re.compile(r"\d*\.?\d*[1-9]"), re.compile(r"-\d*\.?\d*[1-9]")  # by a length or a share
TICKED, UNTICKED = "☑", "☐"
FORMULA_PICTURES = frozenset({"tex", "latex", "math"})
BEFORE = 80  # characters before a raised one that tell what it is

ENTER, TEXT, END, RISE, SINK = range(5)
Step = tuple[int, Node, Node, str]


def blocks(root: Node, shown: Shown, tables: Container[Node] = (), in_cell: bool = False) -> Iterator[tuple[Node, str]]:
    """The innermost blocks in reading order, each with the text that belongs to it and to no block inside it.
    Of `tables` only the captions. Rows of other tables are blocks with their cells side by side, but `in_cell`.

    Walks with its own stack: a document may be nested deeper than Python recurses.
    """
    tables_or_rows = ("table",) if in_cell else ("table", "tr")
    stack: list[Step] = [(ENTER, root, root, "")]
    run: list[str] = []
    lifted: list[int] = []  # where in the run the raised and lowered letters begin that are open
    while stack:
        step, node, block, text = stack.pop()
        if step == TEXT:
            run.append(text)
        elif step == END:
            yield block, "".join(run)
            run = []
        elif step != ENTER:
            _lift(step, node, run, min(lifted.pop(), len(run)))
        elif shown.leaves_out(node):
            run += _script(node) if node.tag == "script" else ()
        elif (tag := node.tag) in tables_or_rows and (tag == "tr" or node in tables):
            yield block, "".join(run)
            run = []
            yield from _rows(node, shown)
        elif tag in VALUED or ":" in tag:
            run.append(_value(node, block))
        else:
            is_block = tag in BLOCKS or (in_cell and tag in ("td", "th"))
            if is_block and node is not block:
                yield block, "".join(run)
                run = []
            if shown.names and node in shown.names:
                yield node, shown.names[node]
            owner = node if is_block else block
            if is_block or node is root:
                stack.append((END, owner, owner, ""))
            elif (tag in LIFTING or node in shown.special) and (lift := _lifts(node, shown)):
                stack.append((lift, node, owner, ""))
                lifted.append(len(run))
            _push(node, owner, stack)


def _push(node: Node, owner: Node, stack: list[Step]) -> None:
    for child in node.iterchildren(reversed=True):
        if tail := child.tail:
            stack.append((TEXT, child, owner, tail))
        stack.append((ENTER, child, owner, ""))
    if text := node.text:
        stack.append((TEXT, node, owner, text))


def _rows(node: Node, shown: Shown) -> Iterator[tuple[Node, str]]:
    """A row of a table without header, or the captions of one with a header and then the table itself."""
    if node.tag == "tr":
        yield node, plain_line([text_of(cell, shown) for cell in node.iterchildren("td", "th")]).text
    else:
        yield from ((caption, text_of(caption, shown)) for caption in node.iterchildren("caption"))
        yield node, ""


def text_of(node: Node, shown: Shown) -> str:
    """The text of a cell or caption on one line."""
    if not len(node) and not node.attrib:
        return " ".join((node.text or "").split())
    return " ".join(" ".join(text for _, text in blocks(node, shown, in_cell=True)).split())


def _lifts(node: Node, shown: Shown) -> int:
    """Whether the letters of an element stand raised or lowered."""
    if node.tag == "sub":
        return SINK
    if node.tag == "sup":
        return RISE
    if _is_note_link(node):
        return RISE
    style = shown.style(node)
    align = declarations(style).get("vertical-align", "") if "vertical-align" in style else ""
    return RISE if align == "super" or HIGHER.match(align) else SINK if align == "sub" or LOWER.match(align) else ENTER


def _is_note_link(node: Node) -> bool:
    kind = (node.get("epub:type") or node.get("role", "")) if node.tag == "a" else ""
    return bool(kind) and not NOTE_LINKS.isdisjoint(kind.split())


def _lift(step: int, node: Node, run: list[str], place: int) -> None:
    """Write what the run holds from `place` on as raised or lowered."""
    inner, before = "".join(run[place:]), ""
    del run[place:]
    while place and len(before) < BEFORE:
        place -= 1
        before = run[place] + before
    if _is_fraction(node):
        run.append(f" {inner}" if step == RISE and before[-1:].isdigit() else inner)
    elif step == SINK:
        run.append(lowered(inner))
    else:
        run.append(raised(before, inner, is_mark=_is_note_link(node) or node.find(".//a") is not None or _is_in_link(node)))


def _is_in_link(node: Node) -> bool:
    parent = node.getparent()
    return parent is not None and parent.tag == "a" and parent.get("href", "").startswith("#")


def _is_fraction(node: Node) -> bool:
    """1/2 written with a raised 1 and a lowered 2."""
    upper, lower = (node, node.getnext()) if node.tag == "sup" else (node.getprevious(), node)
    slash = "" if upper is None else (upper.tail or "").strip()
    return lower is not None and slash in ("/", "⁄", "∕") and (upper.tag, lower.tag) == ("sup", "sub")


def _value(node: Node, block: Node) -> str:
    """What an element shows that is not the text in it."""
    match node.tag:
        case "br":
            return "\n" if block.tag == "pre" else " "
        case "input":
            return _input(node)
        case "textarea":
            return f" {node.text_content()} "
        case "select":
            return _selected(node)
        case "img":
            classes = {part for name in node.get("class", "").split() for part in name.lower().split("-")}
            return tex(node.get("alt", "")) if FORMULA_PICTURES & classes and "mwe" not in classes else ""
        case "svg":
            return "".join(f" {' '.join(one.itertext())} " for one in node.iter("text", "foreignobject"))
        case "mjx-container":
            return _set(node)
    return mathml(node)


def _set(node: Node) -> str:
    """A formula that MathJax has set: its letters stand in a style sheet, its meaning beside them."""
    found = node.find(".//math")
    if found is not None:
        return mathml(found)
    source = next((one.get("data-latex") for one in node.iter() if one.get("data-latex")), None)
    return tex(source) if source else str(node.get("aria-label", "")) or " ".join(node.text_content().split())


def _input(node: Node) -> str:
    kind = node.get("type", "text").lower()
    if kind in UNSHOWN_INPUTS:
        return ""
    if kind in ("checkbox", "radio"):
        return f" {UNTICKED if node.get('checked') is None else TICKED} "
    return f" {node.get('value', '')} "


def _selected(node: Node) -> str:
    """What is chosen; of a list that shows one line, its first if nothing is."""
    options = list(node.iter("option"))
    chosen = [one for one in options if one.get("selected") is not None]
    if not chosen and node.get("multiple") is None and options and options[0].get("value") != "":
        chosen = options[:1]
    return f" {', '.join(' '.join(one.text_content().split()) for one in chosen)} "


def _script(node: Node) -> tuple[str, ...]:
    """A formula that a script of the page would have set, where it has not done so yet (MathJax)."""
    if not node.get("type", "").startswith("math/tex"):
        return ()
    before = node.getprevious()
    if before is None or "MathJax" not in before.get("class", "") + before.get("id", ""):
        return (tex(node.text or ""),)
    hides_letters = before.find(".//*[@aria-hidden='true']") is not None
    is_read = before.find(".//math") is not None or (not hides_letters and before.text_content().strip())
    return () if is_read else (tex(node.text or ""),)
