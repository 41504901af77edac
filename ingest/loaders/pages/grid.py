"""A region of a page as a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.loaders.layout import Place
from ingest.loaders.pages.headers import body_of, is_named, names_of
from ingest.loaders.pages.rows import Band, band_of, rows_in, text_of
from ingest.loaders.pages.table import Cell, Table
from ingest.loaders.pages.tables import Piece, Region

LEADERS = re.compile(r"\s*(?:[.．·•…_]\s?){4,}\s*")
PAGE = re.compile(r"\d{1,4}|[ivxlc]{1,7}", re.IGNORECASE)
FEWEST_PAGES = 4  # entries of a table of contents


def table_of(region: Region, width: float, height: float, above: Table | None = None, forced: bool = True) -> Table | None:
    """None where the pieces make no table after all. `above` is a table at the foot of the page before: where this one goes
    on with it, the columns have the same names, whether they are written again or not."""
    lines = [band_of(row, region) for row in region.rows]
    columns = tuple((left / width, right / width) for left, right in region.columns)
    known = above.header if above is not None and any(above.header) and above.goes_on(columns) else None
    first = body_of(lines, region)
    rows = rows_in(lines[first:], region)
    if not first and len(rows) > 1 and is_named(rows, region):
        header, body = [rows[0].text(column) for column in range(len(columns))], rows[1:]
    else:
        header, body = names_of(region, first), rows
    names = tuple(LEADERS.sub(" ", name).strip(" :：") for name in header)
    if known is not None and any(names) and _is_again(names, known):
        names = known
    elif known is not None and (forced or not any(names)):
        names, body = known, rows_in(lines, region)
    listed = sum(map(bool, names)) < 2 and _is_contents(body)
    if listed and any(names):  # the head of the page
        names, body = ("",) * len(columns), rows_in(lines, region)
    if not body or (len(body) < 2 and not any(names)) or (not listed and _is_code(region, names)):
        return None
    made = tuple(tuple(_cell(pieces, width, height, listed) for pieces in row.cells) for row in body)
    return Table(names, columns, made, listed)


def _is_again(names: Sequence[str], known: Sequence[str]) -> bool:
    """Whether names of columns are those of the page before, written once more."""
    own, others = ({word for name in some for word in name.split()} for some in (names, known))
    return 2 * len(own & others) >= max(len(own), len(others))


def _cell(pieces: Sequence[Piece], width: float, height: float, keeps_dots: bool) -> Cell:
    if not pieces:
        return Cell("", None)
    text = text_of(pieces)
    place = Place(
        min(piece.left for piece in pieces) / width, min(piece.top for piece in pieces) / height,
        max(piece.right for piece in pieces) / width, max(piece.bottom for piece in pieces) / height,
    )  # fmt: skip
    return Cell(text if keeps_dots else LEADERS.sub(" ", text).strip(), place)


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
