"""The numbers that Word sets before paragraphs by itself: 1., a), 第一条. They stand nowhere in the text: counted here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ingest.loaders.ordinals import shown
from ingest.loaders.wordprocessing.names import OFF, VAL, W
from ingest.loaders.wordprocessing.styles import Paragraph, Styles

LEVELS = 9
BULLET = "- "
NUMBER = f"{W}numPr"
PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered."""

    start: int
    form: str
    text: str
    apart: str  # between the number and the text
    plain: bool  # whether its numbers, those of levels above too, stand in plain digits
    restarts: int  # behind which level it begins anew; 0 for never


class Numbering:
    """Counts the lists of a document; to be asked for each paragraph once, in order."""

    def __init__(self, root: Any, styles: Styles) -> None:
        root = root if root is not None else ()
        nodes = {"abstractNum": dict[str, Any](), "num": dict[str, Any]()}
        for node in root:
            name = node.tag.removeprefix(W) if isinstance(node.tag, str) else ""
            if name in nodes:
                nodes[name][node.get(f"{W}{name}Id")] = node
        self._abstracts, self._lists = nodes["abstractNum"], nodes["num"]
        self._styles = styles
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[str] = set()
        self._levels: dict[tuple[str, int], Level | None] = {}
        self._linked = {  # a style that other lists take their levels from
            link.get(VAL): key for key, node in self._abstracts.items() for link in node.iterchildren(f"{W}styleLink")
        }

    def of(self, paragraph: Paragraph) -> str | None:
        """What stands before a paragraph: its number and what follows it, BULLET for a bullet, "" for a list that shows
        nothing; None where it is in no list.
        """
        found = self._place(paragraph)
        if found is None:
            return None
        key, number = found
        level = self._level(key, number)
        if level is None:
            return BULLET if key in self._lists else None
        self._count(key, number, level)
        if level.form == "bullet":
            return BULLET
        label = PLACE.sub(lambda match: self._shown(key, int(match[1]) - 1, number, level), level.text)
        return f"{label}{level.apart}" if label.strip() and (level.form != "none" or not PLACE.fullmatch(level.text)) else ""

    def _place(self, paragraph: Paragraph) -> tuple[str, int] | None:
        """The list of a paragraph and its level there."""
        own = paragraph.properties.get(NUMBER)
        number, level = (own.find(W + name) if own is not None else None for name in ("numId", "ilvl"))
        if number is None:
            number = self._styles.found(paragraph.style, f"{W}pPr/{W}numPr/{W}numId")
            if level is None:
                level = self._styles.found(paragraph.style, f"{W}pPr/{W}numPr/{W}ilvl")
        if number is None or number.get(VAL, "0") == "0":
            return None
        key = number.get(VAL)
        if level is None:
            return key, self._level_of_style(key, paragraph.style)
        return key, min(_integer(level.get(VAL), 0), LEVELS - 1)

    def _level_of_style(self, key: str, style: str | None) -> int:
        abstract = self._abstract(key)
        for node in abstract.iterchildren(f"{W}lvl") if abstract is not None else ():
            named = node.find(f"{W}pStyle")
            if named is not None and named.get(VAL) == style:
                return _integer(node.get(f"{W}ilvl"), 0) % LEVELS
        return 0

    def _abstract(self, key: str) -> Any:
        node = self._lists.get(key)
        link = node.find(f"{W}abstractNumId") if node is not None else None
        abstract = self._abstracts.get(link.get(VAL)) if link is not None else None
        named = abstract.find(f"{W}numStyleLink") if abstract is not None else None
        return abstract if named is None else self._abstracts.get(self._linked.get(named.get(VAL), ""), abstract)

    def _level(self, key: str, number: int) -> Level | None:
        if (key, number) not in self._levels:
            self._levels[key, number] = self._read_level(key, number)
        return self._levels[key, number]

    def _read_level(self, key: str, number: int) -> Level | None:
        changed = self._override(key, number)
        node = changed.find(f"{W}lvl") if changed is not None else None
        if node is None:
            abstract = self._abstract(key)
            levels = abstract.iterchildren(f"{W}lvl") if abstract is not None else ()
            node = next((level for level in levels if level.get(f"{W}ilvl") == str(number)), None)
        if node is None:
            return None
        found = {child.tag.removeprefix(W): child.get(VAL) for child in node if isinstance(child.tag, str)}
        form = node.find(f"{{*}}AlternateContent//{W}numFmt")
        return Level(
            start=_integer(found.get("start"), 0),
            form=found.get("numFmt") or (form.get(VAL, "decimal") if form is not None else "decimal"),
            text=found.get("lvlText") or "",
            apart="" if found.get("suff") == "nothing" else " ",
            plain="isLgl" in found and (found["isLgl"] or "1") not in OFF,
            restarts=_integer(found.get("lvlRestart"), number),
        )

    def _override(self, key: str, number: int) -> Any:
        node = self._lists.get(key)
        changes = node.iterchildren(f"{W}lvlOverride") if node is not None else ()
        return next((change for change in changes if change.get(f"{W}ilvl") == str(number)), None)

    def _count(self, key: str, number: int, level: Level) -> None:
        """One paragraph more. Lists made from the same one count together, but where one of them says with what it begins."""
        counts = self._counts_of(key)
        if key not in self._begun:
            self._begun.add(key)
            for place in range(LEVELS):
                change = self._override(key, place)
                start = change.find(f"{W}startOverride") if change is not None else None
                if start is not None:
                    counts[place] = _integer(start.get(VAL), 1) - 1
        before = counts[number]
        counts[number] = level.start if before is None else before + 1
        for place in range(number + 1, LEVELS):
            below = self._level(key, place)
            if below is not None and below.restarts > number:
                counts[place] = None

    def _counts_of(self, key: str) -> list[int | None]:
        abstract = self._abstract(key)
        name = key if abstract is None else abstract.get(f"{W}abstractNumId", key)
        return self._counts.setdefault(name, [None] * LEVELS)

    def _shown(self, key: str, place: int, number: int, level: Level) -> str:
        of = self._level(key, place)
        if of is None or place > number:
            return ""
        count = self._counts_of(key)[place]
        form = "decimal" if level.plain else of.form
        return "" if form == "none" else shown(of.start if count is None else count, form)


def _integer(digits: str | None, default: int) -> int:
    return int(digits) if digits is not None and digits.isdecimal() and len(digits) < 10 else default
