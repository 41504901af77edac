"""Fit the order of candidates once they are read: `python -m training.fit_reranking READER INDEX=QUESTIONS.jsonl ...`.

INDEX is a data folder that holds the documents of QUESTIONS. Tried are weights of a grid (`service.reading.reranking.Weights`),
judged by the mean reciprocal rank of the first passage that holds the answer among those of its own language, averaged over
the sets (file and direction of language). Of the weights with which no set is worse than with retrieval alone the best are
printed, and what they do to the sets of `--test`, which choose nothing.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.reading import make_reader
from service.reading.reranking import CANDIDATES, LEAST, Weights
from service.resources import make_retriever
from youju.embedding.factory import make_embedder
from youju.evaluation.metrics import holds, same_document
from youju.evaluation.records import EvalQuestion, load_questions
from youju.index.sqlite.store import Store
from youju.records import Passage
from youju.settings import load_settings

SPANS = (0.0, 0.001, 0.002, 0.003, 0.004, 0.006, 0.008, 0.012, 0.02)
ANSWERABLES = (0.0, 0.002, 0.004, 0.008, 0.012, 0.016, 0.024, 0.04, 0.08)
DEPTHS = (1, 3, 5)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Candidates:
    """The passages in the language of the answer found for one question, and which of them hold it. `scores` has the shape
    (passages, 3): of retrieval, best span, answerable."""

    scores: Floats
    gold: npt.NDArray[np.bool_]

    def rank(self, weights: Weights) -> int | None:
        """Rank (from 1) of the first that holds the answer."""
        order = np.argsort(-(self.scores @ [1.0, weights.span, weights.answerable]), kind="stable")
        places = np.flatnonzero(self.gold[order])
        return int(places[0]) + 1 if len(places) else None


Sets = dict[str, list[Candidates]]


def mean_reciprocal_rank(found: Sequence[Candidates], weights: Weights) -> float:
    return float(np.mean([1 / rank if (rank := one.rank(weights)) else 0.0 for one in found]))


def best_weights(sets: Sets) -> Iterator[tuple[float, Weights]]:
    """Mean over the sets, and weights with which none is worse than without; best first."""
    alone = {name: mean_reciprocal_rank(found, Weights(0.0, 0.0)) for name, found in sets.items()}
    tried = []
    for span, answerable in product(SPANS, ANSWERABLES):
        weights = Weights(span, answerable)
        values = {name: mean_reciprocal_rank(found, weights) for name, found in sets.items()}
        if all(values[name] >= alone[name] for name in sets):
            tried.append((float(np.mean(list(values.values()))), weights))
    yield from sorted(tried, key=lambda one: -one[0])


def figures(found: Sequence[Candidates], weights: Weights) -> str:
    ranks = [one.rank(weights) for one in found]
    shares = "  ".join(f"R@{k} {np.mean([rank is not None and rank <= k for rank in ranks]):.3f}" for k in DEPTHS)
    return f"MRR {mean_reciprocal_rank(found, weights):.3f}  {shares}"


def holds_answer(passage: Passage, question: EvalQuestion) -> bool:
    named = any(same_document(passage.document.uri, uri) for uri in question.documents)
    return named and holds(passage.text, question.answers)


def read(pairs: Sequence[str], reader_name: str) -> Sets:
    settings = load_settings(reader=reader_name)
    embedder = make_embedder(settings)
    reader = make_reader(settings, embedder)
    sets: Sets = defaultdict(list)
    for pair in pairs:
        index, _, file = pair.partition("=")
        own = settings.model_copy(update={"data_dir": Path(index)})
        store = Store(own.database)
        retriever = make_retriever(own, store, embedder)
        for question in load_questions(Path(file)):
            if not question.answerable or (question.model_extra or {}).get("trained"):
                continue
            passages = retriever.retrieve(question.question, CANDIDATES)
            held = next((passage.language for passage in passages if holds_answer(passage, question)), None)
            if held is None:  # no order can find it
                continue
            passages = [passage for passage in passages if passage.language == held]
            readings = reader.read(question.question, [(passage.title_line, passage.text) for passage in passages])
            scores = [
                (passage.scores.fused, max(one.best, LEAST), one.answerable)
                for passage, one in zip(passages, readings, strict=True)
            ]
            gold = np.array([holds_answer(passage, question) for passage in passages])
            sets[f"{Path(file).parent.name}/{Path(file).stem} {question.asked_in}->{held}"].append(
                Candidates(np.array(scores), gold)
            )
        store.close()
        print(pair, {name: len(found) for name, found in sets.items()}, flush=True)
    return dict(sets)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader")
    parser.add_argument("pairs", nargs="+", metavar="INDEX=QUESTIONS.jsonl")
    parser.add_argument("--test", nargs="*", default=[], metavar="INDEX=QUESTIONS.jsonl")
    options = parser.parse_args()
    sets = read(options.pairs, options.reader)
    ranked = list(best_weights(sets))
    for mean, weights in ranked[:10]:
        print(f"{mean:.4f}", weights)
    best = ranked[0][1]
    for title, one in (("fitted on", sets), ("test", read(options.test, options.reader))):
        for name, found in one.items():
            print(
                title,
                name,
                len(found),
                "| retrieval:",
                figures(found, Weights(0.0, 0.0)),
                "| with reader:",
                figures(found, best),
            )


if __name__ == "__main__":
    main()
