"""Fit by what a question is moved to search passages of another language: `python -m training.fit_query_shift DATA OUT.json`.

Multilingual embedders know in which language a text is: some passages are near to all questions of another language (hubs),
those that hold signs or words of it above all, and the one that answers is behind them. Taking the mean of a language away
helps (Libovický et al. 2020, https://arxiv.org/abs/2004.05160); here the vector that is added to a question, one for each
direction, is fitted: cross-entropy of the passage that answers among all of its language. A matrix in its place learnt the
documents by heart (docs/decisions/0049-moved-across-languages.md).

Trained on the questions of this project and eleven articles of XQuAD, told of held-out documents and of the other articles. Two
minutes on two cores, most of it embedding; seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from training.reader_data import Question
from training.reading_sets import xquad
from training.real_sets import WRITTEN, written
from training.train_reader import XQUAD_ARTICLES
from youju.embedding.base import Embedder
from youju.embedding.factory import make_embedder
from youju.settings import load_settings
from youju.text.language import detect_language

DIRECTIONS = (("zh", "en"), ("en", "zh"))
STEPS, BATCH, RATE, TEMPERATURE, SEED = 300, 256, 3e-3, 0.03, 1
DEPTHS = (1, 4, 8, 20, 40)


class Searched:
    """Questions in one language, and all passages in the other, as vectors."""

    def __init__(self, questions: Sequence[Question], asked: str, answered: str, embedder: Embedder) -> None:
        every = list({id(one): one for q in questions for one in (q.paragraph, *q.beside)}.values())
        passages = [one for one in every if detect_language(one.text) == answered]
        at = {id(one): place for place, one in enumerate(passages)}
        across = [q for q in questions if q.span and detect_language(q.text) == asked and id(q.paragraph) in at]
        self.asked, self.answered = asked, answered
        self.right = np.array([at[id(question.paragraph)] for question in across])
        self.texts = [question.text for question in across]
        self.questions = torch.tensor(embedder.embed_queries(self.texts))
        self.vectors = torch.tensor(embedder.embed_documents([f"{one.title}\n{one.text}" for one in passages]))


def moved(questions: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """Vectors of questions moved, of length one again."""
    return functional.normalize(questions + shift, dim=1)


def fit(sets: Sequence[Searched]) -> torch.Tensor:
    """The vector, shape (dimension,); each set is drawn from alike often."""
    shift = torch.zeros(sets[0].questions.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([shift], lr=RATE)
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = RATE * (1 - step / STEPS)
        one = sets[step % len(sets)]
        drawn = np.random.default_rng(SEED + step).choice(len(one.right), min(BATCH, len(one.right)), replace=False)
        scores = moved(one.questions[drawn], shift) @ one.vectors.T / TEMPERATURE
        loss = functional.cross_entropy(scores, torch.tensor(one.right[drawn]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return shift.detach()


def recall(one: Searched, shift: torch.Tensor) -> str:
    scores = moved(one.questions, shift) @ one.vectors.T
    best = scores[torch.arange(len(one.right)), torch.tensor(one.right)]
    ranks = (scores > best[:, None]).sum(1).numpy()
    return " ".join(f"@{depth} {float(np.mean(ranks < depth)):.3f}" for depth in DEPTHS)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args(argv)
    torch.manual_seed(SEED)
    embedder = make_embedder(load_settings())
    data = arguments.data / "xquad"
    trained = (written(WRITTEN), xquad(data, set(XQUAD_ARTICLES)))
    judged = (written(WRITTEN, for_judging=True), xquad(data, set(XQUAD_ARTICLES), others=True))
    shifts = {}
    for asked, answered in DIRECTIONS:
        shift = fit([Searched(some, asked, answered, embedder) for some in trained])
        for name, some in zip(("written", "xquad"), judged, strict=True):
            one = Searched(some, asked, answered, embedder)
            print(f"{asked} -> {answered}, {name} ({len(one.right)} questions, {len(one.vectors)} passages)")
            print(f"  before {recall(one, torch.zeros_like(shift))}\n  after  {recall(one, shift)}", flush=True)
        shifts[f"{asked} {answered}"] = [round(value, 5) for value in shift.tolist()]
    before = json.loads((resources.files("service.retrieval") / "shifts.json").read_text(encoding="utf-8"))
    arguments.out.write_text(json.dumps(before | {"embedder": embedder.name, "shifts": shifts}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
