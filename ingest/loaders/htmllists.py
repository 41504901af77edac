"""Lists of HTML: which one a node is in, and the number or dash before each item."""

from __future__ import annotations

from ingest.loaders.htmlshown import Node
from ingest.loaders.ordinals import roman

DASH = "-"
HIGHEST = 10**6  # a number that somebody wrote to make a long one is none


def outermost_lists(root: Node) -> dict[Node, Node]:
    """Each node in a list -> the outermost list that it is in."""
    found: dict[Node, Node] = {}
    for one in root.iter("ul", "ol"):
        if one not in found:
            found.update(dict.fromkeys(one.iter(), one))
    return found


class Markers:
    """What stands before the items of the lists below a node; each is given once."""

    def __init__(self, root: Node) -> None:
        self._left = dict.fromkeys(root.iter("li"), DASH)
        for one in root.iter("ol"):
            self._left.update(_numbers(one))
        self._open: Node | None = None  # an item whose text begins in a block inside it

    def take(self, node: Node, text: str) -> str:
        """The marker of a block with this text, "" for none."""
        if not text:
            if node.tag == "li" and node in self._left:
                self._open = node
            return ""
        item = node if node.tag == "li" else self._open
        self._open = None
        if item is None or (item is not node and item not in node.iterancestors()):
            return ""
        return self._left.pop(item, "")


def _numbers(one: Node) -> dict[Node, str]:
    items = [child for child in one if child.tag == "li"]
    step = -1 if one.get("reversed") is not None else 1
    number = _integer(one.get("start", ""), len(items) if step < 0 else 1)
    style, found = one.get("type", "1"), {}
    for item in items:
        number = _integer(item.get("value", ""), number)
        found[item] = f"{_shown(number, style)}."
        number += step
    return found


def _integer(text: str, otherwise: int) -> int:
    try:
        value = int(text)
    except ValueError:
        return otherwise
    return value if abs(value) <= HIGHEST else otherwise


def _shown(number: int, style: str) -> str:
    if number < 1 or number > 3999 or style not in "aAiI":
        return str(number)
    letters = roman(number) if style in "iI" else _letters(number)
    return letters.upper() if style in "AI" else letters


def _letters(number: int) -> str:
    written = ""
    while number:
        number, letter = divmod(number - 1, 26)
        written = chr(ord("a") + letter) + written
    return written
