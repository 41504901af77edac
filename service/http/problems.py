"""Errors as RFC 9457 problem details (`application/problem+json`), below `/v1` in OpenAI's form."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match

from service.http import openai_errors
from service.http.disconnect import ClientGone
from youju import logs
from youju.errors import YoujuError, sentence

log = logging.getLogger("youju")
MEDIA_TYPE = "application/problem+json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
CLIENT_GONE = 499  # as nginx logs it; nobody receives it
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:youju:problem:empty-index"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened."},
        "advice": {"type": "string", "description": "What mends it."},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "Each field that is wrong."},
    },
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for OpenAPI."""
    return {status: {"description": "Problem", "content": {MEDIA_TYPE: {"schema": SCHEMA}}} for status in statuses}


def event_stream(names: Sequence[str], example: str) -> dict[str, Any]:
    """A stream of server-sent events, for OpenAPI: the schema is that of one event."""
    data = {"type": "string", "contentMediaType": "application/json"}
    properties = {"event": {"type": "string", "enum": list(names)}, "data": data}
    return {
        "text/event-stream": {"schema": {"type": "object", "required": ["data"], "properties": properties}, "example": example}
    }


def problem(error: YoujuError, request_id: str) -> dict[str, Any]:
    """The body that tells of an error."""
    logs.annotate(problem=error.problem)
    body = {
        "type": f"urn:youju:problem:{error.problem}", "title": error.title, "status": error.status,
        "detail": error.detail, "advice": error.advice, "request_id": request_id,
    }  # fmt: skip
    return {name: value for name, value in body.items() if value != ""}


def install(app: FastAPI) -> None:
    """Let the application answer every error as a problem."""

    @app.exception_handler(YoujuError)
    async def on_known(request: Request, error: YoujuError) -> JSONResponse:
        return known(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return respond(request, _invalid(request, error.errors()))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(methods_of(request))
        if isinstance(error.__cause__, UnicodeDecodeError):
            return respond(request, _of_body(request, 400, "the body is not UTF-8.", "JSON is sent in UTF-8, not in GBK."))
        return http(request, error.status_code, str(error.detail), headers)

    @app.exception_handler(ClientDisconnect)  # while its body was read
    @app.exception_handler(ClientGone)
    async def gone(_request: Request, _error: Exception) -> Response:
        return Response(status_code=CLIENT_GONE)

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        request_id = request_id_of(request)
        # This handler stands outside the middleware that adds the header to all other answers.
        return respond(request, problem(unexpected(error, request_id), request_id), {"X-Request-ID": request_id})


def known(request: Request, error: YoujuError, headers: dict[str, str] | None = None) -> JSONResponse:
    """What is answered to one of our errors."""
    waiting = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return respond(request, problem(error, request_id_of(request)), waiting | (headers or {}))


def http(request: Request, status: int, title: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """What is answered where HTTP itself says no."""
    body = {
        "type": "about:blank", "title": title, "status": status,
        "detail": sentence(f"{request.method} {request.scope['path']}: {title}"),
        "advice": (openai_errors.meant(request.scope["path"]) if status == 404 else "") or "See /docs.",
        "request_id": request_id_of(request),
    }  # fmt: skip
    return respond(request, body, headers)


def _invalid(request: Request, errors: Sequence[Any]) -> dict[str, Any]:
    """What is wrong with a request, by the first error: with its body as a whole, or with a field."""
    first = errors[0]
    status, advice, inside = 422, "See /docs for what is accepted.", tuple(first["loc"][1:])
    if first["type"] == "json_invalid":
        reason = f"the body is not JSON: {first.get('ctx', {}).get('error', '')} at character {(*inside, 0)[0]}"
        return _of_body(request, 400, sentence(reason), advice)
    if first["loc"] == ("body",) and first["type"] != "misplaced":
        if first["type"] == "missing":
            return _of_body(request, status, "the body is empty.", "Send a JSON object; see /docs for what is accepted.")
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind.lower() != "application/json" and not kind.lower().endswith("+json"):
            if kind.lower() in FORMS:
                how = "Send JSON, with curl as -H 'Content-Type: application/json' -d '{…}'; see /docs."
                return _of_body(request, status, "the body is a form.", how)
            said = f"is sent as {kind}" if kind else "is sent without a Content-Type"
            return _of_body(request, status, f"the body {said}.", "Send it with the header `Content-Type: application/json`.")
        return _of_body(request, status, "the body is no JSON object.", advice)
    found = [{"field": ".".join(map(str, one["loc"][1:])), "reason": one["msg"]} for one in errors]
    where = f"{found[0]['field']}: " if found[0]["field"] else ""
    return _of_body(request, status, sentence(f"{where}{found[0]['reason']}"), advice) | {"errors": found}


def _of_body(request: Request, status: int, detail: str, advice: str) -> dict[str, Any]:
    logs.annotate(problem="invalid-request")
    return {
        "type": "urn:youju:problem:invalid-request", "title": "The request is not valid", "status": status,
        "detail": detail, "advice": advice, "request_id": request_id_of(request),
    }  # fmt: skip


def unexpected(error: Exception, request_id: str) -> YoujuError:
    """Log what nobody foresaw; callers learn only the request id."""
    log.error("request %s failed", request_id, exc_info=error)
    return YoujuError("an unexpected error; the log tells more.", "Report it with the request id.")


def methods_of(request: Request) -> list[str]:
    """What the path of a request can be asked with. Starlette names only the methods of the first route that it finds."""

    def is_known(method: str) -> bool:
        scope: Any = {**request.scope, "method": method}
        return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)

    return [method for method in METHODS if is_known(method)]


def request_id_of(request: Request) -> str:
    return str(request.state.request_id)


def respond(request: Request, body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    """The answer that tells of a problem, in the form that the client of this path understands."""
    status = int(body["status"])
    if openai_errors.speaks_openai(request.scope):
        status = openai_errors.status_of(status)
        told = openai_errors.headers_of(status) | (headers or {})
        return JSONResponse(openai_errors.of_problem(body | {"status": status}), status, told)
    return JSONResponse(body, status, headers, media_type=MEDIA_TYPE)
