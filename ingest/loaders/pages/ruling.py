"""Ruling lines of a page: grids of them, and lines that part rows."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

MOST_COLUMNS = 30
NEAR = 3.0  # points within which two lines are one

Span = tuple[float, float]
Line = tuple[float, float, float]


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
    """Vertical lines, at least one between two columns, with the horizontal ones that cross them; of tables that stand side by
    side each by itself."""
    for top, bottom, down in _in_bands(rules.down):
        across = [line for line in rules.across if top - NEAR <= line[0] <= bottom + NEAR]
        parts = list(_side_by_side(across, down))
        for own in parts:
            bands = _in_bands(own) if len(parts) > 1 else [(top, bottom, own)]
            yield from filter(None, (_grid(*one, across) for one in bands))


def _in_bands(down: Sequence[Line]) -> list[tuple[float, float, list[Line]]]:
    """Top, bottom and vertical lines of each stretch of a page that such go through without a gap."""
    groups: list[tuple[float, float, list[Line]]] = []
    for line in sorted(down, key=lambda line: line[1]):
        _, top, bottom = line
        if groups and top <= groups[-1][1] + NEAR:
            groups[-1] = (groups[-1][0], max(groups[-1][1], bottom), [*groups[-1][2], line])
        else:
            groups.append((top, bottom, [line]))
    return groups


def _side_by_side(across: Sequence[Line], down: Sequence[Line]) -> Iterator[list[Line]]:
    """The vertical lines of a stretch of a page, those that horizontal ones join together."""
    groups: list[tuple[float, list[Line]]] = []
    spans = [(left, right, None) for _, left, right in across] + [(line[0], line[0], line) for line in down]
    for left, right, line in sorted(spans, key=lambda span: span[:2]):
        if not groups or left > groups[-1][0] + NEAR:
            groups.append((right, []))
        end, own = groups[-1]
        groups[-1] = (max(end, right), [*own, line] if line else own)
    return (own for _, own in groups if own)


def _grid(top: float, bottom: float, down: Sequence[Line], across: Sequence[Line]) -> Grid | None:
    sides = _apart(x for x, _, _ in down)
    crossing = [
        line
        for line in across
        if top - NEAR <= line[0] <= bottom + NEAR and line[2] > sides[0] - NEAR and line[1] < sides[-1] + NEAR
    ]
    crossed = _apart(y for y, _, _ in crossing)
    bands = _apart([top, *crossed, bottom])  # the last row may have no line below it
    sides = _apart([*sides, *(place for _, left, right in crossing for place in (left, right))])
    if not 2 < len(sides) <= MOST_COLUMNS or len(crossed) < 2 or len(bands) <= 2:
        return None
    return Grid(list(pairwise(sides)), bands, tuple(down))


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
