"""E-mail messages (.eml): who wrote to whom and when, the text, then each attachment under its name.

Knows nothing of the formats of attachments: whoever calls gives the function that reads them.
"""

from __future__ import annotations

import codecs
import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage, MIMEPart

from ingest.loaders import html
from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode
from youju.errors import UnreadableFile
from youju.records import Extracted

Reader = Callable[[bytes, str], Extracted]
"""The bytes of an attachment and its name -> its text."""

HEADERS = ("Subject", "From", "To", "Cc", "Date")
MAX_ATTACHMENTS = 50
ATTACHMENT_LEVEL = 2


def load(data: bytes, read: Reader | None = None) -> Extracted:
    """The message; without `read` its attachments are only named."""
    try:
        return _read(data, read)
    except (LookupError, ValueError, AttributeError, TypeError) as error:  # the standard library on broken headers
        raise UnreadableFile(f"damaged message ({error}).") from error


def _read(data: bytes, read: Reader | None) -> Extracted:
    message = email.message_from_bytes(data.removeprefix(codecs.BOM_UTF8).lstrip(), policy=email.policy.default)
    builder = TextBuilder()
    lines = [f"{name}: {value}" for name in HEADERS if (value := _header(message, name))]
    start, _ = builder.block("\n".join(lines))
    builder.keep_whole(start)
    body = message.get_body(("plain", "html"))
    if body is not None:
        _add_body(body, builder)
    for attachment in list(message.iter_attachments())[:MAX_ATTACHMENTS] if message.is_multipart() else []:
        _add_attachment(attachment, builder, read)
    return builder.build("message/rfc822", _header(message, "Subject"))


def _header(message: EmailMessage, name: str) -> str:
    """A header on one line. Bytes that were never encoded, against the rules, are read as any text."""
    for found, raw in message.raw_items():
        if found.lower() == name.lower():
            as_bytes = str(raw).encode("utf-8", "surrogateescape")
            value = str(message[name]) if as_bytes.isascii() else decode(as_bytes)
            return " ".join(value.split())
    return ""


def _add_body(body: MIMEPart, builder: TextBuilder) -> None:
    try:
        if body.get_content_subtype() == "html":
            builder.add(html.load(_content(body).encode()), ATTACHMENT_LEVEL)
        else:
            builder.block(_content(body))
    except UnreadableFile:  # nothing in it, or not text: the attachments may say more
        return


def _content(part: MIMEPart) -> str:
    """The text of a part in the encoding that it declares, if that holds; otherwise in the one it looks like."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    if charset and charset not in ("us-ascii", "ascii"):
        try:
            return data.decode("gb18030" if charset in ("gb2312", "gbk") else charset)
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)


def _add_attachment(part: EmailMessage, builder: TextBuilder, read: Reader | None) -> None:
    name, data = _attached(part)
    # A picture in the signature is no document, and its name says nothing.
    if part.get_content_maintype() == "image" and part.get_content_disposition() != "attachment":
        return
    builder.block(f"Attachment: {name}", heading_level=ATTACHMENT_LEVEL)
    if read is None:
        return
    try:
        extracted = read(data, name)
    except Exception:  # noqa: BLE001 - a damaged attachment may raise anything in a parser; its name is kept
        return
    builder.add(extracted, ATTACHMENT_LEVEL)


def _attached(part: EmailMessage) -> tuple[str, bytes]:
    """Name and bytes of an attachment; a message among them is named by its subject."""
    name = " ".join((part.get_filename() or "").split())
    if part.get_content_type() == "message/rfc822":
        inner = part.get_content()
        return name or f"{_header(inner, 'Subject') or 'message'}.eml", inner.as_bytes()
    payload = part.get_payload(decode=True)
    return name or part.get_content_type(), payload if isinstance(payload, bytes) else b""
