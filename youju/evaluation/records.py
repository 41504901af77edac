"""What goes into a run and what comes out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from youju.errors import InvalidRequest, PathNotFound
from youju.evaluation.statistics import Interval
from youju.records import Language, Timings, Usage, Verdict
from youju.text.language import detect_language


class EvalQuestion(BaseModel):
    """A question with what is known of its answer. Further fields are kept and come back in its row."""

    model_config = ConfigDict(frozen=True, extra="allow")

    question: str
    answers: list[str] = Field([], description="Accepted answers, each enough by itself.")
    documents: list[str] = Field([], description="Uris of the documents that hold the answer.")
    answerable: bool = Field(description="Whether the documents hold an answer.")
    language: Language | None = Field(None, description="Of the question; detected where it is absent.")
    answer_language: Language | None = Field(None, description="To answer in; the question's where it is absent.")
    kind: str = Field("", description="Any group to report by itself.")
    parts: list[str | list[str]] = Field([], description="What a complete answer holds: each part, or its accepted spellings.")
    says: Literal["yes", "no"] | None = Field(None, description="The answer to a question of yes or no.")

    @field_validator("question", "answers")
    @classmethod
    def _says_something(cls, value: str | list[str]) -> str | list[str]:
        if not all(any(map(str.isalnum, text)) for text in ([value] if isinstance(value, str) else value)):
            raise ValueError("holds no letter and no number")
        return value

    @property
    def asked_in(self) -> Language:
        return self.language or detect_language(self.question)


class Cited(BaseModel):
    """A citation of an answer. `supports`: whether it bears out a sentence that cites it; None where it cannot be told."""

    model_config = ConfigDict(frozen=True)

    marker: int
    uri: str
    page: int | None
    quote: str
    supports: bool | None


class Row(BaseModel):
    """What became of one question. Measures are None where they do not apply, all of them after an error."""

    model_config = ConfigDict(frozen=True)

    question: str
    language: Language
    kind: str = ""
    answerable: bool
    answers: list[str] = []
    documents: list[str] = []
    more: dict[str, Any] = Field({}, description="Further fields of the question.")
    error: str | None = None
    answer: str = Field("", description="Without markers; empty where the service abstained.")
    verdict: Verdict | None = None
    confidence: float | None = Field(None, description="How likely the passages hold the answer, 0 to 1.")
    right: bool | None = Field(None, description="An accepted answer stands in the answer (answerable questions).")
    right_without_quotes: bool | None = Field(None, description="The same, without what is quoted from the documents.")
    exact_match: float | None = None
    f1: float | None = None
    complete: float | None = Field(None, description="Share of the parts that stand in the answer.")
    says_so: bool | None = Field(None, description="It begins with the right one of yes and no (questions that tell which).")
    false_answer: bool | None = Field(None, description="Answered (unanswerable questions).")
    false_refusal: bool | None = Field(None, description="Not answered (answerable questions).")
    found: list[str] = Field([], description="Uris of the passages, best first, each once.")
    recall_at_1: float | None = None
    recall_at_5: float | None = None
    reciprocal_rank: float | None = None
    citations: list[Cited] = []
    citation_precision: float | None = None
    citation_recall: float | None = None
    timings_ms: Timings = Timings()
    usage: Usage = Usage()

    @property
    def answered(self) -> bool:
        return self.verdict in ("answered", "partial")


class Group(BaseModel):
    """The questions of one language and kind (None: of any). Rates with 95 % intervals; None where nothing counts."""

    model_config = ConfigDict(frozen=True)

    language: Language | None
    kind: str | None
    n: int
    errors: int
    recall_at_1: Interval | None
    recall_at_5: Interval | None
    mrr: Interval | None
    right: Interval | None = Field(description="Of the answerable ones; a refusal is not right.")
    right_of_answered: Interval | None
    without_quotes: Interval | None = Field(description="Of those answered, right without what is quoted from the documents.")
    exact_match: Interval | None
    f1: Interval | None
    complete: Interval | None = Field(None, description="Of the answered ones with parts.")
    says_so: Interval | None = Field(None, description="Of the answered ones that tell yes or no.")
    citation_precision: Interval | None
    citation_recall: Interval | None
    false_answers: Interval | None
    false_refusals: Interval | None
    auc: float | None = Field(description="ROC AUC of the confidence: answerable against unanswerable.")
    aurc: float | None = Field(description="Mean error over the coverages reached, see `statistics.area`.")
    median_ms: float | None
    p95_ms: float | None
    prompt_tokens: float | None = Field(description="Median of an answer for which the generator was asked.")
    completion_tokens: float | None


class EvaluationReport(BaseModel):
    """A whole run."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = Field(1, description="Of this file.")
    name: str = Field(description="Of the file of questions.")
    made_at: str
    version: str
    setup: dict[str, Any] = Field({}, description="What was measured: models, collection, top_k.")
    complete: bool = Field(True, description="False if the run was stopped before its end.")
    groups: list[Group]
    rows: list[Row]


def load_questions(path: Path) -> list[EvalQuestion]:
    """The questions of a JSONL file; empty lines are passed over.

    Raises:
        PathNotFound: there is no such file.
        InvalidRequest: a line is no question (its number is named), or there is none at all.
    """
    advice = "docs/evaluation.md says what a line holds."
    questions = []
    for number, line in enumerate(_read(path).split("\n"), start=1):  # not splitlines: U+2028 may stand in a JSON string
        if line.strip():
            try:
                questions.append(EvalQuestion.model_validate_json(line))
            except ValidationError as error:
                raise InvalidRequest(f"{path}, line {number}: {reasons(error)}.", advice) from None
    if not questions:
        raise InvalidRequest(f"{path} holds no questions.", advice)
    return questions


def load_report(path: Path) -> EvaluationReport:
    """A report that an earlier run wrote.

    Raises:
        PathNotFound: there is no such file.
        InvalidRequest: it is not a report.
    """
    try:
        return EvaluationReport.model_validate_json(_read(path))
    except ValidationError as error:
        reason = f"{path} is not a report of a run: {reasons(error)}."
        raise InvalidRequest(reason, "Make one with `youju eval FILE --out`.") from None


def _read(path: Path) -> str:
    if not path.is_file():
        raise PathNotFound(f"{path} is not a file.", "Check the path.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is not UTF-8: {error.reason} at byte {error.start}.", "Save it as UTF-8.") from None


def reasons(error: ValidationError) -> str:
    """What a validation found, in one line."""
    found = ((".".join(map(str, one["loc"])), one["msg"]) for one in error.errors(include_url=False, include_input=False))
    return "; ".join(f"{place}: {message}" if place else message for place, message in found)
