"""The ruling lines drawn on a page of a PDF: what divides the rows and columns of a table."""

from __future__ import annotations

import ctypes

import pypdfium2
from pypdfium2 import raw

from ingest.loaders.pages.ruling import Rules
from ingest.loaders.pdf.reading import Frame, Rect

THIN = 2.5  # points: what is no higher is a line
SHORT = 8.0  # points: what is shorter is a sign or a dash
FEWEST = 4  # objects that a grid is drawn with, but for one drawn as one
MOST = 5000  # objects and corners looked at; a page with more is a drawing


def has_rules(page: pypdfium2.PdfPage) -> bool:
    """Whether enough is drawn on a page for a grid."""
    count, found = min(raw.FPDFPage_CountObjects(page), MOST), 0
    for index in range(count):
        found += raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page, index)) == raw.FPDF_PAGEOBJ_PATH
        if found >= FEWEST:
            return True
    return False


def rules_of(page: pypdfium2.PdfPage, frame: Frame) -> Rules:
    """Lines, and the edges of boxes."""
    across, down = [], []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    count = raw.FPDFPage_CountObjects(page)
    for index in range(min(count, MOST)):
        drawn = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(drawn) != raw.FPDF_PAGEOBJ_PATH:
            continue
        if not raw.FPDFPageObj_GetBounds(drawn, left, bottom, right, top):
            continue
        rect = frame.rect(left.value, top.value, right.value, bottom.value)
        corners = raw.FPDFPath_CountSegments(drawn)
        for box in [_middle(rect)] if corners == 2 else [rect] if corners in (4, 5) else _segments(drawn, frame):
            if box.height <= THIN < box.right - box.left and box.right - box.left > SHORT:
                across.append(((box.top + box.bottom) / 2, box.left, box.right))
            elif box.right - box.left <= THIN and box.height > SHORT:
                down.append(((box.left + box.right) / 2, box.top, box.bottom))
            elif box.right - box.left > SHORT and box.height > SHORT:
                across += [(box.top, box.left, box.right), (box.bottom, box.left, box.right)]
                down += [(box.left, box.top, box.bottom), (box.right, box.top, box.bottom)]
    return Rules(tuple(sorted(across)), tuple(sorted(down)))


def _middle(rect: Rect) -> Rect:
    """A straight line without its thickness, which pdfium takes for twice what it is."""
    x, y = (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2
    if rect.right - rect.left > rect.height:
        return Rect(rect.left, y, rect.right, y)
    return Rect(x, rect.top, x, rect.bottom)


def _segments(drawn: raw.FPDF_PAGEOBJECT, frame: Frame) -> list[Rect]:
    """The straight lines of a path that holds several, as a grid drawn at once does."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(drawn, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    found: list[Rect] = []
    last: tuple[float, float] | None = None
    for index in range(min(raw.FPDFPath_CountSegments(drawn), MOST)):
        segment = raw.FPDFPath_GetPathSegment(drawn, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_LINETO and last is not None:
            found.append(frame.rect(*last, *point))
        last = point if kind in (raw.FPDF_SEGMENT_MOVETO, raw.FPDF_SEGMENT_LINETO) else None
    return [rect for rect in found if min(rect.height, rect.right - rect.left) <= THIN]
