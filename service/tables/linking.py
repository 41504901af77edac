"""What of a table a question names: rows and columns by the likeness of their paths and by shared words weighted by rarity,
cells by what stands in them.

The likeness of the question to a row's path and to a column's path is taken apart: a cell is the meeting of both (AIT-QA,
Katsis et al. 2022, https://arxiv.org/abs/2106.12944; row-column intersection, Glass et al. 2021, https://arxiv.org/abs/2104.08303).
"""

from __future__ import annotations

import difflib
import functools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.tables.asking import ANY_YEAR, Asked, occurs
from service.tables.ranges import stretches
from service.tables.sheet import Sheet
from service.tables.values import Value, is_nothing, plain, spaced
from youju.embedding.base import Embedder
from youju.text.language import HAN_CHARACTER, query_words

Scores = npt.NDArray[np.float64]
EMBEDDED_ROWS = 60  # of a longer table those that share most words
MENTIONS, PARTS = 12, 6
PARTIAL = 0.5  # least share of a cell's words, by weight, that the question has
CLOSE = 0.84  # likeness of two spellings of one word
SHORTEST_CLOSE = 5  # letters
SHORT = (3, 5)  # letters of a short form


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


@dataclass(frozen=True)
class Link:
    """`parts` are words of the question that several different cells of a column hold among others."""

    rows: Named
    columns: Named
    by_rest: Scores
    mentions: tuple[Mention, ...]
    parts: tuple[Mention, ...]
    weights: dict[str, float]
    known: frozenset[str]
    asked: frozenset[str]

    def weight(self, words: Sequence[str] | frozenset[str]) -> float:
        return sum(self.weights.get(word, self.weights[""]) for word in words)


class Linker:
    """Links questions to tables. Safe to use from several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def link(self, question: Asked, sheet: Sheet) -> Link:
        paths = [sheet.path(row) for row in range(len(sheet.values))]
        names = [spaced(name) for name in sheet.names]
        row_words, column_words = [words_of(path) for path in paths], [words_of(name) for name in names]
        weights = _weights([*row_words, *column_words])
        question_words = _with_close(question, weights)
        rows = _shared(question, question_words, [row[sheet.key].text for row in sheet.values], row_words, weights)
        columns = _shared(question, question_words, names, column_words, weights)
        mentions = tuple(_mentions(question, question_words, sheet, weights))
        rest = _without([*(one.text for one in mentions if one.is_exact)], question.text)
        similar_rows, similar_columns, by_rest = self._similarities((question.text, rest), paths, names, rows)
        known = frozenset(word for words in (*row_words, *column_words) for word in words) | words_of(sheet.title)
        return Link(
            Named(similar_rows, *rows, tuple(row_words)), Named(similar_columns, *columns, tuple(column_words)), by_rest,
            mentions, tuple(_parts(question, sheet, weights)), weights, known, question_words,
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


@functools.lru_cache(maxsize=65536)
def words_of(text: str) -> frozenset[str]:
    return frozenset(query_words(text))


def _weights(texts: Sequence[frozenset[str]]) -> dict[str, float]:
    """Word -> how much it tells: the rarer, the more. `""` is for words that none has."""
    counts = Counter(word for text in texts for word in text)
    return {word: math.log(1 + len(texts) / count) for word, count in counts.items()} | {"": math.log(1 + len(texts))}


def _with_close(question: Asked, weights: dict[str, float]) -> frozenset[str]:
    """The words of the question, and for one that the table lacks the one that it spells a little otherwise."""
    lacking = [word for word in question.words if word not in weights and len(word) >= SHORTEST_CLOSE and word.isalpha()]
    known = [word for word in weights if len(word) >= SHORTEST_CLOSE] if lacking else []
    close = (difflib.get_close_matches(word, known, 1, CLOSE) for word in lacking if len(known) <= 5000)
    return question.words | {word for found in close for word in found} | _short_forms(question, weights)


def _short_forms(question: Asked, weights: dict[str, float]) -> set[str]:
    """Words of the table that are the first letters of words of the question in a row (`mpg`), or the beginning of one
    (`exp`)."""
    said = [word for word in question.plain.split() if word.isascii() and word.isalpha()]
    letters = "".join(word[0] for word in said)
    found = set()
    for word in weights:
        if word in question.words or not (SHORT[0] <= len(word) <= SHORT[1] and word.isascii() and word.isalpha()):
            continue
        begins = any(one.startswith(word) and len(one) >= len(word) + 3 for one in said)
        if (len(word) > 2 and word in letters) or begins:
            found.add(word)
    return found


def _without(values: Sequence[str], question: str) -> str:
    for value in values:
        question = question.replace(value, " ")
    return question


def _shared(
    question: Asked, asked: frozenset[str], names: Sequence[str], words: Sequence[frozenset[str]], weights: dict[str, float]
) -> tuple[Scores, Scores, npt.NDArray[np.bool_]]:
    def weigh(some: frozenset[str]) -> float:
        return sum(weights.get(word, weights[""]) for word in some)

    whole = weigh(frozenset(word for word in asked if word in weights)) or 1.0
    common = [text & asked for text in words]
    said = np.array([weigh(both) / (weigh(text) or 1.0) for both, text in zip(common, words, strict=True)])
    covered = np.array([weigh(both) / whole for both in common])
    exact = np.array([bool(flat := plain(name)) and _is_said(flat, question.plain) for name in names], dtype=bool)
    return said, covered, exact


def _is_said(flat: str, question: str) -> bool:
    return len(flat) > 1 and occurs(flat, question)


def _mentions(question: Asked, asked: frozenset[str], sheet: Sheet, weights: dict[str, float]) -> list[Mention]:
    found = []
    for column in range(len(sheet.columns)):
        holders: dict[str, list[int]] = {}
        for row, values in enumerate(sheet.values):
            if not is_nothing(values[column].text):
                holders.setdefault(values[column].text, []).append(row)
        for rows in holders.values():
            value = sheet.values[rows[0]][column]
            if one := _mention(question, asked, column, value, tuple(rows), weights):
                found.append(one)
        found += _stretches(question, column, [values[column].text for values in sheet.values])
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
        if value.number in question.numbers:
            return Mention(column, rows, value.text, words & asked, 1.0, True, True)
        return None
    if flat and _is_said(flat, question.plain):
        return Mention(column, rows, value.text, words & asked, 1.0, True, False)
    common = frozenset(word for word in words & asked if not word.isdigit() or len(word) == 4)
    if not common or len(words) > 15:
        return None
    weight = sum(weights.get(word, weights[""]) for word in common)
    share = weight / sum(weights.get(word, weights[""]) for word in words)
    if share >= PARTIAL or (weight >= 0.7 * weights[""] and any(re.search(r"[^\W\d]", word) for word in common)):
        return Mention(column, rows, value.text, common, share, False, False)
    return None
