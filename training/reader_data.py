"""Questions with their passages -> groups of examples for the reader: a question, a passage or a window of it, a span or none.

Knows nothing of the network. Windows are whole sentences of about a chunk's length, so that the reader learns on what the
service will show it. An unanswerable example is a neighbouring window (by the embedder), the window with the sentences of
the answer cut out, or a question that SQuAD 2.0 marks so.
"""

from __future__ import annotations

import bisect
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from tokenizers import Tokenizer

from youju.embedding.base import Embedder
from youju.text.language import sentences

SHORTEST, LONGEST = 60, 170  # tokens of a window
QUESTION_TOKENS = 56
NEIGHBOURS = 10
CUT_OUT = 0.4  # share of unanswerable examples made by cutting the answer's sentences out
WHOLE = 320  # most tokens of a passage that is not cut into windows
OTHERS = 2  # passages beside the one that answers, where they are as the service shows them
TITLED = 0.5  # share of windows that begin with the title of their document


Stretch = tuple["Paragraph", int, int]


@dataclass(eq=False)
class Paragraph:
    """`whole`: already as long as the service shows it, and with its title always."""

    title: str
    text: str
    whole: bool = False
    ids: list[int] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)
    sentences: list[tuple[int, int]] = field(default_factory=list)
    """Spans of tokens."""
    title_ids: list[int] = field(default_factory=list)


@dataclass
class Question:
    """`span` are the first and the last token of the answer in its paragraph; None where the paragraph holds none. `beside`:
    paragraphs of the same document that do not answer. `source`: kind of the document. `also` and `rivals` are stretches of
    this and other paragraphs, in characters: those that belong to the answer too, and those that only look like it."""

    text: str
    paragraph: Paragraph
    answers: tuple[str, ...]
    span: tuple[int, int] | None
    corpus: str
    ids: list[int] = field(default_factory=list)
    neighbours: list[Paragraph] = field(default_factory=list)
    beside: Sequence[Paragraph] = ()
    source: str = ""
    also: Sequence[Stretch] = ()
    rivals: Sequence[Stretch] = ()


@dataclass(frozen=True)
class Example:
    """Token ids of question and passage; `start` and `end` (inclusive) count tokens of the passage, None for no answer."""

    question: list[int]
    passage: list[int]
    start: int | None
    end: int | None


@dataclass(frozen=True)
class Group:
    """What one question reads in several passages; only the first may hold the answer."""

    examples: tuple[Example, ...]

    @property
    def length(self) -> int:
        """Tokens of the longest."""
        return max(len(one.question) + len(one.passage) for one in self.examples)


def prepared(questions: list[Question], tokenizer: Tokenizer) -> list[Question]:
    """The same with token ids, and spans that count tokens instead of characters."""
    paragraphs = list({id(one): one for q in questions for one in (q.paragraph, *q.beside)}.values())
    _tokenize(paragraphs, tokenizer)
    for question, one in zip(
        questions, tokenizer.encode_batch([q.text for q in questions], add_special_tokens=False), strict=True
    ):
        question.ids = one.ids[:QUESTION_TOKENS]
        if question.span is not None:
            question.span = _token_span(question.paragraph, *question.span)
    return questions


def _tokenize(paragraphs: Sequence[Paragraph], tokenizer: Tokenizer) -> None:
    encoded = tokenizer.encode_batch([p.text for p in paragraphs], add_special_tokens=False)
    titles = tokenizer.encode_batch([p.title for p in paragraphs], add_special_tokens=False)
    for paragraph, one, title in zip(paragraphs, encoded, titles, strict=True):
        paragraph.ids, paragraph.offsets, paragraph.title_ids = one.ids, one.offsets, title.ids[:24]
        starts = [start for start, _ in one.offsets]
        cuts = [bisect.bisect_left(starts, start) for start, _ in sentences(paragraph.text)][1:]
        edges = [0, *sorted(set(cuts)), len(one.ids)]
        paragraph.sentences = [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b > a]


def _token_span(paragraph: Paragraph, start: int, end: int) -> tuple[int, int] | None:
    inside = [i for i, (a, b) in enumerate(paragraph.offsets) if a < end and b > start and b > a]
    return (inside[0], inside[-1]) if inside else None


def find_neighbours(questions: Sequence[Question], embedder: Embedder) -> None:
    """The nearest paragraphs of the same corpus that do not hold the answer."""
    for corpus in sorted({question.corpus for question in questions} - {"policy"}):
        mine = [question for question in questions if question.corpus == corpus]
        paragraphs = list({id(q.paragraph): q.paragraph for q in mine}.values())
        vectors = embedder.embed_documents([f"{p.title}\n{p.text}"[:900] for p in paragraphs])
        asked = embedder.embed_queries([q.text for q in mine])
        near = np.argsort(-(asked @ vectors.T), axis=1)[:, : NEIGHBOURS + 6]
        for question, row in zip(mine, near, strict=True):
            question.neighbours = [
                paragraphs[i]
                for i in row
                if paragraphs[i] is not question.paragraph and not _holds(paragraphs[i].text, question.answers)
            ][:NEIGHBOURS]


def without_answer(question: Question) -> list[tuple[int, int]]:
    """The sentences of its paragraph that do not hold the answer; spans of tokens."""
    paragraph, span = question.paragraph, question.span
    return [
        (a, b) for a, b in paragraph.sentences
        if not _holds(paragraph.text[paragraph.offsets[a][0] : paragraph.offsets[b - 1][1]], question.answers)
        and not (span and a <= span[1] and b > span[0])
    ]  # fmt: skip


def _holds(text: str, answers: Sequence[str]) -> bool:
    lowered = text.lower()
    return any(answer.lower() in lowered for answer in answers)


class Sampler:
    """Draws windows. Seeded: the same examples in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def epoch(self, questions: Sequence[Question], weights: dict[str, float]) -> Iterator[Group]:
        """A group of each question, `weights[corpus]` times on average, in random order."""
        drawn = []
        for question in questions:
            weight = weights.get(question.corpus, 1.0)
            drawn += [question] * (int(weight) + (self._random.random() < weight % 1))
        self._random.shuffle(drawn)
        for question in drawn:
            first = self._window(question, question.paragraph, question.span)
            others = self._others(question) if question.paragraph.whole else self._other(question)
            yield Group((first, *others))

    def _other(self, question: Question) -> list[Example]:
        """One that does not answer; none for a question that has no answer anyway."""
        if question.span is None:
            return []
        if self._random.random() < CUT_OUT or not question.neighbours:
            return [one] if (one := self._cut_out(question)) else []
        return [self._window(question, self._near(question), None)]

    def _others(self, question: Question) -> list[Example]:
        """`OTHERS` that do not answer: of the same document, found for the question, or without the answer's sentences."""
        found = []
        if question.span is not None and self._random.random() < CUT_OUT and (one := self._cut_out(question)):
            found.append(one)
        if question.beside:
            found.append(self._window(question, self._random.choice(question.beside), None))
        while question.neighbours and len(found) < (OTHERS if question.span is not None else OTHERS - 1):
            found.append(self._window(question, self._near(question), None))
        return found

    def _near(self, question: Question) -> Paragraph:
        return question.neighbours[min(int(self._random.expovariate(1 / 3)), len(question.neighbours) - 1)]

    def _cut_out(self, question: Question) -> Example | None:
        """What stands around the sentences that hold the answer."""
        paragraph = question.paragraph
        ids = [token for a, b in without_answer(question) for token in paragraph.ids[a:b]]
        if len(ids) < 15:
            return None
        if paragraph.whole:
            return Example(question.ids, self._titled(paragraph, ids[:WHOLE])[1], None, None)
        size = self._random.randint(SHORTEST, LONGEST)
        first = self._random.randint(0, max(0, len(ids) - size))
        return Example(question.ids, self._titled(paragraph, ids[first : first + size])[1], None, None)

    def _window(self, question: Question, paragraph: Paragraph, span: tuple[int, int] | None) -> Example:
        if paragraph.whole:
            return self._example(question, paragraph, 0, WHOLE, span)
        size = self._random.randint(SHORTEST, LONGEST)
        spans = paragraph.sentences
        if span is None:
            first = last = self._random.randrange(len(spans))
        else:
            first = next(i for i, (_, b) in enumerate(spans) if b > span[0])
            last = next((i for i, (_, b) in enumerate(spans) if b > span[1]), len(spans) - 1)
        while True:
            choices = []
            if first > 0 and spans[last][1] - spans[first - 1][0] <= size:
                choices.append(-1)
            if last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= size:
                choices.append(1)
            if not choices:
                break
            if self._random.choice(choices) < 0:
                first -= 1
            else:
                last += 1
        low, high = spans[first][0], spans[last][1]
        if high - low > LONGEST:  # one long sentence
            middle = span[0] if span else self._random.randrange(low, high)
            low = max(low, min(middle - self._random.randrange(LONGEST // 2), high - LONGEST))
            high = low + LONGEST
        return self._example(question, paragraph, low, high, span)

    def _example(self, question: Question, paragraph: Paragraph, low: int, high: int, span: tuple[int, int] | None) -> Example:
        """Its tokens `low` to `high`; an answer beyond them is none."""
        if span is not None and span[1] >= high:
            span = None if span[0] >= high else (span[0], high - 1)
        before, ids = self._titled(paragraph, paragraph.ids[low:high])
        if span is None:
            return Example(question.ids, ids, None, None)
        return Example(question.ids, ids, span[0] - low + before, span[1] - low + before)

    def _titled(self, paragraph: Paragraph, ids: list[int]) -> tuple[int, list[int]]:
        if paragraph.title_ids and (paragraph.whole or self._random.random() < TITLED):
            return len(paragraph.title_ids), [*paragraph.title_ids, *ids]
        return 0, ids
