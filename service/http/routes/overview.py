"""`/overview`: what there is to ask about, and what the caller may do."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query

from service.http.problems import responses
from service.http.routes.dependencies import PrincipalHere, ResourcesHere
from service.http.routes.documents import DocumentOut
from service.overview import overview
from youju.records import Language, Record

router = APIRouter(tags=["documents"])


class ExampleOut(Record):
    """A question made from a document: one of its own, or of a row of a table, or of a heading."""

    question: str
    document_id: str


class OverviewOut(Record):
    """`may_upload`: also delete; `may_prove`: also look at what concerns the whole service (metrics, deletion with proof);
    `takes_feedback`: whether it is kept what people say of answers."""

    documents: int
    newest: DocumentOut | None
    examples: list[ExampleOut]
    may_upload: bool
    may_prove: bool
    takes_feedback: bool


@router.get("/overview", response_model=OverviewOut, summary="What can be asked about", responses=responses(404, 422))
async def get_overview(
    resources: ResourcesHere,
    principal: PrincipalHere,
    collection: Annotated[str | None, Query(max_length=200, description="Unset: the service's, or all.")] = None,
    language: Annotated[Language | None, Query(description="Whose documents make the examples first.")] = None,
) -> OverviewOut:
    """How many documents there are, the newest of them, up to three questions to begin with, and what the caller may do."""
    chosen = collection or resources.settings.collection
    found = await asyncio.to_thread(overview, resources.store, chosen, language)
    return OverviewOut(
        documents=found.documents,
        newest=DocumentOut.of(found.newest) if found.newest else None,
        examples=[ExampleOut(question=one.question, document_id=one.document.id) for one in found.examples],
        may_upload=principal.has("ingest"),
        may_prove=principal.is_operator,
        takes_feedback=resources.settings.keep_feedback,
    )
