"""Questions on documents -> what the generator is asked about them in use, each with what it should say.

The prompts are those of the service (`service.generation.prompting`): whether the passages state the answer, with the one that
does among its neighbours, without it, or with its sentences cut out; whether a sentence answers; what a sentence says to a
question of yes or no; and the draft of an answer.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from service.generation import Message, prompting
from service.reading.evidence import PASSAGES, size
from training.reader_data import Paragraph, Question, without_answer
from youju.embedding.base import Embedder
from youju.records import Language
from youju.text.language import detect_language, sentences

BUDGET = 700  # tokens of evidence, as in use
FIRST = 0.72  # share of the prompts whose first passage answers: about what the reader reaches
WITHOUT, CUT = 0.72, 0.4  # share of the questions asked without that passage too; of these, with its sentences cut out of it
LONGEST_QUOTE, SHORTEST_QUOTE = 500, 25  # characters
NEAR = 6  # passages beside the one that answers
MOST = {"stated": 8000, "missing": 6500, "near": 3300, "quote": 5000, "other": 6000, "yes_no": 4000, "draft": 5200}
"""Tasks of each kind."""


class Shown(NamedTuple):
    """As much of a passage as a prompt shows."""

    title_line: str
    text: str


@dataclass
class Task:
    """What is asked, and what should be said: yes or no (`says`), or a draft.

    `answers` tell whether a draft is right, `sentence` is what to say where it is not; empty where nothing is known.
    """

    kind: str
    language: Language
    chat: Sequence[Message]
    says: bool | None = None
    answers: Sequence[str] = ()
    sentence: str = ""


def tasks(questions: Sequence[Question], kinds: Mapping[str, Mapping[str, Any]], embedder: Embedder, seed: int) -> list[Task]:
    """At most `MOST` of each kind, in random order.

    Args:
        questions: prepared, with their neighbours (`training.reader_data`).
        kinds: question -> what is told of it in `training/data/questions.jsonl.gz`.
    """
    drawn = random.Random(seed)
    found: list[Task] = []
    counts: Counter[str] = Counter()
    for question in drawn.sample(questions, len(questions)):
        for task in _of_question(question, kinds.get(question.text, {}), _near(question, embedder), drawn):
            if counts[task.kind] < MOST[task.kind]:
                counts[task.kind] += 1
                found.append(task)
    drawn.shuffle(found)
    return found


def kinds_of(file: Path) -> dict[str, dict[str, Any]]:
    """Question -> what is told of it."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return {asked["question"]: asked for line in lines for asked in json.loads(line)["questions"]}


def _near(question: Question, embedder: Embedder) -> list[Shown]:
    """The passages beside the one that answers, nearest first."""
    others = list(dict.fromkeys([*question.neighbours, *question.beside]))
    if not others:
        return []
    vectors = embedder.embed_documents([f"{one.title}\n{one.text}"[:900] for one in others])
    order = np.argsort(-(vectors @ embedder.embed_queries([question.text])[0]))
    return [_shown(others[place]) for place in order if others[place] is not question.paragraph][:NEAR]


def _of_question(question: Question, told: Mapping[str, Any], near: list[Shown], drawn: random.Random) -> Iterator[Task]:
    language = detect_language(question.text)

    def stated(kind: str, passages: Sequence[Shown], says: bool) -> Task:
        chat = prompting.messages(question.text, _fitting(passages), language)  # type: ignore[arg-type]  # all it looks at
        return Task(kind, language, prompting.whether_stated(chat, language), says)

    def quoted(kind: str, text: str, title: str, says: bool) -> Task:
        return Task(kind, language, prompting.whether_answered(question.text, _plain(text), title, language), says)

    own = question.paragraph
    if question.span is None:
        yield stated("near", [_shown(own), *near], False)
        if some := _sentences(own):
            yield quoted("other", drawn.choice(some), own.title, False)
        return
    place = 0 if drawn.random() < FIRST else min(drawn.randint(1, PASSAGES - 1), len(near))
    passages = _fitting([*near[:place], _shown(own), *near[place:]])
    if not any(one.text == own.text for one in passages):
        passages = _fitting([_shown(own), *near])
    yield stated("stated", passages, True)
    kept = [(own.offsets[a][0], own.offsets[b - 1][1]) for a, b in without_answer(question)]
    if drawn.random() < WITHOUT and near:
        cut = [Shown(own.title, " ".join(own.text[a:b].strip() for a, b in kept))] if kept and drawn.random() < CUT else []
        yield stated("missing", [*cut, *near], False)
    sentence = _sentence(question)
    if not sentence or len(sentence) > LONGEST_QUOTE:
        return
    yield quoted("quote", sentence, own.title, True)
    source = drawn.choice(question.neighbours) if question.neighbours and drawn.random() < CUT else own
    if others := _sentences(source, kept if source is own else None):
        yield quoted("other", drawn.choice(others), source.title, False)
    if told.get("kind") == "yesno":
        chat = prompting.whether_yes(question.text, _plain(sentence), own.title, language)
        yield Task("yes_no", language, chat, bool(told["says"]))
    elif told.get("kind") != "list":
        same = detect_language(own.text) == language and told.get("kind") != "cell"
        chat = prompting.messages(question.text, passages, language)  # type: ignore[arg-type]  # all it looks at
        yield Task("draft", language, chat, None, question.answers, _plain(sentence) if same else "")


def _shown(paragraph: Paragraph) -> Shown:
    return Shown(paragraph.title, paragraph.text)


def _fitting(passages: Sequence[Shown]) -> list[Shown]:
    """As `select_evidence` chooses them."""
    found: list[Shown] = []
    left = BUDGET
    for passage in passages[:PASSAGES]:
        if not found or size(passage.text) <= left:
            found.append(passage)
            left -= size(passage.text)
    return found


def _sentence(question: Question) -> str:
    """The sentences that the answer stands in."""
    paragraph = question.paragraph
    assert question.span is not None
    start, end = paragraph.offsets[question.span[0]][0], paragraph.offsets[question.span[1]][1]
    touched = [(a, b) for a, b in sentences(paragraph.text) if a < end and b > start]
    return paragraph.text[touched[0][0] : touched[-1][1]] if touched else ""


def _sentences(paragraph: Paragraph, allowed: Sequence[tuple[int, int]] | None = None) -> list[str]:
    spans = sentences(paragraph.text) if allowed is None else allowed
    return [paragraph.text[a:b][:LONGEST_QUOTE] for a, b in spans if b - a > SHORTEST_QUOTE]


def _plain(text: str) -> str:
    return " ".join(text.split())
