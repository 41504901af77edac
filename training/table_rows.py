"""What the readings of questions about tables look like and which are right, as rows of numbers, to fit weights on.

Questions are taken in parts, a few minutes of processor each; with a folder to keep them in, a fit that was stopped goes on
where it was, and another fit of the same parts takes minutes.
"""

from __future__ import annotations

import random
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from service.tables.asking import asked
from service.tables.choosing import STATIC, described, possible, static_signs
from service.tables.features import Seen
from service.tables.linking import Linker
from service.tables.reading import Candidate, answer_key
from service.tables.role_features import Features
from training.made_chinese_tables import YEARLY, chinese
from training.made_office_dates import COUNTING
from training.made_office_tables import office
from training.table_sets import TableCase, is_right, look_ups, tatqa, wikitables, without_answer
from youju.embedding.base import Embedder, Vectors

WRONG_READINGS, RIGHT_READINGS = 140, 40  # of each question, taken at random
OFFICE_TABLES, COUNTING_TABLES, CHINESE_TABLES, YEARLY_TABLES = 8, 6, 60, 30
TABLES_OF_A_PART = 100  # of WikiTableQuestions
ABSENT_EVERY = 8  # question of WikiTableQuestions that is asked of a table that does not answer it too; elsewhere each is
ORDER = 3  # seed of the order in which tables of WikiTableQuestions are taken


class Remembering:
    """An embedder that embeds each text once."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.fingerprint, self.dimension = embedder.name, embedder.fingerprint, embedder.dimension
        self._embedder = embedder
        self._documents: dict[str, Vectors] = {}
        self._queries: dict[str, Vectors] = {}

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        lacking = [text for text in dict.fromkeys(texts) if text not in self._documents]
        if lacking:
            self._documents.update(zip(lacking, self._embedder.embed_documents(lacking), strict=True))
        return np.array([self._documents[text] for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        lacking = [text for text in dict.fromkeys(texts) if text not in self._queries]
        if lacking:
            self._queries.update(zip(lacking, self._embedder.embed_queries(lacking), strict=True))
        return np.array([self._queries[text] for text in texts])

    def embed_retrieval_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.embed_retrieval_queries(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)


@dataclass(frozen=True, slots=True)
class Question:
    """`table` is that which it was made for, `source` the kind of tables; `is_own` unless it is asked of another one, which
    does not answer it; `count` its rows."""

    table: str
    source: str
    is_own: bool
    count: int


@dataclass
class Rows:
    """Features of readings of several questions as a sparse matrix; for each row of it whether it is `right`, and `answer`, a
    number that readings of a question share that say the same. `questions` are in the order of the rows."""

    names: dict[str, int] = field(default_factory=dict)
    right: list[bool] = field(default_factory=list)
    answer: list[int] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    _places: array[int] = field(default_factory=lambda: array("i"))
    _values: array[float] = field(default_factory=lambda: array("f"))
    _ends: array[int] = field(default_factory=lambda: array("q", [0]))

    def add(self, table: str, source: str, is_own: bool, some: Sequence[tuple[Features, bool, int]]) -> None:
        for found, right, answer in some:
            for name, value in found.items():
                if value:
                    self._places.append(self.names.setdefault(name, len(self.names)))
                    self._values.append(value)
            self._ends.append(len(self._places))
            self.right.append(right)
            self.answer.append(answer)
        self.questions.append(Question(table, source, is_own, len(some)))

    def join(self, other: Rows) -> None:
        place_of = np.array([self.names.setdefault(name, len(self.names)) for name in other.names], np.int32)
        ends = self._ends[-1]
        self._places.frombytes(place_of[np.asarray(other._places)].tobytes())
        self._values.extend(other._values)
        self._ends.extend(end + ends for end in other._ends[1:])
        self.right += other.right
        self.answer += other.answer
        self.questions += other.questions

    def matrix(self) -> sp.csr_matrix:
        parts = (np.asarray(self._values), np.asarray(self._places), np.asarray(self._ends))
        return sp.csr_matrix(parts, shape=(len(self.right), len(self.names)))

    def starts(self) -> npt.NDArray[np.int64]:
        """Where the rows of each question begin, and where the last ones end."""
        return np.concatenate([[0], np.cumsum([one.count for one in self.questions])]).astype(np.int64)

    def save(self, path: Path) -> None:
        asked_of = np.array([(one.table, one.source, str(int(one.is_own)), str(one.count)) for one in self.questions])
        np.savez_compressed(
            path, names=np.array(list(self.names)), right=self.right, answer=self.answer, questions=asked_of,
            places=np.asarray(self._places), values=np.asarray(self._values), ends=np.asarray(self._ends),
        )  # fmt: skip

    @classmethod
    def load(cls, path: Path) -> Rows:
        with np.load(path) as held:
            questions = [
                Question(table, source, own == "1", int(count)) for table, source, own, count in held["questions"].tolist()
            ]
            names = {name: at for at, name in enumerate(held["names"].tolist())}
            parts = (array("i", held["places"]), array("f", held["values"]), array("q", held["ends"]))
            return cls(names, held["right"].tolist(), held["answer"].tolist(), questions, *parts)


def readings(linker: Linker, case: TableCase) -> tuple[Seen, list[Candidate]]:
    question = asked(case.question)
    link = linker.link(question, case.sheet)
    return Seen.of(question, link, case.sheet), possible(question, link, case.sheet)


def rows_of(linker: Linker, cases: Sequence[TableCase], source: str, absent_every: int, seed: int = 0) -> Rows:
    """Of each question up to `RIGHT_READINGS` that answer it, and `WRONG_READINGS` of the others; of some also in a table that
    does not."""
    rows, choice = Rows(), random.Random(seed)
    tables = list({case.table: case for case in cases}.values())
    for case in sorted(cases, key=lambda one: one.table):
        less = absent(case, choice.choice(tables), choice)
        asks_absent = zlib.crc32(case.id.encode()) % absent_every == 0
        for one in (case, less) if less and asks_absent else (case,):
            if one.sheet.is_table:
                rows.add(case.table, source, bool(one.answers), _sampled(linker, one, choice))
    return rows


def absent(case: TableCase, other: TableCase, choice: random.Random) -> TableCase | None:
    """The question in the table without the rows that answer it, or in another one that is not made like it."""
    less = without_answer(case)
    is_unlike = other.table != case.table and other.sheet.columns != case.sheet.columns
    if (
        is_unlike
        and (not other.sheet.title or other.sheet.title != case.sheet.title)
        and (less is None or choice.random() < 0.5)
    ):
        return TableCase(case.id, case.question, other.table, other.sheet, (), "absent")
    return less


def _sampled(linker: Linker, case: TableCase, choice: random.Random) -> list[tuple[Features, bool, int]]:
    seen, found = readings(linker, case)
    right = [bool(case.answers) and is_right(one.answers, case.answers) for one in found]
    held, wrong = ([at for at, is_so in enumerate(right) if is_so == kind] for kind in (True, False))
    kept = choice.sample(held, min(RIGHT_READINGS, len(held))) + choice.sample(wrong, min(WRONG_READINGS, len(wrong)))
    numbers: dict[tuple[object, ...], int] = {}
    return [
        (
            described(seen, found[at]) | {STATIC + name: value for name, value in static_signs(seen, found[at]).items()},
            right[at], numbers.setdefault(answer_key(found[at].answers), len(numbers)),
        )
        for at in kept
    ]  # fmt: skip


def sources(data: Path, count: int) -> Iterator[tuple[str, Callable[[], list[TableCase]], int]]:
    """Name, cases and `absent_every` of each part; `count` tables of WikiTableQuestions."""
    yield "chinese-0", lambda: chinese(CHINESE_TABLES, 1), 1
    yield "chinese-1", lambda: chinese(YEARLY_TABLES, 2, YEARLY), 1
    yield "office", lambda: office(OFFICE_TABLES, 1) + office(COUNTING_TABLES, 1, COUNTING), 1
    for half in range(2):
        yield f"reports-{half}", lambda half=half: _reports(data, half), 1  # type: ignore[misc]
    for first in range(0, count, TABLES_OF_A_PART):
        size = min(TABLES_OF_A_PART, count - first)
        yield (
            f"wikitables-{first}-{size}",
            lambda first=first, size=size: wikitables(data, "training", size, ORDER, True, first),  # type: ignore[misc]
            ABSENT_EVERY,
        )


def _reports(data: Path, half: int) -> list[TableCase]:
    reports = [case for case in tatqa(data, 0) if not case.kind.endswith("/text")]
    some = [case for case in reports if zlib.crc32(f"{case.table}-".encode()) % 2 == half]
    return some + look_ups(some, 5 + half, 4)


def gathered(data: Path, count: int, embedder: Embedder, folder: Path | None, only: str = "") -> Iterator[Rows]:
    """The rows of each part whose name begins with `only`.

    Args:
        folder: where they are kept and taken from.
    """
    linker = Linker(Remembering(embedder))
    for name, cases, absent_every in sources(data, count):
        if not name.startswith(only):
            continue
        path = folder / f"{name}.npz" if folder else None
        if path and path.is_file():
            yield Rows.load(path)
            continue
        rows = rows_of(linker, cases(), name.split("-")[0], absent_every)
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            rows.save(path)
        print(f"{name}: {len(rows.questions)} questions, {len(rows.right)} readings", flush=True)
        yield rows
