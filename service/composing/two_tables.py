"""What an amount of one table and one of another table of the same document differ by, with both rows cited."""

from __future__ import annotations

from collections.abc import Sequence

from service.composing.base import Composition
from service.composing.cited_rows import citation_of, line, passages_of
from service.composing.table_reading import Read
from service.grounding.citations import Supported
from service.tables.phrasing import written
from service.tables.values import Value
from youju.index.protocols import Store
from youju.records import Citation, Language, Passage, Sentence

AMOUNTS = ("look_up", "sum")
SAID: dict[Language, str] = {
    "en": "Difference: {first} − {second} = {value}.", "zh": "差额：{first} − {second} = {value}。",
}  # fmt: skip
MOST_ROWS = 10  # of an amount that may be cited


def amount_of(read: Read) -> float | None:
    """The number that a reading gives; None where it gives none, several, or more rows than are cited."""
    best = read.choice.best
    if best.operation not in AMOUNTS or len(best.answers) != 1 or len(best.cells) > MOST_ROWS:
        return None
    if isinstance(best.answers[0], float):
        return best.answers[0]
    return _values(read)[0].number if len(best.cells) == 1 else None


def are_comparable(first: Read, second: Read) -> bool:
    """Whether both count the same: no two units, and not the same cells."""
    units = [{value.unit for value in _values(read) if value.unit} for read in (first, second)]
    same = first.card == second.card and first.choice.best.cells == second.choice.best.cells
    return not same and (not units[0] or not units[1] or units[0] == units[1])


def difference(first: Read, second: Read, language: Language, store: Store) -> Composition | None:
    one, other = amount_of(first), amount_of(second)
    if one is None or other is None:
        return None
    shown, citations = _cited((first, second), store)
    value = written(one - other, [*_values(first), *_values(second)])
    told = SAID[language].format(first=_named(first, one, language), second=_named(second, other, language), value=value)
    support = round(min(first.choice.confidence, second.choice.confidence), 3)
    markers = sorted({citation.marker for _, citation in citations})
    said = [Supported(Sentence(text=told, markers=markers, support=support), tuple(one for _, one in citations))]
    said += [
        Supported(Sentence(text=text, markers=[citation.marker], support=support, block="row"), (citation,))
        for text, citation in citations
    ]
    return Composition(tuple(said), shown, "answered", support)


def _cited(reads: Sequence[Read], store: Store) -> tuple[tuple[Passage, ...], list[tuple[str, Citation]]]:
    """The passages of all rows, and for each row what it says and its citation."""
    shown: list[Passage] = []
    found = []
    for read in reads:
        sheet, cells = read.choice.sheet, read.choice.best.cells
        rows = list(dict.fromkeys(row for row, _ in cells))
        known = {passage.chunk_id for passage in shown}
        some = passages_of([sheet.spans[row] for row in rows], read.passages, store)
        shown += [passage for passage in some if passage.chunk_id not in known]
        for row in rows:
            cited = citation_of(sheet, row, [cell for cell in cells if cell[0] == row], shown, read.choice.confidence)
            found.append((line(sheet, row), cited))
    return tuple(shown), found


def _values(read: Read) -> list[Value]:
    return [read.choice.sheet.values[row][column] for row, column in read.choice.best.cells]


def _named(read: Read, amount: float, language: Language) -> str:
    """An amount with what it is."""
    sheet, best = read.choice.sheet, read.choice.best
    row, column = best.cells[0]
    rows = len({row for row, _ in best.cells})
    key = sheet.values[row][sheet.key].text if rows == 1 else f"{rows} rows" if language == "en" else f"{rows} 行"
    name = ", ".join(part for part in (key, sheet.names[column]) if part)
    told = written(amount, _values(read))
    return f"{told} ({name})" if language == "en" else f"{told}（{name}）"
