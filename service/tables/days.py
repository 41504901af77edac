"""Days counted from dates of a table: from one to another, and the day so many days after or before one."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from service.tables.asking import Asked
from service.tables.conditions import Selection
from service.tables.reading import Candidate, Cell
from service.tables.sheet import Sheet
from youju.text.quantities import ENGLISH_NUMBERS

_WORDS = "|".join(word for word in ENGLISH_NUMBERS if word != "one")
APART = re.compile(r"\bhow many days\b|\bnumber of days\b|\bdays (?:are there )?between\b|多少天|几天|相隔|天数")
SHIFTED = re.compile(
    rf"(?P<count>\d+|\b(?:one|{_WORDS})\b) (?:calendar )?(?P<unit>days?|weeks?) "
    r"(?P<way>after|from|later than|past|before|prior to|ahead of)\b|"
    r"(?P<han>\d+) ?(?P<han_unit>天|周|个星期) ?(?:之|以)?(?P<han_way>[后前])|"
    r"(?:之|以)(?P<first_way>[后前])的?第? ?(?P<first>\d+) ?(?P<first_unit>天|周|个星期)"
)
BEFORE = ("before", "prior to", "ahead of", "前")


def days(question: Asked, sheet: Sheet, selection: Selection) -> Iterator[Candidate]:
    """Readings of one row, or of two, in columns of whole dates."""
    dated = [column for column, is_date in enumerate(sheet.years) if is_date]
    if not dated:
        return
    if len(selection.rows) == 1:
        row = selection.rows[0]
        if APART.search(question.plain):
            yield from _apart(sheet, selection, [(row, column) for column in dated])
        if found := SHIFTED.search(question.plain):
            for column in dated:
                yield from _shifted(sheet, selection, (row, column), _count(found))
    elif len(selection.rows) == 2 and APART.search(question.plain):
        for column in dated:
            yield from _apart(sheet, selection, [(row, column) for row in selection.rows])


def day_of(sheet: Sheet, cell: Cell) -> datetime.date | None:
    date = sheet.values[cell[0]][cell[1]].date
    try:
        return datetime.date(*date) if date else None
    except ValueError:
        return None


def _apart(sheet: Sheet, selection: Selection, cells: Sequence[Cell]) -> Iterator[Candidate]:
    known = [(day, cell) for cell in cells if (day := day_of(sheet, cell)) is not None]
    for one, other in combinations(known, 2):
        (first, start), (last, end) = sorted((one, other))
        if last > first:
            columns = tuple(dict.fromkeys((end[1], start[1])))
            yield Candidate("days", selection, (float((last - first).days),), (end, start), end[1], None, columns)


def _shifted(sheet: Sheet, selection: Selection, cell: Cell, count: int) -> Iterator[Candidate]:
    if (day := day_of(sheet, cell)) is not None:
        told = (day + datetime.timedelta(days=count)).isoformat()
        yield Candidate("day", selection, (told,), (cell,), cell[1], None, (cell[1],))


def _count(found: re.Match[str]) -> int:
    text, unit, way = (next(one for one in some if one) for some in (
        (found["count"], found["han"], found["first"]), (found["unit"], found["han_unit"], found["first_unit"]),
        (found["way"], found["han_way"], found["first_way"]),
    ))  # fmt: skip
    count = int(ENGLISH_NUMBERS.get(text, text)) * (1 if unit[0] in ("d", "天") else 7)
    return -count if way in BEFORE else count
