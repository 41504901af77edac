"""What routes take from the application and the request."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from service.access import Principal
from service.resources import Resources


def _principal(request: Request) -> Principal:
    return cast(Principal, request.state.principal)


def _resources(request: Request) -> Resources:
    """What the application holds, limited to what the caller may see: no route can forget it."""
    return _whole(request).limited_to(_principal(request).collections)


def _request_id(request: Request) -> str:
    return str(request.state.request_id)


PrincipalHere = Annotated[Principal, Depends(_principal)]


def _whole(request: Request) -> Resources:
    return cast(Resources, request.app.state.resources)


# Not limited to what the caller may see: only for what is the same for all callers, such as whether the service can answer.
WholeService = Annotated[Resources, Depends(_whole)]
ResourcesHere = Annotated[Resources, Depends(_resources)]
RequestId = Annotated[str, Depends(_request_id)]
