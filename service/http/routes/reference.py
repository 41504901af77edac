"""`/docs`: the interactive reference, with its script and style served from here, since the service works offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from service.http import openai_errors
from service.http.access import Need, needed
from service.http.problems import responses

router = APIRouter(include_in_schema=False)
ASSETS = Path(fastapi_offline.__file__).parent / "static"


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    root = request.scope.get("root_path", "").rstrip("/")
    return get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title="Youju API",
        swagger_js_url=f"{root}/docs/assets/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/assets/swagger-ui.css",
        swagger_favicon_url=f"{root}/docs/assets/favicon.png",
    )


def tell_of_keys(app: FastAPI, required: bool) -> None:
    """Let the reference say which operations need a key, and what is answered without."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = describe()
            if required:
                schema.setdefault("components", {})["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            for path, operations in schema["paths"].items():
                for method, operation in operations.items():
                    _tell_of_key(path, operation, needed(method.upper(), path), required)
        return describe()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema


def _tell_of_key(path: str, operation: dict[str, Any], need: Need, required: bool) -> None:
    problems = (401, 403) if required else (403,)  # without keys: requests of pages of other sites
    if not (required and need == "nothing"):
        told = openai_errors.responses(*problems) if path.startswith(openai_errors.PREFIX) else responses(*problems)
        operation["responses"] |= {str(status): answer for status, answer in told.items()}
    if required and need != "nothing":
        operation["security"] = [{"key": []}]
        operation["description"] = f"{operation.get('description', '')}\n\nNeeds a key: `{need}`.".strip()


def mount_assets(app: FastAPI) -> None:
    app.mount("/docs/assets", StaticFiles(directory=ASSETS), name="docs-assets")
