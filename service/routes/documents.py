"""`/documents`: what the index holds."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from service.routes.dependencies import ResourcesHere
from service.routes.problems import responses
from youju.records import Document, Language, Record

router = APIRouter(prefix="/documents", tags=["documents"])


class DocumentOut(Record):
    """A document. `page_starts` holds the offset in its text at which each page begins; empty without pages."""

    id: str
    collection: str
    uri: str
    title: str
    media_type: str
    language: Language
    digest: str
    size: int
    characters: int
    chunks: int
    page_starts: list[int]
    ingested_at: str

    @classmethod
    def of(cls, document: Document) -> DocumentOut:
        known = asdict(document)
        return cls(**{name: known[name] for name in cls.model_fields})


class DocumentList(Record):
    documents: list[DocumentOut]
    total: int


@router.get("", response_model=DocumentList, summary="List the documents", responses=responses(404, 422))
async def list_documents(
    resources: ResourcesHere,
    collection: Annotated[str | None, Query(max_length=200)] = None,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> DocumentList:
    """In the order of collection and uri."""

    def read() -> list[Document]:
        resources.store.require_collection(collection)
        return resources.store.documents(collection)

    found = await asyncio.to_thread(read)
    return DocumentList(documents=[DocumentOut.of(one) for one in found[offset : offset + limit]], total=len(found))


@router.get("/{document_id}", response_model=DocumentOut, summary="One document", responses=responses(404))
async def get_document(document_id: str, resources: ResourcesHere) -> DocumentOut:
    return DocumentOut.of(await asyncio.to_thread(resources.store.document, document_id))


@router.get(
    "/{document_id}/text",
    response_class=PlainTextResponse,
    summary="The extracted text that citations point into",
    responses=responses(404),
)
async def get_text(document_id: str, resources: ResourcesHere) -> PlainTextResponse:
    """`text[start:end]` of a citation is its `quote`; offsets count characters (Unicode code points)."""
    return PlainTextResponse(await asyncio.to_thread(resources.store.text, document_id))
