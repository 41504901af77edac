"""What of a table a question names: rows and columns by the likeness of their paths and by shared words weighted by rarity,
cells by what stands in them.

The likeness of the question to a row's path and to a column's path is taken apart: a cell is the meeting of both (AIT-QA,
Katsis et al. 2022, https://arxiv.org/abs/2106.12944; row-column intersection, Glass et al. 2021, https://arxiv.org/abs/2104.08303).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from service.tables.asking import ANY_YEAR, Asked, occurs
from service.tables.flags import flags
from service.tables.naming import said_words_of, share_of, spoken, weigh, weights_of, words_of, written_out
from service.tables.ranges import of_columns, stretches
from service.tables.sheet import TOTAL, Sheet
from service.tables.values import Value, is_nothing, plain, spaced
from youju.embedding.base import Embedder
from youju.text.denial import denies
from youju.text.language import HAN_CHARACTER
from youju.text.quantities import figures

Scores = npt.NDArray[np.float64]
EMBEDDED_ROWS = 60  # of a longer table those that share most words
MENTIONS, PARTS = 12, 6
LETTER = re.compile(r"[^\W\d]")
PARTIAL = 0.5  # least share of a cell's words, by weight, that the question has


@dataclass(frozen=True)
class Mention:
    """A value that stands in a column and in the question: the rows that hold it, the words of the question that it takes, how
    much of the value is said (0 to 1)."""

    column: int
    rows: tuple[int, ...]
    text: str
    words: frozenset[str]
    share: float
    is_exact: bool
    is_number: bool
    is_stretch: bool = False


@dataclass(frozen=True)
class Named:
    """How well the question names each of several paths. `similarity` is how much more alike it is than the average of them;
    `said` the share of the path's words that the question has, `covered` of the question's that the path has, by weight."""

    similarity: Scores
    said: Scores
    covered: Scores
    exact: npt.NDArray[np.bool_]
    words: tuple[frozenset[str], ...]

    @cached_property
    def scores(self) -> Scores:
        """How well each is named, by likeness and shared words."""
        return 6.0 * self.similarity + 0.5 * self.said + self.covered + 0.5 * self.exact


@dataclass(frozen=True)
class Link:
    """`parts` are words of the question that several different cells of a column hold among others; `apart` the columns of
    stretches in which no number of the question lies, though it does in others beside them."""

    rows: Named
    columns: Named
    by_rest: Scores
    mentions: tuple[Mention, ...]
    parts: tuple[Mention, ...]
    weights: dict[str, float]
    known: frozenset[str]
    asked: frozenset[str]
    apart: frozenset[int] = frozenset()

    def weight(self, words: Sequence[str] | frozenset[str]) -> float:
        return weigh(words, self.weights)

    def share(self, text: str) -> float:
        """How much of a name or value the question says, in the script of which it says more."""
        return max(share_of(self.asked, some, self.weights) for some in (words_of(text), *spoken(text)))


class Linker:
    """Links questions to tables. Safe to use from several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def link(self, question: Asked, sheet: Sheet) -> Link:
        paths = [sheet.path(row) for row in range(len(sheet.values))]
        names = [spaced(name) for name in sheet.names]
        row_words, column_words = [words_of(path) for path in paths], [words_of(name) for name in names]
        weights = weights_of([*row_words, *column_words])
        question_words = said_words_of(question, weights)
        within = _within(question, sheet)
        question_words |= frozenset().union(*within.values(), written_out(question, [*names, *paths]))
        column_words = [words | within.get(at, frozenset()) for at, words in enumerate(column_words)]
        keys = [row[sheet.key].text for row in sheet.values]
        rows = _shared(question, question_words, keys, paths, row_words, weights)
        columns = _shared(question, question_words, names, names, column_words, weights)
        mentions = tuple(_mentions(question, question_words, sheet, weights))
        rest = without([*(one.text for one in mentions if one.is_exact)], question.text)
        similar_rows, similar_columns, by_rest = self._similarities((question.text, rest), paths, names, rows)
        known = frozenset(word for words in (*row_words, *column_words) for word in words) | words_of(sheet.title)
        return Link(
            Named(similar_rows, *rows, tuple(row_words)), Named(similar_columns, *columns, tuple(column_words)), by_rest,
            mentions, tuple(_parts(question, sheet, weights)), weights, known, question_words,
            frozenset(column for column, numbers in within.items() if not numbers),
        )  # fmt: skip

    def _similarities(
        self, asked: tuple[str, str], rows: Sequence[str], columns: Sequence[str],
        shared: tuple[Scores, Scores, npt.NDArray[np.bool_]],
    ) -> tuple[Scores, Scores, Scores]:  # fmt: skip
        """Of the question to rows and to columns, and of the question without the values that it names to columns."""
        order = np.argsort(-(shared[0] + shared[1]), kind="stable")[:EMBEDDED_ROWS]
        chosen = [int(row) for row in order]
        texts = [rows[row] or " " for row in chosen] + [name or " " for name in columns]
        unlike = list(dict.fromkeys(texts))
        vectors = dict(zip(unlike, self._embedder.embed_documents(unlike), strict=True))
        whole, rest = self._embedder.embed_queries(list(asked))
        of_rows = np.array([float(vectors[text] @ whole) for text in texts[: len(chosen)]])
        of_columns, by_rest = (np.array([float(vectors[text] @ one) for text in texts[len(chosen) :]]) for one in (whole, rest))
        similar = np.full(len(rows), -0.05)
        if len(chosen):
            similar[chosen] = of_rows - of_rows.mean()
        return similar, of_columns - of_columns.mean(), by_rest - by_rest.mean()


def _within(question: Asked, sheet: Sheet) -> dict[int, frozenset[str]]:
    """Of columns whose names are stretches of numbers the numbers of the question that lie in each, where any lies in one."""
    years = {float(year) for year in ANY_YEAR.findall(question.text)}
    found = {}
    for family in of_columns(sheet.columns):
        held = {
            column: frozenset(
                f"{number:g}" for number in question.numbers
                if number not in years and one.holds(number)
                and question.units.get(number, one.unit) in (one.unit, "")
            )
            for column, one in family.items()
        }  # fmt: skip
        if any(held.values()):
            found.update(held)
    return found


def without(values: Sequence[str], question: str) -> str:
    for value in values:
        question = question.replace(value, " ")
    return question


def _shared(
    question: Asked, asked: frozenset[str], names: Sequence[str], paths: Sequence[str], words: Sequence[frozenset[str]],
    weights: dict[str, float],
) -> tuple[Scores, Scores, npt.NDArray[np.bool_]]:  # fmt: skip
    whole = weigh(frozenset(word for word in asked if word in weights), weights) or 1.0
    said = np.array([
        max(share_of(asked, some, weights) for some in (text, *spoken(path))) for text, path in zip(words, paths, strict=True)
    ])  # fmt: skip
    covered = np.array([weigh(text & asked, weights) / whole for text in words])
    exact = np.array([bool(flat := plain(name)) and _is_said(flat, question.plain) for name in names], dtype=bool)
    return said, covered, exact


def _is_said(flat: str, question: str) -> bool:
    return len(flat) > 1 and occurs(flat, question)


def _mentions(question: Asked, asked: frozenset[str], sheet: Sheet, weights: dict[str, float]) -> list[Mention]:
    found = []
    for column in range(len(sheet.columns)):
        holders: dict[str, list[int]] = {}
        for row, values in enumerate(sheet.values):
            if not is_nothing(values[column].text) and (sheet.is_matrix or not TOTAL.search(values[column].text)):
                text = values[column].text
                holders.setdefault(plain(text) or text, []).append(row)  # "Student" and "student" are one
        for rows in holders.values():
            value = sheet.values[rows[0]][column]
            if one := _mention(question, asked, column, value, tuple(rows), weights):
                found.append(one)
        found += _stretches(question, column, [values[column].text for values in sheet.values])
        found += _flagged(question, asked, sheet, column)
    measured = {f"{number:g}" for number in question.units} & {word for one in found if one.is_stretch for word in one.words}
    found = [one for one in found if one.is_stretch or not one.is_number or plain(one.text) not in measured]
    # The 10 of "Tern 10", the name of a column or a row, is no value elsewhere.
    names = [*(plain(name) for name in sheet.names), *(plain(one.text) for one in found if one.is_exact and not one.is_number)]
    said = [name for name in names if LETTER.search(name) and _is_said(name, question.plain)]
    in_names = set[str]().union(*map(figures, said))
    found = [one for one in found if one.is_stretch or not one.is_number or not figures(one.text) <= in_names]
    found.sort(key=lambda one: (-one.share * (1 + len(one.words)), len(one.rows)))
    return found[:MENTIONS]


def _stretches(question: Asked, column: int, texts: Sequence[str]) -> list[Mention]:
    """Of a column of stretches of numbers the rows in whose stretch a number of the question lies."""
    years = {float(year) for year in ANY_YEAR.findall(question.text)}
    numbers = [number for number in question.numbers if number not in years]
    if not numbers or not (held := stretches(texts)):
        return []
    found = []
    for number in numbers:
        unit = question.units.get(number, "")
        rows = tuple(row for row, one in held.items() if one.holds(number) and (not unit or not one.unit or unit == one.unit))
        if rows and len(rows) < len(held):
            said = frozenset([f"{number:g}"])
            found.append(
                Mention(column, rows, " / ".join(dict.fromkeys(texts[row] for row in rows)), said, 1.0, True, True, True)
            )
    return found


def _flagged(question: Asked, asked: frozenset[str], sheet: Sheet, column: int) -> Iterator[Mention]:
    """The rows whose column of yes and no, which the question names, says yes; or no, where it denies."""
    names = next((some for some in spoken(sheet.names[column]) if some and some <= asked), None)
    if column == sheet.key or names is None or (held := flags([values[column] for values in sheet.values])) is None:
        return
    wanted = not denies(without(sheet.names[column : column + 1], question.text))
    rows = tuple(row for row in sheet.plain_rows if held[row] == wanted)
    if rows:
        yield Mention(column, rows, sheet.values[rows[0]][column].text, names, 1.0, True, False)


def _parts(question: Asked, sheet: Sheet, weights: dict[str, float]) -> list[Mention]:
    """Words of the question in several different cells of a column; words that the same rows hold stand together."""
    found: list[Mention] = []
    for column in range(len(sheet.columns)):
        if sheet.numeric[column]:
            continue
        holders: dict[tuple[int, ...], list[str]] = {}
        held = [words_of(values[column].text) for values in sheet.values]
        texts = [plain(values[column].text) for values in sheet.values]
        for word in (one for one in question.telling if not one.isdigit() and one not in words_of(spaced(sheet.names[column]))):
            is_han = bool(HAN_CHARACTER.match(word))
            rows = tuple(row for row, words in enumerate(held) if word in words or (is_han and word in texts[row]))
            if len({sheet.values[row][column].text for row in rows}) > 1 and len(rows) < len(held):
                holders.setdefault(rows, []).append(word)
        found += [
            Mention(column, rows, " ".join(words), frozenset(words), 1.0, False, False) for rows, words in holders.items()
        ]
    found.sort(key=lambda one: (-sum(weights.get(word, weights[""]) for word in one.words), len(one.rows)))
    return found[:PARTS]


def _mention(
    question: Asked, asked: frozenset[str], column: int, value: Value, rows: tuple[int, ...], weights: dict[str, float]
) -> Mention | None:
    flat = plain(value.text)
    words = words_of(value.text)
    if value.is_plain and value.number is not None:
        asked_unit = question.units.get(value.number, "")
        if value.number in question.numbers and (not asked_unit or not value.unit or value.unit == asked_unit):
            return Mention(column, rows, value.text, words & asked, 1.0, True, True)
        return None
    if flat and _is_said(flat, question.plain):
        return Mention(column, rows, value.text, words & asked, 1.0, True, False)
    common = frozenset(word for word in words & asked if not word.isdigit() or len(word) == 4)
    if not common or len(words) > 15:
        return None
    weight = weigh(common, weights)
    share = max(share_of(common, some, weights) for some in (words, *spoken(value.text)))
    if share >= PARTIAL or (weight >= 0.7 * weights[""] and any(LETTER.search(word) for word in common)):
        return Mention(column, rows, value.text, common, share, False, False)
    return None
