"""How text looks by its styles and its own properties: as far as that decides whether it is read, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ingest.loaders import symbols
from ingest.loaders.hidden import LEAST_POINTS
from ingest.loaders.wordprocessing.names import OFF, VAL, W, children

TOGGLES = ("vanish", "strike", "dstrike")  # on in a paragraph's style and in a character's style is off
OTHERS = ("vertAlign", "position", "sz", "color", "shd", "highlight", "rFonts", "rStyle")
KNOWN = {W + name: name for name in (*TOGGLES, *OTHERS)}
RAISED_BY = 4  # half points by which a run stands higher or lower to be read as raised or lowered
LONGEST_LINE = 20  # of styles made from each other; a ring of them has no end
PAPER = frozenset({"", "auto", "FFFFFF"})
PROPERTIES, STYLE, RUN_PROPERTIES = f"{W}pPr", f"{W}pStyle", f"{W}rPr"
Values = dict[str, str]


class Paragraph(NamedTuple):
    """A paragraph, its own properties by name, and the id of its style."""

    node: Any
    properties: dict[str, Any]
    style: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """How a run looks: not to be read, white on nothing of its own, raised (1) or lowered (-1); its font if it draws signs."""

    unread: bool
    white: bool
    shift: int
    font: str


class Styles:
    """The styles of a document by id, what they inherit taken in."""

    def __init__(self, root: Any) -> None:
        styles = () if root is None else root.iterchildren(f"{W}style")
        self._styles = {style.get(f"{W}styleId"): style for style in styles}
        paragraphs = {key: style for key, style in self._styles.items() if style.get(f"{W}type") == "paragraph"}
        self._default = next((key for key, style in paragraphs.items() if style.get(f"{W}default") == "1"), None)
        self._names: dict[str | None, str] = {}
        self._found: dict[tuple[str | None, str], Any] = {}
        self._values: dict[str | None, Values] = {}
        self._looks: dict[tuple[str | None, frozenset[tuple[str, str]]], Look] = {}

    def paragraph(self, node: Any) -> Paragraph:
        properties = children(node.find(PROPERTIES))
        style = properties.get(STYLE)
        key = style.get(VAL) if style is not None else None
        return Paragraph(node, properties, key if key in self._styles else self._default)

    def name(self, style: str | None) -> str:
        """The name of a style; "" where it has none."""
        if style not in self._names:
            found = self._styles[style].find(f"{W}name") if style in self._styles else None
            self._names[style] = found.get(VAL, "") if found is not None else ""
        return self._names[style]

    def found(self, style: str | None, path: str) -> Any:
        """The nearest element at this path in a style and those that it is made from."""
        if (style, path) not in self._found:
            places = (one.find(path) for one in self._line(style))
            self._found[style, path] = next((place for place in places if place is not None), None)
        return self._found[style, path]

    def look(self, style: str | None, run: Any) -> Look:
        """How a run in a paragraph of this style looks."""
        properties = run.find(RUN_PROPERTIES)
        own = values(properties) if properties is not None else {}
        key = (style, frozenset(own.items()))
        if key not in self._looks:
            self._looks[key] = _look({**self._both(style, own.get("rStyle")), **own})
        return self._looks[key]

    def is_shaded(self, paragraph: Paragraph) -> bool:
        """Whether a paragraph or its style paints its ground."""
        own = paragraph.properties.get(f"{W}shd")
        shade = own if own is not None else self.found(paragraph.style, f"{W}pPr/{W}shd")
        return shade is not None and shade.get(f"{W}fill", "") not in PAPER

    def _line(self, key: str | None) -> list[Any]:
        """A style and those that it is made from, nearest first."""
        line: list[Any] = []
        while key in self._styles and len(line) < LONGEST_LINE:
            line.append(self._styles[key])
            base = line[-1].find(f"{W}basedOn")
            key = base.get(VAL) if base is not None else None
        return line

    def _of(self, key: str | None) -> Values:
        if key not in self._values:
            together: Values = {}
            for style in reversed(self._line(key)):
                properties = style.find(f"{W}rPr")
                together.update(values(properties) if properties is not None else {})
            self._values[key] = together
        return self._values[key]

    def _both(self, paragraph: str | None, character: str | None) -> Values:
        first, second = self._of(paragraph), self._of(character)
        both = {name: "0" for name in TOGGLES if first.get(name) == second.get(name) == "1"}
        return {**first, **{name: value for name, value in second.items() if name not in TOGGLES or value == "1"}, **both}


def values(properties: Any) -> Values:
    """The properties of a run that matter here, by name."""
    found: Values = {}
    for child in properties:
        name = KNOWN.get(child.tag)
        if name in TOGGLES:
            found[name] = "0" if child.get(VAL, "1") in OFF else "1"
        elif name == "shd":
            found[name] = child.get(f"{W}fill", "")
        elif name == "rFonts":
            found[name] = child.get(f"{W}ascii") or child.get(f"{W}hAnsi") or ""
        elif name:
            found[name] = child.get(VAL, "")
    return found


def _look(shown: Values) -> Look:
    size = shown.get("sz", "")
    tiny = size.isdecimal() and int(size) < 2 * LEAST_POINTS  # in half points
    font = shown.get("rFonts", "")
    shaded = shown.get("shd", "") not in PAPER or shown.get("highlight", "none") not in ("none", "white")
    return Look(
        unread=tiny or any(shown.get(name) == "1" for name in TOGGLES),
        white=shown.get("color", "").upper() == "FFFFFF" and not shaded,
        shift=_shift(shown),
        font=font if symbols.draws_signs(font) else "",
    )


def _shift(shown: Values) -> int:
    if align := {"superscript": 1, "subscript": -1}.get(shown.get("vertAlign", "")):
        return align
    position = shown.get("position", "")
    by = int(position) if position.removeprefix("-").isdecimal() and len(position) < 9 else 0
    return (by > 0) - (by < 0) if abs(by) >= RAISED_BY else 0
