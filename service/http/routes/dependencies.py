"""What routes take from the application and the request.

All `async`: FastAPI would run others in threads, which may be busy.
"""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from service.http.access import Principal
from service.resources import Resources


async def _principal(request: Request) -> Principal:
    return cast(Principal, request.state.principal)


async def _whole(request: Request) -> Resources:
    return cast(Resources, request.app.state.resources)


async def _resources(request: Request) -> Resources:
    """What the application holds, limited to what the caller may see: no route can forget it."""
    return (await _whole(request)).limited_to((await _principal(request)).collections)


async def _request_id(request: Request) -> str:
    return str(request.state.request_id)


async def _asker(request: Request) -> str:
    """The name of the key that came with the request; empty without one."""
    return (await _principal(request)).name


PrincipalHere = Annotated[Principal, Depends(_principal)]
# Not limited to what the caller may see: only for what is the same for all callers, such as whether the service can answer.
WholeService = Annotated[Resources, Depends(_whole)]
ResourcesHere = Annotated[Resources, Depends(_resources)]
RequestId = Annotated[str, Depends(_request_id)]
Asker = Annotated[str, Depends(_asker)]
