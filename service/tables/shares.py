"""What share one row has of the whole: its amount in the total row, or in the sum of all rows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.tables.asking import Asked
from service.tables.conditions import Selection
from service.tables.linking import Link
from service.tables.reading import Candidate
from service.tables.sheet import Sheet
from service.tables.targets import amounts, is_share, meant

OF_THE_WHOLE = re.compile(
    r"\b(?:share|percent(?:age)?|proportion|fraction) of (?:the |all |our |its |their )*(?:total|whole|sum|overall|all)\b|"
    r"\b(?:share|percent(?:age)?|proportion) of .{1,60}\b(?:total|whole|sum|altogether|overall)\b|"
    r"占.{0,30}(?:百分之|比例|比重|份额|几成|多少|%)|占比",
    re.IGNORECASE,
)
LEAST_ROWS = 2
SAID = 0.5  # of the name of a column of shares, from which on they are read and not computed


def shares(question: Asked, link: Link, sheet: Sheet) -> Iterator[Candidate]:
    """The reading of the one row that is named, in the column that is meant; nothing where several are."""
    stands_there = any(is_share(sheet, column) and link.columns.said[column] >= SAID for column in range(len(sheet.columns)))
    if not OF_THE_WHOLE.search(question.text) or stands_there:
        return
    rows = sheet.plain_rows
    named = [row for row in rows if link.rows.exact[row]]
    column = meant(link, sheet, [one for one in amounts(sheet) if not is_share(sheet, one)])
    if len(named) != 1 or column is None or len(rows) < LEAST_ROWS:
        return
    told = [sheet.values[row][column].number for row in rows]
    numbers = [number for number in told if number is not None]
    if len(numbers) < len(rows) or min(numbers) < 0 or not sum(numbers):
        return
    part = sheet.values[named[0]][column].number or 0.0
    cells = ((named[0], column), *((row, column) for row in rows if row != named[0]))
    selection = Selection("row", (named[0],), link.rows.words[named[0]] & link.asked)
    yield Candidate("share_of_all", selection, (round(100 * part / sum(numbers), 4),), cells, column, None, (), len(rows))
