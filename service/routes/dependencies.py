"""What routes take from the application and the request.

All `async`: FastAPI would run others in threads, which may be busy.
"""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from service.resources import Resources


async def _resources(request: Request) -> Resources:
    return cast(Resources, request.app.state.resources)


async def _request_id(request: Request) -> str:
    return str(request.state.request_id)


async def _asker(request: Request) -> str:
    """The name of the key that came with the request; empty without one."""
    return getattr(getattr(request.state, "principal", None), "name", "")


ResourcesHere = Annotated[Resources, Depends(_resources)]
RequestId = Annotated[str, Depends(_request_id)]
Asker = Annotated[str, Depends(_asker)]
