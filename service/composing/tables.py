"""Answers read and computed from tables: the cell that a question names, the sum of the rows it means, with those rows cited.

Runs where passages that were found stand in tables. What is not sure enough is left to whoever comes next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.composing.base import Composition, Run, Search
from service.grounding.citations import Supported, cite
from service.grounding.namesakes import is_of_another_time
from service.query.understanding import Understanding
from service.tables.choosing import Choice, answer_key, choose
from service.tables.gaps import IN_CELLS
from service.tables.large import executed, some_rows
from service.tables.linking import Linker
from service.tables.phrasing import phrased
from service.tables.sheet import Sheet, sheet_of
from service.tables.values import YEAR
from youju.embedding.base import Embedder
from youju.index.protocols import Store
from youju.records import Citation, Form, Language, Passage, Scope, Scores, Sentence, TableEvidence
from youju.structure import TableCard
from youju.text.language import ROW_CELLS, words
from youju.text.names import named

FORMS: frozenset[Form] = frozenset({"table", "fact", "list", "comparison", "yes_no"})
PASSAGES = 8  # whose tables are looked at
TABLES = 6
LONGEST_TABLE = 3000  # rows
# Least confidence of what cells say, of comparisons that take up the whole question, of what else is computed or compared.
SURE_READ, SURE_COMPLETE, SURE_COMPUTED = 0.15, 0.25, 0.6
RIVAL = 0.33  # share of the best confidence from which another table casts doubt on it
NEAREST_ROWS = 3
MISSING: dict[Language, str] = {
    "en": "The tables do not have: {lacking}. Nearest rows: {nearest}.",
    "zh": "表格中没有：{lacking}。最接近的行：{nearest}。",
}
CITED_ROWS = 10
MOST_PASSAGES = 400  # of a document, among which those of rows that were not found are looked for


@dataclass(frozen=True)
class Read:
    """A table as a question reads it, and the passages of its document that are at hand."""

    card: TableCard
    choice: Choice
    passages: tuple[Passage, ...]


class TableComposer:
    """Answers from the tables that hold passages that were found."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._linker = Linker(embedder)

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        if search is None or understood.form not in FORMS:
            return None
        store = self._store.limited_to(run.ask.scope.allowed)
        asked = (search.question, search.translation) if search.translation else (search.question,)
        found = await run.step("verify", self.read_any, asked, search.passages[:PASSAGES], store)
        if found is None or (understood.form == "yes_no") != (found.choice.best.operation == "whether"):
            return None
        if is_of_another_time(found.passages[0], search.question, search.passages):
            return None
        if not is_sure(found.choice):
            return _absent(found, search, run.language, store)
        return await run.step("verify", _composition, found, run.language, store)

    def read_any(self, asked: Sequence[str], passages: Sequence[Passage], store: Store) -> Read | None:
        """The surest reading of a question in several languages."""
        found = [read for question in asked if (read := self.read(question, passages, store)) is not None]
        return max(found, key=lambda one: (is_sure(one.choice), one.choice.confidence), default=None)

    def read(self, question: str, passages: Sequence[Passage], store: Store) -> Read | None:
        """The table whose best reading is the surest; with a `rival` among its gaps where another one says something else about
        as surely, as tables of two companies or years do."""
        found = []
        for card, held in tables_of(passages, store):
            first = held[0]
            about = f"{first.document.title} {first.document.uri.rsplit('/', 1)[-1]} {first.heading}"
            choice = (
                self._of_large(question, card, store, about) if card.is_large else self._of_stored(question, card, store, about)
            )
            if choice is not None:
                found.append(Read(card, choice, held))
        return _undisputed(found)

    def _of_stored(self, question: str, card: TableCard, store: Store, about: str) -> Choice | None:
        stored = store.table(card.document_id, card.ordinal)
        return None if stored is None else choose(self._linker, question, sheet_of(stored, about))

    def _of_large(self, question: str, card: TableCard, store: Store, about: str) -> Choice | None:
        """What the best reading of some rows gives over all of them."""
        sheet = some_rows(store.records, card, question, about)
        choice = choose(self._linker, question, sheet) if sheet is not None else None
        if choice is None or (found := executed(store.records, card, choice.sheet, choice.best)) is None:
            return None
        return replace(choice, sheet=found[0], best=found[1])


def _undisputed(found: Sequence[Read]) -> Read | None:
    found = [one for one in found if not any(_is_named_rather(other.choice, one.choice) for other in found)]
    if not found:
        return None
    best = max(found, key=lambda one: one.choice.confidence)
    said, least = answer_key(best.choice.best.answers), RIVAL * best.choice.confidence
    others = [one for one in found if answer_key(one.choice.best.answers) != said]
    if any(one.choice.confidence >= least and not one.choice.held < best.choice.held for one in others):
        return replace(best, choice=replace(best.choice, gaps=best.choice.gaps | {"rival"}))
    return best


def _is_named_rather(one: Choice, other: Choice) -> bool:
    """Whether the title or document of one table has a word of the question (a company, a product, a year) that the other
    lacks, and lacks none that the other has."""
    return other.held < one.held and bool((one.held - other.held) & one.titled)


def is_sure(choice: Choice) -> bool:
    """Whether it may be said. A computation over the wrong rows cannot be seen to be wrong, a cell stands beside its names."""
    if choice.gaps & {"year", "number", "row", "rival", "operation"}:
        return False
    is_read = choice.best.operation in IN_CELLS and "column" not in choice.gaps
    return choice.confidence >= (SURE_READ if is_read else SURE_COMPLETE if choice.is_complete else SURE_COMPUTED)


def tables_of(passages: Sequence[Passage], store: Store) -> list[tuple[TableCard, tuple[Passage, ...]]]:
    """The tables that passages have parts of, in the order of the passages, with those passages."""
    found: dict[tuple[str, int], tuple[TableCard, list[Passage]]] = {}
    for passage in passages:
        if passage.start < passage.document.characters:
            cards = store.tables_at(passage.document.id, passage.start, passage.end)
        else:  # a row behind the text
            cards = [card for card in store.tables_of(passage.document.id) if card.is_large]
        for card in cards:
            if card.is_large or 0 < card.count <= LONGEST_TABLE:
                found.setdefault((card.document_id, card.ordinal), (card, []))[1].append(passage)
    return [(card, tuple(some)) for card, some in list(found.values())[:TABLES]]


def _absent(found: Read, search: Search, language: Language, store: Store) -> Composition | None:
    """Nothing, with the nearest rows, where all that was found are tables, and none has a name or year that is asked for; None
    where text beside them may tell."""
    missed, best = found.choice.gaps & {"row", "year"}, found.choice.best
    if not missed or any(not store.tables_at(one.document.id, one.start, one.end) for one in search.passages):
        return None
    held = {word for one in search.passages for word in words(one.context)}
    asked = named(search.question, found.passages[0].language) | {
        word for word in found.choice.question.words if YEAR.fullmatch(word)
    }
    lacking = sorted(asked - held)
    if not lacking:
        return None
    rows = list(dict.fromkeys(row for row, _ in best.cells))[:NEAREST_ROWS]
    nearest = "; ".join(_line(found.choice.sheet, row) for row in rows)
    told = MISSING[language].format(lacking=", ".join(lacking), nearest=nearest)
    return Composition((), tuple(search.passages), "abstained", round(found.choice.confidence, 3), told)


def _composition(found: Read, language: Language, store: Store) -> Composition:
    sheet, one = found.choice.sheet, found.choice.best
    rows = list(dict.fromkeys(row for row, _ in one.cells))
    cited = rows[:CITED_ROWS]
    shown = _shown([sheet.spans[row] for row in cited], found.passages, store)
    citations = [
        _citation(sheet, row, [cell for cell in one.cells if cell[0] == row], shown, found.choice.confidence) for row in cited
    ]
    markers = sorted({citation.marker for citation in citations})
    said = phrased(sheet, one, language) + ("。" if language == "zh" else ".")
    support = round(found.choice.confidence, 3)
    answer = [Supported(Sentence(text=said, markers=markers, support=support), tuple(citations))]
    if len(cited) > 1:
        answer += [
            Supported(Sentence(text=_line(sheet, row), markers=[citation.marker], support=support, block="row"), (citation,))
            for row, citation in zip(cited, citations, strict=True)
        ]
    return Composition(tuple(answer), shown, "answered", support)


def _line(sheet: Sheet, row: int) -> str:
    """A row as loaders write it, each value behind the name of its column."""
    cells = zip(sheet.names, sheet.values[row], strict=True)
    return ROW_CELLS.join(f"{name}: {value.text}" if name else value.text for name, value in cells if value.text)


def _citation(
    sheet: Sheet, row: int, cells: Sequence[tuple[int, int]], shown: Sequence[Passage], confidence: float
) -> Citation:
    start, end = sheet.spans[row]
    at = next(at for at, passage in enumerate(shown) if passage.start <= start and end <= passage.end)
    table = TableEvidence(
        title=sheet.title, columns=list(sheet.names), rows=[[value.text for value in sheet.values[row]]],
        marked=[(0, column) for _, column in cells],
    )  # fmt: skip
    citation = cite(at + 1, shown[at], start - shown[at].start, end - shown[at].start, confidence)
    return citation.model_copy(update={"table": table})


def _shown(spans: Sequence[tuple[int, int]], passages: Sequence[Passage], store: Store) -> tuple[Passage, ...]:
    """For each row a passage that holds all of it: one that was found, another chunk of the document, or the row itself."""
    shown: dict[str, Passage] = {}
    others: list[Passage] | None = None
    for start, end in spans:
        holder = _holder(passages, start, end)
        if holder is None:
            others = _of_document(passages[0], store) if others is None else others
            holder = _holder(others, start, end) or _alone(passages[0], start, end, store)
        shown.setdefault(holder.chunk_id, holder)
    return tuple(shown.values())


def _holder(passages: Sequence[Passage], start: int, end: int) -> Passage | None:
    return next((passage for passage in passages if passage.start <= start and end <= passage.end), None)


def _of_document(passage: Passage, store: Store) -> list[Passage]:
    keys = store.keys(Scope(document_ids=(passage.document.id,)))
    return store.passages({int(key): Scores(0.0, 0.0, 0.0) for key in keys[:MOST_PASSAGES]})


def _alone(passage: Passage, start: int, end: int, store: Store) -> Passage:
    """A row that no chunk holds whole, under the name of the passage that led to it."""
    return replace(
        passage,
        start=start,
        end=end,
        text=store.excerpt(passage.document.id, start, end),
        chunk_id=f"{passage.chunk_id}-{start}",
    )
