"""The outline of a document: its sections and lists, found by where they stand. Knows nothing of stores or loaders."""

from __future__ import annotations

import bisect
import json
import zlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from youju.records import Heading
from youju.structure import Item, ItemList


@dataclass(frozen=True, slots=True)
class Section:
    """What stands below a heading, subsections and all: characters `start` (of the heading) to `end`. `above` are the headings
    above it, the highest first; `heading` is None for what stands before the first one."""

    start: int
    end: int
    heading: Heading | None = None
    above: tuple[Heading, ...] = ()

    @property
    def body(self) -> int:
        """Where the text below the heading begins."""
        return self.start if self.heading is None else self.heading.end

    @property
    def path(self) -> tuple[Heading, ...]:
        return self.above if self.heading is None else (*self.above, self.heading)


@dataclass(frozen=True)
class Outline:
    """Headings and lists of a document of `characters` characters, each in order of `start`."""

    characters: int
    headings: tuple[Heading, ...] = ()
    lists: tuple[ItemList, ...] = ()

    def section(self, offset: int) -> Section:
        """The innermost section that holds `offset`."""
        place = bisect.bisect_right(self.headings, offset, key=lambda one: one.start) - 1
        if place < 0:
            return Section(0, self.headings[0].start if self.headings else self.characters)
        return self._section(place)

    def sections(self, level: int | None = None) -> list[Section]:
        """All sections in order, or those whose heading is of this level."""
        return [self._section(place) for place, one in enumerate(self.headings) if level is None or one.level == level]

    def below(self, section: Section) -> list[Section]:
        """The sections right below one; of the document where it has no heading."""
        inside = [one for one in self.headings if section.body <= one.start < section.end]
        top = min((one.level for one in inside), default=0)
        return [self._section(self.headings.index(one)) for one in inside if one.level == top]

    def lists_within(self, start: int, end: int) -> list[ItemList]:
        """The lists that begin or go on between two offsets."""
        return [one for one in self.lists if one.start < end and one.end > start]

    def _section(self, place: int) -> Section:
        heading = self.headings[place]
        end = next((one.start for one in self.headings[place + 1 :] if one.level <= heading.level), self.characters)
        above: list[Heading] = []
        for one in reversed(self.headings[:place]):
            if one.level < (above[-1].level if above else heading.level):
                above.append(one)
        return Section(heading.start, end, heading, tuple(reversed(above)))


def packed(headings: Sequence[Heading], lists: Sequence[ItemList]) -> bytes:
    """Headings and lists as the store keeps them."""
    rows = [[one.ordered, [astuple(item) for item in one.items]] for one in lists]
    return zlib.compress(json.dumps([[astuple(one) for one in headings], rows], separators=(",", ":")).encode())


def unpacked(data: bytes, characters: int) -> Outline:
    headings, lists = json.loads(zlib.decompress(data))
    return Outline(
        characters,
        tuple(Heading(*one) for one in headings),
        tuple(ItemList(tuple(Item(*item) for item in items), bool(ordered)) for ordered, items in lists),
    )
