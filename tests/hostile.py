"""Files made to hang, crash, bloat or mislead whoever reads them, and small sound ones of every format to be damaged.

Knows how to make them, not what should come of them: that is in tests/integration/test_hostile_files.py.
"""

from __future__ import annotations

import io
import os
import random
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import docx

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SECRET = "the-secret-of-another-file"
SENTENCE = "Fifteen days of leave a year."
MEGABYTE = 1 << 20


# Parts that files are made of


def archive(parts: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return buffer.getvalue()


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """An archive with one of its parts changed, or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        parts: dict[str, bytes | str] = {entry.filename: file.read(entry) for entry in file.infolist()}
    before = parts.get(name, b"")
    assert isinstance(before, bytes)
    return archive(parts | {name: change(before)})


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start))


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(data), entries, data)


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
SHOW = b"BT /F 12 Tf 50 700 Td (" + SENTENCE.encode() + b") Tj ET"


def zeros(megabytes: int) -> bytes:
    """That many MiB of zeros, deflated a thousand to one, without making them."""
    packer = zlib.compressobj(9)
    first = packer.compress(b"\0" * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(b"\0" * MEGABYTE) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1) + packer.flush()


# Sound files, one of each format; those that have a reader are damaged in many ways


def sound_docx() -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    document.add_heading("Leave", 1)
    document.add_paragraph(SENTENCE)
    document.add_table(rows=1, cols=2).rows[0].cells[0].text = "Model"
    document.save(buffer)
    return buffer.getvalue()


def sound_xlsx(dimension: str = "A1:B1", cells: str = "") -> bytes:
    row = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{SENTENCE}</t></is></c><c r="B1"><v>7</v></c></row>'
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.openxml'
            f'formats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{main}.worksheet+xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{RELS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="r1"/>'
            "</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELS}"><Relationship Id="r1" Type="{OFFICE}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><dimension ref="{dimension}"/><sheetData>{row}{cells}'
            "</sheetData></worksheet>",
        }
    )


def sound_odt(prolog: str = "", inside: str = SENTENCE) -> bytes:
    namespace = "urn:oasis:names:tc:opendocument:xmlns"
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f'<?xml version="1.0"?>{prolog}<office:document-content xmlns:office="{namespace}:office:1.0" '
            f'xmlns:text="{namespace}:text:1.0"><office:body><office:text><text:p>{inside}</text:p></office:text>'
            "</office:body></office:document-content>",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{namespace}:manifest:1.0"/>',
        }
    )


def sound_epub() -> bytes:
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<rootfiles><rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
            "b.opf": '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest><item id="c" '
            'href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>',
            "c.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>Leave</h1><p>{SENTENCE}</p></body></html>',
        }
    )


def sound_pdf() -> bytes:
    return pdf(CATALOGUE, PAGES, PAGE, stream(SHOW), FONT)


SOUND: dict[str, Callable[[], bytes]] = {
    ".txt": lambda: f"Leave\n\n{SENTENCE} 每年有十五天年假。\n".encode(),
    ".md": lambda: f"---\ntitle: Leave\n---\n# Leave\n\n- {SENTENCE}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
    ".html": lambda: f"<html><body><h1>Leave</h1><p>{SENTENCE}</p><table><tr><td>1<td>2</table></body></html>".encode(),
    ".pdf": sound_pdf,
    ".docx": sound_docx,
    ".xlsx": sound_xlsx,
    ".odt": sound_odt,
    ".epub": sound_epub,
    ".eml": lambda: f"From: a@example.org\r\nSubject: Leave\r\nMIME-Version: 1.0\r\n\r\n{SENTENCE}\r\n".encode(),
    ".json": lambda: f'{{"leave": [{{"text": "{SENTENCE}", "days": 15}}]}}'.encode(),
    ".csv": lambda: f'name,days\n"{SENTENCE}",15\n'.encode(),
    ".rtf": lambda: rb"{\rtf1\ansi {\b Leave}\par " + SENTENCE.encode() + rb"\par \u24180?}",
}


def mutants(data: bytes, number: int, rng: random.Random) -> Iterator[bytes]:
    """The file cut off, with bits turned over, with a stretch left out, doubled or zeroed."""
    for _ in range(number):
        changed = bytearray(data)
        start = rng.randrange(len(data))
        end = min(len(data), start + rng.randrange(1, 200))
        match rng.randrange(6):
            case 0:
                del changed[start:]
            case 1:
                del changed[start:end]
            case 2:
                changed[start:start] = changed[start:end] * rng.randrange(1, 50)
            case 3:
                changed[start:end] = bytes(end - start)
            case _:
                for _ in range(rng.choice((1, 3, 30))):
                    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        yield bytes(changed)


# Bombs


def paragraph_bomb() -> bytes:
    paragraphs = b"".join(b"<w:p><w:r><w:t>%d.</w:t></w:r></w:p>" % number for number in range(300_000))
    return with_part(sound_docx(), "word/document.xml", lambda xml: xml.replace(b"<w:body>", b"<w:body>" + paragraphs))


def nested_zip() -> bytes:
    inner = archive({f"{n}.txt": bytes(64 * MEGABYTE) for n in range(2)})
    return archive({f"{n}.zip": inner for n in range(8)} | {"zeros.xml": bytes(64 * MEGABYTE)})


LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'laugh out loud '>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
)  # fmt: skip


def entity_docx(doctype: str, entity: str) -> bytes:
    xml = (
        f'<?xml version="1.0"?>{doctype}]><w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>before &{entity}; after</w:t>'
        "</w:r></w:p></w:body></w:document>"
    )
    return with_part(sound_docx(), "word/document.xml", lambda _: xml.encode())


def external(path: Path) -> str:
    return f'<!DOCTYPE x [<!ENTITY e SYSTEM "{path.as_uri()}">'


def pdf_page_loop() -> bytes:
    loop = b"<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]/Count 3/Parent 2 0 R>>"
    return pdf(CATALOGUE, loop, PAGE, stream(SHOW), FONT)


def pdf_outline_loop() -> bytes:
    catalogue = b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>"
    item = b"<</Title(again)/Parent 6 0 R/First 6 0 R/Last 7 0 R/Next 7 0 R/Prev 7 0 R/Dest[3 0 R/Fit]>>"
    return pdf(catalogue, PAGES, PAGE, stream(SHOW), FONT, b"<</First 7 0 R/Last 7 0 R/Count 1>>", item)


def pdf_deep_outline() -> bytes:
    levels = 10_000
    catalogue = b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>"
    item = b"<</Title(Level %d)/Parent %d 0 R/First %d 0 R/Last %d 0 R/Count 1/Dest[3 0 R/Fit]>>"
    items = [item % (n - 6, n - 1, n + 1, n + 1) for n in range(7, 7 + levels)]
    last = b"<</Title(End)/Parent %d 0 R/Dest[3 0 R/Fit]>>" % (6 + levels)
    return pdf(catalogue, PAGES, PAGE, stream(SHOW), FONT, b"<</First 7 0 R/Last 7 0 R/Count 1>>", *items, last)


def pdf_stream_bomb() -> bytes:
    return pdf(CATALOGUE, PAGES, PAGE, stream(zeros(1024), b"/Filter/FlateDecode"), FONT)


def pdf_metadata_bomb() -> bytes:
    catalogue = b"<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R>>"
    xmp = stream(zeros(1024), b"/Type/Metadata/Subtype/XML/Filter/FlateDecode")
    return pdf(catalogue, PAGES, PAGE, stream(SHOW), FONT, xmp)


def pdf_encrypted() -> bytes:
    """Its keys fit no password, the empty one neither."""
    locked = b"<</Filter/Standard/V 1/R 2/Length 40/P -44/O<%b>/U<%b>>>" % (b"a7" * 32, b"5c" * 32)
    return pdf(CATALOGUE, PAGES, PAGE, stream(SHOW), FONT, locked, trailer=b"/Encrypt 6 0 R/ID[<01><01>]")


def office_encrypted() -> bytes:
    """An OLE container as Office writes it around an encrypted package: header, allocation table, directory."""
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + bytes.fromhex("3e000300feff09000600") + bytes(10)
    names = ("Root Entry", "EncryptionInfo", "EncryptedPackage")
    directory = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in names)
    return header.ljust(512, b"\0") + b"\xfd\xff\xff\xff\xfe\xff\xff\xff" + b"\xff" * 504 + directory.ljust(512, b"\0")


def long_line(megabytes: int) -> bytes:
    return (b"words without any line end, " * (MEGABYTE * megabytes // 28 + 1))[: MEGABYTE * megabytes]


def sparse(path: Path, megabytes: int) -> None:
    with path.open("wb") as file:
        file.write(b"text\n")
        os.truncate(file.fileno(), megabytes * MEGABYTE)
