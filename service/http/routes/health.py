"""`/healthz` (the process lives) and `/readyz` (it can answer, or what is missing)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from service.http.routes.dependencies import PrincipalHere, ResourcesHere, WholeService
from service.monitoring.readiness import readiness
from youju.records import Record

router = APIRouter(tags=["operation"])


class Health(Record):
    status: Literal["ok"] = "ok"


class Ready(Record):
    """`ok`, or what is wrong and what mends it, for each part; `index` is `empty` before the first document. `ready` is false
    while something is wrong with index, embedder, generator or service; the others say what will fail besides answering. Where
    keys are required, callers without one learn `ready` only.
    """

    ready: bool
    index: str | None = None
    embedder: str | None = None
    generator: str | None = None
    service: str | None = None
    disk: str | None = None
    database: str | None = None
    worker: str | None = None
    chunks: int | None = None


@router.get("/healthz", response_model=Health, summary="Does the process live?")
async def healthz() -> Health:
    return Health()


@router.get(
    "/readyz",
    response_model=Ready,
    summary="Can it answer?",
    responses={503: {"model": Ready, "description": "Not now"}},
)
async def readyz(
    request: Request, whole: WholeService, resources: ResourcesHere, principal: PrincipalHere, response: Response
) -> Ready:
    found = await readiness(whole, request.app.state.inspector)
    response.status_code = 200 if found.ready else 503
    if not principal.scopes:
        return Ready(ready=found.ready)
    chunks = found.chunks if principal.collections is None else await resources.quick.run(resources.store.count_chunks)
    return Ready(ready=found.ready, chunks=chunks, **found.parts)
