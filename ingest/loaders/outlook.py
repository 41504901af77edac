"""Messages of Outlook (.msg): a container of streams (MS-OXMSG), of which each property of the message is one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from ingest.loaders import html, rtf
from ingest.loaders.encoding import decode, decode_as
from ingest.loaders.mail import MAX_ATTACHMENTS, Attached, Reader, write
from ingest.loaders.ole import Container
from ingest.loaders.packedrtf import unpacked
from youju.errors import UnreadableFile
from youju.records import Extracted

MEDIA_TYPE = "application/vnd.ms-outlook"
SUBJECT, BODY, PAGE, PACKED = 0x0037, 0x1000, 0x1013, 0x1009
TO, CC, SENDER, SENDER_ADDRESS, SENDER_SMTP, ON_BEHALF = 0x0E04, 0x0E03, 0x0C1A, 0x0C1F, 0x5D01, 0x0042
SENT, DELIVERED, CODE_PAGE, PAGE_CODE_PAGE = 0x0039, 0x0E06, 0x3FFD, 0x3FDE
DATA, LONG_NAME, SHORT_NAME, SHOWN_NAME, CONTENT_ID, MIME_TYPE = 0x3701, 0x3707, 0x3704, 0x3001, 0x3712, 0x370E
UNICODE, ANSI, BINARY, INNER = "001F", "001E", "0102", "000D"
SHORT = "__properties_version1.0"
HEAD, INNER_HEAD = 32, 24  # bytes before the entries of that stream
ENTRY = struct.Struct("<HHI8s")  # kind, tag, flags, value
NESTING = 2  # messages inside messages
EPOCH, LAST = datetime(1601, 1, 1, tzinfo=UTC), 2_650_467_743_999_999_999  # of its clock, which counts 100 ns; the year 9999
LABELS = {0: "", 1200: "", 20127: "", 28591: "iso-8859-1", 54936: "gb18030", 65001: "utf-8"}


def load(data: bytes, read: Reader | None = None) -> Extracted:
    """The message; without `read` its attachments are only named."""
    return _Message(Container(data), "", read, NESTING).text()


class _Message:
    """A message in a container, at its root or in an attachment."""

    def __init__(self, container: Container, place: str, read: Reader | None, nesting: int) -> None:
        self._container, self._place, self._read, self._nesting = container, place, read, nesting
        data = container.stream(place + SHORT)[INNER_HEAD if place else HEAD :]
        entries = ENTRY.iter_unpack(data[: len(data) // ENTRY.size * ENTRY.size])
        self._numbers = {tag: int.from_bytes(value, "little") for _kind, tag, _flags, value in entries}
        self._label = self._encoding(CODE_PAGE) or self._encoding(PAGE_CODE_PAGE)
        self.subject = self._string(SUBJECT)

    def text(self) -> Extracted:
        plain, page = self._string(BODY, lines=True), self._page()
        if not plain.strip() and page is None:
            page = self._rich()
        headers = [("Subject", self.subject), ("From", self._sender()), ("To", self._string(TO)), ("Cc", self._string(CC))]
        return write([*headers, ("Date", self._date())], plain, page, self._attachments(), self._read, MEDIA_TYPE)

    def _sender(self) -> str:
        name = self._string(SENDER) or self._string(ON_BEHALF)
        address = self._string(SENDER_SMTP) or self._string(SENDER_ADDRESS)
        address = address if "@" in address and address != name else ""  # within a firm it is none of e-mail
        return f"{name} <{address}>" if name and address else name or address

    def _date(self) -> str:
        ticks = self._numbers.get(SENT) or self._numbers.get(DELIVERED) or 0
        return format_datetime(EPOCH + timedelta(microseconds=ticks // 10)) if 0 < ticks < LAST else ""

    def _page(self) -> Extracted | None:
        data, label = self._stream(PAGE, BINARY), self._encoding(PAGE_CODE_PAGE)
        if not data:
            data, label = self._string(PAGE, lines=True).encode(), "utf-8"
        try:
            return html.load(data, label) if data else None
        except UnreadableFile:
            return None

    def _rich(self) -> Extracted | None:
        """The body in RTF, which is all that some messages have."""
        try:
            return rtf.load(unpacked(self._stream(PACKED, BINARY)))
        except UnreadableFile:
            return None

    def _attachments(self) -> Iterator[Attached]:
        names = [name for name in self._container.under(self._place[:-1]) if name.startswith("__attach_version1.0")]
        for name in names[:MAX_ATTACHMENTS]:
            place = f"{self._place}{name}/"
            inner = f"{place}__substg1.0_{DATA:04X}{INNER}/"
            if inner + SHORT in self._container.paths:
                if self._nesting:
                    message = _Message(self._container, inner, self._read, self._nesting - 1)
                    yield Attached(f"{message.subject or 'message'}.msg", extracted=message.text())
            # A picture in the text is no document, and its name says nothing.
            elif not (self._string(CONTENT_ID, place) and self._string(MIME_TYPE, place).startswith("image/")):
                called = (self._string(tag, place) for tag in (LONG_NAME, SHORT_NAME, SHOWN_NAME))
                yield Attached(next(filter(None, called), "attachment"), self._stream(DATA, BINARY, place))

    def _string(self, tag: int, place: str | None = None, lines: bool = False) -> str:
        data, label = self._stream(tag, UNICODE, place), "utf-16-le"
        if data:
            text = data.decode(label, "replace")
        else:
            data = self._stream(tag, ANSI, place)
            try:
                text = decode_as(data, self._label) if self._label else decode(data)
            except UnreadableFile:
                text = ""
        text = text.strip("\0")
        return text if lines else " ".join(text.split())

    def _stream(self, tag: int, kind: str, place: str | None = None) -> bytes:
        return self._container.stream(f"{self._place if place is None else place}__substg1.0_{tag:04X}{kind}")

    def _encoding(self, tag: int) -> str:
        """The label of what Windows calls by a number."""
        page = self._numbers.get(tag, 0) & 0xFFFFFFFF
        return LABELS.get(page, f"cp{page}")
