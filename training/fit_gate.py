"""Fit the bundled gate: `python -m training.fit_gate READER INDEX=QUESTIONS.jsonl ...`.

INDEX is a data folder (YOUJU_DATA_DIR) that holds the documents of QUESTIONS whole. Samples of all pairs are fitted together;
what each gives by itself at the thresholds is printed.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from service.reading import gate, make_reader
from service.reading.gate import AnswerabilityGate
from service.reading.reranking import CANDIDATES
from service.resources import make_retriever
from youju.cli.calibrate import show
from youju.embedding.factory import make_embedder
from youju.evaluation import calibration
from youju.evaluation.records import load_questions
from youju.index.sqlite.store import Store
from youju.settings import load_settings


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("reader")
    parser.add_argument("pairs", nargs="+", metavar="INDEX=QUESTIONS.jsonl")
    arguments = parser.parse_args()
    settings = load_settings(reader=arguments.reader)
    embedder = make_embedder(settings)
    gatekeeper = AnswerabilityGate(make_reader(settings, embedder), gate.Gate({}, 0.0, {}, {"candidates": CANDIDATES}), "off")
    found: list[calibration.Sample] = []
    names: list[str] = []
    for pair in arguments.pairs:
        index, _, file = pair.partition("=")
        own = settings.model_copy(update={"data_dir": Path(index)})
        # What the reader was trained on would make it look surer than it is.
        questions = [question for question in load_questions(Path(file)) if not (question.model_extra or {}).get("trained")]
        store = Store(own.database)
        some = calibration.samples(questions, make_retriever(own, store, embedder), gatekeeper, own.top_k)
        store.close()
        offset = 1 + max((sample.group for sample in found), default=-1)
        found += [replace(sample, group=sample.group + offset) for sample in some]
        names += [Path(file).parent.name] * len(some)
        print(pair, len(some), flush=True)
    fitted = calibration.fit(found, arguments.reader, {"sets": sorted(set(names)), "candidates": CANDIDATES})
    gate.save(fitted.gate, gate.bundled(arguments.reader))
    show(fitted, Console())
    sure = np.array([fitted.gate.probability(sample.features) for sample in found])
    kinds, sets = np.array([sample.kind for sample in found]), np.array(names)
    for name in sorted(set(names)):
        for strictness, threshold in fitted.gate.thresholds.items():
            shares = {
                kind: round(float((sure >= threshold)[(sets == name) & (kinds == kind)].mean()), 3)
                for kind in sorted(set(kinds))
            }
            print(name, strictness, "let through:", shares)


if __name__ == "__main__":
    main()
