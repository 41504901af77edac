"""Makes small PDF files for tests, in Courier: each of its characters is 0.6 times as wide as its size."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pypdfium2

WIDTH, HEIGHT, SIZE = 600, 800, 12
Drawn = tuple[float, float, str]  # x and y of the baseline's beginning from the lower left corner, and the text


def pdf_bytes(pages: Sequence[Sequence[Drawn]], more: str = "") -> bytes:
    """A PDF of pages of `WIDTH` by `HEIGHT` points; `more` goes into each page's dictionary (`/Rotate 90`)."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    for number, page in enumerate(pages):
        drawn = "\n".join(f"BT /F1 {SIZE} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj ET" for x, y, text in page)
        box = f"/MediaBox [0 0 {WIDTH} {HEIGHT}]"
        fonts = "/Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} {fonts} /Contents {5 + 2 * number} 0 R {more} >>")
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    return _file(objects)


def _file(objects: Sequence[str]) -> bytes:
    body, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode("latin-1")


def eastern(
    ordering: str = "GB1", encoding: str = "UniGB-UCS2-H", kind: str = "CIDFontType0", name: str = "STSong-Light"
) -> str:
    """A font that is named and not in the file, as a PDF's dictionary."""
    song = f"<< /Type /Font /Subtype /{kind} /BaseFont /{name} /CIDSystemInfo << /Registry (Adobe) /Ordering ({ordering})"
    song += f" /Supplement 2 >> /FontDescriptor << /Type /FontDescriptor /FontName /{name} /Flags 6 /Ascent 880"
    song += " /Descent -120 /CapHeight 700 /StemV 93 /ItalicAngle 0 /FontBBox [0 -120 1000 880] >> >>"
    return f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /{encoding} /DescendantFonts [{song}] >>"


def drawn_pdf(
    pages: Sequence[str], annotations: Sequence[Sequence[str]] = (), fields: bool = False, third: str | None = None,
    bookmark: str = "",
) -> bytes:  # fmt: skip
    """A PDF of pages drawn by these operators, with `/F1` Courier, `/F2` Courier-Bold and `/F3` Chinese (codes of UCS-2) or
    the `third` font; of each page the dictionaries of its annotations. With `fields` all annotations are fields of one form;
    a `bookmark` leads to the last page.
    """
    fonts = (
        "/F1 << /Type /Font /Subtype /Type1 /BaseFont /Courier >> /F2 << /Type /Font /Subtype /Type1 /BaseFont /Courier-Bold >>"
    )
    fonts += f" /F3 {third or eastern()}"
    objects = ["", ""]
    kids = []
    form: list[str] = []
    for number, content in enumerate(pages):
        notes = []
        for annotation in annotations[number] if number < len(annotations) else ():
            objects.append(annotation)
            notes.append(f"{len(objects)} 0 R")
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Resources << /Font << {fonts} >> >>"
        objects.append(f"{page} /Contents {len(objects)} 0 R /Annots [{' '.join(notes)}] >>")
        kids.append(f"{len(objects)} 0 R")
        form += notes
    acro = f"/AcroForm << /Fields [{' '.join(form)}] /DA (/F1 12 Tf) /DR << /Font << {fonts} >> >> >>" if fields else ""
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {acro} >>"
    if bookmark:
        objects[0] = f"<< /Type /Catalog /Pages 2 0 R {acro} /Outlines {len(objects) + 1} 0 R >>"
        first = f"{len(objects) + 2} 0 R"
        objects.append(f"<< /Type /Outlines /First {first} /Last {first} /Count 1 >>")
        objects.append(f"<< /Title ({bookmark}) /Parent {len(objects)} 0 R /Dest [{kids[-1]} /Fit] >>")
    objects[1] = f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(kids)}] >>"
    return _file(objects)


def on_one_sheet(data: bytes) -> bytes:
    """The pages of a PDF side by side on one page at half their size, each a form, as programs print several on a sheet."""
    source, sheet = pypdfium2.PdfDocument(data), pypdfium2.PdfDocument.new()
    page = sheet.new_page(WIDTH * len(source) / 2, HEIGHT / 2)
    for number in range(len(source)):
        placed = source.page_as_xobject(number, sheet).as_pageobject()
        placed.set_matrix(pypdfium2.PdfMatrix().scale(0.5, 0.5).translate(WIDTH * number / 2, 0))
        page.insert_obj(placed)
    page.gen_content()
    buffer = io.BytesIO()
    sheet.save(buffer)
    return buffer.getvalue()


def text_at(x: float, y: float, text: str, size: float = SIZE, font: str = "F1", codec: str = "utf-16-be") -> str:
    """The operators that draw a text; those in `F3` by the codes of a codec."""
    codes = f"<{text.encode(codec).hex()}>" if font == "F3" else f"({text})"
    return f"BT /{font} {size} Tf 1 0 0 1 {x} {y} Tm {codes} Tj ET"


def picture(path: Path, page: int = 0, dpi: int = 150, kind: str = "PDF", share: float = 1.0) -> bytes:
    """A page of a PDF as a picture: a PDF that holds nothing else, or a file of another kind.

    `share` takes less than the whole height, from the top.
    """
    document = pypdfium2.PdfDocument(path)
    buffer = io.BytesIO()
    image = document[page].render(scale=dpi / 72).to_pil().convert("RGB")
    image.crop((0, 0, image.width, int(image.height * share))).save(buffer, kind, resolution=dpi)
    document.close()
    return buffer.getvalue()
