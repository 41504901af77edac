"""All routes of an application, for tests that must know each of them."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.types import ASGIApp


def operations(app: ASGIApp) -> set[tuple[str, str]]:
    """(method, path) of every route, as `/documents/{document_id}`; what is mounted counts as GET of what lies below it."""
    assert isinstance(app, FastAPI)
    found = set()
    for route in iter_route_contexts(app.routes):
        path = route.path_format
        assert path is not None, f"a route without a path: {route}"
        found |= {(method, path) for method in (route.methods or {"GET"}) - {"HEAD"}}
    return found
