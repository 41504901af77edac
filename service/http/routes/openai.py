"""`/v1`: what OpenAI's clients, and all that is built on them, need to ask questions.

A model is a part of the documents: `youju` is what a question without a collection sees, `youju/NAME` the collection NAME.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, Literal, cast

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sse_starlette import ServerSentEvent

from service.events import Ask, Event, final_answer
from service.http.disconnect import EventStream, unless_disconnected
from service.http.openai_errors import of_problem, responses
from service.http.problems import event_stream, problem, unexpected
from service.http.routes.dependencies import Asker, RequestId, ResourcesHere
from service.openai import response
from service.openai.request import ChatRequest
from service.openai.response import ChatCompletion, Head
from service.openai.tasks import served, task_of
from service.resources import Resources
from service.schemas import make_scope
from youju import __version__
from youju.errors import UnknownModel, YoujuError
from youju.records import ModelNames, Record
from youju.text.language import detect_language

router = APIRouter(prefix="/v1", tags=["OpenAI clients"])
EVERY_COLLECTION = "youju"
LINE_END = "\n"  # as OpenAI sends them: many clients split the stream by hand
MOST_NAMED = 10  # models in a message
STARTED = int(time.time())
STREAM = event_stream(("message",), 'data: {"object": "chat.completion.chunk", "choices": […], …}\n\n')


class Model(Record):
    """A part of the documents. `created` is when the service started."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: Literal["youju"] = "youju"


class ModelList(Record):
    object: Literal["list"] = "list"
    data: list[Model]


@router.get("/models", response_model=ModelList, summary="List what can be asked", responses=responses(503))
async def list_models(resources: ResourcesHere) -> ModelList:
    """`youju` asks what a question without a collection asks, `youju/NAME` the collection NAME."""
    known = await asyncio.to_thread(_models, resources)
    return ModelList(data=[Model(id=one, created=STARTED) for one in known])


@router.get("/models/{model:path}", response_model=Model, summary="One of them", responses=responses(404, 503))
async def get_model(model: str, resources: ResourcesHere) -> Model:
    await asyncio.to_thread(_collection, model, resources)
    return Model(id=model, created=STARTED)


@router.post(
    "/chat/completions",
    response_model=ChatCompletion,
    summary="Answer a question from the documents, in the form of OpenAI's API",
    responses={200: {"content": STREAM}, **responses(400, 404, 408, 409, 413, 429, 503, 504)},
)
async def complete(
    body: ChatRequest, request: Request, resources: ResourcesHere, request_id: RequestId, asker: Asker
) -> Response:
    """The last message of the user is the question, earlier ones are its history; messages of the system are not read, since
    the documents are the only ground. Below the text stand the sources; `citations`, `verdict` and `confidence` are fields
    of the message, and of the last chunk of a stream.
    """
    settings, most = resources.settings, resources.profiled.budget().answer
    collection = await asyncio.to_thread(_collection, body.model, resources)
    asked = replace(body.ask(make_scope(collection, body.filters, settings), most, request_id), asker=asker)
    head = Head(f"chatcmpl-{request_id}", int(time.time()), body.model, _fingerprint(resources))
    events = _events(asked, resources)
    if body.stream:
        return await _stream(body, request, asked, head, events, most)
    answer = await unless_disconnected(request, final_answer(events))
    return JSONResponse(response.completion(head, answer, body.longest(most), body.choices, _page(request)).model_dump())


def _events(asked: Ask, resources: Resources) -> AsyncGenerator[Event]:
    """What is said to a question, or to what the front end itself asks."""
    task = task_of(asked.question, asked.history)
    if task is None:
        return resources.answerer.stream(asked)
    return served(task, asked, ModelNames(generator=resources.generator.name, embedder=resources.embedder.name))


async def _stream(
    body: ChatRequest, request: Request, asked: Ask, head: Head, events: AsyncGenerator[Event], most: int
) -> Response:
    first = await unless_disconnected(request, anext(events))  # what goes wrong up to here is an ordinary error with its status
    language = asked.language or detect_language(asked.question)
    usage = bool(body.stream_options and body.stream_options.include_usage)
    chunks = response.chunks(head, _from(first, events), language, body.longest(most), usage, _page(request))
    sent = _sent(response.repeated(chunks, body.choices), events, asked.request_id)
    return EventStream(sent, events, sep=LINE_END)


def _page(request: Request) -> str | None:
    """The address of the web page, as the caller knows it."""
    return cast(str | None, request.state.page)


async def _from(first: Event, events: AsyncGenerator[Event]) -> AsyncIterator[Event]:
    yield first
    async for event in events:
        yield event


async def _sent(
    chunks: AsyncIterator[dict[str, Any]], events: AsyncGenerator[Event], request_id: str
) -> AsyncIterator[ServerSentEvent]:
    try:
        async with contextlib.aclosing(events):
            async for chunk in chunks:
                yield _data(chunk)
        yield ServerSentEvent("[DONE]", sep=LINE_END)
    except YoujuError as error:
        yield _data(of_problem(problem(error, request_id)))
    except Exception as error:  # noqa: BLE001 - the status is sent already; the caller must still learn of it
        yield _data(of_problem(problem(unexpected(error, request_id), request_id)))


def _data(body: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(body, ensure_ascii=False), sep=LINE_END)


def _models(resources: Resources) -> list[str]:
    return [EVERY_COLLECTION, *(f"{EVERY_COLLECTION}/{name}" for name in resources.store.collections())]


def _listed(models: Sequence[str]) -> str:
    """Their names in a sentence, the first few of many."""
    named = [f"`{one}`" for one in models[:MOST_NAMED]]
    more = len(models) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _collection(model: str, resources: Resources) -> str | None:
    """The collection that a model stands for; None for that of a question which names none.

    Raises:
        UnknownModel: it is not one of the list.
    """
    known = _models(resources)
    if model not in known:
        raise UnknownModel(f"there is no model {model!r}.", f"There are {_listed(known)}; GET /v1/models lists them.")
    return model.partition("/")[2] or None


def _fingerprint(resources: Resources) -> str:
    """Changes with what shapes an answer besides the documents: version, generator, embedder."""
    parts = (__version__, resources.generator.name, resources.embedder.fingerprint)
    return f"fp_{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:10]}"
