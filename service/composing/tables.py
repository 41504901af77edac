"""Answers read and computed from tables: the cell that a question names, the sum of the rows it means, with those rows cited.

Runs where passages that were found stand in tables. What is not sure enough is left to whoever comes next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.composing.base import Composition, Run, Search
from service.composing.choosing import Chooser, answers
from service.composing.cited_rows import citation_of, line, passages_of
from service.composing.table_reading import (
    NEAR,
    Held,
    Read,
    Readings,
    TableReader,
    is_plain,
    is_sure,
    offers,
    tables_of_document,
)
from service.composing.two_tables import amount_of, are_comparable, difference
from service.generation import Chances
from service.grounding import changes
from service.grounding.citations import Supported
from service.grounding.namesakes import is_named_otherwise, is_of_another_time
from service.query.differences import amounts
from service.query.understanding import Understanding
from service.tables.options import Option, overview, told
from service.tables.phrasing import ended, phrased
from service.tables.reading import answer_key
from service.tables.values import YEAR
from youju.embedding.base import Embedder
from youju.errors import GeneratorUnavailable
from youju.index.protocols import Store
from youju.records import Form, Language, Passage, Sentence
from youju.text.language import words
from youju.text.names import named

FORMS: frozenset[Form] = frozenset({"table", "fact", "list", "comparison", "yes_no"})
NEAREST_ROWS = 3
MISSING: dict[Language, str] = {
    "en": "The tables do not have: {lacking}. Nearest rows: {nearest}.",
    "zh": "表格中没有：{lacking}。最接近的行：{nearest}。",
}
CITED_ROWS = 10
CHOSEN = 0.6  # probability from which on a reading that the generator picked is told
LIKELY = 0.1  # of a reading that is told beside another one of its row
DOUBTED = 0.05  # probability below which a reading is not told that is sure but for what the generator says of it
NEVER = frozenset({"absent", "year", "number"})  # gaps that no choice makes good


@dataclass(frozen=True)
class Picked:
    """Readings that were offered to the generator, and how likely it says each answers."""

    offered: Sequence[tuple[Read, Option]]
    chances: Chances

    def chance_of(self, found: Read) -> float:
        """That of the answer of a reading; 0 if it was not offered."""
        return self._of_answer(answer_key(found.choice.best.answers))

    def _of_answer(self, said: tuple[object, ...]) -> float:
        """Of all readings that give this answer together: several tables may tell it, in other words."""
        same = (answer_key(option.reading.answers) == said for _, option in self.offered)
        return sum(chance for chance, is_so in zip(self.chances.of, same, strict=True) if is_so)

    def _of_parts(self, whole: Option) -> float:
        """That of the readings that tell a part of what one tells of several rows, each of which the question names: of two
        fruits the potassium of either."""
        one = whole.reading
        if one.operation != "look_up" or len({mention.text for mention in one.selection.mentions}) < 2 or len(one.cells) < 2:
            return 0.0
        parts = (
            set(option.reading.cells) < set(one.cells) and option.reading.operation == "look_up" for _, option in self.offered
        )
        return sum(chance for chance, is_part in zip(self.chances.of, parts, strict=True) if is_part)

    def chosen(self) -> Read | None:
        """The likeliest one, if its answer is likely enough and it leaves nothing open that has to be told."""
        said = [self._of_answer(answer_key(option.reading.answers)) + self._of_parts(option) for _, option in self.offered]
        best = max(range(len(said)), key=lambda place: (said[place], self.chances.of[place]))
        (read, option), chance = self.offered[best], said[best]
        return None if chance < CHOSEN or option.gaps & NEVER else _taken(read, option, chance)

    def of_one_row(self) -> list[Read]:
        """The cells of one row that are likely enough together, where a question asks for several: who has the one post that
        day, and who the other."""
        read, first = self.offered[self.chances.best]
        rows = first.reading.selection.rows
        if first.reading.operation != "look_up" or len(rows) != 1 or "and" not in read.choice.question.cues:
            return []
        told = [
            (option, chance)
            for (other, option), chance in zip(self.offered, self.chances.of, strict=True)
            if other is read and option.reading.operation == "look_up" and option.reading.selection.rows == rows
        ]
        whole = sum(chance for _, chance in told)
        likely = [option for option, chance in told if chance >= LIKELY and not option.gaps & NEVER]
        return [_taken(read, option, whole) for option in likely] if whole >= CHOSEN and len(likely) > 1 else []


def _taken(read: Read, option: Option, confidence: float) -> Read:
    return replace(read, choice=replace(read.choice, best=option.reading, confidence=confidence, gaps=option.gaps))


class TableComposer:
    """Answers from the tables that hold passages that were found."""

    def __init__(self, store: Store, embedder: Embedder, chooser: Chooser | None = None) -> None:
        """`chooser` picks a reading where none is sure by itself; without one those are left."""
        self._store, self._chooser = store, chooser
        self._reader = TableReader(embedder)

    async def compose(self, run: Run, understood: Understanding, search: Search | None) -> Composition | None:
        if search is None or understood.form not in FORMS:
            return None
        store = self._store.limited_to(run.ask.scope.allowed)
        asked = (search.question, search.translation) if search.translation else (search.question,)
        passages = search.passages[:NEAR]
        behind = [passage for passage, _ in search.decision.all_read if passage not in passages]
        readings = await run.step("verify", self._reader.read_any, asked, [*passages, *behind], store)
        if readings is None:
            return None
        found = readings.best
        if is_of_another_time(found.passages[0], search.question, search.passages):
            return None
        sure = is_sure(found.choice) and not _is_of_a_namesake(found, search.question)
        if sure and (understood.form == "yes_no") != (found.choice.best.operation == "whether"):
            return None
        picked = None if sure and is_plain(found.choice) else await self._picked(run, understood, search, readings)
        if sure and (picked is None or picked.chance_of(found) >= DOUBTED):
            return _with_change(await run.step("verify", _composition, found, run.language, store), search, run.language)
        if two := await run.step("verify", self._of_two, search.question, run.language, passages, store):
            return two
        chosen = await self._chosen(run, search, picked) if picked else []
        if chosen and not any(_is_of_a_namesake(one, search.question) for one in chosen):
            told = [await run.step("verify", _composition, one, run.language, store) for one in chosen]
            return _with_change(_of_one_row(told), search, run.language)
        return None if understood.form == "yes_no" else _absent(found, search, run.language, store)

    async def _picked(self, run: Run, understood: Understanding, search: Search, readings: Readings) -> Picked | None:
        """What the generator says of the likeliest readings; None if it cannot tell."""
        offered = offers(readings, understood.form == "yes_no", run.language)
        if self._chooser is None or not self._chooser.gate.chooses or not offered:  # nobody waits for a slot in vain
            return None
        lines = [told(read.choice.sheet, option.reading, run.language) for read, option in offered]
        about = "\n\n".join(dict.fromkeys(overview(read.choice.sheet) for read, _ in offered))
        try:
            async with run.generator():
                chances = await self._chooser.among(run, search.question, lines, about)
        except GeneratorUnavailable:  # what a table tells surely needs none
            return None
        return None if chances is None else Picked(offered, chances)

    async def _chosen(self, run: Run, search: Search, picked: Picked) -> list[Read]:
        """The reading that the generator picked, or those of one row; where these leave something open, only if it says that
        they answer by themselves too: of rows that do not tell what is asked one is the likeliest as well."""
        best = picked.chosen()
        chosen = [best] if best else picked.of_one_row()
        if not any(one.choice.gaps for one in chosen) or self._chooser is None:
            return chosen
        said = " ".join(told(one.choice.sheet, one.choice.best, run.language) for one in chosen)
        try:
            async with run.generator():
                stated = await answers(run, self._chooser.generator, search.question, said, chosen[0].passages[0].title_line)
        except GeneratorUnavailable:
            return []
        return chosen if stated is None or stated > 0 else []

    def _of_two(self, question: str, language: Language, passages: Sequence[Passage], store: Store) -> Composition | None:
        """What amounts of two tables of a document differ by, where a question asks for that."""
        asked = amounts(question, language)
        if asked is None:
            return None
        for document in dict.fromkeys(passage.document.id for passage in passages):
            tables = tables_of_document([passage for passage in passages if passage.document.id == document], store)
            first, second = (self._amount(one, tables, store) for one in (asked.first, asked.second))
            if first and second and are_comparable(first, second):
                return difference(first, second, language, store)
        return None

    def _amount(self, question: str, tables: Sequence[Held], store: Store) -> Read | None:
        readings = self._reader.read(question, tables, store)
        read = readings.best if readings else None
        return read if read and is_sure(read.choice) and amount_of(read) is not None else None


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
    nearest = "; ".join(line(found.choice.sheet, row) for row in rows)
    told = MISSING[language].format(lacking=", ".join(lacking), nearest=nearest)
    return Composition((), tuple(search.passages), "abstained", round(found.choice.confidence, 3), told)


def _is_of_a_namesake(found: Read, question: str) -> bool:
    """Whether what was read stands in a row of class A, or the Tern 6, where class D or the Tern 14 is meant."""
    one, sheet = found.choice.best, found.choice.sheet
    return one.operation == "look_up" and any(is_named_otherwise(line(sheet, row), question) for row, _ in one.cells)


def _of_one_row(told: Sequence[Composition]) -> Composition:
    """What several readings of a row say, one behind the other."""
    return replace(told[0], said=tuple(one for each in told for one in each.said))


def _with_change(told: Composition, search: Search, language: Language) -> Composition:
    """What a table told, and that another document found tells of a change of it, if one does."""
    own = {passage.document.id for passage in told.shown}
    shown = (*told.shown, *(passage for passage in search.passages if passage.document.id not in own))
    change = changes.find(search.question, told.said[0], shown, language)
    if change is None:
        return told
    return replace(told, said=(*told.said, change), shown=shown[: max(change.sentence.markers)])


def _composition(found: Read, language: Language, store: Store) -> Composition:
    sheet, one = found.choice.sheet, found.choice.best
    rows = list(dict.fromkeys(row for row, _ in one.cells))
    cited = rows[:CITED_ROWS]
    shown = passages_of([sheet.spans[row] for row in cited], found.passages, store)
    citations = [
        citation_of(sheet, row, [cell for cell in one.cells if cell[0] == row], shown, found.choice.confidence) for row in cited
    ]
    markers = sorted({citation.marker for citation in citations})
    said = ended(phrased(sheet, one, language), language)
    support = round(found.choice.confidence, 3)
    answer = [Supported(Sentence(text=said, markers=markers, support=support), tuple(citations))]
    if len(cited) > 1:
        answer += [
            Supported(Sentence(text=line(sheet, row), markers=[citation.marker], support=support, block="row"), (citation,))
            for row, citation in zip(cited, citations, strict=True)
        ]
    return Composition(tuple(answer), shown, "answered", support)
