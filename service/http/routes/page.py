"""`/` and `/ui/...`: the web page. Its files lie in `service/ui/`, as they are sent; there is no build step.

Open without a key: they hold nothing of anybody. Read once, when the application is made.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

router = APIRouter(include_in_schema=False)
FOLDER = Path(__file__).parents[2] / "ui"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",  # kept, but asked after: the parts of one page must be of one version
    "Vary": "Accept-Encoding",
}


@dataclass(frozen=True)
class Asset:
    """A file of the page, also compressed."""

    data: bytes
    packed: bytes
    media_type: str
    etag: str


@cache
def assets() -> dict[str, Asset]:
    """The files by their path below `service/ui/`."""
    return {path.relative_to(FOLDER).as_posix(): _asset(path) for path in FOLDER.rglob("*") if path.suffix in MEDIA_TYPES}


def _asset(path: Path) -> Asset:
    data = path.read_bytes()
    etag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
    return Asset(data, gzip.compress(data, mtime=0), MEDIA_TYPES[path.suffix], etag)


@router.get("/")
@router.head("/")
async def home(request: Request) -> Response:
    return _sent("index.html", request)


@router.get("/ui/{path:path}")
@router.head("/ui/{path:path}")
async def asset(path: str, request: Request) -> Response:
    return _sent(path, request)


def _sent(path: str, request: Request) -> Response:
    found = assets().get(path)
    if found is None:
        raise HTTPException(404, "Not Found")
    packed = "gzip" in request.headers.get("accept-encoding", "")
    etag = found.etag if not packed else f'{found.etag[:-1]}-gz"'  # another encoding is another representation
    headers = HEADERS | {"ETag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if packed:
        return Response(found.packed, headers=headers | {"Content-Encoding": "gzip"}, media_type=found.media_type)
    return Response(found.data, headers=headers, media_type=found.media_type)
