"""E-mail messages (.eml): who wrote to whom and when, the text, then each attachment under its name.

Knows nothing of the formats of attachments: whoever calls gives the function that reads them.
"""

from __future__ import annotations

import codecs
import email
import email.policy
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart

from ingest.loaders import html
from ingest.loaders.builder import TextBuilder
from ingest.loaders.encoding import decode, decode_as
from ingest.loaders.mailheaders import file_name, header
from youju.errors import UnreadableFile
from youju.records import Extracted

Reader = Callable[[bytes, str], Extracted]
"""The bytes of an attachment and its name -> its text."""

HEADERS = ("Subject", "From", "To", "Cc", "Date")
MAX_ATTACHMENTS = 50
ATTACHMENT_LEVEL = 2
WORDS = re.compile(r"[一-鿿]|[^\W_]+")
MISSING = 0.25  # of the words of the page, beyond which the plain text is another one, or only says to use a browser
STUB_WORDS = 60  # of a plain text that is not worth keeping beside a page which says something else


@dataclass(frozen=True)
class Attached:
    """An attachment: its name with its bytes, or with its text where it is known without them."""

    name: str
    data: bytes = b""
    extracted: Extracted | None = None


def load(data: bytes, read: Reader | None = None) -> Extracted:
    """The message; without `read` its attachments are only named."""
    try:
        return _read(data, read)
    except (LookupError, ValueError, AttributeError, TypeError) as error:  # the standard library on broken headers
        raise UnreadableFile(f"damaged message ({error}).") from error


def write(
    headers: Sequence[tuple[str, str]],
    plain: str,
    page: Extracted | None,
    attachments: Iterable[Attached],
    read: Reader | None,
    media_type: str,
) -> Extracted:
    """A message as text: its headers, its body in the form that says more, its attachments."""
    builder = TextBuilder()
    start, _ = builder.block("\n".join(f"{name}: {value}" for name, value in headers if value))
    builder.keep_whole(start)
    with_page, with_plain = _forms(plain, page)
    if page is not None and with_page:
        builder.add(page, ATTACHMENT_LEVEL)
    if with_plain:
        builder.block(plain)
    for attached in attachments:
        _add_attachment(attached, builder, read)
    return builder.build(media_type, dict(headers).get("Subject", ""))


def _forms(plain: str, page: Extracted | None) -> tuple[bool, bool]:
    """Whether to take the page, and whether the plain text, of a body that comes in both."""
    said = set(WORDS.findall(plain.lower()))
    shown = set(WORDS.findall(page.text.lower())) if page else set()
    if len(shown - said) <= MISSING * len(shown):
        return False, True
    return True, len(said) > STUB_WORDS and len(said - shown) > MISSING * len(said)


def _read(data: bytes, read: Reader | None) -> Extracted:
    message = email.message_from_bytes(data.removeprefix(codecs.BOM_UTF8).lstrip(), policy=email.policy.default)
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    found = list(message.iter_attachments())[:MAX_ATTACHMENTS] if message.is_multipart() else []
    text = _text(plain) if plain is not None else ""
    if page is None and not text.strip():  # some programs send both, and do not say that they are the same
        page = next((one for one in found if one.get_content_subtype() == "html" and not file_name(one)), None)
        found = [one for one in found if one is not page]
    # A picture in the signature is no document, and its name says nothing.
    kept = (one for one in found if one.get_content_maintype() != "image" or one.get_content_disposition() == "attachment")
    return write(
        [(name, header(message, name)) for name in HEADERS],
        text,
        _page(page) if page is not None else None,
        map(_attached, kept),
        read,
        "message/rfc822",
    )


def _text(part: MIMEPart) -> str:
    """The plain text; "" for what is none: the attachments may say more."""
    label = part.get_content_charset()
    try:
        return decode_as(bytes_of(part), label) if label else decode(bytes_of(part))
    except UnreadableFile:
        return ""


def _page(part: MIMEPart) -> Extracted | None:
    try:
        return html.load(bytes_of(part), part.get_content_charset() or "")
    except UnreadableFile:  # nothing in it
        return None


def bytes_of(part: MIMEPart) -> bytes:
    """What a part holds."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _add_attachment(attached: Attached, builder: TextBuilder, read: Reader | None) -> None:
    builder.block(f"Attachment: {attached.name}", heading_level=ATTACHMENT_LEVEL)
    extracted = attached.extracted
    if extracted is None and read is not None:
        try:
            extracted = read(attached.data, attached.name)
        except Exception:  # noqa: BLE001 - a damaged attachment may raise anything in a parser; its name is kept
            return
    if extracted is not None:
        builder.add(extracted, ATTACHMENT_LEVEL)


def _attached(part: EmailMessage) -> Attached:
    """An attachment; a message among them is named by its subject."""
    name = file_name(part)
    if part.get_content_type() == "message/rfc822":
        inner = part.get_content()
        return Attached(name or f"{header(inner, 'Subject') or 'message'}.eml", inner.as_bytes())
    data = bytes_of(part)
    if part.get_content_maintype() == "text" and part.get_content_charset():  # which only this place tells
        data = _text(part).encode() or data
    return Attached(name or part.get_content_type(), data)
