"""The address under which callers know the service, where a proxy stands before it. Plain ASGI.

`X-Forwarded-Prefix` is the path that a proxy took away; it becomes the `root_path`, so that all addresses in answers hold it.
Whoever sends such headers itself changes nothing but the addresses in its own answer.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")
HOST = re.compile(r"[A-Za-z0-9._-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")


class Forwarded:
    """Sets `root_path`, and `scope["state"]["page"]` to the address of the web page, with a slash at its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            prefix = _first(scope, b"x-forwarded-prefix")
            if PREFIX.fullmatch(prefix) and not scope.get("root_path"):
                root = prefix.rstrip("/")
                scope = {**scope, "root_path": root, "path": root + scope["path"]}
            scope.setdefault("state", {})["page"] = page_of(scope)
        await self._app(scope, receive, send)


def page_of(scope: Scope) -> str | None:
    """The address of the web page; None where no host is known."""
    scheme = _first(scope, b"x-forwarded-proto") or scope.get("scheme", "http")
    hosts = (_first(scope, b"x-forwarded-host"), _first(scope, b"host"))
    host = next((one for one in hosts if HOST.fullmatch(one)), None)
    if host is None or scheme not in ("http", "https"):
        return None
    return f"{scheme}://{host}{scope.get('root_path', '').rstrip('/')}/"


def _first(scope: Scope, header: bytes) -> str:
    """What the first proxy said; empty where none did."""
    said = next((value for name, value in scope["headers"] if name == header), b"")
    return str(said.decode("latin-1").partition(",")[0].strip())
