"""PDF through pypdfium2: text page by page, with the places of its lines; pages that are scans through `ocr`.

Knows pdfium, bookmarks and font sizes. How lines make paragraphs is `layout`'s matter, how they make tables and columns
`arranging`'s, what repeats on all pages `furniture`'s.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import dropwhile, takewhile

import pypdfium2
from pypdfium2 import raw

from ingest.loaders import ocr
from ingest.loaders.builder import TextBuilder
from ingest.loaders.furniture import without_furniture
from ingest.loaders.hyphens import settle
from ingest.loaders.layout import WIDE, Line
from ingest.loaders.pages.composing import Page, compose
from ingest.loaders.pages.ruling import Rules
from ingest.loaders.pdf.annotations import marks_of
from ingest.loaders.pdf.cutting import Cutter
from ingest.loaders.pdf.filling import Note, notes, with_fields
from ingest.loaders.pdf.fonts import use_own_fonts
from ingest.loaders.pdf.reading import Found, PageText
from ingest.loaders.pdf.rules import has_rules, rules_of
from ingest.loaders.titles import is_of_program
from youju.errors import UnreadableFile
from youju.records import Extracted

NUMBER_CHARACTERS = 12  # room for `第 10 章 ` or `10.12.3 ` before a bookmark's title
SCAN_CHARACTERS = 80  # a page with fewer may be a scan: room for a stamped header and footer
SCAN_PIXELS = 250_000  # of the page's pictures together, half a page at 72 dpi: logos have fewer
SCAN_DPI = 200
LARGER = 1.1  # times the size of most of a text: what is so large is a heading


def load(data: bytes) -> Extracted:
    use_own_fonts()
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise UnreadableFile("it is encrypted with a password." if locked else f"damaged PDF ({error}).") from error
    try:
        title = str(document.get_metadata_value("Title") or "").strip()
        outline = _outline(document)
        document.init_forms()
        pages = [_read(page) for page in document]
    finally:
        document.close()
    if (
        not ocr.is_installed()
        and any(page.is_scan for page in pages)
        and not any(line.text for page in pages for line in page.lines)
    ):
        raise UnreadableFile(ocr.MISSING)
    settled = settle(without_furniture([page.lines for page in pages]))
    pages = [replace(page, lines=lines) for page, lines in zip(pages, settled, strict=True)]
    if outline and (not title or is_of_program(title)):
        title = _cover(pages)
    levels = {} if outline else _levels_by_size(line for page in pages for line in page.lines)
    builder = TextBuilder()
    compose(
        builder, pages,
        lambda paragraph, page: _level_by_outline(paragraph.text, outline.get(page, [])) or levels.get(paragraph.size),
    )  # fmt: skip
    return builder.build("application/pdf", title)


def _read(page: pypdfium2.PdfPage) -> Page:
    text = PageText(page)
    frame = text.frame
    marks = marks_of(page, frame)
    drawn = rules_of(page, frame) if has_rules(page) else Rules()
    fields = [mark.rect for mark in marks if not isinstance(mark, Note)]
    found = text.found()
    cutter = Cutter(text, _seen(page, text, found), fields, drawn)
    lines = cutter.lines()
    if marks:
        lines = with_fields(lines, marks, frame)
    rules = drawn if cutter.is_uncommon or any(line.joint for line in lines) else None
    is_scan = _is_scan(page, lines)
    if is_scan:
        lines = _lines_by_ocr(page, lines, Cutter(text, _undrawn(text, found)).lines())
    text.close()
    page.close()
    return Page(lines, frame.width, frame.height, rules, tuple(notes(marks, frame, lines)), is_scan)


def _seen(page: pypdfium2.PdfPage, text: PageText, found: list[Found | None]) -> list[Found | None]:
    """Without text that is drawn unseen. A scan's text is written so over its picture; beside text that is seen, somebody hid
    it."""
    hidden = [bool(one and text.is_invisible(one.first) and text.is_invisible(one.first + one.count - 1)) for one in found]
    if not any(hidden) or sum(hidden) == sum(one is not None for one in found) or _pixels(page) >= SCAN_PIXELS:
        return found
    return [None if unseen else one for one, unseen in zip(found, hidden, strict=True)]


def _is_scan(page: pypdfium2.PdfPage, lines: list[Line]) -> bool:
    """Whether the page shows pictures and next to no text."""
    if _length(lines) >= SCAN_CHARACTERS:
        return False
    return _pixels(page) >= SCAN_PIXELS


def _pixels(page: pypdfium2.PdfPage) -> int:
    """Of the page's pictures together."""
    return sum(math.prod(picture.get_px_size()) for picture in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))


def _undrawn(text: PageText, found: list[Found | None]) -> list[Found | None]:
    """What OCR does not see though people do, a stamp over a scan: it stands in one of our fonts, which draw nothing."""
    return [one if one and WIDE.search(one.text) and text.is_foreign(one.first) else None for one in found]


def _lines_by_ocr(page: pypdfium2.PdfPage, lines: list[Line], undrawn: list[Line]) -> list[Line]:
    """What OCR reads on a page, if that is much more than the text it has; above and below it what it does not see."""
    if not ocr.is_installed():
        return lines
    width, height = page.get_size()
    scale = min(SCAN_DPI / 72, math.sqrt(ocr.PIXELS / max(width * height, 1.0)))
    read = ocr.read_image(page.render(scale=scale, rev_byteorder=False).to_numpy())
    if _length(read) <= 2 * _length(lines):
        return lines
    top = next((line.place.top for line in read if line.place), 0.0)
    above = [line for line in undrawn if line.place and line.place.top < top]
    return [*above, *read, *(line for line in undrawn if line.place and line.place.top >= top)]


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
    larger = [size for size, count in characters.items() if size > usual * LARGER and count < total * 0.2]
    return {size: level for level, size in enumerate(sorted(larger, reverse=True)[:6], start=1)}


def _cover(pages: Sequence[Page]) -> str:
    """What stands largest on the first page: where bookmarks name the parts of a document, they seldom name the whole."""
    usual = Counter({0.0: 0})
    for page in pages:
        for line in page.lines:
            usual[line.size] += len(line.text)
    first = [line for line in pages[0].lines if line.text]
    size = max((line.size for line in first), default=0.0)
    largest = takewhile(lambda line: line.size == size, dropwhile(lambda line: line.size != size, first))
    return " ".join(line.text for line in largest) if size > LARGER * usual.most_common(1)[0][0] else ""


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
