"""Names of WordprocessingML, and how its wrappers are seen through: what they hold counts as if they were not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
VAL = f"{W}val"
OFF = frozenset({"0", "false", "off", "none"})

PARAGRAPH, TABLE, ROW, CELL, RUN = f"{W}p", f"{W}tbl", f"{W}tr", f"{W}tc", f"{W}r"
ALTERNATIVES = f"{MC}AlternateContent"
# Content controls, custom XML, insertions and moves: with all changes accepted they are the text itself.
WRAPPERS = frozenset(
    W + name for name in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "fldSimple", "dir", "bdo")
)
GONE = frozenset({f"{W}del", f"{W}moveFrom"})  # what changes took away
DRAWINGS = frozenset({f"{W}drawing", f"{W}pict", f"{W}object"})


def through(node: Any, *wanted: str) -> Iterator[Any]:
    """The elements of these names in a node, in order, whatever they are wrapped in."""
    for child in node:
        if child.tag in wanted:
            yield child
        elif child.tag in WRAPPERS and not is_contents(child):
            yield from through(child, *wanted)
        elif child.tag == ALTERNATIVES:
            yield from through(shown(child), *wanted)


def shown(alternatives: Any) -> Any:
    """The one of several versions of the same that is read: the drawing of today, or else what older programs show."""
    choice, fallback = alternatives.find(f"{MC}Choice"), alternatives.find(f"{MC}Fallback")
    if fallback is None or (choice is not None and any(True for _ in choice.iter(PARAGRAPH, RUN, *DRAWINGS))):
        return choice if choice is not None else ()
    return fallback


def is_contents(control: Any) -> bool:
    """Whether a content control is a table of contents, which repeats the headings."""
    gallery = control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
    return gallery is not None and gallery.get(VAL) == "Table of Contents"


def is_on(properties: Any, name: str) -> bool:
    """Whether a property that is on or off is on."""
    found = properties.find(f"{W}{name}") if properties is not None else None
    return found is not None and found.get(VAL, "1") not in OFF


def children(node: Any) -> dict[str, Any]:
    """The elements in one by name, of which each stands there once; of none none."""
    return {} if node is None else {child.tag: child for child in node}
