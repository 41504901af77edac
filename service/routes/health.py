"""`/healthz` (the process lives) and `/readyz` (it can answer, or what is missing)."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response

from service.readiness import readiness
from service.routes.dependencies import ResourcesHere
from youju.records import Record

router = APIRouter(tags=["operation"])


class Health(Record):
    status: Literal["ok"] = "ok"


class Ready(Record):
    """`ok`, or what is wrong and what mends it, for each part. `ready` is false while index, embedder, generator or service are
    not `ok`; the others say what will fail besides answering.
    """

    ready: bool
    index: str
    embedder: str
    generator: str
    service: str
    disk: str
    database: str
    worker: str
    chunks: int


@router.get("/healthz", response_model=Health, summary="Does the process live?")
async def healthz() -> Health:
    return Health()


@router.get(
    "/readyz",
    response_model=Ready,
    summary="Can it answer?",
    responses={503: {"model": Ready, "description": "Not now"}},
)
async def readyz(request: Request, resources: ResourcesHere, response: Response) -> Ready:
    found = await readiness(resources, request.app.state.inspector)
    response.status_code = 200 if found.ready else 503
    return Ready(ready=found.ready, chunks=found.chunks, **found.parts)
