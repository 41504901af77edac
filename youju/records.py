"""The records that pass between stages: one frozen type per stage, none of them ever changed.

Offsets count characters (Unicode code points) in the extracted text of a document; `end` is exclusive; pages count from 1.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from youju.structure import ItemList, Rest, Table

Language = Literal["zh", "en"]
Verdict = Literal["answered", "partial", "abstained"]
Form = Literal[
    "fact", "yes_no", "list", "procedure", "definition", "reason", "comparison", "table", "summary", "locate", "about",
    "social", "instruction",
]  # fmt: skip
"""What kind of answer a question asks for (`service.query.understanding`)."""
Block = Literal["sentence", "heading", "item", "step", "row"]
"""How a part of an answer is set."""
Stage = Literal["rewrite", "queue", "retrieve", "gate", "first_token", "generate", "verify"]
"""Where the time of an answer goes, in order. `first_token` is a part of `generate`."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: where its text stands, and its level (1 is the highest)."""

    start: int
    end: int
    level: int


@dataclass(frozen=True, slots=True)
class Box:
    """Where a stretch of text stands on its page, for highlighting: fractions of the page's width and height from its
    upper left corner.
    """

    start: int
    end: int
    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a loader makes of a file.

    `page_starts` holds the offset at which each page (slide, sheet) begins, the first is 0; empty where the format has
    none. `whole` are spans better not cut (code, lists, records), in order and apart; `boxes` are in order of `start`;
    `notes` say what of the file is not in the text, for who reads the report. `lists` and `tables` are in order of `start`;
    `rest` are the rows of large tables that are not in the text.
    """

    text: str
    media_type: str
    title: str = ""
    headings: tuple[Heading, ...] = ()
    page_starts: tuple[int, ...] = ()
    whole: tuple[tuple[int, int], ...] = ()
    boxes: tuple[Box, ...] = ()
    notes: tuple[str, ...] = ()
    lists: tuple[ItemList, ...] = ()
    tables: tuple[Table, ...] = ()
    rest: tuple[Rest, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document: `text == document_text[start:end]`. `heading` is the path of headings above it; `language` is
    that of its document, but for running text that clearly is in the other one.
    """

    start: int
    end: int
    text: str
    heading: str
    language: Language
    page: int | None

    def embedded_text(self, title: str) -> str:
        """What the embedder and the full text see: the title > heading line, then the text."""
        return embedded_text(title, self.heading, self.text)


def embedded_text(title: str, heading: str, text: str) -> str:
    """The title > heading line, then the text."""
    line = title_line(title, heading)
    return f"{line}\n{text}" if line else text


def title_line(title: str, heading: str) -> str:
    """Title and headings on one line: `title > heading > subheading`."""
    return " > ".join(part for part in (title, heading) if part)


@dataclass(frozen=True, slots=True)
class Document:
    """A document in the store. `path_key` is the resolved path of its first place and `uri` the same as given to ingest;
    `also_at` are the uris of further places with the same content; `page_pictures` tells whether its pages can be drawn,
    `original_kept` whether the file itself is kept.
    """

    id: str
    collection: str
    path_key: str
    uri: str
    title: str
    media_type: str
    language: Language
    digest: str
    size: int
    modified_ns: int
    characters: int
    chunks: int
    page_starts: tuple[int, ...]
    ingested_at: str
    also_at: tuple[str, ...] = ()
    page_pictures: bool = False
    original_kept: bool = False

    def page_at(self, offset: int) -> int | None:
        """The page on which the character at `offset` stands."""
        return page_at(self.page_starts, offset)


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, and why, in the state in which it was tried. `reader` names what tried."""

    collection: str
    path_key: str
    uri: str
    size: int
    modified_ns: int
    reader: str
    reason: str
    failed_at: str


def page_at(page_starts: tuple[int, ...], offset: int) -> int | None:
    """The page (from 1) that holds `offset`, or None where there are no pages."""
    return bisect.bisect_right(page_starts, offset) if page_starts else None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the index a question may see. Empty fields do not restrict.

    `collection` and the filters are what the caller asks for; `allowed` are the collections that it may see at all, None for
    all of them. What is not allowed does not exist for it: nothing of it is found, counted, or weighs in a score.
    """

    collection: str | None = None
    document_ids: tuple[str, ...] = ()
    uri_prefix: str = ""
    language: Language | None = None
    allowed: tuple[str, ...] | None = None

    @property
    def is_everything(self) -> bool:
        return self == EVERYTHING

    def within(self, allowed: tuple[str, ...] | None) -> Scope:
        """The same for a caller who may see these collections only; it never sees more than before."""
        if allowed is None:
            return self
        both = allowed if self.allowed is None else tuple(name for name in self.allowed if name in allowed)
        return replace(self, allowed=both)


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Scores:
    """How a chunk was found: similarity corrected for its language, BM25 share (0 to 1), both fused, and by how much it is more
    similar than the average passage of its language (see retrieval)."""

    dense: float
    lexical: float
    fused: float
    lift: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk retrieved for a question, with all that a citation of it needs."""

    key: int
    chunk_id: str
    ordinal: int
    document: Document
    start: int
    end: int
    text: str
    heading: str
    language: Language
    page: int | None
    scores: Scores

    @property
    def title_line(self) -> str:
        """Title and headings on one line."""
        return title_line(self.document.title, self.heading)

    @property
    def context(self) -> str:
        """All that a sentence about it may draw on: title, headings, text."""
        return f"{self.document.title}\n{self.heading}\n{self.text}"


class Record(BaseModel):
    """Base of the records that leave the service."""

    model_config = ConfigDict(frozen=True)


class PassageOut(Record):
    """A passage as callers see it. `text` is exactly `document_text[start:end]`."""

    chunk_id: str
    document_id: str
    title: str
    uri: str
    page: int | None
    text: str
    start: int
    end: int
    score: float
    used: bool | None = Field(None, description="Whether the generator saw it (answers only).")


class TableEvidence(Record):
    """The rows of a table that a citation stands on, for drawing them: as many cells in each row as there are columns."""

    title: str = Field("", description="Caption, title rows and notes of the table, such as `in millions`.")
    columns: list[str] = Field(description="Names of the columns, empty where they have none.")
    rows: list[list[str]]
    marked: list[tuple[int, int]] = Field(description="Row and column, from 0, of each cell that the answer was taken from.")


class Citation(Record):
    """The span that a marker stands for: `document_text[start:end] == quote`."""

    marker: int
    document_id: str
    title: str
    uri: str
    page: int | None
    chunk_id: str
    quote: str
    start: int
    end: int
    score: float = Field(description="How much of the cited sentence the quote supports, 0 to 1.")
    last_page: int | None = Field(None, description="The page on which the quote ends, where that is another than `page`.")
    table: TableEvidence | None = Field(None, description="The quote as rows of a table, where the answer was read from one.")

    @property
    def pages(self) -> str:
        """The page or pages as people write them, empty where there are none."""
        return "–".join(str(page) for page in (self.page, self.last_page) if page)


class Sentence(Record):
    """A sentence of the answer with the markers of the passages it stands on."""

    text: str
    markers: list[int]
    support: float
    verbatim: bool = Field(False, description="A quotation of the document, not written by the generator.")
    block: Block = Field("sentence", description="How it is set: running text, a heading, an item, a step, a row of a table.")


class ModelNames(Record):
    generator: str
    embedder: str


class Usage(Record):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    passages_dropped: int = Field(0, description="Passages retrieved but not shown to the generator (budget).")


class Timings(Record):
    """Milliseconds spent in each `Stage`, and in all."""

    model_config = ConfigDict(extra="forbid")

    rewrite: float = 0.0
    queue: float = 0.0
    retrieve: float = 0.0
    gate: float = 0.0
    first_token: float = 0.0
    generate: float = 0.0
    verify: float = 0.0
    total: float = 0.0


class Answer(Record):
    """A verified answer."""

    answer: str
    verdict: Verdict
    form: Form = Field("fact", description="What kind of answer the question was taken to ask for.")
    standalone_question: str | None = Field(
        None, description="The question as it was searched and answered: what a follow-up stands for, without mistyped words."
    )
    translated_question: str | None = Field(None, description="The question in the language of the documents, as searched.")
    confidence: float = Field(description="How likely the passages hold the answer, 0 to 1, judged before it was written.")
    language: Language
    citations: list[Citation]
    sentences: list[Sentence]
    passages: list[PassageOut]
    missing: str | None = Field(None, description="What the documents do not hold, in the language of the question.")
    nearest: list[Citation] = Field(
        [], description="Where something has no answer: the sentences that come nearest to one, if any do. They may not answer."
    )
    model: ModelNames
    usage: Usage
    timings_ms: Timings
    request_id: str
    cached: bool = Field(False, description="Whether it was written for an earlier asking of the same question.")
