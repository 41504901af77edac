"""A region of a page as a table: which lines make a row, and which of them name the columns.

A number stands in a row of the table's body, a year may name a column; where there are no numbers, bold letters, a ruling
line or short names tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from ingest.loaders.builder import may_be_header
from ingest.loaders.layout import HYPHENS, Line, Place, joined
from ingest.loaders.ruling import Span
from ingest.loaders.table import KEY, Cell, Table
from ingest.loaders.tables import Piece, Region, Row

VALUE = re.compile(
    r"(?:[A-Z]{2,3}(?=[$€£¥]|\s[\d(+\-−–]))?[\s$€£¥(+\-−–—~<>±≤≥]*\d[\d,.\s'’]*\)?\s*(?:[%‰)xX×*†‡]|(?:\([\w*]{1,2}\)|[万亿元]+|[^\W\d_]{1,6}))?\s*\)?|[—–\-−]+|n/?[am]"
)
YEAR = re.compile(r"(?:FY|CY|Q[1-4]|[HM]\d+)?\s?[’']?(?:19|20)\d\d(?:/\d\d|[-–]\d\d)?\s?(?:[AEF]|年度?|\(\w\)|[*†])?")
DATE = re.compile(
    r"(?:[A-Z][a-z]{2,8}\.?\s\d{1,2},?\s)?(?:19|20)\d\d[年.\-/]?(?:\d{1,2}[月.\-/]?)?(?:\d{1,2}日?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}"
)
PERIOD = re.compile(
    r"\b(?:years?|months?|weeks?|quarters?|ended|ending|as (?:of|at)|unaudited|restated|(?:in )?(?:thousands|millions|billions)"
    r"|january|february|march|april|june|july|august|september|october|november|december)\b|[年月日季]|截至|单位|人民币",
    re.IGNORECASE,
)
LEADERS = re.compile(r"\s*(?:[.．·•…_]\s?){4,}\s*")
PAGE = re.compile(r"\d{1,4}|[ivxlc]{1,7}", re.IGNORECASE)
HEADER_ROWS = 16  # lines that name columns, at most
HEADS = 3  # rows of names, at most
FEWEST_PAGES = 4  # entries of a table of contents
TIGHTER = 1.2  # lines of one cell are nearer together than rows, by so much
LOWER = re.compile(r"[a-zà-ÿ(（&]")


@dataclass(frozen=True)
class Band:
    """A row of a table: what lies in each column, in order of reading."""

    cells: tuple[tuple[Piece, ...], ...]
    top: float
    bottom: float

    @cached_property
    def filled(self) -> frozenset[int]:
        return frozenset(number for number, pieces in enumerate(self.cells) if pieces)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return tuple(map(_text, self.cells))

    def text(self, column: int) -> str:
        return self.texts[column]

    def has_value(self, columns: range | frozenset[int]) -> bool:
        return any(is_value(self.text(column)) for column in columns if self.cells[column])


def table_of(region: Region, width: float, height: float, above: Table | None = None, forced: bool = True) -> Table | None:
    """None where the pieces make no table after all. `above` is a table at the foot of the page before: where this one goes
    on with it, the columns have the same names, whether they are written again or not."""
    lines = [_band(row, region) for row in region.rows]
    columns = tuple((left / width, right / width) for left, right in region.columns)
    known = above.header if above is not None and any(above.header) and above.goes_on(columns) else None
    first = _body(lines, region)
    rows = _rows(lines[first:], region)
    if not first and len(rows) > 1 and _is_named(rows, region):
        header, body = [rows[0].text(column) for column in range(len(columns))], rows[1:]
    else:
        header, body = _names(region, first), rows
    names = tuple(LEADERS.sub(" ", name).strip(" :：") for name in header)
    if known is not None and any(names) and _is_again(names, known):
        names = known
    elif known is not None and (forced or not any(names)):
        names, body = known, _rows(lines, region)
    listed = sum(map(bool, names)) < 2 and _is_contents(body)
    if listed and any(names):  # the head of the page
        names, body = ("",) * len(columns), _rows(lines, region)
    if not body or (len(body) < 2 and not any(names)) or (not listed and _is_code(region, names)):
        return None
    made = tuple(tuple(_cell(pieces, width, height, listed) for pieces in row.cells) for row in body)
    return Table(names, columns, made, listed)


def _is_again(names: Sequence[str], known: Sequence[str]) -> bool:
    """Whether names of columns are those of the page before, written once more."""
    own, others = ({word for name in some for word in name.split()} for some in (names, known))
    return 2 * len(own & others) >= max(len(own), len(others))


@lru_cache(maxsize=4096)
def is_value(text: str) -> bool:
    """Whether a cell reads as a number, not as a year or a date."""
    return VALUE.fullmatch(text) is not None and not is_period(text)


def is_period(text: str) -> bool:
    return YEAR.fullmatch(text) is not None or DATE.fullmatch(text) is not None


def _band(row: Row, region: Region) -> Band:
    cells: list[list[Piece]] = [[] for _ in region.columns]
    for piece in row:
        cells[region.column(piece)].append(piece)
    return Band(tuple(map(tuple, cells)), min(piece.top for piece in row), max(piece.bottom for piece in row))


def _text(pieces: Sequence[Piece]) -> str:
    """The text of a cell: what stands side by side, then what stands below."""
    if len(pieces) < 2:
        return (
            joined(_lines(pieces))[0]
            if pieces and pieces[0].line.text.endswith(HYPHENS)
            else pieces[0].line.text
            if pieces
            else ""
        )
    return joined(_lines(pieces))[0]


def _lines(pieces: Sequence[Piece]) -> list[Line]:
    return [piece.line for piece in pieces]


def _cell(pieces: Sequence[Piece], width: float, height: float, keeps_dots: bool) -> Cell:
    if not pieces:
        return Cell("", None)
    text = _text(pieces)
    place = Place(
        min(piece.left for piece in pieces) / width, min(piece.top for piece in pieces) / height,
        max(piece.right for piece in pieces) / width, max(piece.bottom for piece in pieces) / height,
    )  # fmt: skip
    return Cell(text if keeps_dots else LEADERS.sub(" ", text).strip(), place)


def _body(lines: Sequence[Band], region: Region) -> int:
    """The number of the first line below the names of the columns, 0 where numbers do not tell."""
    numeric = _numeric(lines)
    first = next((number for number, line in enumerate(lines) if _is_data(line, numeric)), 0)
    strong = next((number for number, line in enumerate(lines) if not _is_bold(line)), 0)
    if 0 < strong < first and any(len(line.filled) > 1 for line in lines[strong:first]):
        return strong
    if not first:
        return 0
    groups = _between(lines[: first + 1], region.bands)
    if len(groups) > 1 and lines[first] in groups[-1]:  # the last line above the body parts it from the names
        heads = groups[:-1]
        while heads and all(line.filled == {0} for line in heads[-1]):  # the name of a group of rows
            heads.pop()
        return sum(map(len, heads)) if len(heads) <= HEADS else 0
    if 2 * sum(KEY.fullmatch(line.text(0)) is not None for line in lines) > len(lines):  # names of values, not of columns
        return 0
    tight = _tight(lines)
    while first and lines[first - 1].filled == {0}:  # the name of a group of rows, or the beginning of a row's name
        if first > 1 and 0 in lines[first - 2].filled and lines[first - 1].top - lines[first - 2].top <= tight:
            break
        first -= 1
    rows = sum(0 in line.filled and len(line.filled) > 1 for line in lines[:first])
    return first if first <= HEADER_ROWS and rows <= HEADS else 0


def _is_bold(line: Band) -> bool:
    return all(pieces[0].line.bold for pieces in line.cells if pieces and not pieces[0].line.joint)


def _is_data(line: Band, numeric: frozenset[int]) -> bool:
    """Whether a line holds numbers for most columns that have any, or for some behind the name of a row."""
    values = sum(is_value(line.text(column)) for column in numeric & line.filled)
    return bool(values) and (0 in line.filled or 2 * values >= len(numeric))


def _numeric(lines: Sequence[Band]) -> frozenset[int]:
    """The columns behind the first that hold numbers for the most part."""
    found = set()
    for column in range(1, len(lines[0].cells)):
        values = [is_value(line.text(column)) for line in lines if line.cells[column]]
        if any(values) and 2 * sum(values) >= len(values) - values.index(True):
            found.add(column)
    return frozenset(found)


def _names(region: Region, first: int) -> list[str]:
    """The names of the columns from the lines above the body: one above the other, a wide one over all that it spans."""
    names: list[list[Line]] = [[] for _ in region.columns]
    for number, row in enumerate(region.rows[:first]):
        below = region.rows[number + 1] if number + 1 < first else []
        for column, piece in _over(row, below, region, {column for column, lines in enumerate(names) if lines}):
            names[column].append(piece.line)
    return [joined(lines)[0] if lines else "" for lines in names]


def _over(row: Row, below: Row, region: Region, known: set[int]) -> list[tuple[int, Piece]]:
    """Which name of a row stands over which column."""
    own: dict[int, list[Piece]] = {}
    for piece in row:
        for column in region.covered(piece):
            own.setdefault(column, []).append(piece)
    heads = [piece for piece in row if region.column(piece) or len(region.covered(piece)) > 1]
    behind = range(1, len(region.columns))
    named = {column for piece in below for column in region.covered(piece)} - {0} if below else set(behind)
    again = len({piece.line.text for piece in below if region.column(piece)}) < len(named)
    periods = bool(below) and all(is_period(piece.line.text) for piece in below if region.column(piece))
    spanning = [piece for piece in heads if len(region.covered(piece)) > 1 or _is_between(piece, region)]
    alone = len(heads) == 1 and bool(below) and PERIOD.search(heads[0].line.text) is not None
    if not heads or len(heads) >= len(named):
        pass
    elif below and (spanning or again or periods or alone):
        for column in named - set(own):
            own[column] = [
                min(heads, key=lambda piece: abs(_middle((piece.left, piece.right)) - _middle(region.columns[column])))
            ]
    elif not below and len(heads) == 1 and PERIOD.search(heads[0].line.text):
        own |= dict.fromkeys(named - set(own), heads)
    elif not below:
        for piece in spanning:
            near = min(
                named - set(own) - known,
                key=lambda column: abs(_middle(region.columns[column]) - _middle((piece.left, piece.right))),
                default=0,
            )
            if near and abs(near - region.column(piece)) == 1:
                own[near] = [piece]
    return [(column, piece) for column, pieces in sorted(own.items()) for piece in pieces]


def _middle(span: Span) -> float:
    return (span[0] + span[1]) / 2


def _is_between(piece: Piece, region: Region) -> bool:
    """Whether a name stands in the middle between two columns."""
    left, right = region.columns[region.column(piece)]
    return abs((piece.left + piece.right) - (left + right)) / 2 > max(0.4 * (right - left), piece.em)


def _is_named(rows: Sequence[Band], region: Region) -> bool:
    """Whether the first row of a table names the columns."""
    head, columns = rows[0], range(len(region.columns))
    texts = [head.text(column) for column in columns]
    if any(map(is_value, texts)) or len(head.filled) < max(2, len(columns) - 1):
        return False
    bold = [_is_bold(row) for row in rows]
    if bold[0] and not any(bold[1:]):
        return True
    between = [head.bottom - 2 < band < rows[1].top + 2 for band in region.bands]
    if any(between) and len(region.bands) < len(rows):
        return True
    return len(columns) > 2 and may_be_header(texts) and (region.ruled or all(texts))


def _rows(lines: Sequence[Band], region: Region) -> list[Band]:
    """The lines of a table as its rows: those that go on with the row before put into it."""
    parted = len(region.bands) > max(2, len(lines) // 6)
    groups = _between(lines, region.bands) if parted else [list(lines)]
    return [row for group in groups for row in (_one(group) if _is_one(group, region) else _grown(group, lines))]


def _between(lines: Sequence[Band], bands: Sequence[float]) -> list[list[Band]]:
    """Lines by the ruling lines between them."""
    groups: dict[int, list[Band]] = {}
    for line in lines:
        middle = (line.top + line.bottom) / 2
        groups.setdefault(sum(band < middle for band in bands), []).append(line)
    return list(groups.values())


def _is_one(group: Sequence[Band], region: Region) -> bool:
    """Whether what lies between two ruling lines is one row: no column has a number in several lines, and in a grid of lines
    not every column has all of them filled."""
    if len(group) < 2:
        return True
    if not region.bands or len(region.bands) < 3:
        return False
    counts = [sum(bool(line.cells[column]) for line in group) for column in range(len(region.columns))]
    values = [sum(is_value(line.text(column)) for line in group) for column in range(1, len(region.columns))]
    return max(values, default=0) < 2 and (min(count for count in counts if count) < len(group) or len(group) < 3)


def _one(group: Sequence[Band]) -> list[Band]:
    made = group[0]
    for line in group[1:]:
        made = _with(made, line)
    return [made]


def _with(row: Band, line: Band) -> Band:
    cells = tuple((*first, *second) for first, second in zip(row.cells, line.cells, strict=True))
    return Band(cells, row.top, line.bottom)


def _grown(lines: Sequence[Band], all_lines: Sequence[Band]) -> list[Band]:
    """Rows, where no ruling lines part them."""
    tight = _tight(all_lines)
    rows: list[Band] = []
    last: Band | None = None
    for line in lines:
        if rows and last and _goes_on(rows[-1], last, line, tight):
            rows[-1] = _with(rows[-1], line)
        else:
            rows.append(line)
        last = line
    return rows


def _tight(lines: Sequence[Band]) -> float:
    """How far apart the tops of two lines of one cell are at most; 0 where all lines are as far apart."""
    steps = sorted(after.top - before.top for before, after in zip(lines, lines[1:], strict=False))
    if len(steps) < 2 or steps[-1] < TIGHTER * steps[0]:
        return 0.0
    return steps[0] * 1.1


def _goes_on(row: Band, last: Band, line: Band, tight: float) -> bool:
    """Whether a line belongs to the row above it: nearer than rows are, or saying so by its words, and with fewer cells."""
    near = bool(tight) and line.top - last.top <= tight
    text = line.text(min(line.filled))
    lower = LOWER.match(text) is not None
    values = line.has_value(line.filled - {0})
    if row.filled == {0} and 0 in line.filled:  # a long name of a row, whose numbers stand in its last line
        return values and (near or lower) and not row.text(0).endswith((":", "："))
    if values or not line.filled < row.filled:
        return False
    if near or lower:
        return True
    if line.filled == {0}:
        deeper = line.cells[0][0].left > row.cells[0][0].left + 0.4 * line.cells[0][0].em
        return deeper and not text.endswith((":", "："))
    return 0 not in line.filled


def _is_contents(rows: Sequence[Band]) -> bool:
    """Whether rows are entries of a table of contents: a title and a page, which never goes back."""
    pages = [LEADERS.sub("", row.text(len(row.cells) - 1)) for row in rows if len(row.filled) > 1]
    if len(rows[0].cells) > 3 or len(pages) < FEWEST_PAGES or not all(PAGE.fullmatch(page) for page in pages):
        return False
    numbers = [int(page) for page in pages if page.isdigit()]
    return numbers == sorted(numbers) and 3 * len(numbers) >= 2 * len(pages)


def _is_code(region: Region, header: Sequence[str]) -> bool:
    """Whether the letters are those of a typewriter, and nothing says that this is a table."""
    pieces = [piece for row in region.rows for piece in row]
    return not region.ruled and not any(header) and all(piece.line.fixed for piece in pieces)
