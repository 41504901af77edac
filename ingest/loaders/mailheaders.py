"""Headers of messages as text. Programs label encoded words and names of files with a smaller character set than they write,
cut them within a character, or do not encode them at all; the standard library takes labels at their word.
"""

from __future__ import annotations

import binascii
import quopri
import re
from email.message import Message

from ingest.loaders.encoding import decode, decode_as
from youju.errors import UnreadableFile
from youju.text.file_names import named, readable

FOLD = re.compile(r"\r?\n(?=[ \t])")
WORD = r"=\?([^?\s*]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?="
WORDS = re.compile(rf"(?:{WORD}\s*)+(?<=\?=)")
ONE = re.compile(WORD)


def header(message: Message, name: str) -> str:
    """A header on one line, "" if there is none."""
    return next((header_text(str(raw)) for found, raw in message.raw_items() if found.lower() == name.lower()), "")


def header_text(raw: str) -> str:
    """What a header says. Bytes that were never encoded, against the rules, are read as any text."""
    return " ".join(WORDS.sub(lambda run: _decoded(run.group()), _unfolded(raw)).split())


def file_name(part: Message) -> str:
    """The name that a part has as an attachment, "" if it has none."""
    for name, parameter in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        raw = next((str(raw) for found, raw in part.raw_items() if found.lower() == name.lower()), "")
        if found := named(_unfolded(raw), parameter, lambda plain: readable(header_text(plain))):
            return " ".join(found.split())
    return ""


def _unfolded(raw: str) -> str:
    data = raw.encode("utf-8", "surrogateescape")
    return FOLD.sub("", raw if data.isascii() else _any(data))


def _decoded(run: str) -> str:
    """Encoded words beside each other; those of one label may share a character."""
    parts: list[tuple[str, bytes]] = []
    for label, kind, text in ONE.findall(run):
        data = _bytes_of(kind, text)
        if parts and parts[-1][0].lower() == label.lower():
            data = parts.pop()[1] + data
        parts.append((label, data))
    return "".join(_any(data, label) for label, data in parts)


def _bytes_of(kind: str, text: str) -> bytes:
    if kind in "qQ":
        return quopri.decodestring(text.encode("ascii", "replace"), header=True)
    try:
        return binascii.a2b_base64(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return text.encode("ascii", "replace")


def _any(data: bytes, label: str = "") -> str:
    try:
        return decode_as(data, label) if label else decode(data)
    except UnreadableFile:
        return data.decode("latin-1")
