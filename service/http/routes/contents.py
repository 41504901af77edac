"""`/documents/{id}/contents`, `/chunks`, `/original`: one document looked at more closely."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import Response

from service.contents import Contents, chunks_of, contents_of
from service.http.problems import responses
from service.http.routes.dependencies import ResourcesHere
from youju.errors import NoOriginal
from youju.records import Document, Language, Record
from youju.text.markdown import as_read

router = APIRouter(prefix="/documents", tags=["documents"])
# An original is somebody's file: never shown as a page of this origin, whatever its type says.
ATTACHED = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class PlaceOut(Record):
    """A stretch of the document's text: `text[start:end]`."""

    text: str
    start: int
    end: int
    page: int | None


class HeadingOut(PlaceOut):
    level: int


class ContentsOut(Record):
    """In the document's own words: sentences that say what it is about, its headings, questions made from it."""

    about: list[PlaceOut]
    headings: list[HeadingOut]
    questions: list[str]

    @classmethod
    def of(cls, found: Contents, document: Document) -> ContentsOut:
        return cls(
            about=[
                PlaceOut(text=as_read(one.quote, document.media_type), start=one.start, end=one.end, page=one.page)
                for one in found.about
            ],
            headings=[
                HeadingOut(text=text, start=one.start, end=one.end, page=document.page_at(one.start), level=one.level)
                for one, text in found.headings
            ],
            questions=list(found.questions),
        )


class ChunkOut(PlaceOut):
    """A chunk as it is embedded and searched: its headings before its text."""

    ordinal: int
    heading: str
    language: Language


class ChunkList(Record):
    chunks: list[ChunkOut]
    total: int


@router.get(
    "/{document_id}/contents", response_model=ContentsOut, summary="What a document holds", responses=responses(404, 503)
)
async def get_contents(document_id: str, resources: ResourcesHere) -> ContentsOut:
    """What it is about, its outline and questions to ask, without a generator."""

    def read() -> ContentsOut:
        document = resources.store.document(document_id)
        return ContentsOut.of(contents_of(resources.store, resources.retriever.embedder, document), document)

    return await resources.long_work.run(read)


@router.get(
    "/{document_id}/chunks", response_model=ChunkList, summary="The chunks of a document", responses=responses(404, 422)
)
async def get_chunks(
    document_id: str,
    resources: ResourcesHere,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> ChunkList:
    """In the order of the text. What is left out of retrieval, tables of contents for example, is in none."""

    def read() -> ChunkList:
        document = resources.store.document(document_id)
        found = chunks_of(resources.store, document, offset, limit)
        return ChunkList(
            chunks=[
                ChunkOut(
                    text=one.text, start=one.start, end=one.end, page=one.page, ordinal=one.ordinal, heading=one.heading,
                    language=one.language,
                )
                for one in found
            ],
            total=document.chunks,
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get(
    "/{document_id}/original",
    response_class=Response,
    summary="The file itself",
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **responses(404),
    },
)
async def get_original(document_id: str, resources: ResourcesHere) -> Response:
    """Where it is kept (`original_kept`, see `YOUJU_KEEP_ORIGINALS`), as an attachment."""

    def read() -> tuple[Document, bytes | None]:
        return resources.store.document(document_id), resources.store.original(document_id)

    document, data = await asyncio.to_thread(read)
    if data is None:
        raise NoOriginal("the file of this document is not kept.", "`/documents/{id}/text` gives its text.")
    name = document.uri.rpartition("/")[2] or "document"
    plain = "".join(one if one.isascii() and one.isprintable() and one not in '"\\' else "_" for one in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(data, media_type="application/octet-stream", headers=ATTACHED | {"Content-Disposition": disposition})
