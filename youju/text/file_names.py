"""Names of files as they were meant: programs send them percent-encoded, in the encoded words of mail, or as bytes of GBK that
were read as Latin-1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import Any
from urllib.parse import unquote_to_bytes

from youju.text.chinese_bytes import chinese

ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
ENCODED_WORD = re.compile(r"=\?[\w-]+\?[bBqQ]\?[^?]*\?=")
CHINESE_LABELS = frozenset({"gb2312", "gbk", "gb18030", "cp936"})


def readable(name: str) -> str:
    """The name; where nothing says for certain that it was meant otherwise, as it is."""
    if ENCODED_WORD.search(name):
        try:
            return "".join(
                part if isinstance(part, str) else part.decode(label or "utf-8") for part, label in decode_header(name)
            )
        except (HeaderParseError, LookupError, ValueError):
            return name
    if ESCAPE.search(name):
        name = _unescaped(name)
    if name.isascii():
        return name
    try:
        data = name.encode("latin-1")
    except UnicodeEncodeError:
        return name
    return _text(data) or name


def named(header: str, parameter: str = "filename", plain: Callable[[str], str] = readable) -> str:
    """The name that a header such as `Content-Disposition` gives to a file, "" for none.

    Args:
        plain: reads one that says nothing of its encoding.
    """
    parsed = Message()
    parsed["Content-Disposition"] = header
    found: list[Any] = [value for key, value in parsed.get_params([], "Content-Disposition") if key.lower() == parameter]
    # One with its encoding (RFC 2231, 8187) is meant where an older one stands beside it.
    encoded = [_labelled(value[0] or "", value[2]) for value in found if isinstance(value, tuple)]
    return next(iter([*encoded, *(plain(value) for value in found if isinstance(value, str))]), "")


def _labelled(label: str, text: str) -> str:
    """A name with its encoding, whose bytes the library gives as Latin-1."""
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    for encoding in ("utf-8", "gb18030" if label.lower() in CHINESE_LABELS else label or "utf-8"):
        try:
            return data.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return readable(text)


def _unescaped(name: str) -> str:
    data = unquote_to_bytes(name)
    return _text(data) or (data.decode("ascii") if data.isascii() else name)


def _text(data: bytes) -> str:
    """What bytes beyond ASCII say in UTF-8 or Chinese; "" for others."""
    try:
        return "" if data.isascii() else data.decode("utf-8")
    except UnicodeDecodeError:
        return chinese(data)
