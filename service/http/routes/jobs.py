"""`POST /documents` (uploads become jobs), `GET /jobs`, `GET /jobs/{id}` as JSON or as a stream of events."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field, ValidationError
from sse_starlette import ServerSentEvent
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from service.http.access import Principal
from service.http.disconnect import EventStream, sse
from service.http.forms import form_of
from service.http.problems import event_stream, problem, responses
from service.http.routes.dependencies import PrincipalHere, RequestId, ResourcesHere
from service.resources import Resources
from service.schemas import Body
from youju.errors import Forbidden, InvalidRequest, YoujuError, sentence
from youju.files import disk_errors
from youju.index.base.records import FileState, Job
from youju.index.base.uploads import distinct, path_of, safe_name, safe_path
from youju.records import Record
from youju.settings import DEFAULT_COLLECTION, Settings
from youju.text.file_names import readable

router = APIRouter(tags=["documents"])
MAX_FILES = 1000
LOOK_SECONDS = 0.3  # the worker is another process, and SQLite tells nobody of a change


class UploadedText(Body):
    """A text without a file."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(min_length=1, max_length=50_000_000)]
    collection: Annotated[str | None, Field(min_length=1, max_length=200)] = None


class JobFileOut(Record):
    """A file of a job. `document_id` is known once it is `done`, `reason` once it has `failed`, or what is noted of it."""

    name: str
    size: int
    state: FileState
    reason: str
    document_id: str | None
    chunks: int


class JobOut(Record):
    """An upload. `progress` is the share of its files that are done or have failed."""

    id: str
    collection: str
    created_at: str
    finished_at: str | None
    progress: float
    files: list[JobFileOut]

    @classmethod
    def of(cls, job: Job) -> JobOut:
        files = [
            JobFileOut(name=f.name, size=f.size, state=f.state, reason=f.reason, document_id=f.document_id, chunks=f.chunks)
            for f in job.files
        ]
        ended = sum(f.state in ("done", "failed") for f in files)
        progress = 1.0 if job.finished_at else round(ended / max(1, len(files)), 4)
        return cls(
            id=job.id, collection=job.collection, created_at=job.created_at, finished_at=job.finished_at, progress=progress,
            files=files,
        )  # fmt: skip


class JobList(Record):
    jobs: list[JobOut]


FORM = {
    "type": "object",
    "required": ["files"],
    "properties": {
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "collection": {"type": "string", "maxLength": 200},
    },
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {"schema": FORM},
            "application/json": {
                "schema": UploadedText.model_json_schema(),
                "example": {"title": "Opening hours", "text": "We are open from 9 to 17 o'clock."},
            },
        },
    }
}


@router.post(
    "/documents",
    status_code=202,
    response_model=JobOut,
    summary="Upload documents",
    responses=responses(400, 403, 408, 413, 415, 422, 429, 503, 507),
    openapi_extra=BODY,
)
async def upload(request: Request, resources: ResourcesHere, principal: PrincipalHere) -> Response:
    """Files as `multipart/form-data` (field `files`, as often as you like), or one text as JSON. They are ingested in the
    background; the answer is the job to ask after. A file of the same name in the same collection is replaced; of those
    with one name in one request each is kept, the later ones with a number.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    with contextlib.ExitStack() as receiving:
        await resources.long_work.run(receiving.enter_context, resources.jobs.receiving())
        job = await _take_in(request, media_type, resources, principal)
    await resources.long_work.run(resources.worker.wake)
    return JSONResponse(JobOut.of(job).model_dump(), 202, {"Location": f"/jobs/{job.id}"})


async def _take_in(request: Request, media_type: str, resources: Resources, principal: Principal) -> Job:
    """Queue what was sent; when anything goes wrong, nothing of it is left."""
    folder = await resources.long_work.run(resources.jobs.new_folder)
    try:
        with disk_errors(folder):
            if media_type == "multipart/form-data":
                collection, names = await _store_form(request, folder, resources)
            elif media_type == "application/json":
                collection, names = await _store_text(request, folder, resources)
            else:
                raise HTTPException(415, "Send multipart/form-data with files, or application/json with title and text")
        name = _collection(collection, resources.settings, principal)
        return await resources.long_work.run(resources.jobs.submit, folder, name, names)
    except BaseException:
        await resources.long_work.run(shutil.rmtree, folder, True)
        raise


def _collection(asked: str | None, settings: Settings, principal: Principal) -> str:
    """Where an upload goes: where it asks to, or where the service or the only collection of the key says.

    Raises:
        Forbidden: the key does not allow that collection, or it allows several and none is named. Whether there is such a
            collection makes no difference.
    """
    allowed = principal.collections
    if allowed is None:
        return asked or settings.collection or DEFAULT_COLLECTION
    name = asked or (allowed[0] if len(allowed) == 1 else settings.collection or DEFAULT_COLLECTION)
    if name not in allowed:
        raise Forbidden(f"the key does not allow the collection {name!r}.", f"It allows: {', '.join(allowed)}.")
    return name


async def _store_form(request: Request, folder: Path, resources: Resources) -> tuple[str | None, list[str]]:
    async with form_of(request, MAX_FILES, 10) as form:
        unknown = set(form) - {"files", "collection"}
        uploads = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
        collection = form.get("collection")
        if unknown or len(uploads) != len(form.getlist("files")) or not uploads:
            raise InvalidRequest(
                "the form needs at least one file in the field `files`, and nothing else but `collection`.",
                "With curl: -F files=@report.pdf -F files=@notes.txt",
            )
        if collection is not None and not (isinstance(collection, str) and 0 < len(collection) <= 200):
            raise InvalidRequest("collection: a name of 1 to 200 characters.", "Leave it out for the default one.")
        limit = resources.settings.max_file_mb << 20
        for one in uploads:
            if (one.size or 0) > limit:
                raise HTTPException(413, f"{safe_name(readable(one.filename or ''))} is larger than {limit >> 20} MiB")
        names = distinct([safe_path(readable(one.filename or "")) for one in uploads])
        for ordinal, (one, name) in enumerate(zip(uploads, names, strict=True)):
            await resources.long_work.run(_copy, one, path_of(folder, ordinal, name))
        return collection, names


def _copy(upload: UploadFile, target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(upload.file, file)


async def _store_text(request: Request, folder: Path, resources: Resources) -> tuple[str | None, list[str]]:
    return await resources.long_work.run(_write_text, await request.body(), folder)


def _write_text(sent: bytes, folder: Path) -> tuple[str | None, list[str]]:
    try:
        sent.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("the body is not UTF-8.", "JSON is sent in UTF-8, not in GBK.") from None
    try:
        body = UploadedText.model_validate_json(sent)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        detail = sentence(f"{where}: {first['msg']}" if where else first["msg"])
        raise InvalidRequest(detail, "See /docs for what is accepted.") from None
    name = safe_name(body.title.replace("/", "-").replace("\\", "-") + ".txt")
    text = f"{' '.join(body.title.split())}\n\n{body.text}\n"
    try:
        data = text.encode()
    except UnicodeEncodeError:
        raise InvalidRequest("text: it holds half of a surrogate pair.", "Send valid Unicode.") from None
    path_of(folder, 0, name).write_bytes(data)
    return body.collection, [name]


@router.get("/jobs", response_model=JobList, summary="List the uploads, newest first", responses=responses(422))
async def list_jobs(resources: ResourcesHere, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> JobList:
    return JobList(jobs=[JobOut.of(job) for job in await asyncio.to_thread(resources.jobs.latest, limit)])


@router.get(
    "/jobs/{job_id}",
    response_model=JobOut,
    summary="How far is an upload?",
    responses={
        200: {"content": event_stream(("job", "error"), 'event: job\ndata: {"id": "…", "progress": 0.5, …}\n\n')},
        **responses(404),
    },
)
async def get_job(job_id: str, request: Request, resources: ResourcesHere, request_id: RequestId) -> Response:
    """With `Accept: text/event-stream`: an event `job` whenever something changed, until it is finished or the service stops.
    An event `error` is the last one.
    """
    job = await asyncio.to_thread(resources.jobs.get, job_id)
    if "text/event-stream" in request.headers.get("accept", ""):
        return EventStream(_followed(job, resources, request_id))
    return JSONResponse(JobOut.of(job).model_dump())


async def _followed(job: Job, resources: Resources, request_id: str) -> AsyncIterator[ServerSentEvent]:
    sent: Any = None
    while True:
        if job != sent:
            yield sse("job", JobOut.of(job).model_dump())
            sent = job
        if job.finished_at or resources.admission.stopping:
            return
        await asyncio.sleep(LOOK_SECONDS)
        try:
            job = await asyncio.to_thread(resources.jobs.get, job.id)
        except YoujuError as error:
            yield sse("error", problem(error, request_id))
            return
