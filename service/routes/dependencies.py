"""What routes take from the application and the request."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from service.resources import Resources


def _resources(request: Request) -> Resources:
    return cast(Resources, request.app.state.resources)


def _request_id(request: Request) -> str:
    return str(request.state.request_id)


ResourcesHere = Annotated[Resources, Depends(_resources)]
RequestId = Annotated[str, Depends(_request_id)]
