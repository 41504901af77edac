"""The records of an index that the stages outside it see, whatever engine holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import Literal

from youju.embedding.base import Vectors
from youju.errors import IndexInUse
from youju.records import Language

FileState = Literal["queued", "embedding", "done", "failed"]
ENDED: tuple[FileState, ...] = ("done", "failed")
DRAWN_TYPES = ("application/pdf",)  # media types whose pages can be drawn from their originals
OFFICE, OASIS = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
# Media types whose originals are kept: those of which the text is not all that there is.
KEPT_TYPES = (
    *DRAWN_TYPES, f"{OFFICE}wordprocessingml.document", f"{OFFICE}presentationml.presentation", f"{OFFICE}spreadsheetml.sheet",
    f"{OASIS}text", f"{OASIS}presentation", f"{OASIS}spreadsheet", "application/msword", "application/vnd.ms-powerpoint",
    "application/vnd.ms-excel", "application/vnd.ms-excel.sheet.binary.macroenabled.12", "application/rtf",
    "application/epub+zip", "application/vnd.ms-outlook", "message/rfc822", "text/html", "image/png", "image/jpeg",
    "image/tiff", "image/webp",
)  # fmt: skip
LARGEST = 200 << 20  # bytes of one original that is kept; SQLite and PostgreSQL hold up to 1 GB in a row
LARGEST_UNDRAWN = 20 << 20  # bytes of one whose pages are not drawn


class TooLong(Exception):
    """A question about a large table took longer than it may."""


@dataclass(frozen=True)
class Source:
    """Where a document comes from and in which state it was read. `digest` is the SHA-256 of its bytes."""

    collection: str
    path_key: str
    uri: str
    digest: str
    size: int
    modified_ns: int

    @property
    def suffix(self) -> str:
        """The same bytes under another ending may be read in another way, so the ending is part of the content."""
        return PurePath(self.uri).suffix.lower()


@dataclass(frozen=True)
class Known:
    """What a document that comes from another index keeps: its id, the ending of its file, when it was ingested, and all its
    places."""

    document_id: str
    suffix: str
    ingested_at: str
    places: tuple[Source, ...]


@dataclass(frozen=True)
class Location:
    """A place where a document was found."""

    path_key: str
    uri: str
    document_id: str
    digest: str
    suffix: str
    size: int
    modified_ns: int


UNMOVED: Mapping[Language, Vectors] = MappingProxyType({})
"""For a search that asks the same in all languages."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A chunk near a query; `similarity` is the cosine."""

    key: int
    similarity: float
    language: Language


@dataclass(frozen=True)
class JobFile:
    """A file of a job. `document_id` is known once it is done, `reason` once it has failed."""

    ordinal: int
    name: str
    size: int
    state: FileState
    reason: str
    document_id: str | None
    chunks: int


@dataclass(frozen=True)
class Job:
    id: str
    collection: str
    created_at: str
    finished_at: str | None
    files: tuple[JobFile, ...]


@dataclass(frozen=True)
class Unanswered:
    """A question as it was last asked. `collection` is None where all were asked; `nearest` is the uri of the nearest passage,
    if there was one.
    """

    question: str
    language: Language
    collection: str | None
    missing: str
    nearest: str | None
    times: int
    first_asked: str
    last_asked: str


@dataclass(frozen=True)
class Judgement:
    """What was said of an answer. `collection` is None where all were asked; `answers` are those that would be right, and
    `documents` the uris of those that hold it, where that is known; `answerable` says whether the documents hold an answer,
    None where that was not said.
    """

    question: str
    language: Language
    collection: str | None
    is_right: bool
    answer: str
    answers: tuple[str, ...]
    documents: tuple[str, ...]
    answerable: bool | None
    judged_at: str


@dataclass(frozen=True)
class Goal:
    """What a reindex leads to: the fingerprint of the new embedder, and the model's name as it was given."""

    fingerprint: str
    model: str


@dataclass(frozen=True)
class Waiting:
    """A chunk without a new vector, and the text to embed."""

    key: int
    content_hash: str
    text: str


Embed = Callable[[Sequence[Waiting]], Mapping[int, Vectors]]


class AnotherWorks(IndexInUse):
    """Another worker is at it, and the engine takes one at a time."""


class TakenOver(IndexInUse):
    """Another worker is at this file: it took this one for dead."""


class Superseded(IndexInUse):
    """Another reindex was begun, or this one was given up, by another command."""
