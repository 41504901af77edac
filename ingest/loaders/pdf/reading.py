"""The text of a PDF's page as pdfium gives it: lines, characters, and their places on the page as it is shown.

The only file that asks pdfium for text. What the lines mean is `cutting`'s matter.
"""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from typing import NamedTuple

import pypdfium2
from pypdfium2 import raw

from ingest.loaders.layout import Place

WHITE = " \t\r\n"
LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)|(?<=\ufffe)(?![\r\n])")  # pdfium joins lines over a hyphen, marked U+FFFE
GRID = 1_000_000  # pdfium gives places on a page in whole numbers: steps over its width and over its height
FAR = 1000.0  # points between the corners that the frame is measured by
FIXED = re.compile(rb"courier|mono|consol|typewriter|menlo|cmtt|fixed", re.IGNORECASE)
BOLD = re.compile(rb"bold|black|heavy|demi|semib", re.IGNORECASE)
FIXED_PITCH, FORCED_BOLD = 1, 1 << 18  # flags of a font (ISO 32000-1, 9.8.2)


class Rect(NamedTuple):
    """On the page as it is shown, in points from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


class Frame:
    """Turns places of pdfium into those on the page as it is shown (turned, cropped)."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self.width, self.height = page.get_size()
        x, y = ctypes.c_int(), ctypes.c_int()
        ends = []
        for corner in ((0, 0), (FAR, 0), (0, FAR)):
            raw.FPDF_PageToDevice(page, 0, 0, GRID, GRID, 0, *corner, x, y)
            ends.append((x.value / GRID * self.width, y.value / GRID * self.height))
        (self._x, self._y), (x1, y1), (x2, y2) = ends
        self._xx, self._xy, self._yx, self._yy = (
            (end - start) / FAR for end, start in ((x1, self._x), (y1, self._y), (x2, self._x), (y2, self._y))
        )
        self._upright = self._xx > 0 > self._yy and abs(self._xy) < 1e-6 and abs(self._yx) < 1e-6

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self._x + self._xx * x + self._yx * y, self._y + self._xy * x + self._yy * y

    def back(self, x: float, y: float) -> tuple[float, float]:
        """The other way round."""
        x, y = x - self._x, y - self._y
        whole = self._xx * self._yy - self._yx * self._xy
        return (self._yy * x - self._yx * y) / whole, (self._xx * y - self._xy * x) / whole

    def rect(self, left: float, top: float, right: float, bottom: float) -> Rect:
        if self._upright:
            return Rect(
                self._x + left * self._xx, self._y + top * self._yy, self._x + right * self._xx, self._y + bottom * self._yy
            )
        (x1, y1), (x2, y2) = self.at(left, top), self.at(right, bottom)
        return Rect(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))

    def place(self, rect: Rect) -> Place | None:
        """In fractions of the page; None if nothing of it is to be seen."""
        left, top, right, bottom = rect
        left, top, right, bottom = left / self.width, top / self.height, right / self.width, bottom / self.height
        if left < 0.0 or top < 0.0 or right > 1.0 or bottom > 1.0:
            left, top, right, bottom = max(left, 0.0), max(top, 0.0), min(right, 1.0), min(bottom, 1.0)
        return Place(left, top, right, bottom) if left < right and top < bottom else None


@dataclass(frozen=True, slots=True)
class Found:
    """A line of pdfium: its text, its first character and how many it has, what each stretch of it that was drawn at once
    covers, and the size of its font."""

    text: str
    first: int
    count: int
    rects: list[Rect]
    size: float

    @property
    def around(self) -> Rect | None:
        return around(self.rects)


def around(rects: list[Rect]) -> Rect | None:
    """What holds them all."""
    if len(rects) < 2:
        return rects[0] if rects else None
    lefts, tops, rights, bottoms = zip(*rects, strict=True)
    return Rect(min(lefts), min(tops), max(rights), max(bottoms))


class PageText:
    """The text of one page, to be closed after use."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self.frame = Frame(page)
        self._text = page.get_textpage()
        self._raw = self._text.raw
        self._sides = tuple(ctypes.c_double() for _ in range(4))

    def close(self) -> None:
        self._text.close()

    def found(self) -> list[Found | None]:
        """The lines in pdfium's order, None for empty ones."""
        text = self._text.get_text_range()
        # pdfium counts in units of 16 bits, and its characters are those of the text but for some without a code.
        same = units(text) == self._text.count_chars()
        lines, start = list[Found | None](), 0
        for part in LINE_END.split(text):
            visible = part.strip(WHITE)
            if visible.strip():
                first = start + len(part) - len(part.lstrip(WHITE))
                last = first + units(visible) - 1
                if not same:
                    first, last = (raw.FPDFText_GetCharIndexFromTextIndex(self._raw, index) for index in (first, last))
                size = raw.FPDFText_GetFontSize(self._raw, first)
                lines.append(Found(visible, first, last + 1 - first, self._rects(first, last + 1 - first), size))
            else:
                lines.append(None)
            start += units(part)
        return lines

    def _rects(self, first: int, count: int) -> list[Rect]:
        left, top, right, bottom = self._sides
        return [
            self.frame.rect(left.value, top.value, right.value, bottom.value)
            for index in range(raw.FPDFText_CountRects(self._raw, first, count))
            if raw.FPDFText_GetRect(self._raw, index, left, top, right, bottom)
        ]

    def box(self, index: int) -> Rect:
        left, top, right, bottom = self._sides
        raw.FPDFText_GetCharBox(self._raw, index, left, right, bottom, top)
        return self.frame.rect(left.value, top.value, right.value, bottom.value)

    def index_at(self, rect: Rect) -> int | None:
        """The character that a stretch drawn at once begins with; None where pdfium does not find it."""
        x, y = self.frame.back(rect.left + 0.1, (rect.top + rect.bottom) / 2)
        index = raw.FPDFText_GetCharIndexAtPos(self._raw, x, y, 1.0, rect.height)
        return index if index >= 0 else None

    def baseline(self, index: int) -> float:
        """How far below the page's top a character stands."""
        x, y = self._sides[:2]
        raw.FPDFText_GetCharOrigin(self._raw, index, x, y)
        return self.frame.at(x.value, y.value)[1]

    def size(self, index: int) -> float:
        return float(raw.FPDFText_GetFontSize(self._raw, index))

    def is_put_in(self, index: int) -> bool:
        """Whether pdfium put a space in that the page does not hold."""
        return bool(raw.FPDFText_IsGenerated(self._raw, index) == 1)

    def style(self, index: int) -> tuple[bool, bool]:
        """Whether a character is bold, and whether all of its font are as wide as one another."""
        name, flags = ctypes.create_string_buffer(64), ctypes.c_int()
        raw.FPDFText_GetFontInfo(self._raw, index, name, 64, flags)
        return bool(BOLD.search(name.value)) or bool(flags.value & FORCED_BOLD), bool(FIXED.search(name.value)) or bool(
            flags.value & FIXED_PITCH
        )

    def is_invisible(self, index: int) -> bool:
        """Whether a character is drawn with neither fill nor stroke (text rendering mode 3 of ISO 32000-1, 9.3.6)."""
        drawn = raw.FPDFText_GetTextObject(self._raw, index)
        return bool(drawn) and raw.FPDFTextObj_GetTextRenderMode(drawn) == raw.FPDF_TEXTRENDERMODE_INVISIBLE

    def is_foreign(self, index: int) -> bool:
        """Whether a character is to be seen, in a font that is not in the file."""
        drawn = raw.FPDFText_GetTextObject(self._raw, index)
        font = raw.FPDFTextObj_GetFont(drawn) if drawn else None
        return bool(font) and raw.FPDFFont_GetIsEmbedded(font) == 0 and not self.is_invisible(index)


def units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
