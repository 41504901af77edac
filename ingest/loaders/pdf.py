"""PDF through pypdfium2: text page by page, lines joined into paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

import pypdfium2

from ingest.loaders.builder import TextBuilder
from youju.errors import UnreadableFile
from youju.language import HAN
from youju.records import Extracted

WIDE = re.compile(rf"[{HAN}\u3000-\u303f\uff00-\uffef‘’“”…—]")
ENDS_PARAGRAPH = re.compile(r"[。！？.!?:：;；][\"'”’」』）)]*$")
BULLET = re.compile(r"^(?:[•·▪◦‣∙*\-–—]\s|\(?\d{1,3}[.)、]\s?|[一二三四五六七八九十]+、)")
HYPHENS = ("\x02", "\ufffe")
NUMBER_CHARACTERS = 12  # room for `第 10 章 ` or `10.12.3 ` before a bookmark's title
COMPATIBILITY = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff\ufb00-\ufb06]")  # radicals, ligatures: other signs that look the same


@dataclass(frozen=True)
class Line:
    """A line of a page; `size` is the font size of its first character in points, 0 if unknown."""

    text: str
    size: float


def load(data: bytes) -> Extracted:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise UnreadableFile("it is encrypted with a password." if locked else f"damaged PDF ({error}).") from error
    try:
        title = str(document.get_metadata_value("Title") or "").strip()
        outline = _outline(document)
        pages = [_lines(page) for page in document]
    finally:
        document.close()
    levels = {} if outline else _levels_by_size([line for page in pages for line in page])
    builder = TextBuilder()
    for number, lines in enumerate(pages):
        builder.page()
        for paragraph in paragraphs(lines):
            level = _level_by_outline(paragraph.text, outline.get(number, [])) or levels.get(paragraph.size)
            builder.block(paragraph.text, heading_level=level)
    return builder.build("application/pdf", title)


def _lines(page: pypdfium2.PdfPage) -> list[Line]:
    """The lines of a page in reading order, empty ones among them.

    pdfium marks a hyphen that it found at the end of a line with U+0002 (older: U+FFFE).
    """
    textpage = page.get_textpage()
    text = textpage.get_text_range()
    # Characters and text go by the same numbers, but for signs beyond 16 bits: then sizes are left out.
    sized = len(text) == textpage.count_chars()
    found, start = [], 0
    for raw in re.split(r"(?<=\n)|(?<=\r)(?!\n)", text):
        visible = start + len(raw) - len(raw.lstrip())
        size = pypdfium2.raw.FPDFText_GetFontSize(textpage, visible) if sized and raw.strip() else 0.0
        start += len(raw)
        clean = COMPATIBILITY.sub(lambda match: unicodedata.normalize("NFKC", match.group()), raw)
        found.append(Line(clean.strip(" \t\r\n"), round(size * 2) / 2))
    textpage.close()
    page.close()
    return found


def _levels_by_size(lines: list[Line]) -> dict[float, int]:
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


def paragraphs(lines: list[Line]) -> list[Line]:
    """The lines of a page joined into paragraphs: Chinese without a space between, English with one."""
    usual = _usual_width([line.text for line in lines if line.text])
    found: list[Line] = []
    previous = Line("", 0.0)
    for line in lines:
        if found and previous.text and line.text and _continues(previous, line, usual):
            found[-1] = Line(_join(found[-1].text, line.text), found[-1].size)
        elif line.text:
            found.append(line)
        previous = line
    return found


def _usual_width(lines: list[str]) -> float:
    """Width of a full line: the ninth decile of the lines' widths."""
    widths = sorted(_width(line) for line in lines)
    return widths[int(len(widths) * 0.9)] if widths else 0.0


def _width(line: str) -> float:
    """Width in Latin letters; a Chinese character is as wide as two."""
    return len(line) + len(WIDE.findall(line))


def _continues(previous: Line, line: Line, usual: float) -> bool:
    """Whether `line` goes on with the paragraph of `previous`: a full line before it that does not end a sentence."""
    if previous.text.endswith(HYPHENS):
        return True
    if BULLET.match(line.text) or abs(previous.size - line.size) > 0.5:
        return False
    width = _width(previous.text)
    return width > 0.7 * usual and not (ENDS_PARAGRAPH.search(previous.text) and width < 0.9 * usual)


def _join(before: str, line: str) -> str:
    if before.endswith(HYPHENS):
        return before[:-1] + line
    touching = any(WIDE.match(character) for character in (before[-1], line[0]))
    return before + ("" if touching else " ") + line
