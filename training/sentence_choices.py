"""Questions on documents -> sentences to choose from, with those that answer among them, or not."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from service.grounding.quotable import Quote, quotes_of
from training.fit_self_evaluation import is_right
from training.reader_data import Paragraph, Question, Stretch
from youju.embedding.base import Embedder, Vectors
from youju.records import Document, Language, Passage, Scores
from youju.text.language import detect_language, query_words, words

LONGEST = 400  # characters of a sentence that is offered
FEWEST, MOST = 4, 8
WITHOUT = 0.22  # share of the questions asked without the sentences that answer too
INSIDE = 0.5  # share of a sentence, or of the answer, from which on it is the answer's
SHARED = 0.1  # what the share of common words counts beside likeness
LEAST = 2  # other sentences
SHUFFLED = 0.25  # share of the questions whose lines stand in no order; those of the others come likeliest first, as in use
TEMPTING = 0.05  # of what only looks like an answer
NOISE = 0.02  # of the same scale: which sentences come close differs from index to index


class Choices:
    """Draws sentences. Embeds each paragraph's once."""

    def __init__(self, embedder: Embedder, drawn: random.Random) -> None:
        self._embedder, self.drawn = embedder, drawn
        self._known: dict[int, tuple[list[Quote], list[frozenset[str]], Vectors]] = {}

    def _quotes(self, paragraph: Paragraph) -> tuple[list[Quote], list[frozenset[str]], Vectors]:
        """What can be quoted of it, with the words and a vector of each."""
        if id(paragraph) not in self._known:
            found = [one for one in quotes_of(_passage(paragraph)) if len(one.in_context) <= LONGEST]
            lines = [one.line for one in found]
            vectors = self._embedder.embed_queries(lines) if found else NOTHING
            self._known[id(paragraph)] = (found, [frozenset(words(line)) for line in lines], vectors)
        return self._known[id(paragraph)]

    def ranked(self, question: Question, paragraphs: Iterable[Paragraph]) -> list[tuple[Paragraph, Quote]]:
        """The sentences of these, those first that come close to a question, or look like an answer to whoever wrote it."""
        asked, vector = set(query_words(question.text)), self._embedder.embed_queries([question.text])[0]
        scored = []
        for paragraph in paragraphs:
            found, said, vectors = self._quotes(paragraph)
            for quote, held, likeness in zip(found, said, vectors @ vector if found else (), strict=True):
                shared = len(asked & held) / max(1, len(asked))
                score = float(likeness) + SHARED * shared + self.drawn.gauss(0, NOISE)
                scored.append((score + TEMPTING * _is_in(paragraph, quote, question.rivals), paragraph, quote))
        return [(paragraph, quote) for _, paragraph, quote in sorted(scored, key=lambda one: -one[0])]


NOTHING: Vectors = np.zeros((0, 1), np.float32)
Asked = tuple[str, list[str], list[int], Language]


def sentence_choice(question: Question, near: Sequence[Paragraph], choices: Choices) -> Iterator[Asked]:
    """Question, lines, places of those that answer, and language: with the answer, and for some without it."""
    own, seen = question.paragraph, set[str]()
    of_others = [paragraph for paragraph, _, _ in (*question.also, *question.rivals)]
    answering = [*question.also, *([(own, *_stretch(question))] if question.span else [])]
    ranked: list[tuple[str, bool]] = []
    for paragraph, quote in choices.ranked(question, dict.fromkeys([own, *of_others, *near])):
        line = quote.line
        answers = _is_in(paragraph, quote, answering)
        may = not answers and bool(question.answers) and is_right(quote.text, question.answers)  # in another place
        if line not in seen and not may:
            seen.add(line)
            ranked.append((line, answers))
    drawn, language = choices.drawn, detect_language(question.text)
    count = drawn.randint(FEWEST, MOST)
    others = [one for one in ranked if not one[1]]
    if len(others) < LEAST:
        return
    if len(others) < len(ranked):
        first = ranked[:count]
        if not any(answers for _, answers in first):
            first[-1] = next(one for one in ranked if one[1])
        yield _asked(question.text, first, language, drawn)
    if question.span is None or (len(others) < len(ranked) and drawn.random() < WITHOUT):
        yield _asked(question.text, others[:count], language, drawn)


def _asked(question: str, lines: Sequence[tuple[str, bool]], language: Language, drawn: random.Random) -> Asked:
    some = drawn.sample(lines, len(lines)) if drawn.random() < SHUFFLED else lines
    return question, [line for line, _ in some], [place for place, (_, answers) in enumerate(some) if answers], language


def _stretch(question: Question) -> tuple[int, int]:
    """Where the answer stands in its paragraph, in characters."""
    assert question.span is not None
    return question.paragraph.offsets[question.span[0]][0], question.paragraph.offsets[question.span[1]][1]


def _is_in(paragraph: Paragraph, quote: Quote, stretches: Iterable[Stretch]) -> bool:
    """Whether a sentence is one of these stretches, or a good part of one."""
    return any(
        paragraph is where
        and (both := min(end, quote.end) - max(start, quote.start)) > 0
        and both >= INSIDE * min(end - start, quote.end - quote.start)
        for where, start, end in stretches
    )


def _passage(paragraph: Paragraph) -> Passage:
    language = detect_language(paragraph.text)
    document = Document(
        "", "", "", "", paragraph.title, "", language, "", 0, 0, len(paragraph.text), 1, (), "",
    )  # fmt: skip
    return Passage(0, "", 0, document, 0, len(paragraph.text), paragraph.text, "", language, None, Scores(0.0, 0.0, 0.0))
