"""Which of the tables that were found answers a question, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from service.tables.asking import asked
from service.tables.choosing import Choice, choose
from service.tables.gaps import IN_CELLS
from service.tables.large import executed, some_rows
from service.tables.linking import Linker
from service.tables.naming import words_of
from service.tables.options import MOST, Option, told
from service.tables.reading import answer_key
from service.tables.sheet import sheet_of
from youju.embedding.base import Embedder
from youju.index.protocols import Store
from youju.records import Language, Passage
from youju.structure import TableCard
from youju.text.language import detect_language
from youju.text.names import named

TABLES = 6
NEAR = 8  # passages whose tables are all looked at
OF_FAR = 0.5  # least share of the words of a question that name something which a table further behind holds
LONGEST_LOOKED_AT = 20_000  # characters of a table
OFFERED = 3  # tables whose readings are offered to a generator
OFFERED_FROM = 0.05  # confidence of the best one; below, hardly any is right, and each costs a prompt
LONGEST_TABLE = 3000  # rows
# Least confidence of what is said: of a cell whose row and column are named and nothing that the table knows is left, or in a
# table of names by names; of another cell; of comparisons and sums that take up the whole question; of what else is computed.
# Of held-out questions .9 of what is then told is right in reports and made tables, .8 in WikiTableQuestions.
SURE_CELL, SURE_READ, SURE_COMPLETE, SURE_COMPUTED = 0.25, 0.5, 0.25, 0.6
BEYOND_DOUBT = 0.9  # confidence
LITTLE = 0.2  # as `left.unknown` counts one word
RIVAL = 0.33  # share of the best confidence from which another table casts doubt on it
Held = tuple[TableCard, tuple[Passage, ...]]


@dataclass(frozen=True)
class Read:
    """A table as a question reads it, and the passages of its document that are at hand."""

    card: TableCard
    choice: Choice
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Readings:
    """All tables as a question reads them, but those of another firm or year than it names, and the one whose best reading is
    the surest; with a `rival` among the gaps of that where another one says something else about as surely."""

    best: Read
    all: tuple[Read, ...]


class TableReader:
    """Reads questions in tables of the store."""

    def __init__(self, embedder: Embedder) -> None:
        self._linker = Linker(embedder)

    def read_any(self, asked: Sequence[str], passages: Sequence[Passage], store: Store) -> Readings | None:
        """The surest readings of a question in several languages."""
        found = [
            readings
            for question in asked
            if (readings := self.read(question, tables_of(question, passages, store), store)) is not None
        ]
        return max(found, key=lambda one: (is_sure(one.best.choice), one.best.choice.confidence), default=None)

    def read(self, question: str, tables: Sequence[Held], store: Store) -> Readings | None:
        """What tables tell to a question; None where they tell nothing at all."""
        found: list[Read] = []
        for card, held in tables:
            title = about(held[0])
            choice = (
                self._of_large(question, card, store, title) if card.is_large else self._of_stored(question, card, store, title)
            )
            if choice is not None:
                found.append(Read(card, choice, held))
        found = [one for one in found if not any(_is_named_rather(other.choice, one.choice) for other in found)]
        return Readings(_undisputed(found), tuple(found)) if found else None

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


def offers(readings: Readings, asks_whether: bool, language: Language) -> list[tuple[Read, Option]]:
    """What a generator may choose from, the weightiest first: readings of the surest tables, in turn; of those that would be
    said in the same words (reports of one firm repeat the years before) the one of the surest table."""
    likely = [one for one in readings.all if not one.card.is_large and one.choice.confidence >= OFFERED_FROM]
    tables = sorted(likely, key=lambda one: -one.choice.confidence)[:OFFERED]
    of_each = [
        [(read, option) for option in read.choice.options if (option.reading.operation == "whether") == asks_whether]
        for read in tables
    ]
    in_turn = [one for level in zip_longest(*of_each) for one in level if one is not None]
    apart: dict[str, tuple[Read, Option]] = {}
    for read, option in in_turn:
        apart.setdefault(told(read.choice.sheet, option.reading, language), (read, option))
    return sorted(list(apart.values())[:MOST], key=lambda one: -one[1].share)


def _undisputed(found: Sequence[Read]) -> Read:
    best = max(found, key=lambda one: one.choice.confidence)
    said, least = answer_key(best.choice.best.answers), RIVAL * best.choice.confidence
    others = [one.choice for one in found if answer_key(one.choice.best.answers) != said]
    if any(_is_rival(one, best.choice, least) for one in others):
        return replace(best, choice=replace(best.choice, gaps=best.choice.gaps | {"rival"}))
    return best


def _is_rival(one: Choice, best: Choice, least: float) -> bool:
    """Whether a table casts doubt on the best: it is about as sure, or has more words of the question (`current assets`, where
    the best has a row for the firm)."""
    is_as_sure = one.confidence >= least and not one.held < best.held
    return is_as_sure or (one.confidence >= OFFERED_FROM and len(one.held) > len(best.held))


def _is_named_rather(one: Choice, other: Choice) -> bool:
    """Whether the title or document of one table has a word of the question (a company, a product, a year) that the other
    lacks, and the other none that it lacks itself; of the names in the question that alone counts."""
    lacking = (one.held - other.held) & one.titled
    if not lacking or other.held < one.held:
        return bool(lacking)
    names = named(one.question.text, detect_language(one.question.text))
    is_ahead = len(one.held) >= len(other.held) and one.confidence >= other.confidence
    return bool(lacking & names) and (is_ahead or not (other.held - one.held) & names)


def is_sure(choice: Choice) -> bool:
    """Whether it may be said: where it takes up all that is named and asked for, but for the name of the column where that is
    told by the kind of what is asked for; not which of the columns of a table of names by names."""
    sheet, column = choice.sheet, choice.best.column
    dates = sum(sheet.years)  # the day of birth, the day of death
    is_open = "column" in choice.gaps and (
        (sheet.is_matrix and len(sheet.columns) > 2) or (column is not None and sheet.years[column] and dates > 1)
    )
    return choice.gaps <= {"column"} and not is_open and choice.confidence >= _least(choice)


def is_plain(choice: Choice) -> bool:
    """Whether it may be said without asking further: a cell whose row and column are named by a question that says little else
    (`What illness did ... die of?` is not asked of the date), or what is beyond doubt."""
    is_cell = choice.best.operation in IN_CELLS and _leaves_little(choice)
    return not choice.gaps and (is_cell or choice.confidence >= BEYOND_DOUBT)


def _leaves_little(choice: Choice) -> bool:
    """Whether a question has hardly a word that the reading does not take up."""
    return not choice.signs["sure.left.known"] and choice.signs["sure.left.unknown"] <= LITTLE


def _least(choice: Choice) -> float:
    if choice.best.operation in IN_CELLS and "column" not in choice.gaps:
        return SURE_CELL if choice.sheet.is_matrix or _leaves_little(choice) else SURE_READ
    return SURE_COMPLETE if choice.is_complete else SURE_COMPUTED


def tables_of(question: str, passages: Sequence[Passage], store: Store) -> list[Held]:
    """The tables that passages have parts of, with those passages; of tables of one kind (reports of several firms and years)
    retrieval tells hardly which. Those that hold most of what the question names come first, else in the order of the passages;
    those of passages behind the first `NEAR` have to hold as much as any before them."""
    found = _held(passages, store)
    telling = frozenset(asked(question).telling)
    shared = {key: len(_words_of(*one, store) & telling) for key, one in found.items()}
    near = {passage.key for passage in passages[:NEAR]}
    is_near = {key: any(passage.key in near for passage in held) for key, (_, held) in found.items()}
    least = max([OF_FAR * len(telling), *(shared[key] for key in found if is_near[key])])
    kept = sorted((key for key in found if is_near[key] or shared[key] >= least), key=lambda key: -shared[key])
    return [(found[key][0], tuple(found[key][1])) for key in kept[:TABLES]]


def _held(passages: Sequence[Passage], store: Store) -> dict[tuple[str, int], tuple[TableCard, list[Passage]]]:
    found: dict[tuple[str, int], tuple[TableCard, list[Passage]]] = {}
    for passage in passages:
        if passage.start < passage.document.characters:
            cards = store.tables_at(passage.document.id, passage.start, passage.end)
        else:  # a row behind the text
            cards = [card for card in store.tables_of(passage.document.id) if card.is_large]
        for card in cards:
            if _is_read(card):
                found.setdefault((card.document_id, card.ordinal), (card, []))[1].append(passage)
    return found


def _words_of(card: TableCard, held: Sequence[Passage], store: Store) -> frozenset[str]:
    """The words of a table, of its title and of what names its document."""
    text = store.excerpt(card.document_id, card.start, min(card.end, card.start + LONGEST_LOOKED_AT))
    rows = [passage.text for passage in held if passage.start >= passage.document.characters]
    names = [name for column in card.columns for name in column.path]
    return words_of("\n".join([about(held[0]), card.title, *names, text, *rows]))


def about(passage: Passage) -> str:
    """What names a table beside its own title, by a passage that holds a part of it."""
    return f"{passage.document.title} {passage.document.uri.rsplit('/', 1)[-1]} {passage.heading}"


def tables_of_document(passages: Sequence[Passage], store: Store) -> list[Held]:
    """All tables of the document that the passages are of."""
    cards = [card for card in store.tables_of(passages[0].document.id) if _is_read(card)]
    return [(card, tuple(passages)) for card in cards[:TABLES]]


def _is_read(card: TableCard) -> bool:
    return card.is_large or 0 < card.count <= LONGEST_TABLE
