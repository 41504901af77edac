"""Errors below `/v1` in the form that OpenAI's clients understand, made from the problem that any other route would send."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

PREFIX = "/v1"
MEDIA_TYPE = "application/json"
TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
PARAMS = {"model-not-found": "model", "unknown-collection": "model", "invalid-question": "messages"}
# Where clients look for a chat whose base URL lacks /v1 or has it twice, or that speak another dialect.
CHAT = re.compile(r"(?:/chat/completions?|/completions|/responses|/api/chat|/api/generate)/?$", re.IGNORECASE)
MODELS = re.compile(r"(?:/models?|/api/tags)/?$", re.IGNORECASE)
PASSING = (429, 500, 502, 503)  # what may be over when the client tries again, as it does by itself
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string", "description": "What happened and what mends it."},
                "type": {"type": "string", "examples": ["invalid_request_error"]},
                "param": {"type": ["string", "null"], "description": "The field that is wrong."},
                "code": {"type": ["string", "null"], "examples": ["model_not_found"]},
            },
        }
    },
}


def speaks_openai(scope: Scope) -> bool:
    """Whether a request is one of an OpenAI client, also of one whose address is wrong."""
    path = scope["path"].removeprefix(scope.get("root_path", "").rstrip("/"))
    return bool(path == PREFIX or path.startswith(f"{PREFIX}/") or CHAT.search(path) or path.lower().startswith(f"/{PREFIX}/"))


def meant(path: str) -> str:
    """What to say to a client that asks at a wrong address; "" where it is no such client."""
    plain = re.sub("/+", "/", path).lower().rstrip("/")
    if CHAT.search(plain):
        return "The route is POST /v1/chat/completions; the base URL of a client is this service's address with /v1 behind it."
    if MODELS.search(plain):
        return "The route is GET /v1/models; the base URL of a client is this service's address with /v1 behind it."
    return "Below /v1 there are POST /v1/chat/completions and GET /v1/models." if f"{plain}/".startswith(f"{PREFIX}/") else ""


def status_of(status: int) -> int:
    """The API knows no 422: what is not valid is 400."""
    return 400 if status == 422 else status


def of_problem(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an error, from a problem detail (RFC 9457)."""
    status, name = int(problem["status"]), str(problem["type"]).rpartition(":")[2]
    other = "server_error" if status >= 500 else "invalid_request_error"
    errors = problem.get("errors") or [{}]
    return {
        "error": {
            "message": f"{problem['detail']} {problem.get('advice', '')}".strip(),
            "type": TYPES.get(status, other),
            "param": errors[0].get("field") or PARAMS.get(name),
            "code": None if name == "blank" else name.replace("-", "_"),
        }
    }


def headers_of(status: int) -> dict[str, str]:
    """Tells the official clients not to repeat what would fail again: they repeat 409 and 504 too."""
    return {} if status in PASSING else {"X-Should-Retry": "false"}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for OpenAPI; `4XX` keeps FastAPI from telling of a 422 that is never sent."""
    error = {"description": "Error", "content": {MEDIA_TYPE: {"schema": SCHEMA}}}
    return dict.fromkeys((*statuses, "4XX"), error)
