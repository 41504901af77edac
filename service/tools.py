"""What an assistant can do with the documents: `search`, `ask`, `list_documents`. Knows neither MCP nor HTTP.

A tool is a type of arguments, a type of results and a function between them. The descriptions are written for the model that
chooses among the tools; so are the errors, which say what to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

from service.events import Ask
from service.generation import Sampling
from service.links import LinkedCitation, linked
from service.query.checking import check_question
from service.replying import passage_out
from service.resources import Resources
from service.schemas import Body, DeadlineMs, Filters, Text, TopK, make_scope
from youju.records import Document, Form, Language, PassageOut, Record, Verdict

State = Mapping[str, Any]  # of the request that called the tool, as in the ASGI scope
Collection = Annotated[
    str | None, Field(max_length=200, description="Only this collection; `list_documents` names them. Unset: all.")
]


class SearchArguments(Body):
    query: Annotated[Text, Field(description="What to look for, in Chinese or English, in words or as a question.")]
    collection: Collection = None
    top_k: TopK
    filters: Filters = Filters()


class SearchResult(Record):
    passages: list[PassageOut]


class AskArguments(Body):
    question: Annotated[Text, Field(description="One question that stands on its own, in Chinese or English.")]
    collection: Collection = None
    top_k: TopK
    filters: Filters = Filters()
    language: Annotated[Language | None, Field(description="Language of the answer; unset: the question's.")] = None
    deadline_ms: DeadlineMs = None


class AskResult(Record):
    """`answer` is Markdown. `missing` tells what the documents do not hold, unless the verdict is `answered`."""

    answer: str
    verdict: Verdict
    form: Form
    confidence: float
    missing: str | None
    language: Language
    citations: list[LinkedCitation]
    nearest: list[LinkedCitation]


class ListArguments(Body):
    collection: Collection = None
    offset: Annotated[int, Field(ge=0, le=10**9)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class ListedDocument(Record):
    """`characters` is the length of its text; `pages` is 0 where it has none."""

    id: str
    collection: str
    title: str
    uri: str
    language: Language
    pages: int
    characters: int


class ListResult(Record):
    documents: list[ListedDocument]
    total: int
    collections: dict[str, int] = Field(description="Every collection with its number of documents.")


@dataclass(frozen=True)
class Tool:
    """`run` takes checked arguments, of the type `arguments`, and the state of the request."""

    name: str
    title: str
    description: str
    arguments: type[BaseModel]
    result: type[Record]
    run: Callable[[Resources, Any, State], Awaitable[Record]]


async def search(resources: Resources, given: SearchArguments, _state: State) -> SearchResult:
    settings = resources.settings
    query = check_question(given.query, settings.max_question_chars)
    scope = make_scope(given.collection, given.filters, settings)
    found = await asyncio.to_thread(resources.retriever.retrieve, query, given.top_k or settings.top_k, scope)
    return SearchResult(passages=[passage_out(passage) for passage in found])


async def ask(resources: Resources, given: AskArguments, state: State) -> AskResult:
    settings = resources.settings
    known = {"request_id": state["request_id"], "asker": state["principal"].name} if state else {}
    question = Ask(
        question=given.question, scope=make_scope(given.collection, given.filters, settings), top_k=given.top_k,
        language=given.language, sampling=Sampling(settings.max_tokens or 0), deadline_ms=given.deadline_ms, **known,
    )  # fmt: skip
    answer = await resources.answerer.answer(question)
    told = {name: getattr(answer, name) for name in AskResult.model_fields}
    return AskResult(**told | {name: linked(getattr(answer, name), state.get("page")) for name in ("citations", "nearest")})


async def list_documents(resources: Resources, given: ListArguments, _state: State) -> ListResult:
    def read() -> ListResult:
        store = resources.store
        with store.snapshot():
            store.require_collection(given.collection)
            found = store.documents(given.collection, given.offset, given.limit)
            return ListResult(
                documents=[_listed(one) for one in found],
                total=store.count_documents(given.collection),
                collections=store.collections(),
            )

    return await asyncio.to_thread(read)


def _listed(document: Document) -> ListedDocument:
    return ListedDocument(
        id=document.id, collection=document.collection, title=document.title, uri=document.uri, language=document.language,
        pages=len(document.page_starts), characters=document.characters,
    )  # fmt: skip


TOOLS = (
    Tool(
        "search",
        "Search the documents",
        "Find the passages of the user's own documents that are nearest to a query in words and meaning, best first. A query "
        "in Chinese also finds English passages, and the other way round. Each passage comes with its document, page and exact "
        "place. Fast. Use it to read what the documents say; use `ask` for a checked answer to one question.",
        SearchArguments,
        SearchResult,
        search,
    ),
    Tool(
        "ask",
        "Ask the documents",
        "Get an answer to one question from the user's own documents. Every sentence stands on a passage and carries a marker "
        "like [1]; `citations` gives the document, page, quoted words and an address to open for each. The verdict is "
        "`answered`, `partial` (something unsupported was left out) or `abstained` (no passage plainly answers: say so, and "
        "do not fill in the answer from elsewhere; `nearest` cites what comes nearest, if anything does). Takes some seconds.",
        AskArguments,
        AskResult,
        ask,
    ),
    Tool(
        "list_documents",
        "List the documents",
        "List the documents that can be searched, with collection, title, place and length, and the collections that there "
        "are. Use it to find the name of a collection or the id of a document for `filters.document_ids`.",
        ListArguments,
        ListResult,
        list_documents,
    ),
)
