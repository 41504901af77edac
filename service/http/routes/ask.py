"""`POST /ask`: an answer as JSON, or as a stream of server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sse_starlette import ServerSentEvent

from service.events import DraftToken, Event, Finished, PassagesFound, SentenceReady
from service.http.disconnect import EventStream, sse, unless_disconnected
from service.http.problems import event_stream, problem, responses, unexpected
from service.http.routes.dependencies import Asker, RequestId, ResourcesHere
from service.schemas import AskRequest
from youju.errors import YoujuError
from youju.records import Answer

router = APIRouter(tags=["answers"])
STREAM = event_stream(
    ("passages", "token", "sentence", "answer", "error"), 'event: sentence\ndata: {"sentence": …, "citations": […]}\n\n'
)


@router.post(
    "/ask",
    response_model=Answer,
    summary="Answer a question from the documents",
    responses={200: {"content": STREAM}, **responses(400, 404, 408, 409, 413, 422, 429, 503, 504)},
)
async def ask(body: AskRequest, request: Request, resources: ResourcesHere, request_id: RequestId, asker: Asker) -> Response:
    """Every sentence of the answer stands on a passage; without one the verdict is `abstained`.

    With `"stream": true` or `Accept: text/event-stream`: events `passages`, `sentence` (each verified before it is sent,
    never taken back), `answer` (the whole object), or `error`; with `"draft": true` also `token`.
    """
    question = replace(body.ask(resources.settings, request_id), asker=asker)
    if not (body.stream or "text/event-stream" in request.headers.get("accept", "")):
        answer = await unless_disconnected(request, resources.answerer.answer(question))
        return JSONResponse(answer.model_dump())
    events = resources.answerer.stream(question)
    first = await unless_disconnected(request, anext(events))  # what goes wrong up to here is an ordinary problem
    return EventStream(_sent(first, events, body.draft, request_id), events)


async def _sent(first: Event, events: AsyncGenerator[Event], draft: bool, request_id: str) -> AsyncIterator[ServerSentEvent]:
    try:
        yield sse(_NAMES[type(first)], _data(first))
        async for event in events:
            if draft or not isinstance(event, DraftToken):
                yield sse(_NAMES[type(event)], _data(event))
    except YoujuError as error:
        yield sse("error", problem(error, request_id))
    except Exception as error:  # noqa: BLE001 - the status is sent already; the caller must still learn of it
        yield sse("error", problem(unexpected(error, request_id), request_id))


_NAMES = {PassagesFound: "passages", DraftToken: "token", SentenceReady: "sentence", Finished: "answer"}


def _data(event: Event) -> dict[str, Any]:
    match event:
        case PassagesFound(passages):
            return {"passages": [passage.model_dump() for passage in passages]}
        case DraftToken(text):
            return {"text": text}
        case SentenceReady(sentence, citations):
            return {"sentence": sentence.model_dump(), "citations": [citation.model_dump() for citation in citations]}
        case Finished(answer):
            return answer.model_dump()
