"""The ruling lines drawn on a page of a PDF: what divides the rows and columns of a table."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from itertools import islice

import pypdfium2
from pypdfium2 import raw

from ingest.loaders.pages.ruling import Rules
from ingest.loaders.pdf.reading import Frame, Rect

THIN = 2.5  # points: what is no higher is a line
SHORT = 8.0  # points: what is shorter is a sign or a dash
FEWEST = 4  # objects that a grid is drawn with, but for one drawn as one
MOST = 5000  # objects and corners looked at; a page with more is a drawing
DEEPEST = 4  # forms in one another
Matrix = tuple[float, float, float, float, float, float]
UNMOVED: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def has_rules(page: pypdfium2.PdfPage) -> bool:
    """Whether enough is drawn on a page for a grid."""
    return sum(1 for _ in islice(_paths(page), FEWEST)) == FEWEST


def rules_of(page: pypdfium2.PdfPage, frame: Frame) -> Rules:
    """Lines, and the edges of boxes."""
    across, down = [], []
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for drawn, moved in _paths(page):
        if not raw.FPDFPageObj_GetBounds(drawn, left, bottom, right, top):
            continue
        rect = frame.rect(*_moved(moved, left.value, top.value), *_moved(moved, right.value, bottom.value))
        corners = raw.FPDFPath_CountSegments(drawn)
        for box in [_middle(rect)] if corners == 2 else [rect] if corners in (4, 5) else _segments(drawn, frame, moved):
            if box.height <= THIN < box.right - box.left and box.right - box.left > SHORT:
                across.append(((box.top + box.bottom) / 2, box.left, box.right))
            elif box.right - box.left <= THIN and box.height > SHORT:
                down.append(((box.left + box.right) / 2, box.top, box.bottom))
            elif box.right - box.left > SHORT and box.height > SHORT:
                across += [(box.top, box.left, box.right), (box.bottom, box.left, box.right)]
                down += [(box.left, box.top, box.bottom), (box.right, box.top, box.bottom)]
    return Rules(tuple(sorted(across)), tuple(sorted(down)))


def _paths(page: pypdfium2.PdfPage) -> Iterator[tuple[raw.FPDF_PAGEOBJECT, Matrix]]:
    """What is drawn on a page and in the forms on it, as pages are that were put on one sheet, with where its form moves it."""
    waiting = [(raw.FPDFPage_GetObject(page, index), UNMOVED, 0) for index in range(min(raw.FPDFPage_CountObjects(page), MOST))]
    waiting.reverse()
    for _ in range(MOST):
        if not waiting:
            return
        drawn, moved, depth = waiting.pop()
        kind = raw.FPDFPageObj_GetType(drawn)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            yield drawn, moved
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
            within = _matrix(drawn, moved)
            count = min(raw.FPDFFormObj_CountObjects(drawn), MOST)
            waiting += [(raw.FPDFFormObj_GetObject(drawn, index), within, depth + 1) for index in reversed(range(count))]


def _matrix(drawn: raw.FPDF_PAGEOBJECT, moved: Matrix) -> Matrix:
    """What moves an object's own coordinates to those of the page, through the form that it is in (ISO 32000-1, 8.3.4)."""
    own = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(drawn, own)
    a, b, c, d, e, f = moved
    return (
        own.a * a + own.b * c, own.a * b + own.b * d, own.c * a + own.d * c,
        own.c * b + own.d * d, own.e * a + own.f * c + e, own.e * b + own.f * d + f,
    )  # fmt: skip


def _moved(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _middle(rect: Rect) -> Rect:
    """A straight line without its thickness, which pdfium takes for twice what it is."""
    x, y = (rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2
    if rect.right - rect.left > rect.height:
        return Rect(rect.left, y, rect.right, y)
    return Rect(x, rect.top, x, rect.bottom)


def _segments(drawn: raw.FPDF_PAGEOBJECT, frame: Frame, moved: Matrix) -> list[Rect]:
    """The straight lines of a path that holds several, as a grid drawn at once does."""
    matrix = _matrix(drawn, moved)
    x, y = ctypes.c_float(), ctypes.c_float()
    found: list[Rect] = []
    last: tuple[float, float] | None = None
    for index in range(min(raw.FPDFPath_CountSegments(drawn), MOST)):
        segment = raw.FPDFPath_GetPathSegment(drawn, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = _moved(matrix, x.value, y.value)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_LINETO and last is not None:
            found.append(frame.rect(*last, *point))
        last = point if kind in (raw.FPDF_SEGMENT_MOVETO, raw.FPDF_SEGMENT_LINETO) else None
    return [rect for rect in found if min(rect.height, rect.right - rect.left) <= THIN]
