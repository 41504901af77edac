"""The text of a paragraph of OpenDocument as it reads: what is struck out or hidden left out, powers raised, notes at their
marks, formulas, readings (ruby) once; and what hangs on it: text boxes and charts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from lxml import etree

from ingest.loaders import symbols
from ingest.loaders.odf.names import DRAW, GRID, HEADING, LIST, OFFICE, PARAGRAPH, STYLE_NAME, SVG, TEXT, XLINK
from ingest.loaders.odf.styles import PLAIN, Look, Styles
from ingest.loaders.raised import Runs

# What was deleted, what only marks a place, what others remarked, what describes a picture.
LEFT_OUT = frozenset(
    {
        f"{TEXT}tracked-changes", f"{TEXT}note-citation", f"{OFFICE}annotation", f"{TEXT}table-of-content", f"{OFFICE}forms",
        f"{TEXT}ruby-text", f"{SVG}title", f"{SVG}desc", f"{OFFICE}binary-data", f"{TEXT}script", f"{OFFICE}event-listeners",
    }
)  # fmt: skip
SIGNS = {f"{TEXT}tab": "\t", f"{TEXT}line-break": "\n"}
BLOCKS = frozenset({PARAGRAPH, HEADING, LIST, GRID})
PAGE_NUMBERS = frozenset({f"{TEXT}page-number", f"{TEXT}page-count"})
SPAN, BLANKS, OBJECT, NOTE = f"{TEXT}span", f"{TEXT}s", f"{DRAW}object", f"{TEXT}note"
MAX_REPEATED = 100  # columns that one cell stands for, or spaces


@dataclass(slots=True)
class Read:
    """A paragraph: its text, the boxes and embedded objects that hang on it, and the notes that are not in the text."""

    text: str = ""
    boxes: list[etree._Element] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    has_page_number: bool = False


class Paragraphs:
    """Reads paragraphs. `formula` gives the text of an embedded object, None where it is no formula."""

    def __init__(self, styles: Styles, formula: Callable[[str], str | None]) -> None:
        self.styles = styles
        self.formula = formula

    def read(self, node: etree._Element, notes_inside: bool = True) -> Read:
        names = (node.get(STYLE_NAME),)
        look = self.styles.look(names)
        if look is PLAIN and not len(node):
            return Read(node.text or "")
        walk = _Walk(self, node, notes_inside)
        walk.enter(node, names, look)
        walk.read.text = "" if walk.is_hidden else walk.runs.text()
        return walk.read


class _Walk:
    """One way through a paragraph."""

    def __init__(self, paragraphs: Paragraphs, node: etree._Element, notes_inside: bool) -> None:
        self.runs = Runs()
        self.read = Read()
        self.is_hidden = False
        self._paragraphs, self._node, self._notes_inside = paragraphs, node, notes_inside
        self._styles = paragraphs.styles
        self._is_on_colour: bool | None = None

    def enter(self, node: etree._Element, names: tuple[str | None, ...], look: Look) -> None:
        add = self.runs.add if look is PLAIN else partial(self._add, look)
        if node.text:
            add(node.text)
        for child in node:
            tag = child.tag
            if tag == SPAN:
                inside = (*names, child.get(STYLE_NAME))
                inner = self._styles.look(inside)
                if len(child) or inner is not PLAIN:
                    self.enter(child, inside, inner)
                elif child.text:
                    self.runs.add(child.text)
            elif isinstance(tag, str):
                self._child(child, names, look)
            if child.tail:
                add(child.tail)

    def _add(self, look: Look, text: str) -> None:
        if look.unread or (look.white and not self._on_colour()):
            self.runs.gap()
        else:
            self.runs.add(symbols.plain(text, look.font) if look.font else text, look.shift)

    def _child(self, child: etree._Element, names: tuple[str | None, ...], look: Look) -> None:
        tag = child.tag
        if tag == BLANKS:
            self._add(look, " " * number(child, f"{TEXT}c"))
        elif tag in SIGNS:
            self._add(look, SIGNS[tag])
        elif tag == NOTE:
            self._note(child, look)
        elif tag == OBJECT:
            self._object(object_name(child))
        elif tag in BLOCKS or tag == f"{DRAW}text-box":
            self.read.boxes.append(child)
        elif is_hidden(child):
            self.is_hidden |= tag == f"{TEXT}hidden-paragraph"
            self.runs.gap()
        elif tag not in LEFT_OUT:
            self.read.has_page_number |= tag in PAGE_NUMBERS
            if child.text or len(child):
                self.enter(child, names, look)

    def _note(self, note: etree._Element, look: Look) -> None:
        text = " ".join(" ".join(self._texts(note)).split())
        if text and not look.unread:
            if self._notes_inside:
                self.runs.note(text)
            else:
                self.read.notes.append(text)

    def _texts(self, node: etree._Element) -> Iterator[str]:
        """The texts of a note, each paragraph once: what stands in one it reads itself."""
        for child in node:
            if child.tag in (PARAGRAPH, HEADING):
                yield self._paragraphs.read(child).text
            elif isinstance(child.tag, str) and child.tag not in LEFT_OUT:
                yield from self._texts(child)

    def _object(self, name: str) -> None:
        text = self._paragraphs.formula(name)
        if text is None:
            self.read.objects.append(name)
        else:
            self.runs.add(text)

    def _on_colour(self) -> bool:
        """Whether the paragraph stands in a table or a shape, which may be painted."""
        if self._is_on_colour is None:
            shapes = (f"{DRAW}text-box", f"{DRAW}custom-shape", f"{DRAW}page", f"{DRAW}rect", f"{DRAW}ellipse")
            self._is_on_colour = any(True for _ in self._node.iterancestors(GRID, *shapes))
        return self._is_on_colour


def is_hidden(node: etree._Element) -> bool:
    """Whether a field, a section or a paragraph says of itself that it is not shown."""
    return node.get(f"{TEXT}display") == "none" or node.get(f"{TEXT}is-hidden") == "true"


def number(node: etree._Element, attribute: str) -> int:
    digits = node.get(attribute)
    if digits is None:
        return 1
    return min(int(digits), MAX_REPEATED) if digits.isdecimal() else 1


def object_name(node: etree._Element) -> str:
    """The folder of an embedded object in the package."""
    return node.get(f"{XLINK}href", "").removeprefix("./")
