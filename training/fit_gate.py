"""Fit the bundled gate: `python -m training.fit_gate READER NAME=INDEX=QUESTIONS.jsonl[=few] ...`.

INDEX is a data folder (YOUJU_DATA_DIR) that holds the documents of QUESTIONS whole; pairs of one NAME are one kind of
document. With `=few` behind it only one to sixteen documents are searched for each question, those that it is about among
them. Samples of all are fitted together, each kind with the same weight. Printed are what each kind gives by itself at the
thresholds, and how a gate judges a kind that was left out when it was fitted.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from service.reading import gate, make_reader
from service.reading.gate import AnswerabilityGate, Gate
from service.reading.reranking import CANDIDATES
from service.resources import make_retriever
from youju.cli.calibrate import show
from youju.embedding.factory import make_embedder
from youju.evaluation import calibration
from youju.evaluation.calibration import Sample
from youju.evaluation.metrics import same_document
from youju.evaluation.records import EvalQuestion, load_questions
from youju.evaluation.statistics import roc_auc
from youju.index.sqlite.store import Store
from youju.records import EVERYTHING, Scope
from youju.settings import load_settings

SEED = 20261126


def samples_of(reader: str, pairs: list[str], most: int) -> tuple[list[Sample], list[str]]:
    """Samples, and the kind of document of each; at most `most` questions of a pair, drawn at random."""
    settings = load_settings(reader=reader)
    embedder = make_embedder(settings)
    keeper = AnswerabilityGate(make_reader(settings, embedder), Gate({}, 0.0, {}, {"candidates": CANDIDATES}), "off")
    found: list[Sample] = []
    kinds: list[str] = []
    for pair in pairs:
        name, index, file, *few = pair.split("=")
        own = settings.model_copy(update={"data_dir": Path(index)})
        # What the reader was trained on would make it look surer than it is.
        questions = [question for question in load_questions(Path(file)) if not (question.model_extra or {}).get("trained")]
        drawn = np.random.default_rng(SEED).permutation(len(questions))[:most]
        store = Store(own.database)
        chosen = [questions[place] for place in sorted(drawn)]
        scope = few_documents(store) if few else EVERYTHING
        some = calibration.samples(chosen, make_retriever(own, store, embedder), keeper, own.top_k, scope)
        store.close()
        offset = 1 + max((sample.group for sample in found), default=-1)
        found += [replace(sample, group=sample.group + offset) for sample in some]
        kinds += [name] * len(some)
        print(pair, len(some), flush=True)
    return found, kinds


def few_documents(store: Store) -> Callable[[EvalQuestion], Scope]:
    """For each question one to sixteen documents, about as often 2 to 4 as 8 to 16, with those that it is about."""
    known, drawn = {document.uri: document.id for document in store.documents()}, random.Random(SEED)

    def scope(question: EvalQuestion) -> Scope:
        about = question.documents or [(question.model_extra or {}).get("about", "")]
        own = [number for uri, number in known.items() if any(name and same_document(uri, name) for name in about)]
        others = [number for number in known.values() if number not in own]
        more = round(2 ** drawn.uniform(0, 4)) - len(own)
        return Scope(document_ids=(*own, *drawn.sample(others, max(0, min(len(others), more)))))

    return scope


def shares(fitted: Gate, given: list[Sample]) -> str:
    """What of each case gets through at each threshold, and the area under the ROC curve of the answerable ones."""
    sure = np.array([fitted.probability(sample.features) for sample in given])
    cases = np.array([sample.kind for sample in given])
    told = []
    for name, threshold in fitted.thresholds.items():
        through = (f"{case} {(sure >= threshold)[cases == case].mean():.2f}" for case in sorted(set(cases)))
        told.append(f"{name}: " + " ".join(through))
    return f"AUC {roc_auc(sure.tolist(), (cases == 'answerable').tolist()) or 0:.3f} | " + " | ".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader")
    parser.add_argument("pairs", nargs="+", metavar="NAME=INDEX=QUESTIONS.jsonl")
    parser.add_argument("--most", type=int, default=400, help="questions of each pair")
    parser.add_argument("--test", nargs="*", default=[], metavar="NAME=INDEX=QUESTIONS.jsonl", help="not fitted on")
    arguments = parser.parse_args()
    found, names = samples_of(arguments.reader, arguments.pairs, arguments.most)
    kinds = sorted(set(names))
    about = {"sets": kinds, "candidates": CANDIDATES}
    weights = {kind: len(names) / len(kinds) / names.count(kind) for kind in kinds}
    each = [weights[name] for name in names]
    fitted = calibration.fit(found, arguments.reader, about, each)
    gate.save(fitted.gate, gate.bundled(arguments.reader))
    show(fitted, Console())
    for kind in kinds:
        mine = [sample for sample, name in zip(found, names, strict=True) if name == kind]
        rest = [place for place, name in enumerate(names) if name != kind]
        without = calibration.fit([found[i] for i in rest], arguments.reader, about, [each[i] for i in rest])
        print(f"{kind:10} fitted on  {shares(fitted.gate, mine)}")
        print(f"{kind:10} left out   {shares(without.gate, mine)}", flush=True)
    tested, of = samples_of(arguments.reader, arguments.test, arguments.most) if arguments.test else ([], [])
    for kind in sorted(set(of)):
        mine = [sample for sample, name in zip(tested, of, strict=True) if name == kind]
        print(f"{kind:10} test       {shares(fitted.gate, mine)}")


if __name__ == "__main__":
    main()
