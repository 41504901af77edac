"""Lists of HTML: which one a node is in, the number or dash before each item, and where the items went in the text."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.loaders.htmlshown import Node
from ingest.loaders.ordinals import roman
from youju.structure import Item, ItemList

DASH = "-"
LISTS, ITEMS, TERMS = frozenset({"ul", "ol", "dl"}), frozenset({"li", "dt", "dd"}), frozenset({"dt", "dd"})
HIGHEST = 10**6  # a number that somebody wrote to make a long one is none


def outermost_lists(root: Node) -> dict[Node, Node]:
    """Each node in a list -> the outermost list that it is in."""
    found: dict[Node, Node] = {}
    for one in root.iter("ul", "ol"):
        if one not in found:
            found.update(dict.fromkeys(one.iter(), one))
    return found


@dataclass(frozen=True)
class Place:
    """Where a node stands in a list: the outermost one that it is in, the item, and how deep that one is."""

    whole: Node
    item: Node
    level: int


def places_in_lists(root: Node) -> dict[Node, Place]:
    """Each node in an item -> the innermost item that it is in. A term and what it stands for (`dt`, `dd`) are one item."""
    found: dict[Node, Place] = {}
    for node in root.iter():  # parents before their children
        if not isinstance(node.tag, str):
            continue
        parent = node.getparent()
        above = found.get(parent) if parent is not None else None
        if node.tag in ITEMS and parent is not None:
            outer = above or (found.get(parent.getparent()) if parent.tag not in LISTS else None)
            described = _described(node, found)
            item = node if described is None else described
            found[node] = Place(outer.whole, item, outer.level + 1) if outer else Place(parent, item, 0)
        elif above is not None:
            found[node] = above
    return found


def _described(node: Node, found: dict[Node, Place]) -> Node | None:
    """The item that a description, or a further term before it, goes on with."""
    before = node.getprevious()
    if before is None or before not in found or before.tag not in TERMS:
        return None
    goes_on = node.tag == "dd" or before.tag == "dt"
    return found[before].item if goes_on and node.tag in TERMS else None


class ListNotes:
    """Notes where the items of lists went in the text, block by block."""

    def __init__(self, root: Node) -> None:
        self._places = places_in_lists(root)
        self._lists: dict[Node, dict[Node, Item]] = {}

    def note(self, node: Node, start: int, end: int) -> None:
        """A block of this node stands at `start` to `end`. What follows the items below an item is left out of it."""
        place = self._places.get(node)
        if place is None or end <= start:
            return
        items = self._lists.setdefault(place.whole, {})
        if place.item not in items:
            items[place.item] = Item(start, end, place.level)
        elif next(reversed(items)) is place.item:
            items[place.item] = Item(items[place.item].start, end, place.level)

    def lists(self) -> tuple[ItemList, ...]:
        """Those of two items or more, in order."""
        found = [ItemList(tuple(items.values()), one.tag == "ol") for one, items in self._lists.items() if len(items) > 1]
        return tuple(sorted(found, key=lambda one: one.start))


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
