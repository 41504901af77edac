"""PDF through pypdfium2: text page by page, with the places of its lines; pages that are scans through `ocr`.

Knows pdfium, bookmarks and font sizes. How lines make paragraphs is `layout`'s matter, what repeats on all pages
`furniture`'s.
"""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

import pypdfium2
from pypdfium2 import raw

from ingest.loaders import ocr
from ingest.loaders.builder import TextBuilder
from ingest.loaders.furniture import without_furniture
from ingest.loaders.hyphens import settle
from ingest.loaders.layout import Line, Place, paragraphs
from youju.errors import UnreadableFile
from youju.records import Extracted

NUMBER_CHARACTERS = 12  # room for `第 10 章 ` or `10.12.3 ` before a bookmark's title
COMPATIBILITY = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06]")  # radicals, ligatures: other signs that look the same
WHITE = " \t\r\n"
LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)|(?<=\ufffe)(?![\r\n])")  # pdfium joins lines over a hyphen, marked U+FFFE
GRID = 1_000_000  # pdfium gives places on a page in whole numbers: steps over its width and over its height
SCAN_CHARACTERS = 80  # a page with fewer may be a scan: room for a stamped header and footer
SCAN_PIXELS = 250_000  # of the page's pictures together, half a page at 72 dpi: logos have fewer
SCAN_DPI = 200


def load(data: bytes) -> Extracted:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise UnreadableFile("it is encrypted with a password." if locked else f"damaged PDF ({error}).") from error
    try:
        title = str(document.get_metadata_value("Title") or "").strip()
        outline = _outline(document)
        pages, scans = _read(document)
    finally:
        document.close()
    if scans and not ocr.is_installed() and not any(line.text for page in pages for line in page):
        raise UnreadableFile(ocr.MISSING)
    pages = settle(without_furniture(pages))
    levels = {} if outline else _levels_by_size(line for page in pages for line in page)
    builder = TextBuilder()
    for number, lines in enumerate(pages):
        builder.page()
        for paragraph in paragraphs(lines):
            level = _level_by_outline(paragraph.text, outline.get(number, [])) or levels.get(paragraph.size)
            paragraph.write(builder, number + 1, level)
    return builder.build("application/pdf", title)


def _read(document: pypdfium2.PdfDocument) -> tuple[list[list[Line]], int]:
    """The lines of each page, and how many pages are scans."""
    pages, scans = [], 0
    for page in document:
        lines = _lines(page)
        if _is_scan(page, lines):
            scans += 1
            lines = _lines_by_ocr(page, lines)
        pages.append(lines)
        page.close()
    return pages, scans


def _lines(page: pypdfium2.PdfPage) -> list[Line]:
    """The lines of a page in reading order, empty ones among them."""
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    # pdfium counts in units of 16 bits, and its characters are those of the text but for some without a code.
    same = _units(text) == textpage.count_chars()
    found, start = [], 0
    invisible: set[int] = set()
    for part in LINE_END.split(text):
        visible = part.strip(WHITE)
        clean = COMPATIBILITY.sub(lambda match: unicodedata.normalize("NFKC", match.group()), visible)
        if visible.strip():
            first = start + len(part) - len(part.lstrip(WHITE))
            last = first + _units(visible) - 1
            if not same:
                first, last = (raw.FPDFText_GetCharIndexFromTextIndex(textpage, index) for index in (first, last))
            size = raw.FPDFText_GetFontSize(textpage, first)
            found.append(Line(clean, round(size * 2) / 2, _place(page, textpage, first, last + 1 - first)))
            if _is_invisible(textpage, first) and _is_invisible(textpage, last):
                invisible.add(len(found) - 1)
        else:
            found.append(Line(""))
        start += _units(part)
    textpage.close()
    # A scan's text is written unseen over its picture; beside text that is seen, somebody hid it.
    layer = len(invisible) == sum(bool(line.text) for line in found) or (bool(invisible) and _pixels(page) >= SCAN_PIXELS)
    return found if layer else [Line("") if number in invisible else line for number, line in enumerate(found)]


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _place(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, first: int, count: int) -> Place | None:
    """What holds the characters on the page as it is shown (turned, cropped); None if nothing of them is to be seen."""
    left, top, right, bottom = (ctypes.c_double() for _ in range(4))
    corners: list[tuple[float, float]] = []
    for index in range(raw.FPDFText_CountRects(textpage, first, count)):
        if raw.FPDFText_GetRect(textpage, index, left, top, right, bottom):
            corners += [(left.value, top.value), (right.value, bottom.value)]
    if not corners:
        return None
    xs, ys = zip(*corners, strict=True)
    x, y = ctypes.c_int(), ctypes.c_int()
    shown = []
    for corner in ((min(xs), max(ys)), (max(xs), min(ys))):
        raw.FPDF_PageToDevice(page, 0, 0, GRID, GRID, 0, *corner, x, y)
        shown.append((min(max(x.value / GRID, 0.0), 1.0), min(max(y.value / GRID, 0.0), 1.0)))
    (x1, y1), (x2, y2) = shown
    place = Place(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    return place if place.left < place.right and place.top < place.bottom else None


def _is_scan(page: pypdfium2.PdfPage, lines: list[Line]) -> bool:
    """Whether the page shows pictures and next to no text."""
    if _length(lines) >= SCAN_CHARACTERS:
        return False
    return _pixels(page) >= SCAN_PIXELS


def _pixels(page: pypdfium2.PdfPage) -> int:
    """Of the page's pictures together."""
    return sum(math.prod(picture.get_px_size()) for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))


def _is_invisible(textpage: pypdfium2.PdfTextPage, index: int) -> bool:
    """Whether a character is drawn with neither fill nor stroke (text rendering mode 3 of ISO 32000-1, 9.3.6)."""
    drawn = raw.FPDFText_GetTextObject(textpage, index)
    return bool(drawn) and raw.FPDFTextObj_GetTextRenderMode(drawn) == raw.FPDF_TEXTRENDERMODE_INVISIBLE


def _lines_by_ocr(page: pypdfium2.PdfPage, lines: list[Line]) -> list[Line]:
    """What OCR reads on a page, if that is much more than the text it has."""
    if not ocr.is_installed():
        return lines
    width, height = page.get_size()
    scale = min(SCAN_DPI / 72, math.sqrt(ocr.PIXELS / max(width * height, 1.0)))
    read = ocr.read_image(page.render(scale=scale, rev_byteorder=False).to_numpy())
    return read if _length(read) > 2 * _length(lines) else lines


def _length(lines: list[Line]) -> int:
    return sum(len(line.text) for line in lines)


def _levels_by_size(lines: Iterable[Line]) -> dict[float, int]:
    """Font size -> heading level: sizes larger than the text's own that few characters have, largest first."""
    characters: Counter[float] = Counter()
    for line in lines:
        characters[line.size] += len(line.text)
    if not characters:
        return {}
    usual = characters.most_common(1)[0][0]
    total = sum(characters.values())
    larger = [size for size, count in characters.items() if size > usual * 1.1 and count < total * 0.2]
    return {size: level for level, size in enumerate(sorted(larger, reverse=True)[:6], start=1)}


def _outline(document: pypdfium2.PdfDocument) -> dict[int, list[tuple[str, int]]]:
    """Page index -> (title, level) of the bookmarks that point to it."""
    found: dict[int, list[tuple[str, int]]] = {}
    for bookmark in document.get_toc(max_depth=6):
        destination = bookmark.get_dest()
        index = destination.get_index() if destination else None
        title = " ".join(bookmark.get_title().split())
        if index is not None and title:
            found.setdefault(index, []).append((title, bookmark.level + 1))
    return found


def _level_by_outline(paragraph: str, bookmarks: list[tuple[str, int]]) -> int | None:
    """The level of the bookmark whose title this paragraph is, with or without a number before it."""
    for title, level in bookmarks:
        if paragraph.endswith(title) and len(paragraph) - len(title) <= NUMBER_CHARACTERS:
            return level
    return None
