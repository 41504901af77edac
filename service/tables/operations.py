"""What may be asked of rows of a table, from a closed set, and executed over the values of its cells.

`candidates` makes all that a question may mean; which of them it means is for `service.tables.choosing`.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations

from service.tables.asking import Asked, occurs
from service.tables.conditions import Selection
from service.tables.days import days
from service.tables.linking import Link
from service.tables.pieces import costs
from service.tables.reading import Candidate, Cell, Operation
from service.tables.rest import rest
from service.tables.role_features import said_apart
from service.tables.roles import bounds
from service.tables.selecting import best_rows, selections
from service.tables.shares import shares
from service.tables.sheet import Sheet
from service.tables.targets import targets
from service.tables.values import YEAR, is_nothing, plain
from service.tables.whether import whether

ASKS_YEAR = re.compile(r"\byears?\b|\bfys?\b|年", re.IGNORECASE)
TWO_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d) ?[/–-] ?(?:(?:19|20)?(\d\d))(?!\d)")  # of a year that ends in the second
EITHER = re.compile(r"\bor\b|还是|哪[个位些]?更|\b(?:more|less|\w+er) than\b|\bwhich of\b")
LISTED = re.compile(r"[,;、；，/\n]| and |&|和|及")
ROWS_COUNTED = ("count", "distinct")
READ = ("look_up", "first", "last", "commonest", "rarest")
SAID = 0.5  # share of the name of a column of numbers from which these are asked for, not the number of rows
TELLING_COLUMNS, COMPARED_COLUMNS, ANSWER_ROWS, ITEM_COLUMNS = 12, 3, 20, 4
COMPUTED: dict[Operation, Callable[[Sequence[float]], float]] = {
    "sum": sum, "mean": statistics.fmean, "maximum": max, "minimum": min,
}  # fmt: skip


def candidates(question: Asked, link: Link, sheet: Sheet) -> list[Candidate]:
    columns = [column for column in _by_rank(link, range(len(sheet.columns))) if column not in link.apart]
    telling, comparing = columns[:TELLING_COLUMNS], [one for one in columns if sheet.numeric[one]][:COMPARED_COLUMNS]
    graded = [column for column in columns if sheet.graded[column]][:1]
    found: list[Candidate] = []
    for selection in selections(question, link, sheet):
        if len(selection.rows) > 1:
            for column in graded:
                found += _extremes(sheet, selection, column, telling)
        found += _of_rows(question, sheet, selection, telling, comparing)
        if selection.kind == "either":
            found += _of_two(sheet, selection, comparing)
        found += whether(question, sheet, selection, comparing)
        found += _items(question, sheet, selection, telling)
        found += rest(question, sheet, selection)
        found += days(question, sheet, selection)
    for row in best_rows(link):
        selection = Selection("row", (row,), link.rows.words[row] & link.asked)
        found += _along(
            question, sheet, selection, _by_rank(link, [column for column in _value_columns(sheet) if column not in link.apart])
        )
        found += _lasted(question, sheet, selection)
        found += costs(question, link, sheet, selection)
    found += [*targets(question, link, sheet), *shares(question, link, sheet)]
    return [one for one in found if not (one.operation in ROWS_COUNTED and said_apart(question, link, sheet, one) >= SAID)]


def is_echo(question: Asked, one: Candidate) -> bool:
    """Whether a cell gives only what the question said itself, and offered no choice of."""
    return (
        one.operation in READ
        and not EITHER.search(question.plain)
        and all(isinstance(answer, str) and occurs(plain(answer), question.plain) for answer in one.answers)
    )


def _items(question: Asked, sheet: Sheet, selection: Selection, telling: Sequence[int]) -> Iterator[Candidate]:
    """How many things a cell lists."""
    if "how_many" not in question.cues or len(selection.rows) != 1:
        return
    for column in telling[:ITEM_COLUMNS]:
        value = sheet.values[selection.rows[0]][column]
        if value.number is None and (count := len(LISTED.findall(value.text))):
            yield Candidate("items", selection, (count + 1.0,), ((selection.rows[0], column),), column)


def _lasted(question: Asked, sheet: Sheet, selection: Selection) -> Iterator[Candidate]:
    """From one day of a row to the other, in years."""
    if not question.cues & {"long", "how_many"}:
        return
    row = selection.rows[0]
    dated = [(column, date[0]) for column in range(len(sheet.columns)) if (date := sheet.values[row][column].date)]
    for (first, start), (last, end) in combinations(dated, 2):
        if end > start:
            cells = ((row, last), (row, first))
            yield Candidate("difference", selection, (float(end - start),), cells, last, None, (last, first))


def _by_rank(link: Link, columns: Sequence[int]) -> list[int]:
    rank = 4 * link.columns.similarity + link.columns.covered + link.columns.said + link.columns.exact
    return sorted(columns, key=lambda column: -float(rank[column]))


def _value_columns(sheet: Sheet) -> list[int]:
    return [column for column in range(len(sheet.columns)) if column != sheet.key and sheet.numeric[column]]


def _of_rows(
    question: Asked, sheet: Sheet, selection: Selection, telling: Sequence[int], comparing: Sequence[int]
) -> Iterator[Candidate]:
    yield from _looked_up(sheet, selection, telling)
    several = len(selection.rows) > 1
    if selection.kind != "row" and not _is_one_named(sheet, selection):
        counted = tuple((row, _marked(sheet, selection)) for row in selection.rows)
        yield Candidate("count", selection, (float(len(selection.rows)),), counted)
    if not several:
        return
    for column in telling[:6]:
        yield from _by_frequency(sheet, selection, column)
    for column in comparing:
        yield from _computed(sheet, selection, column)
        yield from _extremes(sheet, selection, column, telling)
    if question.cues & {"first", "last"}:
        for column in telling:
            for name, row in (("first", selection.rows[0]), ("last", selection.rows[-1])):
                if not is_nothing(text := sheet.values[row][column].text):
                    yield Candidate(name, selection, (text,), ((row, column),), column)  # type: ignore[arg-type]


def _is_one_named(sheet: Sheet, selection: Selection) -> bool:
    """Whether there is one row, named by its key, with numbers of its own: those are asked for, not how many rows it is."""
    named = bool(selection.mentions) and all(mention.column == sheet.key for mention in selection.mentions)
    return named and len(selection.rows) == 1 and any(sheet.numeric[column] for column in _value_columns(sheet))


def _marked(sheet: Sheet, selection: Selection) -> int:
    return selection.mentions[0].column if selection.mentions else sheet.key if selection.column is None else selection.column


def _looked_up(sheet: Sheet, selection: Selection, telling: Sequence[int]) -> Iterator[Candidate]:
    if len(selection.rows) > ANSWER_ROWS:
        return
    stretches = {mention.column for mention in selection.mentions if mention.is_stretch}  # their names are no answers
    for column in [one for one in telling if one not in stretches]:
        cells = [(row, column) for row in selection.rows if not is_nothing(sheet.values[row][column].text)]
        texts = tuple(dict.fromkeys(sheet.values[row][column].text for row, column in cells))
        if texts:
            yield Candidate("look_up", selection, texts, tuple(cells), column)


def _by_frequency(sheet: Sheet, selection: Selection, column: int) -> Iterator[Candidate]:
    texts = [(row, sheet.values[row][column].text) for row in selection.rows]
    counts = Counter(text for _, text in texts if not is_nothing(text))
    if not counts:
        return
    cells = tuple((row, column) for row, _ in texts)
    yield Candidate("distinct", selection, (float(len(counts)),), cells, column)
    for name, wanted in (("commonest", max(counts.values())), ("rarest", min(counts.values()))):
        best = [text for text, count in counts.items() if count == wanted]
        if len(best) == 1 and len(counts) > 1:
            holders = tuple((row, column) for row, text in texts if text == best[0])
            yield Candidate(name, selection, (best[0],), holders, column)  # type: ignore[arg-type]


def numbers(sheet: Sheet, selection: Selection, column: int) -> list[tuple[int, float]]:
    """Row and number of the cells that hold one."""
    found = ((row, sheet.values[row][column].number) for row in selection.rows)
    return [(row, number) for row, number in found if number is not None]


def _computed(sheet: Sheet, selection: Selection, column: int) -> Iterator[Candidate]:
    found = numbers(sheet, selection, column)
    if len(found) < 2:
        return
    for name, compute in COMPUTED.items():
        value = compute([number for _, number in found])
        cells = tuple((row, column) for row, number in found if name in ("sum", "mean") or number == value)
        yield Candidate(name, selection, (value,), cells, column)


def _extremes(sheet: Sheet, selection: Selection, by: int, telling: Sequence[int]) -> Iterator[Candidate]:
    values = [(row, sheet.values[row][by]) for row in selection.rows]
    orders = [(row, value.level if sheet.graded[by] else value.order) for row, value in values]
    known = [(row, order) for row, order in orders if order is not None]
    if len(known) < 2:
        return
    for name, pick in (("most", max), ("least", min)):
        wanted = pick(order for _, order in known)
        rows = [row for row, order in known if order == wanted]
        for column in [one for one in dict.fromkeys([sheet.key, *telling[:5]]) if one != by]:
            texts = tuple(dict.fromkeys(text for row in rows if not is_nothing(text := sheet.values[row][column].text)))
            if texts and len(rows) <= 3:
                cells = tuple(cell for row in rows for cell in ((row, column), (row, by)))
                yield Candidate(name, selection, texts, cells, column, by)  # type: ignore[arg-type]


def _of_two(sheet: Sheet, selection: Selection, comparing: Sequence[int]) -> Iterator[Candidate]:
    if len(selection.mentions) == 2:
        first, second = selection.mentions
        counts = abs(len(first.rows) - len(second.rows))
        cells = tuple((row, first.column) for row in selection.rows)
        yield Candidate("count_difference", selection, (float(counts),), cells)
    if len(selection.rows) != 2:
        return
    for column in comparing:
        yield from _between(sheet, selection, [(row, column) for row in selection.rows], column)


def _between(sheet: Sheet, selection: Selection, cells: Sequence[Cell], column: int) -> Iterator[Candidate]:
    """What two cells give together, in either order."""
    for first, second in permutations(cells):
        a, b = sheet.values[first[0]][first[1]].number, sheet.values[second[0]][second[1]].number
        if a is None or b is None:
            continue
        both, columns = (first, second), tuple(dict.fromkeys((first[1], second[1])))
        forward = _year(sheet, first, second) >= _year(
            sheet, second, first
        )  # changes go from the earlier year to the later one
        if forward:
            yield Candidate("difference", selection, (a - b,), both, column, None, columns)
        if b and forward:
            base = b if a < 0 else abs(b)  # of two amounts in brackets the larger one has grown
            yield Candidate("change", selection, (100 * (a - b) / base,), both, column, None, columns)
        if b:
            yield Candidate("ratio", selection, (a / b,), both, column, None, columns)
            yield Candidate("share", selection, (100 * a / b,), both, column, None, columns)


def _year(sheet: Sheet, cell: Cell, other: Cell) -> int:
    """The last year that the names of a cell say, as against another one of the same row or column; 0 if none."""
    row, column = cell
    name = sheet.names[column] if row == other[0] else sheet.values[row][sheet.key].text
    return max((int(year) for year in YEAR.findall(name)), default=0)


def _along(question: Asked, sheet: Sheet, selection: Selection, columns: Sequence[int]) -> Iterator[Candidate]:
    """What the cells of one row give together."""
    row = selection.rows[0]
    filled = [
        (column, number) for column in columns
        if not sheet.changes[column] and (number := sheet.values[row][column].number) is not None
    ]  # fmt: skip
    if len(filled) < 2:
        return
    for one in range(min(3, len(filled))):
        for other in range(one + 1, min(4, len(filled))):
            yield from _between(sheet, selection, [(row, filled[one][0]), (row, filled[other][0])], filled[one][0])
    filled = [(column, number) for column, number in filled if not sheet.sums[column]]  # of the parts, not of their sum
    for size in range(2, min(len(filled), 4) + 1):
        cells = tuple(sorted((row, column) for column, _ in filled[:size]))
        named = tuple(column for _, column in cells)
        texts = tuple(sheet.values[row][column].text for column in named)
        yield Candidate("along_list", selection, texts, cells, None, None, named)
        values = [sheet.values[row][column].number or 0.0 for column in named]
        yield Candidate("sum", selection, (sum(values),), cells, None, None, named)
        yield Candidate("mean", selection, (statistics.fmean(values),), cells, None, None, named)
    for name, pick in (("along_most", max), ("along_least", min)):
        wanted = pick(number for _, number in filled)
        holders = [column for column, number in filled if number == wanted]
        yield Candidate(
            name, selection, _names(question, sheet, holders),  # type: ignore[arg-type]
            tuple((row, column) for column in holders), None, None, tuple(holders),
        )  # fmt: skip
    named = tuple(sorted(column for column, _ in filled))
    yield Candidate("along_names", selection, _names(question, sheet, named), tuple((row, c) for c in named), None, None, named)
    yield from _beyond(question, sheet, selection, filled)


def _beyond(question: Asked, sheet: Sheet, selection: Selection, filled: Sequence[tuple[int, float]]) -> Iterator[Candidate]:
    """The columns in which a row lies beyond a number of the question."""
    row = selection.rows[0]
    for bound in [one for one in bounds(question.plain) if not one.of_years and not 1900 <= one.number <= 2100][:2]:
        name: Operation = "along_under" if bound.sign in ("<", "<=") else "along_over"
        columns = tuple(sorted(column for column, value in filled if bound.holds(value)))
        cells = tuple((row, column) for column in columns)
        if columns:
            yield Candidate(name, selection, _names(question, sheet, columns), cells, None, None, columns)
        yield Candidate("along_count", selection, (float(len(columns)),), cells, None, None, columns)


def _names(question: Asked, sheet: Sheet, columns: Sequence[int]) -> tuple[str, ...]:
    """What to call columns: the year of each where a year is asked for."""
    years = [_year_of(sheet.names[column]) for column in columns]
    if ASKS_YEAR.search(question.text) and all(years):
        return tuple(dict.fromkeys(years))
    return tuple(last_name(sheet, column) for column in columns)


def _year_of(name: str) -> str:
    """The year of a column; of one from 2017 to 2018 the second; empty if it tells none."""
    if (over := TWO_YEARS.search(name)) and int(over[1]) % 100 + 1 == int(over[2]):
        return f"{over[1][:2]}{over[2]}"
    year = YEAR.search(name)
    return year.group() if year else ""


def last_name(sheet: Sheet, column: int) -> str:
    """The lowest of a column's names."""
    return next((name for name in reversed(sheet.columns[column]) if name), "")
