"""What repeats at the edges of pages, headers, footers and page numbers, is told from the text.

Knows lines and their places only. A line counts as repeated if it comes again with the same words and numbers, a number
being the same also when it goes up with the pages: `Page 3 of 9`, `Page 4 of 9`. Any other number is content: `Total 80`
at the foot of one page and `Total 95` at the foot of the next both stay.
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from ingest.loaders.layout import Line
from ingest.loaders.pages.values import is_period

FEWEST_PAGES = 4  # in fewer, a repetition says little
EDGE_LINES = 2  # so many rows at the top and at the bottom may be furniture
COUNTED_NUMBERS = 3  # more numbers in one line are taken as they are
ROWS = 100  # lines that end within the same hundredth of a page are one row
FAR = 0.12  # of a page: so near to a head of several names its first full row is
NEAR = 1.5  # heights of a line between the head of a table and its first row
NUMBER = re.compile(r"\d+")


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without what repeats at their edges on at least half of them; all of it if nothing else would be left."""
    kept = [list(page) for page in pages]
    if len(pages) < FEWEST_PAGES:
        return kept
    edges = [{index: _keys(_whole(page, index), number) for index in _edge(page)} for number, page in enumerate(pages)]
    counts = Counter(key for edge in edges for key in set().union(*edge.values()))
    repeated = {key for key, count in counts.items() if 2 * count >= len(pages)}
    left = [
        [line for index, line in enumerate(page) if not repeated & edge.get(index, set()) or _names_columns(line, page)]
        for page, edge in zip(pages, edges, strict=True)
    ]
    return left if any(line.text for page in left for line in page) else kept


def _whole(page: Sequence[Line], index: int) -> str:
    """The text of a line with all its pieces: a cell says the same on many pages, its row does not."""
    first, last = index, index + 1
    while first and page[first].joint:
        first -= 1
    while last < len(page) and page[last].joint:
        last += 1
    return " ".join(line.text for line in page[first:last])


def _names_columns(line: Line, page: Sequence[Line]) -> bool:
    """Whether a line is of the head of a table, which is written again on each page: right below stand cells."""
    if line.place is None:
        return False
    top, bottom = line.place.top, line.place.bottom
    near = NEAR * (bottom - top)
    others = [one.place for one in page if one.place is not None and one.text]
    row = [one for one in page if one.place and min(bottom, one.place.bottom) - max(top, one.place.top) > 0.5 * (bottom - top)]
    if len(row) > 1 and all(is_period(one.text) for one in row if one.text):
        return True
    rows = Counter(
        round(ROWS * place.top) for place in others if bottom <= place.top < bottom + (FAR if len(row) > 2 else near)
    )
    if not rows:
        return False
    if len(row) > 2:
        return max(rows.values()) + 1 >= len(row)
    below = rows[min(rows)]
    if len(row) < 2:  # a name over several columns stands over none of the first
        return below > 2 and line.place.left > min(place.right for place in others if round(ROWS * place.top) == min(rows))
    return below > 1


def _edge(page: Sequence[Line]) -> list[int]:
    """Indices of the lines with fewer than `EDGE_LINES` rows above or below them.

    Places decide, not the order: many programs write header and footer before the text, or both behind it. Lines side by
    side (author left, date right) are one row. Where places are unknown the order has to do.
    """
    lines = [index for index, line in enumerate(page) if line.text]
    places = [page[index].place for index in lines]
    known = [place for place in places if place is not None]
    if len(known) < len(lines):
        return sorted({*lines[:EDGE_LINES], *lines[-EDGE_LINES:]})
    tops = sorted({math.ceil(place.top * ROWS) / ROWS for place in known})
    bottoms = sorted({math.floor(place.bottom * ROWS) / ROWS for place in known})
    return [
        index
        for index, place in zip(lines, known, strict=True)
        if bisect_right(bottoms, place.top) < EDGE_LINES or len(tops) - bisect_left(tops, place.bottom) < EDGE_LINES
    ]


def _keys(text: str, page: int) -> set[str]:
    """What a line may be known by on other pages: each number either as it is or as its distance to the page's own."""
    words = " ".join(text.split()).casefold()
    numbers = NUMBER.findall(words)
    if len(numbers) > COUNTED_NUMBERS:
        return {words}
    pieces = NUMBER.split(words)
    ways = itertools.product(*[(number, f"\0{int(number) - page}") for number in numbers])
    return {"".join(itertools.chain(*zip(pieces, [*way, ""], strict=True))) for way in ways}
