"""Asks questions one after the other and judges each answer. Knows nothing of files, tables or plots."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from service.events import Ask
from youju.errors import EmbedderMismatch, EmptyIndex, ModelUnavailable, StoreUnusable, UnknownCollection
from youju.evaluation import metrics
from youju.evaluation.records import Cited, EvalQuestion, Row
from youju.records import EVERYTHING, Answer, Citation, Scope, Sentence

logger = logging.getLogger(__name__)

# Met by the first question, these are met by all: the run ends.
FATAL = (EmbedderMismatch, EmptyIndex, ModelUnavailable, StoreUnusable, UnknownCollection)
LINE = 300  # characters of an error that are kept


class Answers(Protocol):
    """What a run asks: `service.answering.Answerer`."""

    async def answer(self, ask: Ask) -> Answer:
        """The finished answer to one question."""
        ...


def no_progress(row: Row) -> None:
    """Does nothing."""


async def run(
    answerer: Answers,
    questions: Sequence[EvalQuestion],
    scope: Scope = EVERYTHING,
    top_k: int | None = None,
    progress: Callable[[Row], None] = no_progress,
) -> list[Row]:
    """A row for each question, in order; `progress` is given each as soon as it is there.

    An error of one question becomes its row's error and does not end the run.

    Raises:
        EmptyIndex, UnknownCollection, EmbedderMismatch, StoreUnusable, ModelUnavailable: already the first question cannot
            be asked.
    """
    rows: list[Row] = []
    for question in questions:
        row = await _ask(answerer, question, scope, top_k, first=not rows)
        progress(row)
        rows.append(row)
    return rows


async def _ask(answerer: Answers, question: EvalQuestion, scope: Scope, top_k: int | None, first: bool) -> Row:
    try:
        answer = await answerer.answer(Ask(question.question, scope, top_k, question.answer_language))
    except Exception as error:  # whatever one question meets, hours of answers to the others must not be lost
        if first and isinstance(error, FATAL):
            raise
        logger.debug("the question %r failed", question.question, exc_info=True)
        return _row(question, error=f"{type(error).__name__}: {error}"[:LINE])
    return judge(question, answer)


def judge(question: EvalQuestion, answer: Answer) -> Row:
    """The row of a question that was answered or refused."""
    answered = answer.verdict != "abstained"
    gap = "" if answer.language == "zh" else " "
    text = gap.join(sentence.text for sentence in answer.sentences) if answered else ""
    written = gap.join(sentence.text for sentence in answer.sentences if not sentence.verbatim) if answered else ""
    found = list(dict.fromkeys(passage.uri for passage in answer.passages))
    accepted = question.answers if question.answerable else []
    told = _support(answer, accepted)
    return _row(
        question,
        answer=text,
        verdict=answer.verdict,
        confidence=answer.confidence,
        right=metrics.holds(text, accepted) if accepted else None,
        right_without_quotes=metrics.holds(written, accepted) if accepted else None,
        exact_match=metrics.exact_match(written, accepted) if accepted else None,
        f1=metrics.f1(written, accepted) if accepted else None,
        complete=metrics.complete(text, question.parts),
        says_so=metrics.says(text) == question.says if question.says else None,
        false_answer=None if question.answerable else answered,
        false_refusal=not answered if question.answerable else None,
        found=found,
        recall_at_1=metrics.recall_at(1, found, question.documents) if question.answerable else None,
        recall_at_5=metrics.recall_at(5, found, question.documents) if question.answerable else None,
        reciprocal_rank=metrics.reciprocal_rank(found, question.documents) if question.answerable else None,
        citations=[
            Cited(marker=one.marker, uri=one.uri, page=one.page, quote=one.quote, supports=_any(column))
            for one, column in zip(answer.citations, told, strict=True)
        ],
        citation_precision=metrics.citation_precision([list(column.values()) for column in told]),
        citation_recall=metrics.citation_recall(
            [[column[i] for column in told if i in column] for i in range(len(answer.sentences))]
        ),
        timings_ms=answer.timings_ms,
        usage=answer.usage,
    )


def _row(question: EvalQuestion, **judged: object) -> Row:
    return Row.model_validate(
        {
            "question": question.question, "language": question.asked_in, "kind": question.kind,
            "answerable": question.answerable, "answers": question.answers, "documents": question.documents,
            "more": (question.model_extra or {})
            | ({"answer_language": question.answer_language} if question.answer_language else {}),
            **judged,
        }
    )  # fmt: skip


def _support(answer: Answer, accepted: Sequence[str]) -> list[dict[int, bool | None]]:
    """For each citation: number of each sentence that cites it -> whether it bears that sentence out."""
    return [
        {
            number: _supports(sentence, citation, answer, accepted)
            for number, sentence in enumerate(answer.sentences)
            if citation.marker in sentence.markers
        }
        for citation in answer.citations
    ]


def _supports(sentence: Sentence, citation: Citation, answer: Answer, accepted: Sequence[str]) -> bool | None:
    passage = next((one for one in answer.passages if one.chunk_id == citation.chunk_id), None)
    quote = citation.quote
    if passage is not None:
        quote = metrics.widened(passage.text, citation.start - passage.start, citation.end - passage.start)
    return metrics.supports(sentence.text, quote, accepted)


def _any(told: dict[int, bool | None]) -> bool | None:
    judged = [value for value in told.values() if value is not None]
    return any(judged) if judged else None
