"""Ruling lines of a page: grids of them, and lines that part rows."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

MOST_COLUMNS = 30
NEAR = 3.0  # points within which two lines are one

Span = tuple[float, float]


@dataclass(frozen=True)
class Rules:
    """Ruling lines of a page in points: `across` (y, left, right) and `down` (x, top, bottom)."""

    across: tuple[tuple[float, float, float], ...] = ()
    down: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class Grid:
    """Ruling lines that cross."""

    columns: list[Span]
    bands: list[float]
    sides: tuple[tuple[float, float, float], ...]

    def holds(self, x: float, y: float) -> bool:
        return self.columns[0][0] < x < self.columns[-1][1] and self.bands[0] < y < self.bands[-1]


def grids(rules: Rules) -> Iterator[Grid]:
    """Vertical lines, at least one between two columns, with the horizontal ones that cross them."""
    groups: list[tuple[float, float, list[float]]] = []
    for x, top, bottom in sorted(rules.down, key=lambda line: line[1]):
        if groups and top <= groups[-1][1] + NEAR:
            groups[-1] = (groups[-1][0], max(groups[-1][1], bottom), [*groups[-1][2], x])
        else:
            groups.append((top, bottom, [x]))
    for top, bottom, xs in groups:
        sides = _apart(xs)
        crossing = [
            line
            for line in rules.across
            if top - NEAR <= line[0] <= bottom + NEAR and line[2] > sides[0] - NEAR and line[1] < sides[-1] + NEAR
        ]
        bands = _apart(y for y, _, _ in crossing)
        sides = _apart([*sides, *(place for _, left, right in crossing for place in (left, right))])
        if 2 < len(sides) <= MOST_COLUMNS and len(bands) > 2:
            yield Grid(list(pairwise(sides)), bands, tuple(line for line in rules.down if top <= line[1] <= bottom))


def _apart(places: Iterable[float]) -> list[float]:
    """Places in order, those that are as good as the same once."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place > found[-1] + NEAR:
            found.append(place)
    return found


def bands_of(rules: Rules, left: float, top: float, right: float, bottom: float) -> list[float]:
    """Heights of the lines that go over most of the width of a part of the page."""
    lengths: dict[float, float] = {}
    for y, first, last in rules.across[bisect.bisect_left(rules.across, (top,)) : bisect.bisect_right(rules.across, (bottom,))]:
        place = next((one for one in lengths if abs(one - y) < NEAR), y)
        lengths[place] = lengths.get(place, 0.0) + min(last, right) - max(first, left)
    return sorted(y for y, length in lengths.items() if length > 0.6 * (right - left))
