"""What is laid over a page of a PDF: values of form fields, text boxes and notes. What is hidden is left out, as is a
password."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator

import pypdfium2
from pypdfium2 import raw

from ingest.loaders.pdf.filling import Check, Mark, Note, Value
from ingest.loaders.pdf.reading import Frame, Rect

MOST = 1000  # annotations of a page that are looked at, options of a list
LONGEST = 200_000  # bytes of one text
HIDDEN, NO_VIEW = 1 << 1, 1 << 5  # flags of an annotation (ISO 32000-1, 12.5.3)
PASSWORD = 1 << 13  # flag of a text field (12.7.4.3)
TAG = re.compile(r"<[^>]{0,1000}>")
WITHOUT_TEXT = frozenset({raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_FILEATTACHMENT, raw.FPDF_ANNOT_REDACT})
CHECKED = frozenset({raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON})
CHOSEN = frozenset({raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX})


def marks_of(page: pypdfium2.PdfPage, frame: Frame) -> list[Mark]:
    """In the order of the page's annotations."""
    count = raw.FPDFPage_GetAnnotCount(page)
    found: list[Mark] = []
    for index in range(min(count, MOST)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if annotation:
            found += _mark(annotation, page.formenv, frame)
            raw.FPDFPage_CloseAnnot(annotation)
    return found


def _mark(annotation: raw.FPDF_ANNOTATION, forms: object, frame: Frame) -> Iterator[Mark]:
    area = raw.FS_RECTF()
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    shown = not raw.FPDFAnnot_GetFlags(annotation) & (HIDDEN | NO_VIEW)
    if not shown or kind in WITHOUT_TEXT or not raw.FPDFAnnot_GetRect(annotation, area):
        return
    rect = frame.rect(area.left, area.top, area.right, area.bottom)
    if frame.place(rect) is None:
        return
    if kind == raw.FPDF_ANNOT_WIDGET:
        if forms is not None:
            yield from _field(annotation, forms, rect)
        return
    text = _string(annotation, b"Contents") or TAG.sub(" ", _string(annotation, b"RC"))
    if text.strip():
        yield Note(rect, "\n".join(" ".join(line.split()) for line in text.splitlines() if line.strip()))


def _field(annotation: raw.FPDF_ANNOTATION, forms: object, rect: Rect) -> Iterator[Mark]:
    kind = raw.FPDFAnnot_GetFormFieldType(forms, annotation)
    name = _text(lambda buffer, size: raw.FPDFAnnot_GetFormFieldAlternateName(forms, annotation, buffer, size))
    if kind in CHECKED:
        yield Check(rect, name, bool(raw.FPDFAnnot_IsChecked(forms, annotation)))
    elif kind in CHOSEN or kind == raw.FPDF_FORMFIELD_TEXTFIELD:
        if kind == raw.FPDF_FORMFIELD_TEXTFIELD and raw.FPDFAnnot_GetFormFieldFlags(forms, annotation) & PASSWORD:
            return
        value = _choices(annotation, forms) if kind in CHOSEN else ""
        value = value or _text(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(forms, annotation, buffer, size))
        if value.strip():
            yield Value(rect, name, " ".join(value.split()))


def _choices(annotation: raw.FPDF_ANNOTATION, forms: object) -> str:
    """The chosen options as they are shown."""

    def label(at: int) -> str:
        return _text(lambda buffer, size: raw.FPDFAnnot_GetOptionLabel(forms, annotation, at, buffer, size))

    count = min(raw.FPDFAnnot_GetOptionCount(forms, annotation), MOST)
    chosen = [label(index) for index in range(count) if raw.FPDFAnnot_IsOptionSelected(forms, annotation, index)]
    return ", ".join(filter(None, chosen))


def _string(annotation: raw.FPDF_ANNOTATION, key: bytes) -> str:
    return _text(lambda buffer, size: raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size))


def _text(read: Callable[[object, int], int]) -> str:
    """What pdfium writes into a buffer once it has told how long it is."""
    size = min(read(None, 0), LONGEST)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    read(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace").rstrip("\0")
