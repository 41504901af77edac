"""What repeats at the edges of pages, headers, footers and page numbers, is told from the text.

Knows lines and their places only. A line counts as repeated if it comes again with the same words and numbers, a number
being the same also when it goes up with the pages: `Page 3 of 9`, `Page 4 of 9`. Any other number is content: `Total 80`
at the foot of one page and `Total 95` at the foot of the next both stay. Of two or three pages only what stands at the same
place right at the edge is taken out, and its words stay once.
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence

from ingest.loaders.layout import Line
from ingest.loaders.pages.values import is_period

FEWEST_PAGES = 4  # in fewer, a repetition says little
EDGE, SAME_PLACE = 0.1, 0.03  # of a page: where furniture of few pages is, and how far it may move
PAGE_NUMBER = re.compile(
    r"\bp(?:age|\.)\s*\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?|第\s*\d{1,3}\s*[页頁](?:\s*[,，/]?\s*共\s*\d{1,3}\s*[页頁])?"
    r"|^\W*\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?\W*$|\s[-–—|·•]\s*\d{1,3}\W*$|^\W*\d{1,3}\s*[-–—|·•]\s",
    re.IGNORECASE,
)
EDGE_LINES = 2  # so many rows at the top and at the bottom may be furniture
COUNTED_NUMBERS = 3  # more numbers in one line are taken as they are
ROWS = 100  # lines that end within the same hundredth of a page are one row
BARE_NUMBER = re.compile(r"^\d{1,3}(?=\s)|(?<=\s)\d{1,3}$")  # of the page, at its foot, if it is the one of the page
FAR = 0.12  # of a page: so near to a head of several names its first full row is
NEAR = 1.5  # heights of a line between the head of a table and its first row
NUMBER = re.compile(r"\d+")


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages without what repeats at their edges on at least half of them; all of it if nothing else would be left."""
    kept = [list(page) for page in pages]
    if len(pages) < FEWEST_PAGES:
        return _of_few(kept)
    edges = [{index: _keys(_whole(page, index), number) for index in _edge(page)} for number, page in enumerate(pages)]
    counts = Counter(key for edge in edges for key in set().union(*edge.values()))
    repeated = {key for key, count in counts.items() if 2 * count >= len(pages)}
    left = [
        [line for index, line in enumerate(page) if not repeated & edge.get(index, set()) or _names_columns(line, page)]
        for page, edge in zip(pages, edges, strict=True)
    ]
    return left if any(line.text for page in left for line in page) else kept


def _of_few(pages: list[list[Line]]) -> list[list[Line]]:
    """Two or three pages without numbers of pages, and with what else comes again at the same edge once: heads on the first
    page, feet on the last, where they interrupt nothing."""
    edges = [
        {index: key for near in _edge(page) for index in _row(page, near) if (key := _edge_key(page[index], number))}
        for number, page in enumerate(pages)
    ]
    left = []
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        found: dict[int, bool] = {}  # lines that come again -> whether they stay
        for index, key in edge.items():
            again = [
                other for other, keys in enumerate(edges) if other != number and _comes_in(page[index], key, pages[other], keys)
            ]
            if again and not _names_columns(page[index], page):
                first_or_last = max if _is_foot(page[index]) else min
                found[index] = bool(key[0]) and number == first_or_last(number, *again)
        whole = [index for index in found if found.keys() >= set(_row(page, index))]
        sides = [[index for index in whole if _is_foot(page[index]) == is_foot] for is_foot in (False, True)]
        apart = [index for side in sides if _stands_apart(page, side) for index in side]
        left.append(_set_apart(page, {index: found[index] for index in apart}))
    return left if any(line.text for page in left for line in page) else pages


def _edge_key(line: Line, page: int) -> tuple[str, int | None] | None:
    """What a line right at an edge says beside the number of the page, and the distance of that to the page's own; None for
    other lines."""
    if line.place is None or EDGE < line.place.bottom < 1 - EDGE:
        return None
    text = " ".join(line.text.split()).casefold()
    found = PAGE_NUMBER.search(text)
    if found is None and _is_foot(line) and (bare := BARE_NUMBER.search(text)) and int(bare.group()) == page + 1:
        found = bare
    if found is None:
        return text, None
    return f"{text[: found.start()]} {text[found.end() :]}".strip(), int(NUMBER.findall(found.group())[0]) - page


def _comes_in(
    line: Line, key: tuple[str, int | None], page: Sequence[Line], keys: Mapping[int, tuple[str, int | None]]
) -> bool:
    """Whether a page has the same line at the same place."""
    for index, other in keys.items():
        place = page[index].place
        if other == key and line.place and place:
            apart = max(abs(line.place.top - place.top), abs(line.place.left - place.left))
            if apart <= SAME_PLACE:
                return True
    return False


def _stands_apart(page: Sequence[Line], side: Sequence[int]) -> bool:
    """Whether at least the height of a line is empty between what comes again at one edge and the text of the page."""
    furniture = [place for index in side if (place := page[index].place)]
    if not furniture:
        return False
    top, bottom = min(place.top for place in furniture), max(place.bottom for place in furniture)
    height = max(place.bottom - place.top for place in furniture)
    others = [line.place for index, line in enumerate(page) if line.place and line.text and index not in side]
    if _is_foot(page[side[0]]):
        return all(place.top >= top - height / 2 or top - place.bottom >= height for place in others)
    return all(place.bottom <= bottom + height / 2 or place.top - bottom >= height for place in others)


def _set_apart(page: Sequence[Line], repeated: Mapping[int, bool]) -> list[Line]:
    """A page without the lines that come again on others, or with those that stay around its text, together with what stands
    beyond them."""
    feet = [page[index].place.top for index in repeated if _is_foot(page[index])]  # type: ignore[union-attr]
    heads = [page[index].place.bottom for index in repeated if not _is_foot(page[index])]  # type: ignore[union-attr]
    above, text, below = list[Line](), list[Line](), list[Line]()
    for index, line in enumerate(page):
        if repeated.get(index, True):
            is_foot = line.place is not None and line.place.top >= min(feet, default=1.0)
            is_head = line.place is not None and line.place.bottom <= max(heads, default=0.0)
            (below if is_foot else above if is_head else text).append(line)
    return [*above, *text, *below]


def _is_foot(line: Line) -> bool:
    return line.place is not None and line.place.bottom >= 1 - EDGE


def _whole(page: Sequence[Line], index: int) -> str:
    """The text of a line with all its pieces: a cell says the same on many pages, its row does not."""
    return " ".join(page[one].text for one in _row(page, index))


def _row(page: Sequence[Line], index: int) -> range:
    """The pieces of a line."""
    first, last = index, index + 1
    while first and page[first].joint:
        first -= 1
    while last < len(page) and page[last].joint:
        last += 1
    return range(first, last)


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
