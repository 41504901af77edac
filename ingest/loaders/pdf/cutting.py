"""What pdfium found on a page as `Line`s: cut at wide gaps where the page may hold columns or a table, raised and lowered
characters as text, no spaces inside Chinese words.

Only lines that look uncommon are looked at word by word; the rest costs next to nothing.
"""

from __future__ import annotations

import bisect
import math
import re
import statistics
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.loaders.layout import WIDE, Line, Place
from ingest.loaders.pages.ruling import Rules, grids
from ingest.loaders.pdf.reading import Found, PageText, Rect, around
from ingest.loaders.pdf.wording import OFF_LINE, SMALLER, TIGHT, Word, baseline, text_of, words_of
from ingest.loaders.raised import lowered, raised
from youju.text.language import HAN

COMPATIBILITY = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06]")  # radicals, ligatures: other signs that look the same
LEFTWARDS = re.compile("[\u0590-\u08ff]")  # Hebrew, Arabic
LONE = re.compile(rf"(?<![{HAN}])[{HAN}][ \u3000]+[{HAN}](?![{HAN}])")
SPACED = re.compile(rf"[{HAN}][ \u3000]+[{HAN}，。、；：）（]")
INDEXED = re.compile(r"[^\W\d_)\]]\d")  # a letter with a digit behind: H2O, x2

GAP = 1.0  # of an em: a line with such a gap may be a row of a table, or lie in two columns
CUT = 0.45  # where such a line is cut; a cut that proves nothing is undone
ABOVE, BELOW = 0.35, 0.2  # of a line's height: so much a stretch stands off where it may be raised or lowered
TOGETHER = 9.0  # ems from one uncommon line to the next: alone, as a page's head is, one proves nothing
NEAR = 2  # so many lines beside uncommon ones are looked at too
USUAL = 0.5  # width of a letter where the page does not tell
WIDER = 1.35  # times a page's usual letter: so wide a line is with gaps inside
SETTLED = 20  # letters of a line that tell the width of one


NO_RULES = Rules()


class Cutter:
    """Makes the lines of one page."""

    def __init__(
        self, page: PageText, found: Sequence[Found | None], fields: Sequence[Rect] = (), rules: Rules = NO_RULES
    ) -> None:
        self._page = page
        self._found = found
        self._boxes = [one.around if one else None for one in found]
        self._scale = self._points_to_size()
        self._grids = list(grids(rules)) if rules.down else []
        self._sides = sorted(side for grid in self._grids for side in grid.sides)
        self._odd = self._raised_lines()
        self._gaps = set[int]()
        self._cut = self._lines_to_cut()
        self._fields = {number: over for number, box in enumerate(self._boxes) if box and (over := _over(box, fields))}

    @property
    def is_uncommon(self) -> bool:
        """Whether the page may hold columns or a table."""
        return len(self._cut) > 1

    def lines(self) -> list[Line]:
        """In pdfium's order, `Line("")` for empty ones."""
        made: list[Line] = []
        for number, one in enumerate(self._found):
            if one is None:
                made.append(Line(""))
            elif (
                number in self._odd
                or number in self._fields
                or (not one.text.isascii() and self._is_spaced(one))
                or (number in self._cut and self._is_crossed(one.rects))
            ):
                made += self._pieces(one, number)
            elif number in self._gaps or (number in self._cut and len(one.rects) > 1):
                made += self._stretches(one) or self._pieces(one, number)
            else:
                bold, fixed = self._page.style(one.first) if number in self._cut else (False, False)
                made.append(self._line(one.text, one.size, self._boxes[number], bold=bold, fixed=fixed))
        return self._rejoined(made) if self._odd else made

    def _line(self, text: str, size: float, rect: Rect | None, **more: bool) -> Line:
        if not text.isascii():
            text = COMPATIBILITY.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
        return Line(text, round(size * 2) / 2, self._page.frame.place(rect) if rect else None, **more)

    def _points_to_size(self) -> float:
        """What a font's size has to be multiplied with: some programs write size 1 and enlarge the page."""
        ratios = [
            box.height / one.size
            for one, box in zip(self._found, self._boxes, strict=True)
            if one and box and one.size > 0 and one.count >= SETTLED and len(one.rects) == 1
        ]
        ratio = statistics.median(ratios) if ratios else 0.9
        return 1.0 if 0.55 < ratio < 1.4 else ratio / 0.9

    def _em(self, one: Found) -> float:
        return max(one.size * self._scale, 1.0)

    def _raised_lines(self) -> dict[int, list[Rect]]:
        """Lines with stretches that do not stand on the line, and these; those that are raised as a whole."""
        found = {number: odd for number, one in enumerate(self._found) if one and len(one.rects) > 1 and (odd := _uneven(one))}
        for number, (before, one) in enumerate(pairwise(self._found), start=1):
            if before and one and one.size < SMALLER * before.size and self._beside(number):
                found.setdefault(number, [])
        return found

    def _beside(self, number: int) -> bool:
        """Whether a line stands in the row of the line before it."""
        before, box = self._boxes[number - 1], self._boxes[number]
        return before is not None and box is not None and _in_row(before, box)

    def _lines_to_cut(self) -> set[int]:
        """Lines with wide gaps or beside one another, if there are at least two, and those near them."""
        letter = self._letter()
        wide = set[int]()
        for number, one in enumerate(self._found):
            if one is not None and self._has_gap(one, letter):
                wide.add(number)
                self._gaps.add(number)
            if number and self._beside(number):
                wide |= {number - 1, number}
        near: set[int] = set()
        for first, second in pairwise(sorted(wide)):
            above, below = self._boxes[first], self._boxes[second]
            if above and below and abs(below.top - above.top) < TOGETHER * self._em(self._found[first]):  # type: ignore[arg-type]
                near.update(range(first - NEAR, second + NEAR + 1))
        for number, box in enumerate(self._boxes):
            if box and any(grid.holds((box.left + box.right) / 2, (box.top + box.bottom) / 2) for grid in self._grids):
                near.add(number)
        return {number for number in near if 0 <= number < len(self._found) and self._found[number] is not None}

    def _letter(self) -> float:
        """How wide a letter usually is on this page, in ems."""
        widths = [
            (box.right - box.left) / self._em(one) / _letters(one.text)
            for one, box in zip(self._found, self._boxes, strict=True)
            if one and box and one.count >= SETTLED
        ]
        return statistics.median(widths) if len(widths) > 2 else USUAL

    def _has_gap(self, one: Found, letter: float) -> bool:
        em = self._em(one)
        if len(one.rects) > 1:
            left, wide = -em, GAP * em
            _, top, before, bottom = one.rects[0]
            for x, y, right, foot in one.rects[1:]:
                if not left < x - before < wide or y > bottom or foot < top:
                    return True
                top, before, bottom = y, right, foot
            return False
        if not one.rects or " " not in one.text:
            return False
        is_wide = one.rects[0].right - one.rects[0].left > WIDER * letter * em * _letters(one.text)
        return is_wide and not self._page.style(one.first)[1]  # a typewriter's letters are wide

    def _is_spaced(self, one: Found) -> bool:
        """Whether a line has spaces between Chinese characters that are there for looks, or that pdfium put in."""
        whole = one.count == len(one.text)
        return any(
            LONE.match(one.text, match.start()) or (whole and self._page.is_put_in(one.first + match.start() + 1))
            for match in SPACED.finditer(one.text)
        )

    def _stretches(self, one: Found) -> list[Line]:
        """A line cut between stretches that were drawn apart; nothing where these do not tell."""
        groups: list[list[Rect]] = []
        em = self._em(one)
        if len(one.rects) < 2 or one.count != len(one.text) or LEFTWARDS.search(one.text):
            return []
        for rect in one.rects:
            if groups and not self._is_cut(one, groups[-1][-1], rect, em):
                groups[-1].append(rect)
            else:
                groups.append([rect])
        starts = [0]
        for group in groups[1:]:
            start = self._offset(one, group[0])
            if start is None or start <= starts[-1]:
                return []
            starts.append(start)
        bold, fixed = self._page.style(one.first)
        return [
            self._line(
                one.text[start:end].strip(),
                one.size,
                around(group),
                joint=start > 0,
                bold=bold,
                fixed=fixed and (not start or self._page.style(one.first + start)[1]),
            )
            for start, end, group in zip(starts, [*starts[1:], len(one.text)], groups, strict=True)
        ]

    def _is_cut(self, one: Found, before: Rect, rect: Rect, em: float) -> bool:
        """Whether two stretches are two pieces; numbers are as soon as they stand apart."""
        gap = rect.left - before.right
        if gap >= CUT * em or gap < -em or not _level(before, rect) or self._is_between(before, rect):
            return True
        at = self._offset(one, rect) if gap >= TIGHT * em else None
        return at is not None and re.fullmatch(r"\d\s\d", one.text[at - 2 : at + 1]) is not None

    def _is_between(self, before: Rect, rect: Rect) -> bool:
        """Whether a line of a grid stands between two stretches."""
        y = (rect.top + rect.bottom) / 2
        return any(top <= y <= bottom for _, top, bottom in self._sides_within(before.right - 1, rect.left + 1))

    def _is_crossed(self, rects: Sequence[Rect]) -> bool:
        """Whether a line of a grid goes through a stretch that was drawn at once."""
        return any(
            top < (rect.top + rect.bottom) / 2 < bottom
            for rect in rects
            for _, top, bottom in self._sides_within(rect.left + 1, rect.right - 1)
        )

    def _sides_within(self, left: float, right: float) -> list[tuple[float, float, float]]:
        return self._sides[bisect.bisect_left(self._sides, (left,)) : bisect.bisect_right(self._sides, (right, math.inf))]

    def _offset(self, one: Found, rect: Rect) -> int | None:
        """Where in a line's text a stretch begins, if that is behind a space."""
        index = self._page.index_at(rect)
        if index is None or not one.first < index < one.first + one.count:
            return None
        at = index - one.first
        return at if at < len(one.text) else None

    def _pieces(self, one: Found, number: int) -> list[Line]:
        """A line cut at wide gaps, if it is to be cut; the pieces know that they lie in one row."""
        words, em, box = words_of(self._page, one), self._em(one), self._boxes[number]
        if not words or box is None:
            return [self._line(one.text, one.size, box)]
        cut = (1.0 if self._page.style(one.first)[1] else CUT) * em  # a typewriter's spaces are wide
        groups: list[list[Word]] = [[words[0]]]
        for before, word in zip(words, words[1:], strict=False):
            gap = word.left - before.right
            numbers = gap >= TIGHT * em and before.text[-1].isdigit() and word.text[0].isdigit() and _is_edge(one, before, word)
            at_field = any(
                before.right - em < field.left and field.right < word.left + em for field in self._fields.get(number, ())
            )
            at_side = bool(self._grids) and self._is_between(_place_of(before, box), _place_of(word, box))
            if at_field or (number in self._cut and (gap >= cut or gap < -em or numbers or at_side)):
                groups.append([word])
            else:
                groups[-1].append(word)
        odd = self._odd.get(number, [])
        main = baseline(self._page, one, words, odd) if odd else None
        pieces: list[Line] = []
        for group in groups:
            text, size = text_of(self._page, group, em, main, odd), self._page.size(group[0].first) if main else one.size
            rect = Rect(group[0].left, box.top, max(word.right for word in group), box.bottom)
            if number in self._cut:
                rect = self._height_of(one, rect)
            bold, fixed = self._page.style(group[0].first) if number in self._cut else (False, False)
            pieces.append(self._line(text, size, rect, joint=bool(pieces), bold=bold, fixed=fixed))
        return pieces

    def _height_of(self, one: Found, rect: Rect) -> Rect:
        """Pieces of a line may stand at different heights."""
        own = around([part for part in one.rects if part.left < rect.right and part.right > rect.left])
        return rect if own is None else Rect(rect.left, own.top, rect.right, own.bottom)

    def _rejoined(self, lines: Sequence[Line]) -> list[Line]:
        """The lines, where a raised or lowered stretch broke one in two as one again."""
        made: list[Line] = []
        for line in lines:
            if made and (joined := self._joined(made[-1], line)):
                made[-1] = joined
            else:
                made.append(line)
        return made

    def _joined(self, before: Line, line: Line) -> Line | None:
        first, second = before.place, line.place
        if line.joint or first is None or second is None:
            return None
        frame, em = self._page.frame, max(before.size, line.size) * self._scale
        gap = (second.left - first.right) * frame.width
        height = max(first.bottom - first.top, second.bottom - second.top) * frame.height
        shared = (min(first.bottom, second.bottom) - max(first.top, second.top)) * frame.height
        if not -TIGHT * em < gap < 0.6 * em or shared < 0.3 * min(height, em):
            return None
        place = Place(first.left, min(first.top, second.top), second.right, max(first.bottom, second.bottom))
        smaller = line.size < SMALLER * before.size
        if smaller and (first.bottom - second.bottom) * frame.height > OFF_LINE * em:
            return replace(before, text=before.text + raised(before.text, line.text), place=place)
        if smaller and (second.bottom - first.bottom) * frame.height > OFF_LINE * em:
            return replace(before, text=before.text + lowered(line.text), place=place)
        return replace(before, text=before.text + " " * (gap > TIGHT * em) + line.text, place=place)


def _place_of(word: Word, box: Rect) -> Rect:
    return Rect(word.left, box.top, word.right, box.bottom)


def _over(box: Rect, fields: Sequence[Rect]) -> list[Rect]:
    """The fields in the row of a line."""
    return [
        field
        for field in fields
        if field.right > box.left
        and field.left < box.right
        and min(field.bottom, box.bottom) - max(field.top, box.top) > 0.5 * box.height
    ]


def _is_edge(one: Found, before: Word, word: Word) -> bool:
    """Whether two words were drawn apart."""
    return any(before.right - 1 <= rect.left <= word.left + 1 for rect in one.rects)


def _letters(text: str) -> int:
    return len(text) if text.isascii() else len(text) + len(WIDE.findall(text))


def _in_row(first: Rect, second: Rect) -> bool:
    """Whether two stand side by side."""
    if second.top > first.bottom or first.top > second.bottom:
        return False
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    apart = second.left >= first.right or first.left >= second.right
    return apart and shared > 0.5 * min(first.height, second.height)


def _level(first: Rect, second: Rect) -> bool:
    """Whether two stretches stand at about the same height."""
    return min(first.bottom, second.bottom) - max(first.top, second.top) > 0.2 * min(first.height, second.height)


def _uneven(one: Found) -> list[Rect]:
    """The stretches of a line that stand above it or below it, smaller than the rest."""
    heights = [rect.bottom - rect.top for rect in one.rects]
    height = max(heights)
    if min(heights) > 0.8 * height:
        return []
    main = one.rects[heights.index(height)]
    lowest = max((rect.bottom for rect in one.rects if rect is not main), default=main.bottom)
    indexed = INDEXED.search(one.text) is not None
    return [
        rect
        for rect, own in zip(one.rects, heights, strict=True)
        if own < 0.8 * height
        and (
            main.bottom - rect.bottom > ABOVE * height
            or (indexed and rect.bottom >= lowest and rect.top - main.top > BELOW * height)
        )
    ]
