"""Bytes -> text: UTF-8, UTF-16, GB18030 (and GBK), Big5, and what remains as Latin; and text without signs nobody sees."""

from __future__ import annotations

import codecs
import re
import unicodedata

from youju.errors import UnreadableFile
from youju.text.chinese_bytes import chinese_encoding, share_of_common
from youju.text.invisible import seen

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NOT_ASCII = re.compile(rb"[\x00\x80-\xff]")
ODD = frozenset({"Cc", "Cn", "Co"})
SAMPLE = 65536  # bytes looked at to guess
HYPHENS = "\u2010\u2011"  # the same hyphen, and one at which no line ends: nobody types them in a question
HALVES = re.compile("[\ud800-\udfff]")  # halves of surrogate pairs, which no encoding can write

# What labels stand for (WHATWG Encoding Standard, 4.2), by Python's names: the larger set that writers take for the smaller.
MEANT = {
    "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs",
    "shift_jis": "cp932", "euc_kr": "cp949", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
}  # fmt: skip
# Labels that Python does not know.
LABELS = {
    "x-sjis": "cp932", "windows-31j": "cp932", "x-gbk": "gbk", "cn-gb": "gbk", "windows-936": "gbk", "gb_2312-80": "gbk",
    "csgb2312": "gbk", "x-euc-cn": "gbk", "gb18030-2022": "gb18030", "cn-big5": "big5", "x-x-big5": "big5",
    "windows-950": "big5", "ks_c_5601-1989": "cp949", "windows-949": "cp949", "x-cp1250": "cp1250", "x-cp1251": "cp1251",
    "x-cp1252": "cp1252", "unicode-1-1-utf-8": "utf-8", "x-unicode20utf8": "utf-8", "utf8mb4": "utf-8",
    "macintosh": "mac_roman", "x-mac-roman": "mac_roman",
}  # fmt: skip
SINGLE_BYTES = frozenset(
    {"utf-8", "cp1252", "cp1250", "cp1251", "cp1254", "cp874", "mac-roman", "koi8-r", "iso8859-2", "iso8859-15"}
)
ESCAPED = frozenset({"hz", "iso2022_jp", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_kr", "utf-7"})  # in bytes that are ASCII
NO_TEXT = frozenset({"base64", "hex", "rot13", "bz2", "zlib", "uu", "quopri", "idna", "punycode", "unicode_escape",
                     "raw_unicode_escape", "undefined", "mbcs", "oem"})  # fmt: skip


def clean(text: str) -> str:
    """The text without what cannot be seen, with line ends as `\\n` and hyphens as `-`; again cleaned it stays as it is."""
    text = HALVES.sub("�", seen(text))
    for hyphen in HYPHENS:
        text = text.replace(hyphen, "-")
    return text


def decode(data: bytes) -> str:
    """The text of a file, cleaned, without byte order mark.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    text = _decode(data)
    sample = text[:SAMPLE]
    signs = [sign for sign in set(sample) if sign not in "\r\n\t\f" and unicodedata.category(sign) in ODD]
    odd = sum(sample.count(sign) for sign in signs)
    if odd > len(sample) / 20:
        raise UnreadableFile("this is not text (binary content).")
    return clean(text)


def decode_as(data: bytes, label: str) -> str:
    """The text of bytes that are labelled with an encoding, as browsers read them: labels stand for what writers of them mean
    (iso-8859-1 for windows-1252, gb2312 for GB18030), and one that cannot be true is passed over.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    encoding = _meant_by(label)
    if encoding in ("", "ascii") or data.startswith(tuple(mark for mark, _ in BOMS)):
        return decode(data)
    if (text := _as_utf8(data, encoding)) is not None:
        return text
    try:
        return data.decode(encoding, "latin-1-rest" if encoding == "cp1252" else "strict")
    except UnicodeDecodeError:
        return decode(data)


def _meant_by(label: str) -> str:
    name = label.strip().lower()
    try:
        name = codecs.lookup(LABELS.get(name, name)).name
    except (LookupError, ValueError):
        return ""
    return MEANT.get(name, name) if name not in NO_TEXT else ""


def _as_utf8(data: bytes, encoding: str) -> str | None:
    """The text if bytes under any label are UTF-8 all the same: hardly ever by chance, but for pairs that are GBK as well."""
    if data.isascii():
        return None if encoding in ESCAPED else data.decode("ascii")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if encoding in SINGLE_BYTES or any(character > "\u07ff" for character in text) else None


def _undefined(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that windows-1252 does not define are what they are in Latin-1: controls."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("latin-1-rest", _undefined)


def is_text(data: bytes) -> bool:
    """Whether the beginning of these bytes decodes to text."""
    try:
        decode(data[:SAMPLE])
    except UnreadableFile:
        return False
    return True


def _decode(data: bytes) -> str:
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    first = next(iter(NOT_ASCII.finditer(data)), None)
    start = first.start() // 2 * 2 if first else 0  # what tells encodings apart may stand far behind
    sample = data[start : start + SAMPLE]
    if b"\0" in sample and (wide := _utf16_without_mark(sample)):
        return data.decode(wide, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if _is_nearly_utf8(sample):
            return data.decode("utf-8", errors="replace")
    return data.decode(_utf16_without_mark(sample) or chinese_encoding(sample) or "cp1252", errors="replace")


def _is_nearly_utf8(sample: bytes) -> bool:
    """UTF-8 with a few broken bytes: many well-formed sequences, hardly any broken ones."""
    broken = sample.decode("utf-8", errors="replace").count("�")
    well_formed = sum(byte >= 0xC0 for byte in sample) - broken
    return well_formed > 20 * broken


def _utf16_without_mark(sample: bytes) -> str | None:
    """UTF-16 shows by its zero bytes (Latin) or by decoding to common Chinese characters."""
    even, odd, half = sample[::2].count(0), sample[1::2].count(0), max(1, len(sample) // 2)
    if odd > half * 0.3 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.3 and odd < half * 0.1:
        return "utf-16-be"
    for encoding in ("utf-16-le", "utf-16-be"):
        if share_of_common(sample, encoding) > 0.2 and len(sample) >= 16:
            return encoding
    return None
