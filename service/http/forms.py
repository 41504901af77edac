"""Forms with files. Starlette's parser does not know a part as a file whose name stands in `filename*` only."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from youju.text.file_names import named

STARRED = re.compile(rb";\s*filename\*", re.IGNORECASE)
NAMES = re.compile(rb";\s*filename(?:\*\d*\*?)?\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^;]*)", re.IGNORECASE)


@asynccontextmanager
async def form_of(request: Request, max_files: int, max_fields: int) -> AsyncIterator[FormData]:
    """The form that a request brings; its files are gone afterwards.

    Raises:
        HTTPException: 400, it is none.
    """
    try:
        async with aclosing(request.stream()) as stream:
            form = await _Parser(request.headers, stream, max_files=max_files, max_fields=max_fields).parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from error
    try:
        yield form
    finally:
        await form.close()


class _Parser(MultiPartParser):
    def on_headers_finished(self) -> None:
        part = self._current_part
        if part.content_disposition is not None and STARRED.search(part.content_disposition):
            part.content_disposition = _plain(part.content_disposition)
        super().on_headers_finished()


def _plain(header: bytes) -> bytes:
    """The header with the name in one plain parameter, in UTF-8."""
    name = re.sub(r'["\\\r\n]', "_", named(header.decode("utf-8", "surrogateescape")))
    return NAMES.sub(b"", header) + f'; filename="{name}"'.encode("utf-8", "replace")
