"""Which rows of a table name its columns, where nothing marks them: the lines of a title above them, names in two or three
rows, and names that are numbers, such as years.

Knows texts of cells only, as a reader sees them. `covered` holds for a row the columns that a cell to their left reaches over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from youju.text.quantities import UNITS

Rows = Sequence[Sequence[str]]
Covered = Mapping[int, Set[int]]

WITHIN = 20  # rows; above the header may stand a title, notes, the holder of an account
TALLEST = 3  # rows of a header
DIGITS = 5  # in the second cell of a row: more than a name has
BELOW = 20  # rows looked at to see what the columns hold
CHARACTERS = 60  # the name of a column is short; a cell with more is a text laid out in columns
NAME = re.compile(r"[^\W\d_]")  # a letter of any script
_MONEY = r"(?:[A-Z]{1,3}\s?\$|[€£¥￥$₩₽₹]|[A-Z]{3}\s|\s[A-Z]{3}|kr\.?|Fr\.|Rs\.?|元)"
_NUMBER = r"\d[\d.,'’\s]*(?:[eE][+-]?\d+)?"
_DATE = r"(?:\d{4}[-/.年]\s?\d{1,2}(?:[-/.月]\s?\d{1,2}日?|月)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})"
_TIME = r"\d+:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AP]M)?"
VALUE = re.compile(
    rf"[-+−–(]?\s?(?:{_MONEY}\s?[-+−]?\s?)?{_NUMBER}(?:\s?(?:%|‰|{_MONEY}))?\s?\)?"
    rf"|{_DATE}(?:[T\s]+{_TIME})?|{_TIME}|TRUE|FALSE|#[A-Z/0]+[!?]?"
)
MEASURE = re.compile(r"[-+−–<>≤≥~≈]?\s?\d[\d.,]*\s?[^\W\d_]{1,8}(?:/[^\W\d_]{1,5})?[²³]?")
SIGNS = re.compile(r"[#%№±+/−–€$£¥Δ°-]{1,3}")  # a name without letters
# A unit of all numbers in a column, written as reports do: $, US$’000, HK$ million, £m, 万元.
UNIT = re.compile(
    r"(?:(?:in )?(?:[a-z]{1,3}\s?[$€£¥]|[$€£¥]|[a-z]{3})?\s?[’']?(?:0{3}s?|thousands?|millions?|billions?|m|bn|k)"
    r"|[a-z]{0,3}[$€£¥]|人民币)|(?:人民币|美元|港币|港元)?\s?[十百千]?[万亿]?[元股吨%]"
)
NOTHING = frozenset({"", "-", "–", "—", "n/a", "N/A", "NA", "..", "...", "…", "/"})
PERIODS = (  # a kind of header cell that is no name -> what must be in it
    re.compile(r"(?P<year>(?:1[5-9]|20)\d\d)[-/.](?P<month>0[1-9]|1[0-2]|[1-9])"),
    re.compile(r"(?P<year>(?:1[5-9]|20)\d\d)(?:\s?[-/–]\s?(?:\d\d|(?:1[5-9]|20)\d\d))?"),
    re.compile(r"(?P<month>0[1-9]|1[0-2]|[1-9])[-/.](?P<year>(?:1[5-9]|20)\d\d)"),
    re.compile(r"(?P<year>(?:1[5-9]|20)\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"),
    re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d\d)"),
    re.compile(r"(?P<number>\d{1,4})"),
)
PLAIN = len(PERIODS) - 1


def header_rows(rows: Rows, covered: Covered, sure: bool = False) -> tuple[int, int] | None:
    """The first row of the header and the one behind its last; None where no rows look like one.

    Args:
        sure: only what cannot be read otherwise: names above numbers, or years.
    """
    if _are_pairs(rows):
        return None
    for top in range(min(len(rows) - 1, WITHIN)):
        is_title = len(covered.get(top, ())) >= len(rows[top]) - 1
        if height := 0 if is_title else _height(rows, covered, top):
            end = top + height
            if height == 1 and _is_better(rows, covered, end):
                top, end = end, end + 1
            elif below := _below_notes(rows, covered, top, end):
                top, end = below, below + 1
            if not sure or (height > 1 and covered.get(top)) or _is_apart(rows, end):
                return top, end
        if not is_title and _is_like_those_below(rows, top):
            if not all(_is_plain_name(cell) for cell in rows[top] if cell):
                return None  # a table without names
            sure = True
        sure = sure or any(map(is_value, rows[top]))  # behind such a row names are only what stands above others
    return None


def _are_pairs(rows: Rows) -> bool:
    """Whether each row is a name and its value (Account: 12345), so that the first row names nothing below it."""
    filled = [[cell for cell in row if cell] for row in rows[: BELOW + 1]]
    if max(map(len, filled), default=0) != 2:
        return False
    pairs = [row for row in filled if len(row) == 2]
    marked = sum(first.endswith((":", "：")) for first, _ in pairs)
    return 2 * marked > len(pairs) or len(re.findall(r"\d", "".join(filled[0][1:]))) >= DIGITS


def names(rows: Rows, covered: Covered) -> list[str]:
    """The names of the columns: those of all rows of a header joined."""
    return list(map(" ".join, paths(rows, covered)))


def paths(rows: Rows, covered: Covered) -> list[tuple[str, ...]]:
    """The names of the columns by rows of a header, each once; what a cell names it names as far as the next one."""
    width = max((len(row) for row in rows), default=0)
    filled = [[*row, *[""] * (width - len(row))] for row in rows]
    for number in reversed(range(len(filled) - 1)):
        if not covered.get(number):
            _reach(filled[number], filled[number + 1])
    return [tuple(dict.fromkeys(name for name in column if name)) for column in zip(*filled, strict=True)]


def is_value(text: str) -> bool:
    """Whether a cell holds a number, an amount, a date or a time, and no name."""
    return len(text) <= CHARACTERS and bool(VALUE.fullmatch(text))


def _reach(row: list[str], below: Sequence[str]) -> None:
    """Let each name of a row stand for the empty columns behind it, where the row below has names that need another."""
    if _are_distinct(below):
        return
    for column in range(1, len(row)):
        row[column] = row[column] or (row[column - 1] if below[column] else "")


def _height(rows: Rows, covered: Covered, top: int) -> int:
    """How many rows a header that begins at `top` has; 0 where none does."""
    for height in range(1, min(TALLEST, len(rows) - 1 - top) + 1):
        end = top + height
        if not _labels(rows[end - 1]):
            break
        own = {number - top: covered[number] for number in range(top, end) if number in covered}
        fits = _may_name(rows, top) and not own if height == 1 else _are_groups(rows, own, top, end)
        if fits and _names_enough(names(rows[top:end], own), rows[end : end + BELOW]):
            return height + _more(rows, top, end)
    return int(_has_twins(rows, top))


def _are_groups(rows: Rows, own: Covered, top: int, end: int) -> bool:
    """Whether rows name columns together: above stand groups, whose cells reach over several columns, or are needed to tell
    the names in the last row apart."""
    last = rows[end - 1]
    for number in range(top, end - 1):
        if number - top not in own and (all(rows[number]) or _are_distinct(last)):
            return False
    if not _are_distinct(names(rows[top:end], own)) or not _are_periods(last) or _period_below(rows, end - 1):
        return False
    if _fits(rows[end - 2], last, own.get(end - 2 - top, set())):
        return True
    notes = any(sum(map(bool, row)) > 1 for row in rows[:top]) and _are_distinct(last)
    return _is_apart(rows, end) and not (notes and all(last) and _names_enough(last, rows[end : end + BELOW]))


def _has_twins(rows: Rows, top: int) -> bool:
    """Whether a row names columns above numbers though two have the same name (a telephone and another, one name for both)."""
    filled = [cell for cell in rows[top] if cell]
    are_names = len(set(filled)) > 1 and all(cell not in NOTHING and _is_name(cell) for cell in filled)
    apart = 3 * len(set(filled)) > 2 * len(filled) or _is_apart(rows, top + 1)
    return are_names and apart and _labels(rows[top]) and _names_enough(rows[top], rows[top + 1 : top + 1 + BELOW])


def _fits(above: Sequence[str], row: Sequence[str], covered: Set[int]) -> bool:
    """Whether a row of names under one that names groups has nothing else under those names that are of one column."""
    return all(
        not one or not other or one == other
        for column, (one, other) in enumerate(zip(above, row, strict=False))
        if not {column, column + 1} & covered
    )


def _more(rows: Rows, top: int, end: int) -> int:
    """Rows that go on with a header: what reaches down from it, and the units of its columns."""
    more = 0
    while end + more < len(rows) - 1 and end - top + more < TALLEST:
        row, last = rows[end + more], rows[end + more - 1]
        reaches = any(row) and all(one == other for one, other in zip(row, last, strict=False))
        if not reaches and not _are_units(row):
            break
        more += 1
    return more


def _labels(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return bool(filled) and all(len(cell) <= CHARACTERS and (_is_name(cell) or _period(cell) is not None) for cell in filled)


def _are_distinct(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return len(set(filled)) == len(filled)


def _is_name(cell: str) -> bool:
    return (bool(NAME.search(cell)) and not is_value(cell)) or (bool(SIGNS.fullmatch(cell)) and cell not in NOTHING)


def _are_units(row: Sequence[str]) -> bool:
    filled = [cell.strip("()[]（） ").lower() for cell in row if cell]
    return bool(filled) and all(cell in UNITS or UNIT.fullmatch(cell) for cell in filled)


def _may_name(rows: Rows, number: int) -> bool:
    """Whether the cells of one row read as names: at least two, short, each another; numbers only as periods."""
    filled = [(column, cell) for column, cell in enumerate(rows[number]) if cell]
    # One name is enough for two columns of which the first, of what the rows are about, has none.
    fewest = 1 if filled and filled[0][0] == 1 and _is_apart(rows, number + 1) else 2
    others = [column for column, cell in filled if not _is_name(cell)]
    if len(filled) < fewest or not (
        _are_distinct(rows[number]) or (others and _are_distinct([rows[number][one] for one in others]))
    ):
        return False
    return not others or (_is_sequence([rows[number][column] for column in others]) and not _period_below(rows, number))


def _period(cell: str) -> tuple[int, tuple[int, ...]] | None:
    for kind, pattern in enumerate(PERIODS):
        if found := pattern.fullmatch(cell):
            order = ("year", "month", "day", "hour", "minute", "number")
            return kind, tuple(int(found[name]) for name in order if name in pattern.groupindex)
    return None


def _is_sequence(cells: Sequence[str]) -> bool:
    """Whether periods follow each other: years, months, days, hours, up or down; other numbers, three or more, by one step."""
    read = [_period(cell) for cell in cells]
    if any(one is None for one in read):
        return False
    kinds, places = {one[0] for one in read if one}, [one[1] for one in read if one]
    if len(kinds) > 1:
        return False
    steps = {(one < other) - (one > other) for one, other in zip(places, places[1:], strict=False)}
    if len(steps) > 1 or 0 in steps:
        return False
    if kinds == {PLAIN}:
        return len(places) > 2 and len({other[0] - one[0] for one, other in zip(places, places[1:], strict=False)}) == 1
    return True


def _are_periods(row: Sequence[str]) -> bool:
    """Whether what is no name in a row is of one kind of periods, perhaps again for each group; other numbers in a sequence."""
    cells = [cell for cell in row if cell and not _is_name(cell)]
    kinds = {read[0] if (read := _period(cell)) else None for cell in cells}
    return len(kinds) < 2 and None not in kinds and (PLAIN not in kinds or _is_sequence(cells))


def _period_below(rows: Rows, number: int) -> bool:
    """Whether most rows below have the same kind of periods where this row has them: then it is a row like them."""
    columns = [column for column, cell in enumerate(rows[number]) if cell and not _is_name(cell)]
    if not columns:
        return False
    kind = _period(rows[number][columns[0]])
    like = sought = 0
    for row in rows[number + 1 : number + 1 + BELOW]:
        cells = [row[column] for column in columns if column < len(row) and row[column]]
        sought += bool(cells)
        like += (
            bool(cells)
            and all((_period(cell) or (-1,))[0] == (kind or (-2,))[0] for cell in cells)
            and (len(cells) == 1 or _is_sequence(cells))
        )
    return 2 * like > sought


def _names_enough(found: Sequence[str], below: Rows) -> bool:
    """Whether nearly all columns that the rows below fill have names; the first, of what the rows are about, needs none."""
    many = [
        column
        for column in range(max(map(len, below)))
        if 2 * sum(len(row) > column and bool(row[column]) for row in below) > len(below)
    ]
    nameless = [column for column in many if column >= len(found) or not found[column]]
    return nameless in ([], [0]) or 5 * len(nameless) <= len(many)


def _values(rows: Rows) -> list[int]:
    """The columns that hold numbers, amounts, dates, measures."""
    columns = range(max((len(row) for row in rows), default=0))
    cells = {column: [row[column] for row in rows if len(row) > column and row[column] not in NOTHING] for column in columns}
    return [column for column in columns if 2 * sum(map(_is_figure, cells[column])) > len(cells[column])]


def _is_like_those_below(rows: Rows, number: int) -> bool:
    """Whether a row has as many cells as the rows below: what stands above a table has fewer."""
    below = rows[number + 1 : number + 1 + BELOW]
    usual = sorted(sum(map(bool, one)) for one in below)[len(below) // 2]
    return usual > 1 and sum(map(bool, rows[number])) >= usual


def _is_plain_name(cell: str) -> bool:
    return _is_name(cell) and not _is_measure(cell)


def _is_measure(cell: str) -> bool:
    return len(cell) <= CHARACTERS and bool(MEASURE.fullmatch(cell))


def _is_apart(rows: Rows, end: int) -> bool:
    """Whether the rows below a header, from `end` on, are of another kind: numbers below names or years."""
    last = rows[end - 1]
    if any(cell and not _is_name(cell) for cell in last) and _are_periods(last):
        return True
    return any(column < len(last) and _is_name(last[column]) for column in _values(rows[end : end + BELOW]))


def _is_better(rows: Rows, covered: Covered, number: int) -> bool:
    """Whether the row behind a header of one row is the header itself, and that one a line above it: only names, as many, and
    at least two columns of numbers below."""
    if number + 2 >= len(rows) or covered.get(number) or not _may_name(rows, number):
        return False
    row, columns = rows[number], _values(rows[number + 1 : number + 1 + BELOW])
    named = [column for column in columns if column < len(row) and _is_name(row[column]) and not re.search(r"\d", row[column])]
    return len(named) > 1 and named == columns and sum(map(bool, row)) >= sum(map(bool, rows[number - 1]))


def _below_notes(rows: Rows, covered: Covered, top: int, end: int) -> int | None:
    """The row of names right above values, where what was taken for a header is one of the notes above it: that leaves a
    column without a name, and down to this row are only texts."""
    for number in range(top, min(len(rows) - 1, WITHIN)):
        row = rows[number]
        if any(map(is_value, row)):
            return None
        if number < end or covered.get(number) or not _may_name(rows, number):
            continue
        lacking = [
            column for column, cell in enumerate(row) if column and cell and not any(one[column] for one in rows[top:end])
        ]
        columns = _values(rows[number + 1 : number + 1 + BELOW])
        held = [column for column in columns if column < len(rows[number + 1]) and _is_figure(rows[number + 1][column])]
        if (
            lacking
            and columns
            and 2 * len(held) > len(columns)
            and all(column < len(row) and row[column] for column in columns)
        ):
            return number
    return None


def _is_figure(cell: str) -> bool:
    return is_value(cell) or _is_measure(cell)
