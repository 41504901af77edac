"""`/unanswered`: questions that found no answer."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from service.http.problems import responses
from service.http.routes.dependencies import ResourcesHere
from youju.records import Language, Record

router = APIRouter(prefix="/unanswered", tags=["unanswered questions"])
Collection = Annotated[str | None, Query(max_length=200)]


class UnansweredOut(Record):
    """A question as it was last asked. `collection` is null where all were asked; `nearest` is the uri of the passage that was
    nearest then.
    """

    question: str
    language: Language
    collection: str | None
    missing: str
    nearest: str | None
    times: int
    first_asked: str
    last_asked: str


class UnansweredList(Record):
    kept: bool = Field(description="Whether the service keeps such questions now (`YOUJU_KEEP_UNANSWERED`).")
    questions: list[UnansweredOut]
    total: int


class Cleared(Record):
    deleted: int


@router.get("", response_model=UnansweredList, summary="List unanswered questions", responses=responses(422, 503))
async def list_unanswered(
    resources: ResourcesHere,
    collection: Collection = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> UnansweredList:
    """Those abstained from or answered in part, most asked first. None are kept unless the service is told to."""

    def read() -> UnansweredList:
        found = resources.unanswered.most_asked(collection, offset, limit)
        return UnansweredList(
            kept=resources.settings.keep_unanswered,
            questions=[UnansweredOut(**asdict(one)) for one in found],
            total=resources.unanswered.count(collection),
        )

    return await asyncio.to_thread(read)


@router.delete("", response_model=Cleared, summary="Delete the unanswered questions", responses=responses(422, 503))
async def clear_unanswered(resources: ResourcesHere, collection: Collection = None) -> Cleared:
    """Those of one collection, or all; also from the bytes of the file."""
    return Cleared(deleted=await resources.long_work.run(resources.unanswered.clear, collection))
