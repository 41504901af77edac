"""`/healthz` (the process lives) and `/readyz` (it can answer, or what is missing)."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import APIRouter, Response

from service.resources import Resources
from service.routes.dependencies import PrincipalHere, ResourcesHere, WholeService
from youju.errors import ShuttingDown, YoujuError
from youju.records import Record

router = APIRouter(tags=["operation"])


class Health(Record):
    status: Literal["ok"] = "ok"


class Readiness(Record):
    """`ok`, or what is wrong and what mends it, for each part; where keys are required, null for callers without one."""

    ready: bool
    index: str | None
    generator: str | None
    chunks: int | None


@router.get("/healthz", response_model=Health, summary="Does the process live?")
async def healthz() -> Health:
    return Health()


@router.get(
    "/readyz",
    response_model=Readiness,
    summary="Can it answer?",
    responses={503: {"model": Readiness, "description": "Not yet"}},
)
async def readyz(whole: WholeService, resources: ResourcesHere, principal: PrincipalHere, response: Response) -> Readiness:
    if whole.turns.stopping:
        raise ShuttingDown
    index = await asyncio.to_thread(_index_state, whole)
    try:
        await resources.generator.check()
        generator = "ok"
    except YoujuError as error:
        generator = str(error)
    ready = index == generator == "ok"
    response.status_code = 200 if ready else 503
    if not principal.scopes:
        return Readiness(ready=ready, index=None, generator=None, chunks=None)
    chunks = await asyncio.to_thread(resources.store.count_chunks)
    return Readiness(ready=ready, index=index, generator=generator, chunks=chunks)


def _index_state(resources: Resources) -> str:
    try:
        resources.retriever.require_ready()
        return "ok"
    except YoujuError as error:
        return str(error)
