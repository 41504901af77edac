"""Pages that a browser or Word saved as one file (.mht, .mhtml): the page among its parts, read as HTML."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

from ingest.loaders import html
from ingest.loaders.builder import TextBuilder
from ingest.loaders.mail import bytes_of
from ingest.loaders.mailheaders import header
from youju.errors import UnreadableFile
from youju.records import Extracted

PAGES = frozenset({"text/html", "application/xhtml+xml"})
MOST = 100  # pages of one archive


def load(data: bytes) -> Extracted:
    """The first page. One that says nothing only holds the frames of the others (sheets of Excel), which then are all read."""
    try:
        message = email.message_from_bytes(data.lstrip(), policy=email.policy.default)
        parts = [part for part in message.walk() if part.get_content_type() in PAGES][:MOST]
        title = header(message, "Subject")
    except (LookupError, ValueError, AttributeError, TypeError) as error:  # the standard library on broken headers
        raise UnreadableFile(f"damaged web archive ({error}).") from error
    if not parts:
        raise UnreadableFile("no page in this web archive.")
    builder = TextBuilder()
    for part in parts:
        page = _page(part)
        if page is not None and page.text.strip():
            builder.add(page)
            title = (page.title if part is parts[0] else "") or title
        if part is parts[0] and builder.length:
            break
    return builder.build("multipart/related", title)


def _page(part: EmailMessage) -> Extracted | None:
    try:
        return html.load(bytes_of(part), part.get_content_charset() or "")
    except UnreadableFile:
        return None
