"""`/feedback`: whether answers were right, as people say."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from service.http.problems import responses
from service.http.routes.dependencies import PrincipalHere, ResourcesHere
from service.http.routes.unanswered import Cleared, Collection
from service.schemas import Body
from youju.index.base.records import Judgement
from youju.records import Language, Record, Verdict
from youju.text.language import detect_language

router = APIRouter(prefix="/feedback", tags=["feedback"])
LONGEST = 10_000  # characters of an answer
Uri = Annotated[str, Field(max_length=4096)]


class Feedback(Body):
    """What somebody says of an answer."""

    question: Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=r"\w")]
    collection: Annotated[str | None, Field(max_length=200, description="Of which it was asked.")] = None
    answer: Annotated[str, Field(max_length=LONGEST, description="What was answered, without markers.")] = ""
    verdict: Verdict = "answered"
    documents: Annotated[list[Uri], Field(default_factory=list, max_length=50, description="Uris that the answer cites.")]
    right: bool
    correct: Annotated[str, Field(max_length=1000, description="What would be right, where the answer is not.")] = ""
    answerable: Annotated[
        bool | None, Field(description="Whether the documents hold an answer, where the one given is not right.")
    ] = None

    def judgement(self, collection: str | None) -> Judgement:
        abstained = self.verdict == "abstained"
        correct = (self.correct.strip(),) if any(map(str.isalnum, self.correct)) else ()
        answers = correct if not self.right else () if abstained else (self.answer,)
        return Judgement(
            question=self.question.strip(),
            language=detect_language(self.question),
            collection=collection,
            is_right=self.right,
            answer=self.answer,
            answers=tuple(one for one in answers if any(map(str.isalnum, one))),
            documents=tuple(self.documents) if self.right else (),
            answerable=not abstained if self.right else True if correct else self.answerable,
            judged_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        )


class Noted(Record):
    kept: bool = Field(description="Whether the service keeps it (`YOUJU_KEEP_FEEDBACK`).")


class FeedbackOut(Record):
    """The last judgement of a question. `answers` would be right; `answerable` is null where that was not said."""

    question: str
    language: Language
    collection: str | None
    is_right: bool
    answer: str
    answers: list[str]
    documents: list[str]
    answerable: bool | None
    judged_at: str


class FeedbackList(Record):
    kept: bool = Field(description="Whether the service keeps feedback now (`YOUJU_KEEP_FEEDBACK`).")
    judgements: list[FeedbackOut]
    total: int


@router.post(
    "", response_model=Noted, summary="Say whether an answer was right", responses=responses(400, 404, 408, 413, 422, 503, 507)
)
async def give_feedback(body: Feedback, resources: ResourcesHere, principal: PrincipalHere) -> Noted:
    """Kept in the index, in place of what was said of the same question before, if the service is told to keep it."""
    feedback, seen = resources.feedback, principal.collections
    collection = body.collection or (seen[0] if seen is not None and len(seen) == 1 else None)

    def add() -> Noted:
        resources.store.require_collection(body.collection)
        if not resources.settings.keep_feedback:
            return Noted(kept=False)
        feedback.add(body.judgement(collection))
        return Noted(kept=True)

    return await asyncio.to_thread(add)


@router.get("", response_model=FeedbackList, summary="List what was said of answers", responses=responses(422, 503))
async def list_feedback(
    resources: ResourcesHere,
    collection: Collection = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> FeedbackList:
    """The latest first."""

    def read() -> FeedbackList:
        feedback = resources.feedback
        found = feedback.latest(collection, offset, limit)
        return FeedbackList(
            kept=resources.settings.keep_feedback,
            judgements=[FeedbackOut(**asdict(one)) for one in found],
            total=feedback.count(collection),
        )

    return await asyncio.to_thread(read)


@router.delete("", response_model=Cleared, summary="Delete what was said of answers", responses=responses(422, 503))
async def clear_feedback(resources: ResourcesHere, collection: Collection = None) -> Cleared:
    """That of one collection, or all; also from the bytes of the file."""
    return Cleared(deleted=await resources.long_work.run(resources.feedback.clear, collection))
