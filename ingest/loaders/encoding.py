"""Bytes -> text: UTF-8, UTF-16, GB18030 (and GBK), Big5, and what remains as Latin; and text without signs nobody sees."""

from __future__ import annotations

import codecs
import re
import unicodedata

from youju.errors import UnreadableFile
from youju.text.invisible import seen

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NOT_ASCII = re.compile(rb"[\x00\x80-\xff]")
SAMPLE = 65536  # bytes looked at to guess
HYPHENS = "\u2010\u2011"  # the same hyphen, and one at which no line ends: nobody types them in a question
HALVES = re.compile("[\ud800-\udfff]")  # halves of surrogate pairs, which no encoding can write

# GB18030 and Big5 share most of their byte pairs, so both often decode the same bytes; only one gives ordinary words.
# These are the most frequent characters of modern Chinese in both scripts, with its punctuation.
COMMON = frozenset(
    "的一是不了在人有我他这这個个们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下自之年过過发發后後作里裡用道行所然家种種"
    "事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實日军軍者意无無力它与與长長把机機十民第公此"
    "已工使情明性知全三又关關点點正业業外将將两兩高间間由问問很最重并並物手应應战戰向头頭文体體政美相见見被利什二等产產或新己制身果加西斯月话話合回特代内內信"
    "表化老给給世位次度门門任常先海通教儿兒原东東声聲提立及比员員解水名真论論处處走义義各入几幾口认認条條平系气氣题題活尔爾更别別打女变變四神总總何电電数數安少报報才"
    "，。、；：？！（）《》「」“”…"
)


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
    odd = sum(unicodedata.category(character) in ("Cc", "Cn", "Co") and character not in "\r\n\t\f" for character in sample)
    if odd > len(sample) / 20:
        raise UnreadableFile("this is not text (binary content).")
    return clean(text)


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
    return data.decode(_utf16_without_mark(sample) or _guess(sample), errors="replace")


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
        if _share_of_common(sample, encoding) > 0.2 and len(sample) >= 16:
            return encoding
    return None


def _guess(sample: bytes) -> str:
    """GB18030 or Big5, whichever gives more ordinary Chinese; Latin (cp1252) when neither gives any."""
    shares = {encoding: _share_of_common(sample, encoding) for encoding in ("gb18030", "big5hkscs")}
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] > 0.08 else "cp1252"


def _share_of_common(sample: bytes, encoding: str) -> float:
    """Share of common Chinese characters among the non-ASCII ones; broken bytes count against it."""
    text = sample.decode(encoding, errors="replace")
    wide = [character for character in text if ord(character) > 127]
    if not wide:
        return 0.0
    broken = wide.count("�")
    return (sum(character in COMMON for character in wide) - 5 * broken) / len(wide)
