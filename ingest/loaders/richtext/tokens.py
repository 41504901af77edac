"""The tokens of Rich Text, and the encodings that its fonts name."""

from __future__ import annotations

import codecs
import re

# A control word and its number, a byte written as \\'xx, a control sign, a brace, text; line ends mean nothing.
TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z'])|([{}])|([^\\{}\r\n\0]+)|[\r\n\0]+|\\'?", re.DOTALL
)
WORD, NUMBER, CODE, SIGN, BRACE, TEXT = range(1, 7)
IN_GROUP = re.compile(rb"[{}]|\\bin(\d{1,9}) ?|\\.", re.DOTALL)


def end_of_group(data: bytes, place: int) -> int:
    """Behind the brace that ends the group in which `place` lies; the end where none does."""
    depth = 1
    while match := IN_GROUP.search(data, place):
        place = match.end() + int(match[1] or 0)
        depth += {b"{": 1, b"}": -1}.get(match[0], 0)
        if not depth:
            return place
    return len(data)


SYMBOLS = 2  # the character set of fonts that draw signs
CHARSETS = {
    0: "cp1252", SYMBOLS: "latin-1", 77: "mac_roman", 78: "shift_jis", 79: "gb18030", 80: "big5", 81: "cp949", 83: "mac_greek",
    85: "mac_turkish", 88: "mac_latin2", 89: "mac_cyrillic", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030",
    136: "big5hkscs", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
WIDER = {"cp936": "gb18030", "cp950": "big5hkscs", "cp65001": "utf-8", "cp10000": "mac_roman", "cp10008": "gb18030"}


def code_page(number: int | None) -> str:
    """The encoding that `\\ansicpg` names; that of Windows in the West where nobody knows it."""
    name = f"cp{number}"
    name = WIDER.get(name, name)
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"
