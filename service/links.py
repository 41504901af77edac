"""Citations with an address at which the web page opens what they quote."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from pydantic import Field

from youju.records import Citation


class LinkedCitation(Citation):
    """A citation that can be opened."""

    url: str | None = Field(None, description="Where the web page opens the quote; null where the caller uses no HTTP.")


def linked(citations: Sequence[Citation], page: str | None) -> list[LinkedCitation]:
    """
    Args:
        page: the address of the web page, with a slash at its end.
    """
    return [LinkedCitation(**citation.model_dump(), url=page and _address(page, citation)) for citation in citations]


def _address(page: str, citation: Citation) -> str:
    return f"{page}#/open/{quote(citation.document_id, safe='')}/{citation.start}-{citation.end}"
