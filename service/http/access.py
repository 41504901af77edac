"""Who may do what: finds the caller of each request by its API key, and refuses what the key does not allow. Plain ASGI.

What a caller may do stands in `RULES`; a route that is not named there needs a key with the scope `admin` that is not limited
to collections. What a caller may see is not decided here but in the store (`Resources.limited_to`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from service.http import openai_errors, problems
from service.resources import Resources
from youju.errors import Forbidden, NoValidKey, StoreUnusable, YoujuError
from youju.index.base.keys import SCOPES, Key, KeyScope
from youju.settings import Settings

HOW = "Send one as `Authorization: Bearer youju_…`; `youju keys create NAME` makes one."


@dataclass(frozen=True)
class Principal:
    """Who sends a request. `name` is the id of its key; `collections` are those it may see, None for all."""

    name: str
    scopes: frozenset[str]
    collections: tuple[str, ...] | None

    def has(self, scope: KeyScope) -> bool:
        return scope in self.scopes or "admin" in self.scopes

    @property
    def is_operator(self) -> bool:
        """Whether it may do what concerns all collections."""
        return "admin" in self.scopes and self.collections is None


EVERYBODY = Principal("", frozenset(SCOPES), None)  # while no keys are required
STRANGER = Principal("", frozenset(), ())  # without a key, where none is needed

Need = Literal["nothing", "ask", "ingest", "admin", "operator"]


@dataclass(frozen=True)
class Rule:
    """What a route needs. `path` is written as in routes; `methods` are parted by spaces."""

    need: Need
    methods: str
    path: str

    @property
    def pattern(self) -> re.Pattern[str]:
        return compile_path(self.path)[0]


RULES = (
    # The reference tells nothing that is not in the source, and balancers and supervisors have no keys.
    Rule("nothing", "GET", "/"),
    Rule("nothing", "GET", "/ui/{path:path}"),
    Rule("nothing", "GET", "/docs"),
    Rule("nothing", "GET", "/docs/assets/{path:path}"),
    Rule("nothing", "GET", "/openapi.json"),
    Rule("nothing", "GET", "/healthz"),
    Rule("nothing", "GET", "/readyz"),  # which says no more than yes or no to strangers
    Rule("operator", "GET", "/metrics"),
    Rule("ask", "GET", "/v1/models"),
    Rule("ask", "GET", "/v1/models/{model:path}"),
    Rule("ask", "POST", "/v1/chat/completions"),
    Rule("ask", "DELETE GET POST", "/mcp"),  # the route itself says which methods it knows
    Rule("ask", "POST", "/ask"),
    Rule("ask", "POST", "/search"),
    Rule("ask", "GET", "/overview"),
    Rule("ask", "GET", "/documents"),
    Rule("ask", "GET", "/documents/{document_id}"),
    Rule("ask", "GET", "/documents/{document_id}/text"),
    Rule("ask", "GET", "/documents/{document_id}/boxes"),
    Rule("ask", "GET", "/documents/{document_id}/pages/{page}"),
    Rule("ask", "GET", "/documents/{document_id}/contents"),
    Rule("ask", "GET", "/documents/{document_id}/chunks"),
    Rule("ask", "GET", "/documents/{document_id}/original"),
    Rule("ask", "POST", "/feedback"),
    Rule("ingest", "POST", "/documents"),
    Rule("ingest", "DELETE", "/documents/{document_id}"),
    Rule("ingest", "GET", "/jobs"),
    Rule("ingest", "GET", "/jobs/{job_id}"),
    Rule("admin", "GET DELETE", "/unanswered"),  # what other callers asked
    Rule("admin", "GET DELETE", "/feedback"),
)
_COMPILED = [(rule.need, rule.methods.split(), rule.pattern) for rule in RULES]


def declared(method: str, path: str) -> Need | None:
    """What the rules say of a request; None where none names it."""
    asked, plain = "GET" if method == "HEAD" else method, path.rstrip("/") or "/"
    return next((need for need, methods, pattern in _COMPILED if asked in methods and pattern.match(plain)), None)


def needed(method: str, path: str) -> Need:
    """What a request needs; what no rule names is closed."""
    return declared(method, path) or "operator"


def allow(principal: Principal, need: Need) -> None:
    """
    Raises:
        Forbidden: the principal may not do what needs this.
    """
    if need == "operator":
        if not principal.is_operator:
            raise Forbidden(
                "this needs a key with the scope `admin` that is not limited to collections.",
                "If there is such a route (see /docs), ask who runs the service.",
            )
    elif need != "nothing" and not principal.has(need):
        raise Forbidden(f"this needs a key with the scope `{need}`.", "Use another key, or ask who runs the service.")


class Access:
    """Puts the `Principal` of each request into `scope["state"]["principal"]`, or answers 401 or 403."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._required = settings.require_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        principal = EVERYBODY
        if self._required:
            try:
                principal = await self._principal(scope)
            except YoujuError as error:
                await refuse(error, scope, receive, send)
                return
        scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)

    async def _principal(self, scope: Scope) -> Principal:
        """
        Raises:
            NoValidKey, Forbidden: it may not do what it asks for.
            StoreUnusable: the keys cannot be read.
        """
        need = needed(scope.get("method", ""), path_of(scope))
        resources: Resources = scope["app"].state.resources
        given = credential(scope)
        try:
            key = None if given is None else await resources.quick.run(resources.keys.verify, given)
        except StoreUnusable:
            if need != "nothing":
                raise
            key = None
        if key is None:
            if need == "nothing":
                return STRANGER
            wrong = "the key is not valid: wrong, revoked or expired." if given else "there is no API key with the request."
            raise NoValidKey(wrong, HOW)
        resources.key_uses.note(key.id)
        principal = principal_of(key)
        try:
            allow(principal, need)
        except Forbidden as error:
            raise Forbidden(error.detail, openai_errors.meant(path_of(scope)) or error.advice) from None
        return principal


def principal_of(key: Key) -> Principal:
    return Principal(key.id, frozenset(key.scopes), key.collections)


def credential(scope: Scope) -> str | None:
    """The key that a request carries as `Authorization: Bearer …` or `X-API-Key`; "" if it carries different ones."""
    found = set()
    for name, value in scope["headers"]:
        text = value.decode("latin-1").strip()
        if name == b"x-api-key":
            found.add(text)
        elif name == b"authorization":
            scheme, _, rest = text.partition(" ")
            if scheme.lower() == "bearer":  # another one is the matter of a proxy
                found.add(rest.strip())
    if not found:
        return None
    return found.pop() if len(found) == 1 else ""


def path_of(scope: Scope) -> str:
    """The path as routes see it, without the one under which the application is mounted."""
    path, root = str(scope["path"]), str(scope.get("root_path", "")).rstrip("/")
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


async def refuse(error: YoujuError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, NoValidKey) else None
    await problems.known(Request(scope), error, headers)(scope, receive, send)
