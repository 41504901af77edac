"""What pdfium takes for Chinese, Japanese and Korean fonts that a PDF names but does not hold: a font made here, never one
of the machine's.

By itself pdfium looks among the installed fonts. With one that has the characters it knows how much room they take; without,
they have no height, and what is drawn one by one is not on the page at all. So a PDF would be read as well as the machine
that reads it is equipped. Widths and places come from the PDF in any case; a font only says what the sign itself covers.

Other fonts that are not in a PDF pdfium replaces by its own. Knows pdfium and the format of fonts (OpenType), not PDFs.
"""

from __future__ import annotations

import ctypes
import struct
from itertools import pairwise

from pypdfium2 import raw

EASTERN = {
    raw.FXFONT_GB2312_CHARSET,
    raw.FXFONT_CHINESEBIG5_CHARSET,
    raw.FXFONT_SHIFTJIS_CHARSET,
    raw.FXFONT_HANGEUL_CHARSET,
}
FONT = 1  # pdfium holds it for the address of a font, and gives it back only

EM = 1000
LEFT, BOTTOM, TOP = 40, -120, 860  # of every sign: its place in the em, about what Chinese signs fill
THIN, USUAL, CAPITAL, HALF, WHOLE = 270, 500, 640, 480, 960  # where signs end; the first three as Latin letters usually do
ENDS_OF = dict.fromkeys("!'(),-./:;I[]`fijlrt{|}", THIN) | dict.fromkeys("%&+<=>@ABCDEFGHJKLMNOPQRSTUVWXYZmw~", CAPITAL)
# From which character on which of them holds, 0 for none: spaces and what has no sign.
ENDS = [
    *((code, ENDS_OF.get(chr(code), USUAL)) for code in range(ord("!"), ord("~") + 1)),
    (0x7F, 0), (0xA1, WHOLE), (0x2000, 0), (0x2010, WHOLE), (0x3000, 0), (0x3001, WHOLE), (0xFF61, HALF), (0xFFE0, WHOLE),
    (0x110000, 0),
]  # fmt: skip


def use_own_fonts() -> None:
    """From now on, in this process; fonts that are open stay what they are."""
    raw.FPDF_SetSystemFontInfo(_SOURCE)


def made_font() -> bytes:
    """A TrueType font in which each sign covers its place and is not to be seen: a line there and back again. Where a page is
    drawn to be read by OCR, nothing stands that is no writing."""
    ends = sorted({end for _, end in ENDS})  # the first, 0, is the sign for what is missing
    signs = [b"", *(_sign(end) for end in ends[1:])]
    offsets = [sum(map(len, signs[:number])) for number in range(len(signs) + 1)]
    groups = [(first, after - 1, ends.index(end)) for (first, end), (after, _) in pairwise(ENDS) if end]
    table = b"".join(struct.pack(">3L", *group) for group in groups)
    # Many characters to one sign: format 13, for all of Unicode (platform 3, encoding 10).
    characters = struct.pack(">HHHHLHHLLL", 0, 1, 3, 10, 12, 13, 0, 16 + len(table), 0, len(groups)) + table
    box = (LEFT, BOTTOM, WHOLE, TOP)
    return _file(
        {
            b"cmap": characters,
            b"glyf": b"".join(signs),
            b"head": struct.pack(">LLLLHH16x4hHHhhh", 1 << 16, 0, 0, 0x5F0F3CF5, 0, EM, *box, 0, 8, 2, 1, 0),
            b"hhea": struct.pack(">LhhhHhhhhhh8xhH", 1 << 16, TOP, BOTTOM, 0, EM, LEFT, LEFT, WHOLE, 1, 0, 0, 0, len(ends)),
            b"hmtx": b"".join(struct.pack(">Hh", end + LEFT, LEFT if end else 0) for end in ends),
            b"loca": struct.pack(f">{len(offsets)}L", *offsets),
            b"maxp": struct.pack(">LHHHHHH16x", 1 << 16, len(ends), 2, 1, 0, 0, 1),
        }
    )


def _sign(end: int) -> bytes:
    """One contour of two points, both on the curve, their places as steps of two bytes each."""
    across, up = end - LEFT, TOP - BOTTOM
    return struct.pack(">5hHHBB4h", 1, LEFT, BOTTOM, end, TOP, 1, 0, 1, 1, LEFT, across, BOTTOM, up) + b"\0\0"


def _file(tables: dict[bytes, bytes]) -> bytes:
    """Without check sums, which nobody checks."""
    directory, body = struct.pack(">LHHHH", 1 << 16, len(tables), 64, 2, len(tables) * 16 - 64), b""
    for name, table in tables.items():
        directory += struct.pack(">4sLLL", name, 0, 12 + 16 * len(tables) + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    return directory + body


def _map_font(_: object, __: int, ___: int, charset: int, *____: object) -> int | None:
    return FONT if charset in EASTERN else None


def _font_data(_: object, __: object, table: int, buffer: object, size: int) -> int:
    """The whole font, once pdfium has asked for its length; single tables it does without."""
    if table:
        return 0
    if buffer and size >= len(_FONT):
        ctypes.memmove(buffer, _FONT, len(_FONT))  # type: ignore[arg-type]
    return len(_FONT)


def _source() -> raw.FPDF_SYSFONTINFO:
    """Where pdfium asks for fonts. What is left out here, a list of fonts above all, it takes for nothing."""
    source = raw.FPDF_SYSFONTINFO()
    kinds = dict(source._fields_)
    source.version = 1
    source.MapFont = kinds["MapFont"](_map_font)
    source.GetFontData = kinds["GetFontData"](_font_data)
    return source


_FONT = made_font()
_SOURCE = _source()  # kept as long as the process lasts: pdfium holds its address
