"""Names of files as they were meant: programs send them percent-encoded, or as bytes of GBK that were read as Latin-1."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from youju.text.chinese_bytes import chinese

ESCAPE = re.compile("%[0-9A-Fa-f]{2}")


def readable(name: str) -> str:
    """The name; where nothing says for certain that it was meant otherwise, as it is."""
    if ESCAPE.search(name):
        name = _unescaped(name)
    if name.isascii():
        return name
    try:
        data = name.encode("latin-1")
    except UnicodeEncodeError:
        return name
    return _text(data) or name


def _unescaped(name: str) -> str:
    data = unquote_to_bytes(name)
    return _text(data) or (data.decode("ascii") if data.isascii() else name)


def _text(data: bytes) -> str:
    """What bytes beyond ASCII say in UTF-8 or Chinese; "" for others."""
    try:
        return "" if data.isascii() else data.decode("utf-8")
    except UnicodeDecodeError:
        return chinese(data)
