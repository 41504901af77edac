"""How the bundled reader does on documents that it was not trained on: `python -m training.judge_reader [--file FILE]`.

Each question that was written about a document held out (see `real_sets.held_out`) is read with all passages of its part of
that document and those of others that are nearest by the embedder. Printed, by kind of document and language: how often the
passage that answers comes first by the span and by there being an answer; the share of its answer's characters found
(F1); ROC AUC of the surest passage of answerable questions against those of unanswerable ones (which are near misses).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from service.reading import Reading, make_reader
from training.reader_data import Question, find_neighbours
from training.real_sets import WRITTEN, written
from youju.embedding.factory import make_embedder
from youju.evaluation.statistics import roc_auc
from youju.settings import load_settings
from youju.text.language import detect_language


@dataclass(frozen=True)
class Read:
    """A question, and what was read in its passages; the first is the one that answers, or is the nearest."""

    question: Question
    readings: list[Reading]

    def first_by(self, value: Callable[[Reading], float]) -> bool:
        return int(np.argmax([value(one) for one in self.readings])) == 0

    @property
    def overlap(self) -> float:
        """F1 of the characters of the best span of the first passage."""
        (answer,) = self.question.answers
        start = self.question.paragraph.text.find(answer)
        if not self.readings[0].spans:
            return 0.0
        span = self.readings[0].spans[0]
        shared = max(0, min(span.end, start + len(answer)) - max(span.start, start))
        return 2 * shared / (span.end - span.start + len(answer))


def answerable(reading: Reading) -> float:
    return reading.answerable


def best(reading: Reading) -> float:
    return reading.best


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def figures(found: Sequence[Read]) -> str:
    can = [one for one in found if one.question.answers]
    shares: dict[str, float | None] = {
        "by answerable": _mean([one.first_by(answerable) for one in can]),
        "by span": _mean([one.first_by(best) for one in can]),
        "F1": _mean([one.overlap for one in can]),
    }
    for name, value in (("answerable", answerable), ("span", best)):
        surest = [max(value(reading) for reading in one.readings) for one in found]
        shares[f"AUC {name}"] = roc_auc(surest, [bool(one.question.answers) for one in found])
    told = (f"{name} {value:.3f}" for name, value in shares.items() if value is not None)
    return f"{len(can)}+{len(found) - len(can)} " + "  ".join(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=WRITTEN)
    parser.add_argument("--most", type=int, default=600, help="questions")
    arguments = parser.parse_args()
    settings = load_settings()
    embedder = make_embedder(settings)
    reader = make_reader(settings, embedder)
    questions = written(arguments.file, for_judging=True)
    questions = questions[:: max(1, -(-len(questions) // arguments.most))]
    find_neighbours(questions, embedder)
    groups: dict[str, list[Read]] = defaultdict(list)
    for question in questions:
        passages = [question.paragraph, *question.beside, *question.neighbours]
        found = Read(question, reader.read(question.text, [(one.title, one.text) for one in dict.fromkeys(passages)]))
        asked = detect_language(question.text)
        across = "" if asked == detect_language(question.paragraph.text) else " across"
        groups[f"{question.source} {asked}{across}"].append(found)
        groups["all"].append(found)
    for name, some in sorted(groups.items()):
        print(f"{name:24}", figures(some), flush=True)


if __name__ == "__main__":
    main()
