"""False answers to near misses: `python -m benchmarks.near_misses INDEX QUESTIONS.jsonl [--each 40] [--seed 7] [--show]`.

INDEX is a data folder that holds the documents of QUESTIONS (the form of docs/evaluation.md) among many others. Each question
is asked twice, the whole way: with all that is found, and with the passages of its documents that hold an accepted answer
taken out of what is found. What is left is what retrieval brings from a large index: passages on the same subject that do not
tell what is asked. An answer to the second is a false one, unless it happens to hold an accepted answer from elsewhere.

Drawn are `--each` questions of each language. With `--show` each answer is printed, to be read.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.answering import Answerer
from service.events import Ask
from service.generation import Generator, make_generator
from service.resources import make_answerer, make_gate, make_retriever
from service.retrieval.retriever import Retriever
from youju.embedding.factory import make_embedder
from youju.evaluation.metrics import holds, same_document
from youju.evaluation.records import EvalQuestion, load_questions
from youju.evaluation.statistics import bootstrap
from youju.index.sqlite.store import Store
from youju.records import EVERYTHING, Answer, Passage, Scope
from youju.settings import load_settings
from youju.text.language import simplified

DEPTH = 40  # passages found before some are taken out


@dataclass(frozen=True)
class TakesOut(Retriever):
    """A retriever that does not find the passages which answer one of these questions."""

    questions: dict[str, EvalQuestion] = field(default_factory=dict)

    def retrieve(self, question: str, limit: int, scope: Scope = EVERYTHING) -> list[Passage]:
        found = super().retrieve(question, max(limit, DEPTH), scope)
        asked = self.questions.get(question)
        return [one for one in found if asked is None or not answers(asked, one)][:limit]


def answers(question: EvalQuestion, passage: Passage) -> bool:
    return any(same_document(passage.document.uri, named) for named in question.documents) and right(passage.text, question)


def right(text: str, question: EvalQuestion) -> bool:
    return holds(simplified(text), [simplified(answer) for answer in question.answers])


def tell(name: str, outcomes: Sequence[bool]) -> None:
    interval = bootstrap([float(one) for one in outcomes])
    within = f" ({interval.low:.2f} to {interval.high:.2f})" if interval else ""
    print(f"{name}: {sum(outcomes)} of {len(outcomes)}{within}", flush=True)


async def run(answerer: Answerer, without: Answerer, questions: Sequence[EvalQuestion], show: bool) -> None:
    false, refused, correct = list[bool](), list[bool](), list[bool]()
    for question in questions:
        near: Answer = await without.answer(Ask(question.question))
        whole: Answer = await answerer.answer(Ask(question.question))
        false.append(near.verdict != "abstained" and not right(near.answer, question))
        refused.append(whole.verdict == "abstained")
        correct.append(not refused[-1] and right(whole.answer, question))
        if show:
            print(f"{question.question} {question.answers[:2]}\n   near miss, {near.verdict}: {near.answer}", flush=True)
            print(f"   {whole.verdict}, right {correct[-1]}: {whole.answer}", flush=True)
    tell("false answers to near misses", false)
    tell("refused with the passage there", refused)
    tell("right of those answered", [one for one, no in zip(correct, refused, strict=True) if not no])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--each", type=int, default=40, help="questions of each language")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", action="store_true", help="print each answer")
    options = parser.parse_args()
    settings = load_settings().model_copy(update={"data_dir": options.index})
    embedder = make_embedder(settings)
    store = Store(settings.database)
    retriever = make_retriever(settings, store, embedder)
    generator: Generator = make_generator(settings)
    keeper = make_gate(settings, embedder, generator.name)
    print(f"{store.count_chunks()} chunks, seed {options.seed}", flush=True)
    questions = [one for one in load_questions(options.questions) if one.answerable]

    async def ask() -> None:
        for language in ("en", "zh"):
            asked = [one for one in questions if one.asked_in == language]
            drawn = random.Random(options.seed).sample(asked, min(options.each, len(asked)))
            taking = TakesOut(retriever.store, retriever.vectors, embedder, {one.question: one for one in drawn})
            answerer, without = (make_answerer(settings, one, keeper, generator) for one in (retriever, taking))
            print(language, flush=True)
            await run(answerer, without, drawn, options.show)
        await generator.close()

    asyncio.run(ask())
    store.close()


if __name__ == "__main__":
    main()
