"""Pages of PDFs as pictures, for the page that shows evidence. Drawn by a confined program (`ingest.page_picture`), so that
no file can hurt the service.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import sys
from collections import OrderedDict

from youju.errors import NoPicture
from youju.index.protocols import Store
from youju.records import Document

AT_ONCE = 2
SECONDS = 15.0  # the program ends by itself before
KEPT = 32  # pictures of about 100 kB
NO_SUCH_PAGE = 3
PROGRAM = "ingest.page_picture"
Key = tuple[str, str, int, int]


class PagePictures:
    """Pictures of pages; the last ones are kept."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[Key, bytes] = OrderedDict()
        self._turn = asyncio.Semaphore(AT_ONCE)

    def limited_to(self, allowed: tuple[str, ...] | None) -> PagePictures:
        """The same for a caller who may see the documents of these collections only; None for all."""
        limited = copy.copy(self)
        limited._store = self._store.limited_to(allowed)
        return limited

    async def picture(self, document_id: str, page: int, width: int) -> bytes:
        """A page (from 1) as PNG, `width` pixels wide.

        Raises:
            UnknownDocument: there is no such document.
            NoPicture: no original of it is kept, it has no such page, or the page cannot be drawn.
        """
        document = await asyncio.to_thread(self._store.document, document_id)
        key = (document_id, document.digest, page, width)
        if key not in self._kept:
            async with self._turn:
                if key not in self._kept:
                    self._keep(key, await self._draw(document, page, width))
        self._kept.move_to_end(key)
        return self._kept[key]

    def _keep(self, key: Key, picture: bytes) -> None:
        self._kept[key] = picture
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _draw(self, document: Document, page: int, width: int) -> bytes:
        original = await asyncio.to_thread(self._store.original, document.id)
        # While it waited for its turn, another content may have taken the place of the document.
        if original is None or hashlib.sha256(original).hexdigest() != document.digest:
            raise NoPicture("no original of this document is kept.", "Its text is at /documents/{id}/text.")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", PROGRAM, str(page), str(width),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                picture, _ = await process.communicate(original)
        except TimeoutError:
            raise NoPicture(f"page {page} takes too long to draw.", "Its text is at /documents/{id}/text.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == NO_SUCH_PAGE:
            raise NoPicture(f"the document has no page {page}.", "Pages are counted from 1.")
        if process.returncode or not picture:
            raise NoPicture(f"page {page} cannot be drawn.", "Its text is at /documents/{id}/text.")
        return picture
