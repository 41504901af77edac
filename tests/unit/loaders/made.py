"""A small document in every format, made here: all hold the same title and the same two sentences."""

from __future__ import annotations

import base64
import datetime
import io
import json
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from typing import IO, Protocol

import docx
import openpyxl
import pptx
from openpyxl.worksheet.worksheet import Worksheet
from pptx.util import Inches

from tests.unit.loaders.made_old import DOCUMENT, SLIDES
from tests.unit.loaders.made_outlook import container, message_tree

TITLE = "Handbook"
EN, ZH = "Fifteen days a year.", "可以分两次使用。"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        **{
            name: f"urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"
            for name, path in {
                "office": "office",
                "text": "text",
                "table": "table",
                "draw": "drawing",
                "style": "style",
                "presentation": "presentation",
                "meta": "meta",
            }.items()
        },
        "dc": "http://purl.org/dc/elements/1.1/",
    }.items()
)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


CellValue = str | float | datetime.date | None


class Saved(Protocol):
    """A document of python-docx, python-pptx or openpyxl."""

    def save(self, _: IO[bytes], /) -> None: ...


def saved(document: Saved) -> bytes:
    """What a document of python-docx, python-pptx or openpyxl writes."""
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def docx_file() -> bytes:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    document.add_heading("Leave", 1)
    document.add_paragraph(EN)
    document.add_paragraph("first item", style="List Bullet")
    document.add_paragraph("second item", style="List Bullet")
    document.add_paragraph(ZH)
    return saved(document)


def pptx_file() -> bytes:
    presentation = pptx.Presentation()
    presentation.core_properties.title = TITLE
    for name, text in (("Leave", EN), ("假期", ZH)):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = name
        slide.shapes.add_textbox(Inches(1), Inches(3), Inches(4), Inches(1)).text_frame.text = text
    return saved(presentation)


def new_sheet() -> tuple[openpyxl.Workbook, Worksheet]:
    """A workbook with its one sheet."""
    workbook = openpyxl.Workbook()
    assert isinstance(workbook.active, Worksheet)
    return workbook, workbook.active


def xlsx_file() -> bytes:
    workbook, sheet = new_sheet()
    sheet.title = "Leave"
    rows: list[list[CellValue]] = [
        ["Rule", "Days", "From"],
        [EN, 15, datetime.date(2025, 3, 1)],
        [ZH, 2.5, datetime.date(2025, 4, 1)],
    ]
    for row in rows:
        sheet.append(row)
    return saved(workbook)


def opendocument(kind: str, body: str, title: str = TITLE, styles: str = "") -> bytes:
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "META-INF/manifest.xml": '<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "meta.xml": f"<office:document-meta {NAMESPACES}><office:meta><dc:title>{title}</dc:title></office:meta>"
            "</office:document-meta>",
            "content.xml": f"<office:document-content {NAMESPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
        }
    )


def odt_file() -> bytes:
    return opendocument("text", f'<text:h text:outline-level="1">Leave</text:h><text:p>{EN}</text:p><text:p>{ZH}</text:p>')


def odp_file() -> bytes:
    page = (
        "<draw:page><draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
        '<draw:frame presentation:class="title"><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame></draw:page>'
    )
    return opendocument("presentation", page.format(EN, "Leave") + page.format(ZH, "假期"))


def ods_file() -> bytes:
    def row(*texts: str) -> str:
        cells = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>' for text in texts
        )
        return f"<table:table-row>{cells}</table:table-row>"

    rows = row("Rule", "Note") + row(EN, "a") + row(ZH, "b")
    return opendocument("spreadsheet", f'<table:table table:name="Leave">{rows}</table:table>')


def epub_file(chapters: tuple[str, ...] = (f"<h1>Leave</h1><p>{EN}</p>", f"<h1>假期</h1><p>{ZH}</p>")) -> bytes:
    items = "".join(
        f'<item id="c{n}" href="text/c%20{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/content.opf"/></rootfiles></container>',
            "OEBPS/content.opf": f'<package xmlns="http://www.idpf.org/2007/opf" {NAMESPACES}><metadata><dc:title>{TITLE}'
            f"</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
            # In the archive in another order than in the spine.
            **{
                f"OEBPS/text/c {n}.xhtml": f"<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'>"
                f"<head><title>x</title></head><body>{chapters[n]}</body></html>"
                for n in reversed(range(len(chapters)))
            },
        }
    )


def rtf_file() -> bytes:
    chinese = "".join(f"\\u{ord(character)}?" for character in ZH)
    return f"{{\\rtf1\\ansi\\ansicpg936{{\\info{{\\title {TITLE}}}}}\\pard {EN}\\par {chinese}\\par}}".encode()


def message(subject: str = TITLE, text: str = f"{EN}\n\n{ZH}") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "陈晓 <chen@example.org>", "all@example.org"
    mail["Date"] = "Mon, 03 Mar 2025 10:00:00 +0800"
    mail.set_content(text)
    return mail


def pdf_file(text: str = EN) -> bytes:
    """One page in a font that every reader has; no Chinese in it."""
    stream = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj%bendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (table, len(made))
    return made + end


def web_archive(page: str, encoding: str = "utf-8", label: str = "", more: str = "") -> bytes:
    """A page as browsers save it with its pictures."""
    body = base64.encodebytes(page.encode(encoding)).decode()
    return (
        f"From: <Saved by Blink>\nSubject: {TITLE}\nDate: Mon, 3 Mar 2025 10:00:00 +0800\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="B"\n\n'
        f'--B\nContent-Type: text/html; charset="{label or encoding}"\nContent-Transfer-Encoding: base64\n\n{body}\n'
        f"--B\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n{more}--B--\n"
    ).encode()


RECORDS = [{"title": "Leave", "rule": {"text": EN, "days": 15}}, {"title": "假期", "rule": {"text": ZH, "days": 2}}]

FILES = {
    "a.txt": f"{TITLE}\n\n{EN}\n\n{ZH}".encode(),
    "a.md": f"# {TITLE}\n\n{EN}\n\n- one\n- two\n\n{ZH}\n".encode(),
    "a.html": f"<!doctype html><html><body><h1>{TITLE}</h1><p>{EN}</p><ul><li>one<li>two</ul><p>{ZH}</p></html>".encode(),
    "a.csv": f"Rule,Days\n{EN},15\n{ZH},2\n".encode(),
    "a.tsv": f"Rule\tDays\n{EN}\t15\n{ZH}\t2\n".encode("gb18030"),
    "a.json": json.dumps({"title": TITLE, "records": RECORDS}, ensure_ascii=False).encode(),
    "a.jsonl": "\n".join(json.dumps(record) for record in RECORDS).encode(),
    "a.xml": (
        f"<?xml version='1.0'?><a><title>{TITLE}</title><rule><days>15</days><note>{EN}</note></rule><p>{ZH}</p></a>"
    ).encode(),
    "a.rst": f"{TITLE}\n========\n\n{EN}\n\n{ZH}\n".encode(),
    "a.py": f'"""{EN}"""\n\nNOTE = "{ZH}"\n'.encode(),
    "a.log": f"2025-03-01 INFO {EN}\n2025-03-01 INFO {ZH}\n".encode(),
    "a.eml": message().as_bytes(),
    "a.msg": container(message_tree({0x0037: TITLE, 0x1000: f"{EN}\r\n\r\n{ZH}"})),
    "a.mht": web_archive(f"<h1>{TITLE}</h1><p>{EN}</p><p>{ZH}</p>"),
    "a.rtf": rtf_file(),
    "a.epub": epub_file(),
    "a.doc": DOCUMENT,
    "a.ppt": SLIDES,
    "a.docx": docx_file(),
    "a.pptx": pptx_file(),
    "a.xlsx": xlsx_file(),
    "a.ods": ods_file(),
    "a.odt": odt_file(),
    "a.odp": odp_file(),
}
UNTITLED = frozenset(
    {"a.csv", "a.tsv", "a.jsonl", "a.xlsx", "a.ods", "a.py", "a.log"}
)  # tables and lists of records have no title of their own
