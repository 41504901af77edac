"""Fit how questions about tables are read: `python -m training.fit_tables ../shared/data/tables`.

From questions whose answers are known but not how they come about: of all readings of a question in its table
(`service.tables.operations`) those that give the answer share the likelihood (Pasupat and Liang 2015,
https://arxiv.org/abs/1508.00305). Fitted on WikiTableQuestions' training part, every second table of TAT-QA's development part,
look-ups made by rule in those tables, made Chinese tables and made tables of offices; AIT-QA and the other halves are left for
measuring.

Confidence is fitted on tables that the readings were not fitted on, each question asked of its own table, of that without the
rows that answer it, and of another one: in these nothing is right. Writes `service/tables/weights.json`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
import zlib
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.optimize import minimize

from service.tables.asking import asked
from service.tables.choosing import WEIGHTS, chosen
from service.tables.features import Seen, features
from service.tables.linking import Linker
from service.tables.operations import candidates
from service.tables.reading import Candidate
from service.tables.role_features import Features
from training.made_chinese_tables import chinese
from training.made_office_tables import office
from training.table_sets import TableCase, is_right, look_ups, tatqa, wikitables, without_answer
from youju.embedding.base import Embedder, Vectors
from youju.embedding.factory import make_embedder
from youju.settings import load_settings

WRONG_READINGS = 150  # of each question that the readings are fitted on, taken at random
PENALTY, CONFIDENCE_PENALTY = 2e-4, 1e-3
OFFICE_TABLES = 8  # of each kind
HELD_OUT = 3  # every third table is left out of the readings that confidence is fitted on
Floats = npt.NDArray[np.float64]


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
        for text in texts:
            if text not in self._queries:
                self._queries[text] = self._embedder.embed_queries([text])[0]
        return np.array([self._queries[text] for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._embedder.count_tokens(texts)


def readings(linker: Linker, case: TableCase) -> tuple[Seen, list[Candidate]]:
    question = asked(case.question)
    link = linker.link(question, case.sheet)
    return Seen.of(question, link, case.sheet), candidates(question, link, case.sheet)


class Rows:
    """Features of the readings of several questions as a sparse matrix; `right` and `case` for each row of it."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self._places, self._values, self._ends = array("i"), array("f"), array("q", [0])
        self.right: list[bool] = []
        self.case: list[int] = []
        self.count = 0

    def add(self, some: Sequence[tuple[Features, bool]]) -> None:
        for found, right in some:
            for name, value in found.items():
                if value:
                    self._places.append(self.names.setdefault(name, len(self.names)))
                    self._values.append(value)
            self._ends.append(len(self._places))
            self.right.append(right)
            self.case.append(self.count)
        self.count += 1

    def matrix(self) -> sp.csr_matrix:
        parts = (np.asarray(self._values), np.asarray(self._places), np.asarray(self._ends))
        return sp.csr_matrix(parts, shape=(len(self.right), len(self.names)))


def fit_readings(linker: Linker, cases: Sequence[TableCase], seed: int = 0) -> Features:
    rows, choice = Rows(), random.Random(seed)
    for case in cases:
        seen, found = readings(linker, case)
        right = [is_right(one.answers, case.answers) for one in found]
        if not any(right):
            continue
        wrong = [at for at, is_so in enumerate(right) if not is_so]
        kept = [at for at, is_so in enumerate(right) if is_so] + choice.sample(wrong, min(WRONG_READINGS, len(wrong)))
        rows.add([(features(seen, found[at]), right[at]) for at in kept])
    matrix, right_rows, case_of = rows.matrix(), np.array(rows.right, float), np.array(rows.case)
    starts = np.searchsorted(case_of, np.arange(rows.count))

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = matrix @ weights
        parts = np.exp(scores - np.maximum.reduceat(scores, starts)[case_of])
        whole, held = np.add.reduceat(parts, starts), np.add.reduceat(parts * right_rows, starts) + 1e-30
        slope = parts / whole[case_of] - parts * right_rows / held[case_of]
        value = float((np.log(whole) - np.log(held)).sum() / rows.count + PENALTY * weights @ weights)
        return value, np.asarray(matrix.T @ slope) / rows.count + 2 * PENALTY * weights

    fitted = minimize(loss, np.zeros(len(rows.names)), jac=True, method="L-BFGS-B", options={"maxiter": 250})
    print(f"{rows.count} of {len(cases)} questions, loss {fitted.fun:.4f}", flush=True)
    return {name: round(float(fitted.x[at]), 4) for name, at in rows.names.items() if abs(fitted.x[at]) > 1e-3}


def signs(linker: Linker, cases: Sequence[TableCase], weights: Features, seed: int) -> Iterator[tuple[Features, bool]]:
    """Of each question in its own table, in that without the rows that answer, and in another one of the same kind: what its
    confidence is made of, and whether it is right."""
    choice = random.Random(seed)
    sheets = {case.table: case for case in cases}
    for case in cases:
        other = choice.choice([one for one in sheets.values() if one.table != case.table and one.kind == case.kind] or [case])
        elsewhere = TableCase(case.id, case.question, other.table, other.sheet, (), "absent")
        for one in (case, without_answer(case), elsewhere if other is not case else None):
            seen, found = readings(linker, one) if one else (None, [])
            if one and seen and found:
                scores = np.array([sum(weights.get(n, 0.0) * v for n, v in features(seen, read).items()) for read in found])
                best = chosen(seen, found, scores)
                yield best.signs, bool(one.answers) and is_right(best.best.answers, one.answers)


def fit_confidence(rows: Sequence[tuple[Features, bool]]) -> Features:
    names = sorted({name for found, _ in rows for name in found})
    values = np.array([[found.get(name, 0.0) for name in names] for found, _ in rows])
    right = np.array([is_so for _, is_so in rows], float)

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = values @ weights
        likely = 1 / (1 + np.exp(-scores))
        value = float(np.mean(np.logaddexp(0, scores) - right * scores) + CONFIDENCE_PENALTY * weights @ weights)
        return value, values.T @ (likely - right) / len(right) + 2 * CONFIDENCE_PENALTY * weights

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B")
    print(f"confidence: {len(rows)} readings, loss {fitted.fun:.4f}")
    return {name: round(float(weight), 4) for name, weight in zip(names, fitted.x, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--wikitables", type=int, default=240, help="tables of WikiTableQuestions")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    told = parser.parse_args()
    started = time.time()
    fit(told.data, told.wikitables, told.out, Remembering(make_embedder(load_settings())))
    print(f"{time.time() - started:.0f} s")


def fit(data: Path, count: int, out: Path, embedder: Embedder) -> None:
    linker = Linker(embedder)
    reports = [case for case in tatqa(data, 0) if not case.kind.endswith("/text")]
    cases = wikitables(data, "training", count, 3, whole_tables=True) + reports
    cases += [*look_ups(reports, 5, 1), *chinese(60, 1), *office(OFFICE_TABLES, 1)]
    left = [case for case in cases if zlib.crc32(case.table.encode()) % HELD_OUT == 0]
    first = fit_readings(linker, [case for case in cases if zlib.crc32(case.table.encode()) % HELD_OUT])
    of_confidence = fit_confidence(list(signs(linker, left, first, 3)))
    found = {"readings": fit_readings(linker, cases), "confidence": of_confidence}
    out.write_text(json.dumps(found, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
