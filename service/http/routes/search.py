"""`POST /search`: passages only."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from service.http.problems import responses
from service.http.routes.dependencies import ResourcesHere
from service.query.checking import check_question
from service.replying import passage_out
from service.schemas import SearchRequest, SearchResponse
from service.timing import Clock

router = APIRouter(tags=["answers"])


@router.post(
    "/search", response_model=SearchResponse, summary="Find passages", responses=responses(400, 404, 409, 413, 422, 503)
)
async def search(body: SearchRequest, resources: ResourcesHere) -> SearchResponse:
    """The passages nearest in words and meaning, best first. A query in one language finds passages in the other."""
    clock, settings = Clock(), resources.settings
    query = check_question(body.query, settings.max_question_chars)
    with clock.stage("retrieve"):
        found = await asyncio.to_thread(resources.retriever.retrieve, query, body.top_k or settings.top_k, body.scope(settings))
    return SearchResponse(passages=[passage_out(passage) for passage in found], timings_ms=clock.timings())
