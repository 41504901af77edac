"""The text of a paragraph in Word as it reads with all changes accepted: what is struck out or hidden left out, powers raised,
notes at their marks, formulas, signs and readings (ruby) once; and what hangs on it: text boxes, charts, diagrams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ingest.loaders import symbols
from ingest.loaders.charts import CX, C, D
from ingest.loaders.omml import omml
from ingest.loaders.raised import Runs
from ingest.loaders.wordprocessing import fields
from ingest.loaders.wordprocessing.names import (
    ALTERNATIVES,
    DRAWINGS,
    GONE,
    PARAGRAPH,
    RUN,
    TABLE,
    M,
    W,
    is_contents,
    shown,
)
from ingest.loaders.wordprocessing.styles import Look, Paragraph, Styles

SIGNS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
LEFT_OUT = frozenset({f"{W}pPr", f"{W}rPr", f"{W}sdtPr", f"{W}sdtEndPr", f"{W}rt"})
TEXT, FRAME, MARK = f"{W}t", f"{W}framePr", f"{W}rPr"
BOX = f"{W}txbxContent"
CHART = frozenset({f"{C}chart", f"{CX}chart"})
DIAGRAM = f"{D}relIds"
NOTES = {f"{W}footnoteReference": "footnote", f"{W}endnoteReference": "endnote"}
Note = Callable[[str, str], str]


@dataclass(slots=True)
class Read:
    """A paragraph: its text, and what hangs on it. `notes` are those not in the text; `is_open`: it goes on in the next."""

    text: str = ""
    notes: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    drawings: list[Any] = field(default_factory=list)
    is_open: bool = False
    has_page_number: bool = False


@dataclass(slots=True)
class _Field:
    start: int  # how many pieces came before it
    form: Any = None
    instruction: str = ""
    has_result: bool = False


class Paragraphs:
    """Reads paragraphs one after the other."""

    def __init__(self, styles: Styles, note: Note) -> None:
        self._styles = styles
        self._note = note
        self._carried: Runs | None = None  # of a paragraph whose end was deleted

    def read(self, paragraph: Paragraph, notes_inside: bool = True) -> Read:
        read = Read()
        walk = _Walk(self._styles, self._note if notes_inside else None, paragraph, read, self._carried or Runs())
        self._carried = None
        walk.enter(paragraph.node)
        if not notes_inside:
            read.notes = [self._note(kind, key) for kind, key in walk.marks]
        if _goes_on(paragraph):
            self._carried, read.is_open = walk.runs, True
        else:
            read.text = walk.runs.text()
        return read


def _goes_on(paragraph: Paragraph) -> bool:
    """Whether the next paragraph is the same one: the end between them was deleted, or this is only its large first letter."""
    frame, mark = paragraph.properties.get(FRAME), paragraph.properties.get(MARK)
    ends = frame is None or frame.get(f"{W}dropCap", "none") == "none"
    if ends and (mark is None or GONE.isdisjoint(child.tag for child in mark)):
        return False
    following = paragraph.node.getnext()
    return following is not None and following.tag == PARAGRAPH


class _Walk:
    """One way through a paragraph."""

    def __init__(self, styles: Styles, note: Note | None, paragraph: Paragraph, read: Read, runs: Runs) -> None:
        self.runs = runs
        self.marks: list[tuple[str, str]] = []
        self._styles, self._note, self._paragraph, self._read = styles, note, paragraph, read
        self._is_on_colour: bool | None = None
        self._fields: list[_Field] = []

    def enter(self, node: Iterable[Any]) -> None:
        for child in node:
            tag = child.tag
            if tag == RUN:
                self._run(child)
            elif tag in GONE:
                self.runs.gap()
            elif tag in LEFT_OUT or not isinstance(tag, str):
                continue
            elif tag == ALTERNATIVES:
                self.enter(shown(child))
            elif tag in DRAWINGS:
                self._draw(child)
            elif tag.startswith(M):
                self.runs.add(_apart(omml(child)))
            elif not is_contents(child):
                if tag == f"{W}fldSimple" and fields.PAGE.match(child.get(f"{W}instr", "")):
                    self._read.has_page_number = True
                self.enter(child)

    def _run(self, run: Any) -> None:
        look = self._styles.look(self._paragraph.style, run)
        if look.unread or (look.white and not self._on_colour()):
            self.runs.gap()
        else:
            self._content(run, look)

    def _content(self, run: Iterable[Any], look: Look) -> None:
        for node in run:
            tag = node.tag
            if tag == TEXT:
                text = node.text or ""
                self.runs.add(symbols.plain(text, look.font) if look.font else text, look.shift)
            elif tag in SIGNS:
                self.runs.add(SIGNS[tag], look.shift)
            elif tag == f"{W}sym":
                self.runs.add(_symbol(node), look.shift)
            elif tag in NOTES:
                self._mark(NOTES[tag], node)
                if node.get(f"{W}customMarkFollows") is not None:
                    return
            elif tag == f"{W}ruby":
                self.enter(node.iterchildren(f"{W}rubyBase"))
            elif tag == f"{W}fldChar":
                self._field(node)
            elif tag == f"{W}instrText" and self._fields and len(self._fields[-1].instruction) < fields.LONGEST:
                self._fields[-1].instruction += node.text or ""
            elif tag == ALTERNATIVES:
                self._content(shown(node), look)
            elif tag in DRAWINGS:
                self._draw(node)

    def _mark(self, kind: str, node: Any) -> None:
        key = node.get(f"{W}id", "")
        self.marks.append((kind, key))
        text = self._note(kind, key) if self._note is not None else ""
        self.runs.note(text)

    def _field(self, node: Any) -> None:
        """The text before `separate` says what a field is, that behind it is what it shows. One never ended stays as it is."""
        kind = node.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append(_Field(len(self.runs), node.find(f"{W}ffData")))
        elif self._fields and kind == "separate":
            begun = self._fields[-1]
            self.runs.cut(begun.start)
            begun.has_result = True
        elif self._fields and kind == "end":
            begun = self._fields.pop()
            if fields.PAGE.match(begun.instruction):
                self._read.has_page_number = True
            if not begun.has_result:
                self.runs.cut(begun.start)
            if not begun.has_result or len(self.runs) == begun.start:
                self.runs.add(fields.shown(begun.instruction, begun.form))

    def _draw(self, node: Any) -> None:
        """Text boxes and drawings in a drawing; of several versions of one the first that holds any."""
        for child in node:
            if child.tag == BOX:
                self._read.boxes.append(child)
            elif child.tag == DIAGRAM or child.tag in CHART:
                self._read.drawings.append(child)
            elif child.tag == ALTERNATIVES:
                before = len(self._read.boxes) + len(self._read.drawings)
                for version in child:
                    if len(self._read.boxes) + len(self._read.drawings) == before:
                        self._draw(version)
            elif isinstance(child.tag, str):
                self._draw(child)

    def _on_colour(self) -> bool:
        """Whether the paragraph is shaded, or stands in a table or a text box, which may be."""
        if self._is_on_colour is None:
            inside = any(True for _ in self._paragraph.node.iterancestors(TABLE, BOX))
            self._is_on_colour = inside or self._styles.is_shaded(self._paragraph)
        return self._is_on_colour


def _symbol(node: Any) -> str:
    code = node.get(f"{W}char", "")
    try:
        character = chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
    return symbols.plain(character, node.get(f"{W}font", ""))


def _apart(formula: str) -> str:
    return " ".join(formula.split())
