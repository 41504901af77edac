"""Questions made from the documents of an index, so that the gate can be fitted to them without anybody writing some.

The generator words a question about a passage. It is kept where two agree that the passage answers it: the reader finds a span,
and the generator, shown the sentence of that span alone, says that it does (round-trip consistency: Alberti et al. 2019,
https://arxiv.org/abs/1906.05416).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import numpy as np

from service.generation import Generator, Sampling, prefers, prompting, written
from service.reading import Reader
from youju.evaluation.records import EvalQuestion
from youju.index.protocols import Store
from youju.records import Passage, Scope, Scores
from youju.text.language import detect_language, sentences

QUESTION_TOKENS = 48
LONGEST = 160  # characters of a question
SHORTEST_TEXT = 120  # characters of a passage
SHORTEST_ANSWER = 2
TRIED = 4  # passages for each question wanted, at most
UNSCORED = Scores(0, 0, 0)


async def made_questions(
    store: Store, reader: Reader, generator: Generator, count: int, seed: int, scope: Scope
) -> AsyncIterator[EvalQuestion]:
    """At most `count` questions, each about another passage of the index, in the language of its passage.

    Raises:
        GeneratorUnavailable: see `Generator.stream`.
        UnknownCollection: see `Store.require_collection`.
    """
    store.require_collection(scope.collection)
    keys = np.random.default_rng(seed).permutation(store.keys(scope)).tolist()
    made: set[str] = set()
    for key in keys[: count * TRIED]:
        if len(made) == count:
            return
        for passage in store.passages({key: UNSCORED}):
            question = await _made(passage, reader, generator)
            if question is not None and question.question not in made:
                made.add(question.question)
                yield question


async def _made(passage: Passage, reader: Reader, generator: Generator) -> EvalQuestion | None:
    if len(passage.text) < SHORTEST_TEXT:
        return None
    language = passage.language
    text = await written(generator, prompting.ask_about(passage, language), Sampling(QUESTION_TOKENS))
    question = " ".join(text.strip().splitlines()[:1]).strip(" \"“”'")
    if not question.endswith(("?", "？")) or len(question) > LONGEST or detect_language(question) != language:
        return None
    (reading,) = reader.read(question, [(passage.title_line, passage.text)])
    if not reading.spans or reading.best <= 0:
        return None
    best = reading.spans[0]
    answer = passage.text[best.start : best.end].strip()
    if len(answer) < SHORTEST_ANSWER or not any(map(str.isalnum, answer)):
        return None
    sentence = _around(passage.text, best.start, sentences(passage.text))
    chat = prompting.whether_answered(question, sentence, passage.title_line, language)
    odds = await prefers(generator, chat, *prompting.YES_NO[language])
    if odds is None or odds <= 0:
        return None
    return EvalQuestion(question=question, answers=[answer], documents=[passage.document.uri], answerable=True, kind="made")


def _around(text: str, place: int, spans: Sequence[tuple[int, int]]) -> str:
    """The sentence that holds a character."""
    return next((text[start:end] for start, end in spans if start <= place < end), text)
