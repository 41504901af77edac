"""`/documents`: what the index holds."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse, Response

from service.http.access import allow
from service.http.problems import responses
from service.http.routes.dependencies import PrincipalHere, ResourcesHere
from youju.maintenance.deletion import delete_and_prove
from youju.records import Box, Document, Language, Record

LONGEST_EXCERPT = 1_000_000  # characters
router = APIRouter(prefix="/documents", tags=["documents"])


class DocumentOut(Record):
    """A document. `page_starts` holds the offset in its text at which each page begins; empty without pages. `also_at` are
    the uris of further places with the same content. Where `page_pictures`, `/documents/{id}/pages/{page}` shows its pages;
    where `original_kept`, `/documents/{id}/original` is the file itself.
    """

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
    also_at: list[str]
    page_pictures: bool
    original_kept: bool

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

    def read() -> DocumentList:
        store = resources.store
        with store.snapshot():
            store.require_collection(collection)
            found = store.documents(collection, offset, limit)
            return DocumentList(documents=[DocumentOut.of(one) for one in found], total=store.count_documents(collection))

    return await asyncio.to_thread(read)


@router.get("/{document_id}", response_model=DocumentOut, summary="One document", responses=responses(404))
async def get_document(document_id: str, resources: ResourcesHere) -> DocumentOut:
    return DocumentOut.of(await asyncio.to_thread(resources.store.document, document_id))


@router.get(
    "/{document_id}/text",
    response_class=PlainTextResponse,
    summary="The extracted text that citations point into",
    responses=responses(404, 422),
)
async def get_text(
    document_id: str,
    resources: ResourcesHere,
    start: Annotated[int, Query(ge=0, le=10**12)] = 0,
    end: Annotated[int | None, Query(ge=0, le=10**12, description="At most 1,000,000 behind `start`.")] = None,
) -> PlainTextResponse:
    """`text[start:end]` of a citation is its `quote`; offsets count characters (Unicode code points). Of a large table the text
    holds the first rows only: the others follow it, and are given where `end` is set."""

    def read() -> str:
        if end is None:
            return resources.store.text(document_id)[start:]
        return resources.store.excerpt(document_id, start, min(end, start + LONGEST_EXCERPT))

    return PlainTextResponse(await asyncio.to_thread(read))


class BoxOut(Record):
    """Where a stretch of the text stands: page from 1, and fractions of its width and height from the upper left corner."""

    start: int
    end: int
    page: int
    left: float
    top: float
    right: float
    bottom: float


class BoxList(Record):
    boxes: list[BoxOut]


@router.get(
    "/{document_id}/boxes", response_model=BoxList, summary="Where a citation stands on the page", responses=responses(404, 422)
)
async def get_boxes(
    document_id: str,
    resources: ResourcesHere,
    start: Annotated[int, Query(ge=0, le=10**9)] = 0,
    end: Annotated[int, Query(ge=0, le=10**9)] = 10**9,
) -> BoxList:
    """The lines between `start` and `end`, for highlighting; empty for formats without pages."""

    def read() -> list[Box]:
        resources.store.document(document_id)
        return resources.store.boxes(document_id, start, end)

    return BoxList(boxes=[BoxOut(**asdict(box)) for box in await asyncio.to_thread(read)])


@router.get(
    "/{document_id}/pages/{page}",
    response_class=Response,
    summary="A page as a picture",
    responses={200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}, **responses(404, 422)},
)
async def get_page(
    document_id: str,
    resources: ResourcesHere,
    page: Annotated[int, Path(ge=1, le=100_000)],
    width: Annotated[int, Query(ge=100, le=2400, description="Pixels.")] = 1000,
) -> Response:
    """Of PDFs whose original is kept (`YOUJU_KEEP_ORIGINALS`). Boxes tell where on it a citation stands."""
    picture = await resources.pictures.picture(document_id, page, width)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "no-store"})


class ProofOut(Record):
    """How much of the document is left in each layer; all are 0 when it is `clean`."""

    clean: bool
    documents: int
    chunks: int
    words: int
    vectors: int
    pieces_in_files: int
    pieces_looked_for: int


class Deleted(Record):
    deleted: str
    proof: ProofOut | None


@router.delete(
    "/{document_id}", response_model=Deleted, summary="Delete a document", responses=responses(404, 409, 422, 503, 507)
)
async def delete_document(
    document_id: str, resources: ResourcesHere, principal: PrincipalHere, verify: bool = False
) -> Deleted:
    """With `verify=true` the files are written anew without it, and it is looked for in every layer. Since that takes all
    documents along, it needs a key with the scope `admin` for all collections, where keys are required.
    """
    if verify:  # its figures tell, besides, whether a document that is not shown holds the same text
        allow(principal, "operator")

    def delete() -> Deleted:
        resources.store.document(document_id)
        if not verify:
            resources.store.delete([document_id])
            return Deleted(deleted=document_id, proof=None)
        proof = delete_and_prove(resources.store, resources.retriever.vectors, [document_id])
        return Deleted(deleted=document_id, proof=ProofOut(clean=proof.clean, **asdict(proof)))

    return await resources.long_work.run(delete)
