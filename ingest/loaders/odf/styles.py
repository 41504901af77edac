"""How text looks in an OpenDocument by its styles: as far as that decides whether it is read, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lxml import etree

from ingest.loaders import symbols
from ingest.loaders.hidden import WHITE, is_tiny
from ingest.loaders.odf.names import DRAW, FO, OFFICE, SHOW, STYLE, SVG, TEXT

LONGEST_LINE = 20  # of styles made from each other; a ring of them has no end
NOTHING = frozenset({"", "none", "transparent"})
ATTRIBUTES = {
    f"{STYLE}text-position": "position",
    f"{STYLE}text-line-through-style": "line",
    f"{STYLE}text-line-through-type": "line type",
    f"{TEXT}display": "display",
    f"{FO}font-size": "size",
    f"{FO}color": "colour",
    f"{FO}background-color": "ground",
    f"{STYLE}font-name": "font",
}
PARTS = (f"{OFFICE}styles", f"{OFFICE}automatic-styles", f"{OFFICE}master-styles")
OWN = f"{STYLE}style"
RAISED_BY = 10  # per cent of the size
Values = dict[str, str]


class Look(NamedTuple):
    """How a run looks: not to be read, white on nothing of its own, raised (1) or lowered (-1); its font if it draws signs."""

    unread: bool = False
    white: bool = False
    shift: int = 0
    font: str = ""


PLAIN = Look()


class Styles:
    """The styles of a document by family and name, what they inherit taken in."""

    def __init__(self, roots: Sequence[etree._Element]) -> None:
        parts = [part for root in roots for part in root.iterchildren(*PARTS)]
        self._styles = {
            (style.get(f"{STYLE}family"), style.get(f"{STYLE}name")): style
            for part in parts
            for style in part.iterchildren(OWN)
        }
        self.lists = [style for part in parts for style in part.iterchildren(f"{TEXT}list-style", f"{TEXT}outline-style")]
        self.pages = {one.get(f"{STYLE}name", ""): one for part in parts for one in part.iterchildren(f"{STYLE}master-page")}
        faces = (face for root in roots for part in root.iterchildren(f"{OFFICE}font-face-decls") for face in part)
        self._fonts = {face.get(f"{STYLE}name", ""): face.get(f"{SVG}font-family", "").strip("'") for face in faces}
        self._titles: dict[str | None, bool] = {"Title": True}
        self._values: dict[tuple[str, str | None], Values] = {}
        self._looks: dict[tuple[str | None, ...], Look] = {}

    def first_pages(self) -> list[str]:
        """The names of the pages with which paragraphs begin."""
        return [name for style in self._styles.values() if (name := style.get(f"{STYLE}master-page-name"))]

    def look(self, names: tuple[str | None, ...]) -> Look:
        """How text looks in a paragraph of the first style, inside runs of the others."""
        if names not in self._looks:
            shown = dict(self._of("paragraph", names[0]))
            for name in names[1:]:
                shown |= self._of("text", name)
            look = self._look(shown)
            self._looks[names] = PLAIN if look == PLAIN else look
        return self._looks[names]

    def is_title(self, style: str | None) -> bool:
        """Whether a paragraph's style is that of titles, or made from it."""
        if style not in self._titles:
            line = self._line("paragraph", style)
            self._titles[style] = any(
                "Title" in (one.get(f"{STYLE}name"), one.get(f"{STYLE}parent-style-name")) for one in line
            )
        return self._titles[style]

    def is_hidden(self, family: str, style: str | None, part: str) -> bool:
        """Whether a section, a row or a slide is shown to nobody."""
        for one in self._line(family, style):
            properties = one.find(f"{STYLE}{part}-properties")
            if properties is not None and "hidden" in (
                properties.get(f"{SHOW}visibility"),
                properties.get(f"{DRAW}visibility"),
            ):
                return True
        return False

    def _line(self, family: str, name: str | None) -> list[etree._Element]:
        line: list[etree._Element] = []
        while (style := self._styles.get((family, name))) is not None and len(line) < LONGEST_LINE:
            line.append(style)
            name = style.get(f"{STYLE}parent-style-name")
        return line

    def _of(self, family: str, name: str | None) -> Values:
        if (family, name) not in self._values:
            together: Values = {}
            for style in reversed(self._line(family, name)):
                for properties in style.iterchildren(f"{STYLE}text-properties"):
                    together |= {name: value for key, name in ATTRIBUTES.items() if (value := properties.get(key)) is not None}
                for properties in style.iterchildren(f"{STYLE}paragraph-properties"):
                    together["paper"] = properties.get(f"{FO}background-color", together.get("paper", ""))
            self._values[family, name] = together
        return self._values[family, name]

    def _look(self, shown: Values) -> Look:
        struck = shown.get("line", "none") not in NOTHING or shown.get("line type", "none") not in NOTHING
        grounds = shown.get("ground", ""), shown.get("paper", "")
        painted = any(ground not in NOTHING and ground.lower() not in WHITE for ground in grounds)
        font = self._fonts.get(shown.get("font", ""), shown.get("font", ""))
        return Look(
            unread=(struck and shown.get("line") != "none") or shown.get("display") == "none" or is_tiny(shown.get("size", "")),
            white=shown.get("colour", "").lower() in WHITE and not painted,
            shift=_shift(shown.get("position", "")),
            font=font if symbols.draws_signs(font) else "",
        )


def _shift(position: str) -> int:
    """`super 58%`, `sub`, `33% 58%`: where the text stands, then how large it is."""
    place = position.split()[0] if position.strip() else ""
    if place in ("super", "sub"):
        return 1 if place == "super" else -1
    digits = place.removesuffix("%").partition(".")[0]
    by = int(digits) if digits.removeprefix("-").isdecimal() and len(digits) < 6 else 0
    return (by > 0) - (by < 0) if abs(by) >= RAISED_BY else 0
